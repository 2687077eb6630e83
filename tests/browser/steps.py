"""What a person does in the app, step by step."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence

from playwright.sync_api import Page, expect

from tests.browser.desk import Served

LONG = 60_000


def connect_simulator(page: Page) -> None:
    """From the empty overview to a login that is verified, through the consent page."""
    page.get_by_role("button", name="Use the simulator").click()
    _consent(page)
    page.wait_for_url("**/connections/simulator")
    expect(page.get_by_text("advertisers are granted")).to_be_visible(timeout=LONG)


def connect_again(page: Page) -> None:
    """From the page of a login that TikTok does not take any more to one that it takes."""
    page.locator("#look").get_by_role("link", name="Connect again").click()
    page.get_by_role("button", name="Go on to TikTok").click()
    _consent(page)


def _consent(page: Page) -> None:
    page.get_by_role("button", name="Open the page where you tick advertisers").click()
    page.get_by_role("link", name="Confirm").click()


def save_replication(
    page: Page,
    app: Served,
    *,
    name: str,
    first_day: str,
    purpose: str = "",
    hears: Sequence[str] = (),
) -> None:
    """The nine tables from a day on, by hand; `hears` are the channels that are told of them."""
    page.goto(f"{app.url}/datasets/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("What it is for").fill(purpose)
    page.get_by_label("First day").fill(first_day)
    for channel in hears:
        page.get_by_role("checkbox", name=channel, exact=True).check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/datasets/{name}")


def run_to_its_end(page: Page) -> None:
    """From a dataset's page: run it, see its progress, and what came of it."""
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/runs/*")
    ended = page.get_by_role("link", name="Show what came of it.")
    told = page.locator("h1 .tag.complete, h1 .tag.partial, h1 .tag.failed")
    expect(page.locator("progress").or_(ended).or_(told).first).to_be_visible(timeout=LONG)
    expect(ended.or_(told).first).to_be_visible(timeout=LONG)
    page.reload()


def add_webhook(page: Page, app: Served, *, name: str, url: str, key: str) -> None:
    """A channel on this machine, and its test."""
    page.goto(f"{app.url}/notices")
    page.get_by_role("button", name="Add a webhook").click()
    page.get_by_label("Name of this channel").fill(name)
    page.get_by_label("Address", exact=True).fill(url)
    page.get_by_label("Signing key").fill(key)
    page.get_by_label("It may be on this machine").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/notices")


def build_report(
    page: Page, app: Served, *, name: str, metrics: Sequence[str], every_minutes: int | None = None
) -> None:
    """A report with figures beside the usual ones; its first rows are looked at before it is saved."""
    page.goto(f"{app.url}/datasets/new-report")
    page.get_by_label("Name", exact=True).fill(name)
    choose_metrics(page, metrics)
    page.get_by_role("button", name="Load preview").click()
    expect(page.locator("#preview table tbody tr").first).to_be_visible(timeout=LONG)
    if every_minutes is not None:
        page.get_by_label("Schedule", exact=True).select_option("steps")
        page.get_by_label("Every", exact=True).fill(str(every_minutes))
        page.locator("[name=when_unit]").select_option("minutes")
        expect(page.locator("#times time")).to_have_count(5)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/datasets/{name}")


def choose_metrics(page: Page, metrics: Sequence[str]) -> None:
    """Each by its name, found by the search."""
    for metric in metrics:
        page.get_by_label("Find one").fill(metric)
        page.locator(f"#metric-list input[value={metric}]").check()
        expect(page.locator("#field-metrics .picked")).to_contain_text(metric)


def wait_for_scheduled_run(page: Page, app: Served, job: str) -> None:
    """Until the schedule has run a dataset for the first time; a minute and a bit at most."""
    done = page.locator("tbody tr", has_text="schedule").locator(".tag.complete")
    for _ in range(90):
        page.goto(f"{app.url}/runs?job={job}")
        if done.count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError("the schedule has run nothing")


def tell_simulator(app: Served, action: str, **said: object) -> None:
    """What happens at TikTok meanwhile."""
    body = json.dumps(said).encode()
    urllib.request.urlopen(f"{app.simulator}/_simulator/{action}", data=body, timeout=20).close()
