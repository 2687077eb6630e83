"""What was typed wrong, every page on a phone and in the dark, and the keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.access import faults
from tests.browser.desk import Served, Watch, serving
from tests.browser.steps import connect_simulator, save_replication
from tiktok_ads.simulator.logins import APP_ID, APP_SECRET
from tiktok_ads.simulator.presets import agency
from tiktok_ads.simulator.server import running
from tiktok_ads.simulator.world import make_world

PAGES = (
    "/",
    "/connections",
    "/connections/new",
    "/connections/token",
    "/connections/simulator",
    "/datasets",
    "/datasets/new",
    "/datasets/new-report",
    "/datasets/nine",
    "/datasets/nine/edit",
    "/datasets/nine/settings",
    "/runs",
    "/notices",
    "/explore",
    "/access",
)


def test_wrong_input_is_told_beside_its_field_and_stays(app: Served, page: Page, watch: Watch) -> None:
    """Nobody types a form twice, nothing is saved before all is right, and one is led to what is wrong."""
    page.goto(app.link)
    page.goto(f"{app.url}/connections/new")
    page.get_by_label("App ID").fill("abc")
    page.get_by_label("Secret of the app").fill("two words")
    page.get_by_role("button", name="Go on to TikTok").click()
    expect(page.get_by_label("App ID")).to_be_focused()
    expect(page.get_by_label("App ID")).to_have_accessible_description(re.compile("digits only"))
    expect(page.get_by_label("Secret of the app")).to_have_accessible_description(re.compile("characters"))
    assert page.get_by_label("App ID").input_value() == "abc"
    assert page.get_by_label("Secret of the app").input_value() == ""
    page.get_by_role("alert").get_by_role("link", name="Secret of the app").click()
    expect(page.get_by_label("Secret of the app")).to_be_in_viewport()

    page.goto(app.url)
    connect_simulator(page)
    page.goto(f"{app.url}/datasets/new")
    page.get_by_label("What it is for").fill("every morning")
    page.get_by_label("Schedule", exact=True).select_option("week")
    page.get_by_role("checkbox", name="Thursday").check()
    page.get_by_role("checkbox", name="Thursday").uncheck()
    page.get_by_text("More:").click()
    page.get_by_label("Days that each run reads again").fill("many")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("Tick a day of the week")
    days = page.get_by_label("Days that each run reads again")
    # What is wrong is never hidden in a part that is closed.
    expect(days).to_be_visible()
    expect(days).to_have_accessible_description(re.compile("no whole number"))
    assert days.input_value() == "many"
    expect(page.get_by_label("Schedule", exact=True)).to_have_value("week")
    assert page.get_by_label("What it is for").input_value() == "every morning"
    assert "[jobs" not in app.settings.read_text()


def test_a_schedule_is_chosen_without_knowing_how_it_is_written(
    app: Served, page: Page, watch: Watch
) -> None:
    """By keyboard; the next five times and the text are shown before anything is saved."""
    page.goto(app.link)
    connect_simulator(page)
    page.goto(f"{app.url}/datasets/new")
    expect(page.get_by_label("Schedule in the settings file")).to_have_value("daily at 06:00")
    expect(page.locator("#times time")).to_have_count(5)
    kind = page.get_by_label("Schedule", exact=True)
    kind.focus()
    page.keyboard.type("On a weekday of")
    expect(kind).to_have_value("nth")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("last")
    page.keyboard.press("Tab")
    page.keyboard.type("Fri")
    expect(page.get_by_label("Schedule in the settings file")).to_have_value("monthly on last fri at 06:00")
    expect(page.locator("#times time")).to_have_count(5)
    expect(page.get_by_label("Line of cron")).to_be_hidden()
    page.get_by_label("Name", exact=True).fill("friday")
    page.keyboard.press("Enter")
    page.wait_for_url("**/datasets/friday")
    assert 'schedule = "monthly on last fri at 06:00"' in app.settings.read_text()


def test_two_hundred_advertisers_are_found_and_ticked(
    browser: Browser, page: Page, tmp_path: Path, watch: Watch
) -> None:
    """With name, id, zone and currency; only those that are ticked are read."""
    world = make_world(agency(200))
    with running(world) as simulator:
        (tmp_path / "tiktok_ads.toml").write_text(
            f'[connections.far]\napi_url = "{simulator.url}"\napp_id = "{APP_ID}"\n'
        )
        with serving(tmp_path) as app:
            page.goto(app.link)
            page.goto(f"{app.url}/connections/new?name=far")
            page.get_by_label("Secret of the app").fill(APP_SECRET)
            page.get_by_role("button", name="Go on to TikTok").click()
            page.get_by_role("button", name="Open the page where you tick advertisers").click()
            page.get_by_role("link", name="Confirm").click()
            expect(page.get_by_text("200 advertisers are granted")).to_be_visible()
            some = list(world.advertisers.values())[123]
            page.get_by_label("Find an advertiser").fill(some.id)
            expect(page.locator("#accounts tbody tr:visible")).to_have_count(1)
            page.goto(f"{app.url}/datasets/new")
            page.get_by_label("Only these").check()
            page.get_by_label("Find an advertiser").fill(some.id)
            expect(page.locator("#advertisers-listed label:visible")).to_have_count(1)
            page.locator("#advertisers-listed label:visible").click()
            page.get_by_role("button", name="Save").click()
            page.wait_for_url("**/datasets/every-morning")
            assert f'advertisers = ["{some.id}"]' in app.settings.read_text()


def test_every_page_fits_a_phone_and_shows_in_the_dark(app: Served, browser: Browser) -> None:
    """Nothing is scrolled sideways, light stands on dark, and axe finds nothing that shuts people out."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    context.set_default_timeout(20_000)
    page = context.new_page()
    watch = Watch(page)
    page.goto(app.link)
    connect_simulator(page)
    save_replication(page, app, name="nine", first_day="2026-01-01")
    for path in PAGES:
        page.goto(app.url + path)
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path
        ground, ink = page.evaluate(
            "[getComputedStyle(document.documentElement).backgroundColor,"
            " getComputedStyle(document.querySelector('h1')).color]"
        )
        assert brightness(ground) < 60, path
        assert brightness(ink) > 150, path
        assert faults(page) == [], path
    assert watch.seen == []
    context.close()


def brightness(colour: str) -> float:
    parts = [float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    return sum(parts) / 3


@pytest.mark.parametrize("most", [80])
def test_the_keyboard_alone_reaches_everything(app: Served, page: Page, watch: Watch, most: int) -> None:
    """The first tab offers to skip the menu, and Tab comes to Save in the order of the form."""
    page.goto(app.link)
    page.goto(f"{app.url}/datasets/new")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    passed: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        passed.append(str(page.evaluate("document.activeElement.name || document.activeElement.textContent")))
        if passed[-1].strip() == "Save":
            break
    assert passed[-1].strip() == "Save", passed
    assert "Overview" not in passed
    wanted = ["name", "tables", "connection", "whose", "when_kind", "zone", "retries"]
    order = [name for name in wanted if name in passed]
    assert order == wanted
    assert [passed.index(name) for name in order] == sorted(passed.index(name) for name in order)
    page.keyboard.press("Shift+Tab")
    expect(page.locator(":focus-visible")).to_have_count(1)
