"""A dataset's page in a real browser: charts of what is loaded, whatever things are called, on any screen."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Served, Watch, serving
from tests.browser.payloads import PAYLOADS
from tests.worlds import desk
from tiktok_ads.simulator.presets import PLACES, Plot, Size

SIZE = Size(campaigns=12, adgroups_per_campaign=1, ads_per_adgroup=1, history_days=40)
SETTINGS = """
[connections.shop]
[jobs.nine]
connection = "shop"
tables = ["advertisers", "campaigns", "ad_insights"]
start_date = 2026-09-01
destination = "duckdb:///out.duckdb"
"""


@pytest.fixture(scope="module")
def filled(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose dataset has rows in two currencies, of campaigns with hostile names."""
    folder = tmp_path_factory.mktemp("filled")
    it = desk(folder, (Plot(PLACES[0], SIZE), Plot(PLACES[1], SIZE)))
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as other:
        patch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
        # The browser's own event loop runs in this thread.
        run = other.submit(it.sync, tables=("advertisers", "campaigns", "ad_insights")).result()
    assert run.outcome == "complete"
    with closing(duckdb.connect(str(it.file))) as file:
        ids = file.execute("SELECT campaign_id FROM tiktok_ads.campaigns ORDER BY 1").fetchall()
        for (campaign,), name in zip(ids, PAYLOADS, strict=False):
            change = "UPDATE tiktok_ads.campaigns SET campaign_name = ? WHERE campaign_id = ?"
            file.execute(change, [name, campaign])
    (folder / "tiktok_ads.toml").write_text(SETTINGS, encoding="utf-8")
    return folder


@pytest.fixture
def served(filled: Path) -> Iterator[Served]:
    with serving(filled) as made:
        yield made


def numbers(page: Page) -> list[list[str]]:
    """The cells of the tables that stand beside the charts."""
    for summary in page.get_by_text("The same numbers as a table").all():
        summary.click()
    rows = page.locator("figure.chart table tbody tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def amount(text: str) -> Decimal:
    """What a cell of British spelling says."""
    plain = text.replace(",", "").split("\N{NO-BREAK SPACE}")[-1]
    return Decimal(0) if plain == "–" else Decimal(plain)


def test_charts_show_the_sums_of_the_rows_and_run_no_name(page: Page, served: Served, watch: Watch) -> None:
    """Each currency by itself; split by campaigns it is the same money, and their names are text."""
    page.goto(served.link)
    page.goto(f"{served.url}/datasets/nine?metric=spend&days=0")
    expect(page.locator("figure.chart canvas")).to_have_count(2)
    whole = sum(amount(cell) for row in numbers(page) for cell in row[1:])
    page.get_by_label("Split by").select_option("campaign_id")
    expect(page.locator("figure.chart .title").first).to_contain_text("by campaign_id")
    page.get_by_label("Greatest").select_option("20")
    page.wait_for_url("**top=20")
    expect(page.locator("figure.chart canvas")).to_have_count(2)
    split = numbers(page)
    assert sum(amount(cell) for row in split for cell in row[1:]) == whole
    heads = " ".join(" ".join(page.locator("figure.chart thead").all_inner_texts()).split())
    assert len([name for name in PAYLOADS[:24] if " ".join(name.split()) in heads]) > 10
    page.locator("figure.chart .plot").first.hover()
    for part in ("rows?table=campaigns", "statistics?table=campaigns", "schema", "settings", "history"):
        page.goto(f"{served.url}/datasets/nine/{part}")
        page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") is None
    with closing(duckdb.connect(str(served.folder / "out.duckdb"), read_only=True)) as file:
        found = file.execute("SELECT sum(spend) FROM tiktok_ads.ad_insights").fetchone()
    assert found == (whole,)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_the_page_is_wider_than_a_phone(browser: Browser, served: Served, scheme: str) -> None:
    """Long tables scroll by themselves; charts shrink."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)  # type: ignore[arg-type]
    phone = context.new_page()
    watching = Watch(phone)
    phone.goto(served.link)
    for part in ("", "/rows", "/schema", "/statistics", "/settings", "/history"):
        phone.goto(f"{served.url}/datasets/nine{part}")
        phone.wait_for_load_state("networkidle")
        assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, part
    assert watching.seen == []
    context.close()
