"""What a person does in the app, step by step."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.desk import Served

LONG = 60_000


def connect_simulator(page: Page) -> None:
    """From the empty overview to a login that is verified, through the consent page."""
    page.get_by_role("button", name="Use the simulator").click()
    _consent(page)
    page.wait_for_url("**/connections/simulator")
    expect(page.get_by_text("advertisers are granted")).to_be_visible(timeout=LONG)


def walk_to_a_chart(page: Page, app: Served, at: Callable[[str], None]) -> None:
    """From the first start to a chart of spend, without an account and without a form.

    Args:
        page: a page that was never in the app.
        app: an app that was never started before.
        at: hears where one is.
    """
    page.goto(app.link)
    expect(page.locator(".journey [aria-current=step]")).to_contain_text("Connect")
    at("The first start leads on: press *Use the simulator*")
    page.get_by_role("button", name="Use the simulator").click()
    page.get_by_role("button", name="Open the page where you tick advertisers").click()
    expect(page.get_by_role("link", name="Confirm")).to_be_visible()
    at("The simulator's consent page, where TikTok's own would be: *Confirm*")
    page.get_by_role("link", name="Confirm").click()
    page.wait_for_url("**/connections/simulator")
    expect(page.get_by_text("advertisers are granted")).to_be_visible(timeout=LONG)
    at("Connected: who signed in, and what was granted")
    page.goto(app.url)
    expect(page.locator(".journey [aria-current=step]")).to_contain_text("Choose")
    at("The second step: press *Load the nine tables*")
    page.get_by_role("button", name="Load the nine tables").click()
    page.wait_for_url("**/runs/*")
    expect(page.locator("progress")).to_be_visible(timeout=LONG)
    at("It loads, and shows how far it is")
    ended = page.get_by_role("link", name="Show what came of it.")
    expect(page.locator("h1 .tag.complete").or_(ended).first).to_be_visible(timeout=100_000)
    if ended.count():
        ended.click()
    expect(page.locator("h1 .tag.complete")).to_be_visible()
    at("All is loaded: rows and calls by table")
    page.goto(f"{app.url}/datasets/every-morning")
    expect(page.locator("figure.chart canvas").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("spend per day in EUR").first).to_be_visible()
    at("The chart of spend, each currency by itself")


def connect_again(page: Page) -> None:
    """From the page of a login that TikTok does not take any more to one that it takes."""
    page.locator("#look").get_by_role("link", name="Connect again").click()
    page.get_by_role("button", name="Go on to TikTok").click()
    _consent(page)
    expect(page.locator(".tag.verified")).to_be_visible(timeout=LONG)


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
    see_its_end(page)


def see_its_end(page: Page) -> None:
    """From a run's page: its progress, and what came of it."""
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
    """A report with figures beside the usual ones, saved."""
    begin_report(page, app, name=name, metrics=metrics)
    if every_minutes is not None:
        page.get_by_label("Schedule", exact=True).select_option("steps")
        page.get_by_label("Every", exact=True).fill(str(every_minutes))
        page.locator("[name=when_unit]").select_option("minutes")
        expect(page.locator("#times time")).to_have_count(5)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/datasets/{name}")


def begin_report(page: Page, app: Served, *, name: str, metrics: Sequence[str]) -> None:
    """A form with these metrics, found by the search, and its first rows."""
    page.goto(f"{app.url}/datasets/new-report")
    page.get_by_label("Name", exact=True).fill(name)
    for metric in metrics:
        page.get_by_label("Find one").fill(metric)
        page.locator(f"#metric-list input[value={metric}]").check()
        expect(page.locator("#field-metrics .picked")).to_contain_text(metric)
    page.get_by_role("button", name="Load preview").click()
    expect(page.locator("#preview table tbody tr").first).to_be_visible(timeout=LONG)


def wait_for_scheduled_run(page: Page, app: Served, job: str) -> None:
    """Until the schedule has run a dataset for the first time; a minute and a bit at most."""
    done = page.locator("tbody tr", has_text="schedule").locator(".tag.complete")
    for _ in range(90):
        page.goto(f"{app.url}/runs?job={job}")
        if done.count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError("the schedule has run nothing")


def tell_simulator(app: Served, action: str, **said: object) -> Any:
    """What happens at TikTok meanwhile, and what it answers."""
    body = json.dumps(said).encode()
    with urllib.request.urlopen(f"{app.simulator}/_simulator/{action}", data=body, timeout=20) as answer:
        return json.load(answer)
