"""Takes the pictures of the web app anew, in a real browser and on the simulator: `make screenshots`."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.browser.desk import Served, chromium, launch, serving
from tests.browser.steps import connect_simulator, run_to_its_end, save_replication

FOLDER = Path(__file__).parent / "images" / "app"
WIDE, NARROW = 1100, 400
PORT = 8321  # the usual one, since the redirect address can be seen
TALLEST = 1000
DAYS = 60
PURPOSE = "The nine tables that most people need"


class Camera:
    """One window of the app; `take` writes what it shows."""

    def __init__(self, context: BrowserContext, width: int) -> None:
        self.page, self._width = context.new_page(), width

    def take(self, name: str, address: str = "") -> None:
        """The whole page, cut off where it is too long for a picture."""
        if address:
            self.page.goto(address)
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


def window(browser: Browser, width: int, scheme: Literal["light", "dark"] = "light") -> BrowserContext:
    context = browser.new_context(
        viewport={"width": width, "height": 700}, locale="en-GB", timezone_id="UTC", color_scheme=scheme
    )
    context.set_default_timeout(30_000)
    return context


def take_all(browser: Browser, app: Served) -> None:
    """Every page, in the order in which a person comes by."""
    context = window(browser, WIDE)
    camera = Camera(context, WIDE)
    page = camera.page
    camera.take("first-start", app.link)
    camera.take("connect", f"{app.url}/connections/new")
    page.get_by_label("App ID").fill("my app")
    page.get_by_role("button", name="Go on to TikTok").click()
    camera.take("wrong-input")
    camera.take("connect-token", f"{app.url}/connections/token")
    page.goto(app.url)
    connect_simulator(page)
    camera.take("connection")
    camera.take("second-step", app.url)
    camera.take("connections", f"{app.url}/connections")
    _choose(page, app)
    camera.take("new-replication")
    page.locator("#field-schedule").scroll_into_view_if_needed()
    page.get_by_label("Schedule", exact=True).select_option("nth")
    page.locator("#times time").first.wait_for()
    camera.take_part("schedule", "#field-schedule")
    first_day = (datetime.now(UTC).date() - timedelta(days=DAYS)).isoformat()
    save_replication(page, app, name="every-morning", first_day=first_day, purpose=PURPOSE)
    run_to_its_end(page)
    camera.take("run")
    camera.take("dataset", f"{app.url}/datasets/every-morning")
    camera.take("datasets", f"{app.url}/datasets")
    page.goto(f"{app.url}/explore")
    page.get_by_role("link", name="Spend by day", exact=True).click()
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Draw").click()
    page.wait_for_selector("#explore-chart canvas")
    camera.take("explore")
    camera.take("runs", f"{app.url}/runs")
    camera.take("overview", app.url)
    camera.take("new-report", f"{app.url}/datasets/new-report")
    phone = window(browser, NARROW)
    phone.add_cookies([{**one} for one in context.cookies()])  # type: ignore[typeddict-item]
    small = Camera(phone, NARROW)
    small.take("phone-overview", app.url)
    small.take("phone-dataset", f"{app.url}/datasets/every-morning")
    small.take("phone-replication", f"{app.url}/datasets/new")
    dark = window(browser, WIDE, "dark")
    dark.add_cookies([{**one} for one in context.cookies()])  # type: ignore[typeddict-item]
    Camera(dark, WIDE).take("dark-dataset", f"{app.url}/datasets/every-morning")
    dark.close()
    phone.close()
    context.close()


def _choose(page: Page, app: Served) -> None:
    page.goto(f"{app.url}/datasets/new")
    page.get_by_label("What it is for").fill(PURPOSE)
    page.locator("input[type=search]").fill("hourly")
    page.locator("#times time").first.wait_for()


def main() -> None:
    executable = chromium()
    if executable is None:
        raise SystemExit("Chromium is needed: apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        serving(Path(folder), port=PORT) as app,
    ):
        browser = launch(playwright, executable)
        take_all(browser, app)
        browser.close()


if __name__ == "__main__":
    main()
