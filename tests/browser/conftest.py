"""One browser for the tests of a module; each test has an app, a folder and cookies of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.desk import Served, Watch, chromium, launch, serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module only: its event loop runs in this thread, where other tests start theirs."""
    executable = chromium()
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have a browser: apt-get install chromium")
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        opened = launch(playwright, executable)
        yield opened
        opened.close()


@pytest.fixture
def app(browser: Browser, tmp_path: Path) -> Iterator[Served]:
    """An app that was never started before. It needs the browser, so that it is skipped without one."""
    with serving(tmp_path) as served:
        yield served


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with nothing kept from others."""
    context = browser.new_context(viewport={"width": 1100, "height": 800}, locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def watch(page: Page) -> Iterator[Watch]:
    """Nothing that must not happen may have happened when the test ends."""
    watching = Watch(page)
    yield watching
    assert watching.seen == []
