"""From nothing to loaded rows, and what goes wrong on the way, as a person sees it in a browser."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Served, Watch
from tests.browser.steps import (
    add_webhook,
    build_report,
    connect_again,
    connect_simulator,
    run_to_its_end,
    save_replication,
    tell_simulator,
    wait_for_scheduled_run,
    walk_to_a_chart,
)
from tests.loading import landed
from tests.receivers import Web, web

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def receiver() -> Iterator[Web]:
    with web() as made:
        yield made


def days_ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


def revoke_all(app: Served) -> None:
    """The user takes the consent back at TikTok."""
    kept = json.loads((app.folder / "config" / "tiktok-ads" / "credentials.json").read_text())
    for one in tokens_in(kept):
        tell_simulator(app, "login", token=one, revoked=True)


def tokens_in(kept: object) -> list[str]:
    if not isinstance(kept, dict):
        return []
    found = [str(value) for name, value in kept.items() if name == "access_token"]
    return found + [token for value in kept.values() for token in tokens_in(value)]


def test_the_first_rows_are_there_in_two_minutes(
    app: Served, page: Page, watch: Watch, record_property: Callable[[str, object], None]
) -> None:
    """Somebody with no TikTok account gets from the first start to loaded tables without a manual."""
    began = time.monotonic()
    page.goto(app.link)
    expect(page.get_by_text("takes three steps")).to_be_visible()
    page.goto(f"{app.url}/datasets")
    expect(page.get_by_text("There is none yet")).to_be_visible()
    page.goto(f"{app.url}/runs")
    expect(page.get_by_text("Nothing has run yet")).to_be_visible()
    page.goto(app.url)
    connect_simulator(page)
    expect(page.locator(".tag.verified")).to_be_visible()
    assert page.locator("#look tbody tr").count() == 5
    save_replication(page, app, name="nine", first_day=days_ago(10))
    expect(page.locator("#freshness").get_by_text("Nothing is loaded yet")).to_be_visible()
    run_to_its_end(page)
    expect(page.locator("h1 .tag")).to_have_text("complete")
    page.goto(f"{app.url}/datasets/nine")
    expect(page.locator("#freshness > table")).to_be_visible()
    expect(page.locator("figure.chart canvas").first).to_be_visible()
    taken = time.monotonic() - began
    print(f"From the first start to loaded rows: {taken:.1f} s")
    record_property("seconds_to_first_rows", round(taken, 1))
    assert taken < 120
    assert page.locator("#freshness > table > tbody > tr").count() == 9
    row = page.locator("#freshness tr", has=page.get_by_role("rowheader", name="ad_insights", exact=True))
    shown = int(row.locator("td").nth(0).inner_text().replace(",", "").replace(" ", ""))
    (file,) = app.folder.glob("*.duckdb")
    assert landed(file, "SELECT count(*) FROM ad_insights") == [(shown,)]
    assert shown > 0
    assert row.locator("td").nth(1).inner_text() == days_ago(10)

    page.get_by_role("button", name="Pause").click()
    expect(page.locator("h1 .tag")).to_have_text("paused")
    assert "paused = true" in app.settings.read_text()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("h1 .tag")).to_have_count(0)
    page.goto(f"{app.url}/runs")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody .tag.complete")).to_be_visible()
    page.goto(app.url)
    expect(page.get_by_role("cell", name="nine")).to_be_visible()


def test_the_whole_way_with_everything_that_goes_wrong(
    app: Served, page: Page, watch: Watch, receiver: Web
) -> None:
    """Connect, build a report and let it run by itself, load, hear of a failure, connect again, look back."""
    page.goto(app.link)
    connect_simulator(page)
    build_report(page, app, name="by_day", metrics=("clicks",), every_minutes=1)
    add_webhook(page, app, name="pager", url=receiver.url(), key=KEY)
    save_replication(page, app, name="nine", first_day=days_ago(3), hears=("pager",))
    run_to_its_end(page)
    expect(page.locator("h1 .tag")).to_have_text("complete")
    first_run = page.url.rpartition("/")[2]

    campaign, old_name = some_campaign(app)
    tell_simulator(app, "edit", level="campaign", id=campaign, values={"campaign_name": "Renamed"})
    wait_for_scheduled_run(page, app, "by_day")
    (file,) = app.folder.glob("*.duckdb")
    assert landed(file, "SELECT count(*) > 0, sum(clicks) > 0 FROM by_day") == [(True, True)]
    page.goto(f"{app.url}/datasets/by_day")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("h1 .tag")).to_have_text("paused")

    revoke_all(app)
    page.goto(f"{app.url}/datasets/nine")
    run_to_its_end(page)
    expect(page.locator("h1 .tag")).to_have_text("failed")
    assert len(page.locator(".problem p").inner_text()) > 20
    (told,) = told_to(receiver, 1)
    assert (told["type"], told["data"]["job"]) == ("run.failed", "nine")
    page.reload()
    expect(page.get_by_role("heading", name="Who was told")).to_be_visible()
    page.goto(app.url)
    expect(page.get_by_role("heading", name="What needs you")).to_be_visible()

    page.goto(f"{app.url}/connections/simulator")
    expect(page.locator(".tag.revoked")).to_be_visible()
    connect_again(page)
    expect(page.locator(".tag.verified")).to_be_visible()
    page.goto(f"{app.url}/datasets/nine")
    run_to_its_end(page)
    expect(page.locator("h1 .tag")).to_have_text("complete")
    assert [one["type"] for one in told_to(receiver, 2)] == ["run.failed", "run.recovered"]

    page.get_by_role("button", name="What it changed").click()
    page.get_by_role("link", name="campaigns", exact=True).click()
    expect(page.get_by_role("cell", name="Renamed")).to_be_visible()
    page.goto(f"{app.url}/datasets/nine/as-of?table=campaigns&run={first_run}")
    expect(page.get_by_role("cell", name=old_name, exact=True)).to_have_count(1)
    expect(page.get_by_role("cell", name="Renamed")).to_have_count(0)
    page.get_by_label("As of the run").select_option("")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("cell", name="Renamed")).to_have_count(1)


def some_campaign(app: Served) -> tuple[str, str]:
    """Its id and its name as they were loaded."""
    (file,) = app.folder.glob("*.duckdb")
    ((campaign, name),) = landed(
        file,
        "SELECT campaign_id, any_value(campaign_name) FROM campaigns WHERE NOT is_deleted "
        "GROUP BY 1 ORDER BY 1 LIMIT 1",
    )
    return str(campaign), str(name)


def told_to(receiver: Web, calls: int) -> list[dict[str, Any]]:
    """What the receiver was told, as soon as it was told so often."""
    until = time.monotonic() + 20
    while len(receiver.calls) < calls and time.monotonic() < until:
        time.sleep(0.1)
    return [json.loads(call.body) for call in receiver.calls]


def test_three_presses_lead_to_a_chart_of_spend(
    app: Served, page: Page, watch: Watch, record_property: Callable[[str, object], None]
) -> None:
    """Without a TikTok account, and without a form: connect, choose, look."""
    began = time.monotonic()
    passed: list[str] = []
    walk_to_a_chart(page, app, passed.append)
    taken = time.monotonic() - began
    record_property("seconds_to_a_chart", round(taken, 1))
    assert taken < 120
    assert [step for step in passed if step not in TOUR.read_text(encoding="utf-8")] == []
    page.goto(app.url)
    expect(page.locator(".journey")).to_have_count(0)
