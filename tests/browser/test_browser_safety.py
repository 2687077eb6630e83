"""A hundred hostile names in a real browser: nothing runs, nothing is fetched, all of it can be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.desk import Watch, serving
from tests.browser.payloads import PAYLOADS
from tiktok_ads.jobs.history import History
from tiktok_ads.simulator.logins import APP_ID, APP_SECRET
from tiktok_ads.simulator.presets import agency
from tiktok_ads.simulator.server import running
from tiktok_ads.simulator.world import make_world


def write_jobs(folder: Path, api_url: str) -> None:
    """A settings file, as somebody else may have written it: every description is hostile."""
    lines = [f'[connections.far]\napi_url = "{api_url}"\napp_id = "{APP_ID}"\n']
    for number, text in enumerate(PAYLOADS):
        lines.append(
            f'[jobs.job{number}]\nconnection = "far"\nschedule = "manual"\nstart_date = "2026-01-01"\n'
            f"description = {json.dumps(text)}\n"
        )
    (folder / "tiktok_ads.toml").write_text("\n".join(lines))


def write_history(folder: Path) -> list[str]:
    """Runs that failed with hostile problems, remedies, notes and things left out; their ids."""
    history = History(folder / "state")
    now = datetime.now(UTC) - timedelta(days=1)
    made = []
    for number, text in enumerate(PAYLOADS):
        at = now + timedelta(seconds=number)
        run = history.begin(f"job{number}", trigger="manual", attempt=1, due_at=None, now=at)
        history.finish(run, "failed", now=at, problem=text, remedy=text)
        made.append(run.id)
    history.close()
    return made


def test_a_hundred_hostile_names_run_nowhere(
    browser: Browser, page: Page, tmp_path: Path, watch: Watch
) -> None:
    """Names and messages come from other people; on every page they are text and nothing else."""
    assert len(set(PAYLOADS)) == 100
    world = make_world(agency(len(PAYLOADS)))
    for one, text in zip(world.advertisers.values(), PAYLOADS, strict=True):
        one.name = text
    runs = write_history(tmp_path)
    with running(world) as simulator:
        write_jobs(tmp_path, simulator.url)
        with serving(tmp_path) as app:
            page.goto(app.link)
            page.goto(f"{app.url}/connections/new?name=far")
            page.get_by_label("Secret of the app").fill(APP_SECRET)
            page.get_by_role("button", name="Go on to TikTok").click()
            page.get_by_role("button", name="Open the page where you tick advertisers").click()
            page.get_by_role("link", name="Confirm").click()
            page.wait_for_selector("text=advertisers are granted")
            assert_shown(page)
            for path in ("/", "/datasets"):
                page.goto(app.url + path)
                assert_shown(page)
            seen = ""
            for number in (1, 2):
                page.goto(f"{app.url}/runs?page={number}")
                seen += page.locator("main").inner_text()
            assert [text for text in PAYLOADS if " ".join(text.split()) not in " ".join(seen.split())] == []
            for number in range(0, len(PAYLOADS), 30):
                for path in (
                    f"/runs/{runs[number]}",
                    f"/datasets/job{number}",
                    f"/datasets/job{number}/edit",
                ):
                    page.goto(app.url + path)
                assert page.get_by_label("What it is for").input_value() == PAYLOADS[number]
            assert page.evaluate("window.ran") is None


def assert_shown(page: Page) -> None:
    """Every payload can be read as it is, and none has run."""
    seen = " ".join(page.locator("main").inner_text().split())
    assert [text for text in PAYLOADS if " ".join(text.split()) not in seen] == []
    assert page.evaluate("window.ran") is None
