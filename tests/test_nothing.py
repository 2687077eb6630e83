"""An account that spends and gives no row is named, and nobody else is."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.worlds import FIRST, SECOND, desk
from tiktok_ads.catalog.lookup import stream
from tiktok_ads.load import Outcome
from tiktok_ads.plan import Slice, Window
from tiktok_ads.runreport import Unloaded
from tiktok_ads.simulator.presets import PLACES, Plot, Size
from tiktok_ads.sync.book import Book
from tiktok_ads.sync.coverage import Outside
from tiktok_ads.sync.nothing import spent_without_rows

WINDOW = Window(date(2026, 1, 1), date(2026, 1, 30))
TABLES = ("ads", "ad_insights")


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")


def test_an_account_that_spends_on_gmv_max_alone_is_named_with_the_amount(tmp_path: Path) -> None:
    """The run is complete and its tables are true, and yet all the money is missing from them."""
    busy, shop = (
        Plot(PLACES[0], Size(campaigns=1)),
        Plot(PLACES[1], Size(campaigns=1, idle=True, specials=True)),
    )
    it = desk(tmp_path, [busy, shop], tables=TABLES)
    ran = it.sync()
    assert ran.outcome == "complete"
    (one,) = ran.unloaded
    assert (one.advertiser_id, one.amount > 0) == (SECOND, True)
    assert any("have no row of it" in note.text for note in ran.notes if note.advertiser_id == SECOND)
    told = ran.to_json()["unloaded"]
    assert told == [
        {
            "advertiser_id": SECOND,
            "days": one.days,
            "amount": str(one.amount),
            "currency": one.currency,
        }
    ]


def found(
    book: Book, *, spent: str = "7.50", outside: str = "", held: int = 0, tables: tuple[str, ...] = TABLES
) -> tuple[Unloaded, ...]:
    async def count(table: str, advertiser_id: str, window: Window | None) -> int:
        return held

    return asyncio.run(
        spent_without_rows(
            book,
            [stream(name) for name in tables],
            totals={(FIRST, WINDOW): Decimal(spent)},
            outside=[Outside(FIRST, WINDOW, Decimal(outside))] if outside else [],
            currency={FIRST: "EUR"},
            held=count,
        )
    )


def booked(*, rows: int = 0, listed: int = 0, failed: bool = False, closed: bool = False) -> Book:
    book = Book()
    ads, insights = (
        Slice(stream(name), FIRST, window) for name, window in (("ads", None), ("ad_insights", WINDOW))
    )
    book.expect([ads, insights])
    book.wrote(ads, Outcome(listed, listed, 0, 0))
    book.wrote(insights, Outcome(rows, rows, 0, 0))
    if failed:
        book.fail(insights)
    if closed:
        book.closed(insights, "not open")
    return book


def test_money_without_a_row_is_named() -> None:
    """Lists of ads are no figures: that they came is no excuse."""
    assert found(booked(listed=9)) == (Unloaded(FIRST, str(WINDOW), Decimal("7.50"), "EUR"),)
    assert found(booked(), spent="0", outside="2")[0].amount == Decimal(2)


def test_nobody_is_called_for_what_is_as_it_should_be() -> None:
    """Rows came, were there already, failed aloud, or nothing was spent: no false alarm at night."""
    assert found(booked(rows=1)) == ()
    assert found(booked(), held=1) == ()
    assert found(booked(failed=True)) == ()
    assert found(booked(closed=True)) == ()
    assert found(booked(), spent="0") == ()
    assert found(Book()) == ()
    assert found(booked(), spent="0", outside="2", tables=("ads", "gmv_max_store_insights")) == ()
