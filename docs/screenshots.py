"""Takes the pictures of the web app anew, in a real browser and on the simulator: `make screenshots`."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.browser.desk import Served, chromium, launch, serving
from tests.browser.steps import (
    add_webhook,
    begin_report,
    connect_again,
    connect_simulator,
    run_to_its_end,
    save_replication,
    see_its_end,
    tell_simulator,
)
from tests.loading import landed
from tests.receivers import Web, web

FOLDER = Path(__file__).parent / "images" / "app"
WIDE, NARROW = 1100, 400
PORT = 8321  # the usual one, since the redirect address can be seen
TALLEST = 1250
DAYS = 60
NAME = "every-morning"
PURPOSE = "The nine tables that most people need"
NAMES = {
    "campaign": ("Autumn sale", "New collection", "Brand film", "App installs"),
    "adgroup": ("Women 25 to 34", "Men 25 to 34", "Lookalike", "All ages"),
    "ad": ("Video 15 s", "Video 30 s", "Carousel", "Creator clip"),
}
PASSWORD = "of this picture"  # noqa: S105  (of an app that lives for one picture)
KEY = base64.b64encode(bytes(range(32))).decode()


class Camera:
    """One window of the app; `take` writes what it shows."""

    def __init__(self, context: BrowserContext, width: int) -> None:
        self.page, self._width = context.new_page(), width

    def take(self, name: str, address: str = "", *, settled: bool = True) -> None:
        """The whole page, cut off where it is too long for a picture."""
        if address:
            self.page.goto(address)
        if settled:
            self.page.wait_for_load_state("networkidle")
        self.page.evaluate("document.activeElement.blur()")
        tall = int(self.page.evaluate("document.documentElement.getBoundingClientRect().height"))
        self.page.screenshot(
            path=FOLDER / f"{name}.png",
            full_page=True,
            clip={"x": 0, "y": 0, "width": self._width, "height": min(tall, TALLEST)},
            scale="css",
            animations="disabled",
        )

    def take_part(self, name: str, selector: str) -> None:
        """One part of the page."""
        self.page.wait_for_load_state("networkidle")
        self.page.locator(selector).screenshot(
            path=FOLDER / f"{name}.png", scale="css", animations="disabled"
        )


@contextmanager
def window(
    browser: Browser,
    width: int,
    scheme: Literal["light", "dark"] = "light",
    *,
    like: BrowserContext | None = None,
) -> Iterator[Camera]:
    """A window, signed in as another one is."""
    context = browser.new_context(
        viewport={"width": width, "height": 700}, locale="en-GB", timezone_id="UTC", color_scheme=scheme
    )
    context.set_default_timeout(30_000)
    if like is not None:
        context.add_cookies([{**one} for one in like.cookies()])  # type: ignore[typeddict-item]
    yield Camera(context, width)
    context.close()


def take_all(browser: Browser, app: Served, receiver: Web) -> None:
    """Every page, in the order in which a person comes by."""
    with window(browser, WIDE) as camera:
        _connect(camera, app)
        _choose(camera, app, receiver)
        _look(camera, app)
        _build(camera, app)
        _look_back(camera, app)
        _go_wrong(camera, app)
        _give_access(camera, app)
        own = camera.page.context
        with window(browser, NARROW, like=own) as small:
            small.take("phone-overview", app.url)
            small.take("phone-dataset", f"{app.url}/datasets/{NAME}")
            small.take("phone-replication", f"{app.url}/datasets/new")
            small.take("phone-report", f"{app.url}/datasets/new-report")
            small.take("phone-rows", f"{app.url}/datasets/{NAME}/rows?table=ad_insights")
            small.take("phone-runs", f"{app.url}/runs")
        with window(browser, WIDE, "dark", like=own) as dark:
            dark.take("dark-overview", app.url)
            dark.take("dark-dataset", f"{app.url}/datasets/{NAME}")
            dark.take("dark-report", f"{app.url}/reports/by_campaign/edit")
            dark.take("dark-connection", f"{app.url}/connections/simulator")
            _ask(dark, app)
            dark.take("dark-explore")


def _connect(camera: Camera, app: Served) -> None:
    page = camera.page
    camera.take("first-start", app.link)
    camera.take("connect", f"{app.url}/connections/new")
    page.get_by_label("App ID").fill("my app")
    page.get_by_role("button", name="Go on to TikTok").click()
    camera.take("wrong-input")
    camera.take("connect-token", f"{app.url}/connections/token")
    page.goto(app.url)
    page.get_by_role("button", name="Use the simulator").click()
    camera.take("connect-consent")
    page.goto(app.url)
    connect_simulator(page)
    _call_things(app)
    camera.take("connection")
    camera.take("second-step", app.url)


def _call_things(app: Served) -> None:
    """Names as people give them; the simulator's own are made to try what a program stands."""
    for advertiser in tell_simulator(app, "state")["advertisers"]:
        known = {"advertiser_id": advertiser["advertiser_id"]}
        for level, words in NAMES.items():
            ids = tell_simulator(app, "truth", table=f"{level}s", **known)["ids"]
            for number, one in enumerate(sorted(ids)):
                name = f"{words[number % len(words)]} {number // len(words) + 1}"
                tell_simulator(app, "edit", level=level, id=one, values={f"{level}_name": name})


def _choose(camera: Camera, app: Served, receiver: Web) -> None:
    page = camera.page
    camera.take("new-notice", f"{app.url}/notices/new?kind=mail")
    add_webhook(page, app, name="on-call", url=receiver.url("/notices"), key=KEY)
    page.goto(f"{app.url}/datasets/new")
    page.get_by_label("What it is for").fill(PURPOSE)
    page.locator("input[type=search]").fill("hourly")
    page.locator("#times time").first.wait_for()
    camera.take("new-replication")
    page.get_by_label("Schedule", exact=True).select_option("nth")
    expect(page.get_by_label("Schedule in the settings file")).to_have_value("monthly on first mon at 06:00")
    camera.take_part("schedule", "#field-schedule")
    first_day = (datetime.now(UTC).date() - timedelta(days=DAYS)).isoformat()
    save_replication(page, app, name=NAME, first_day=first_day, purpose=PURPOSE, hears=("on-call",))
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/runs/*")
    page.locator("progress[value]").wait_for()
    page.wait_for_timeout(4000)
    camera.take("run-progress", settled=False)
    see_its_end(page)
    camera.take("run")


def _look(camera: Camera, app: Served) -> None:
    own = f"{app.url}/datasets/{NAME}"
    camera.take("connections", f"{app.url}/connections")
    camera.take("dataset", own)
    camera.take("dataset-rows", f"{own}/rows?table=ad_insights")
    camera.take("dataset-schema", f"{own}/schema?table=ad_insights")
    camera.take("dataset-statistics", f"{own}/statistics?table=ad_insights")
    camera.take("dataset-settings", f"{own}/settings")
    camera.take("dataset-edit", f"{own}/edit")
    _ask(camera, app)
    camera.take("explore")


def _ask(camera: Camera, app: Served) -> None:
    page = camera.page
    page.goto(f"{app.url}/explore")
    page.get_by_role("link", name="Spend by day", exact=True).click()
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Draw").click()
    page.wait_for_selector("#explore-chart canvas")


def _build(camera: Camera, app: Served) -> None:
    page = camera.page
    camera.take("new-report", f"{app.url}/datasets/new-report")
    begin_report(page, app, name="by_campaign", metrics=("clicks", "conversion"))
    camera.take_part("new-report-metrics", "#field-metrics")
    camera.take_part("new-report-preview", "section:has(> #preview-title)")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/datasets/by_campaign")
    run_to_its_end(page)
    camera.take("dataset-report", f"{app.url}/datasets/by_campaign")


def _look_back(camera: Camera, app: Served) -> None:
    """Campaigns get other names and budgets, and a run sees it."""
    page = camera.page
    (file,) = app.folder.glob("*.duckdb")
    asked = "SELECT campaign_id FROM campaigns WHERE NOT is_deleted ORDER BY 1 LIMIT 3"
    for number, (campaign,) in enumerate(landed(file, asked), 1):
        values = {"campaign_name": f"Winter sale {number}", "budget": 100 * number}
        tell_simulator(app, "edit", level="campaign", id=campaign, values=values)
    first_run = _last_run(page, app)
    page.goto(f"{app.url}/datasets/{NAME}")
    run_to_its_end(page)
    camera.take("run-changes", f"{app.url}/runs/{_last_run(page, app)}/changes?table=campaigns")
    camera.take("dataset-as-of", f"{app.url}/datasets/{NAME}/as-of?table=campaigns&run={first_run}")


def _last_run(page: Page, app: Served) -> str:
    page.goto(f"{app.url}/runs?job={NAME}")
    page.locator("tbody td a").first.click()
    page.wait_for_url("**/runs/*")
    return page.url.rpartition("/")[2]


def _go_wrong(camera: Camera, app: Served) -> None:
    """The consent is taken back at TikTok; after that, connected again."""
    page = camera.page
    kept = json.loads((app.folder / "config" / "tiktok-ads" / "credentials.json").read_text())
    for one in kept["logins"].values() if "logins" in kept else kept.values():
        if isinstance(one, dict) and "access_token" in one:
            tell_simulator(app, "login", token=one["access_token"], revoked=True)
    page.goto(f"{app.url}/datasets/{NAME}")
    run_to_its_end(page)
    page.wait_for_timeout(1000)  # until the notice is out
    page.reload()
    camera.take("run-failed")
    camera.take("overview-trouble", app.url)
    camera.take("connection-revoked", f"{app.url}/connections/simulator")
    connect_again(page)
    page.goto(f"{app.url}/datasets/{NAME}")
    run_to_its_end(page)
    camera.take("overview", app.url)
    camera.take("datasets", f"{app.url}/datasets")
    camera.take("runs", f"{app.url}/runs")
    camera.take("dataset-history", f"{app.url}/datasets/{NAME}/history")
    camera.take("notices", f"{app.url}/notices")


def _give_access(camera: Camera, app: Served) -> None:
    page = camera.page
    page.goto(f"{app.url}/access")
    page.get_by_label("What it is for").fill("nightly-report")
    page.get_by_role("button", name="Make a token").click()
    page.locator("article.done").wait_for()
    camera.take("access")


def main() -> None:
    executable = chromium()
    if executable is None:
        raise SystemExit("Chromium is needed: apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        web() as receiver,
        serving(Path(folder), port=PORT) as app,
    ):
        browser = launch(playwright, executable)
        take_all(browser, app, receiver)
        with (
            tempfile.TemporaryDirectory() as other,
            serving(Path(other), password=PASSWORD) as guarded,
            window(browser, WIDE) as stranger,
        ):
            stranger.take("sign-in", f"{guarded.url}/login")
        browser.close()


if __name__ == "__main__":
    main()
