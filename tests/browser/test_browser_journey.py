"""From nothing to loaded rows, and what goes wrong on the way, as a person sees it in a browser."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.desk import Served, Watch
from tests.browser.steps import connect_simulator, run_to_its_end, save_replication
from tests.loading import landed


def days_ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


def revoke_all(app: Served) -> None:
    """The user takes the consent back at TikTok."""
    kept = json.loads((app.folder / "config" / "tiktok-ads" / "credentials.json").read_text())
    for one in tokens_in(kept):
        body = json.dumps({"token": one, "revoked": True}).encode()
        urllib.request.urlopen(f"{app.simulator}/_simulator/login", data=body, timeout=20).close()


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


def test_a_revoked_login_says_so_and_is_mended_in_place(app: Served, page: Page, watch: Watch) -> None:
    """A run that fails tells why and what to do; after connecting again the same dataset runs."""
    page.goto(app.link)
    connect_simulator(page)
    save_replication(page, app, name="nine", first_day=days_ago(3))
    revoke_all(app)
    run_to_its_end(page)
    expect(page.locator("h1 .tag")).to_have_text("failed")
    assert len(page.locator(".problem p").inner_text()) > 20
    page.goto(f"{app.url}/connections/simulator")
    expect(page.locator(".tag.revoked")).to_be_visible()
    page.locator("#look").get_by_role("link", name="Connect again").click()
    page.get_by_role("button", name="Go on to TikTok").click()
    page.get_by_role("button", name="Open the page where you tick advertisers").click()
    page.get_by_role("link", name="Confirm").click()
    expect(page.locator(".tag.verified")).to_be_visible()
    page.goto(f"{app.url}/datasets/nine")
    run_to_its_end(page)
    expect(page.locator("h1 .tag")).to_have_text("complete")


def test_three_presses_lead_to_a_chart_of_spend(
    app: Served, page: Page, watch: Watch, record_property: Callable[[str, object], None]
) -> None:
    """Without a TikTok account, and without a form: connect, choose, look."""
    began = time.monotonic()
    page.goto(app.link)
    expect(page.locator(".journey [aria-current=step]")).to_contain_text("Connect")
    connect_simulator(page)
    page.goto(app.url)
    expect(page.locator(".journey [aria-current=step]")).to_contain_text("Choose")
    page.get_by_role("button", name="Load the nine tables").click()
    page.wait_for_url("**/runs/*")
    expect(
        page.locator("h1 .tag.complete").or_(page.get_by_text("Show what came of it")).first
    ).to_be_visible(timeout=100_000)
    page.goto(f"{app.url}/datasets/every-morning")
    expect(page.locator("figure.chart canvas").first).to_be_visible(timeout=20_000)
    expect(page.get_by_text("spend per day in EUR").first).to_be_visible()
    taken = time.monotonic() - began
    record_property("seconds_to_a_chart", round(taken, 1))
    assert taken < 120
    page.goto(app.url)
    expect(page.locator(".journey")).to_have_count(0)
