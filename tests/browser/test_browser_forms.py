"""What was typed wrong, every page on a phone and in the dark, and the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Served, Watch
from tests.browser.steps import connect_simulator, save_replication

PAGES = (
    "/",
    "/connections",
    "/connections/new",
    "/connections/simulator",
    "/datasets",
    "/datasets/new",
    "/datasets/nine",
    "/datasets/nine/edit",
    "/runs",
)


def test_wrong_input_is_told_beside_its_field_and_stays(app: Served, page: Page, watch: Watch) -> None:
    """Nobody types a form twice, and nothing is saved before all of it is right."""
    page.goto(app.link)
    page.goto(f"{app.url}/connections/new")
    page.get_by_label("App ID").fill("abc")
    page.get_by_label("Secret of the app").fill("a-secret")
    page.get_by_role("button", name="Go on to TikTok").click()
    assert page.get_by_label("App ID").evaluate("field => field.matches(':invalid')")
    page.get_by_label("App ID").fill("7400000000000000001")
    page.get_by_label("Secret of the app").fill("two words")
    page.get_by_role("button", name="Go on to TikTok").click()
    expect(page.locator(".problem")).to_contain_text("secret")
    assert page.get_by_label("App ID").input_value() == "7400000000000000001"
    assert page.get_by_label("Secret of the app").input_value() == ""

    page.goto(app.url)
    connect_simulator(page)
    page.goto(f"{app.url}/datasets/new")
    page.get_by_label("What it is for").fill("every morning")
    page.locator("[name=schedule]").fill("daly at 6")
    page.get_by_text("More", exact=True).click()
    page.locator("[name=lookback_days]").fill("many")
    page.get_by_role("button", name="Save").click()
    for name in ("schedule", "lookback_days"):
        field = page.locator(f"[name={name}]")
        expect(field).to_have_attribute("aria-describedby", f"{name}-problem")
        expect(page.locator(f"#{name}-problem").first).to_be_visible()
        assert page.locator(f"label:has([name={name}]) #{name}-problem").count() == 1
    assert page.locator("[name=schedule]").input_value() == "daly at 6"
    assert page.locator("[name=lookback_days]").input_value() == "many"
    assert page.get_by_label("What it is for").input_value() == "every morning"
    assert "[jobs" not in app.settings.read_text()


def test_every_page_fits_a_phone_and_shows_in_the_dark(app: Served, browser: Browser) -> None:
    """Nothing must be scrolled sideways at 400 pixels, and light text stands on dark ground."""
    context = browser.new_context(viewport={"width": 400, "height": 800}, color_scheme="dark")
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
    assert watch.seen == []
    context.close()


def brightness(colour: str) -> float:
    parts = [float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    return sum(parts) / 3


@pytest.mark.parametrize("most", [60])
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
    order = [name for name in ("name", "connection", "tables", "schedule", "zone") if name in passed]
    assert order == ["name", "connection", "tables", "schedule", "zone"]
    assert [passed.index(name) for name in order] == sorted(passed.index(name) for name in order)
    page.keyboard.press("Shift+Tab")
    expect(page.locator(":focus-visible")).to_have_count(1)
