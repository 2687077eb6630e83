"""What a person does in the app, step by step."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.desk import Served

LONG = 60_000


def connect_simulator(page: Page) -> None:
    """From the empty overview to a login that is verified, through the consent page."""
    page.get_by_role("button", name="Use the simulator").click()
    page.get_by_role("button", name="Open the page where you tick advertisers").click()
    page.get_by_role("link", name="Confirm").click()
    page.wait_for_url("**/connections/simulator")
    expect(page.get_by_text("advertisers are granted")).to_be_visible(timeout=LONG)


def save_replication(page: Page, app: Served, *, name: str, first_day: str, purpose: str = "") -> None:
    """The nine tables from a day on, by hand."""
    page.goto(f"{app.url}/datasets/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("What it is for").fill(purpose)
    page.get_by_label("First day").fill(first_day)
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
