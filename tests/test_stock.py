"""What the destination holds is counted as it stands, by whatever days a plan asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tiktok_ads.config import Settings
from tiktok_ads.load import TableSpec
from tiktok_ads.plan import Slice, Window
from tiktok_ads.sync.stock import Stock
from tiktok_ads.sync.tables import Table, tables_of

DAY = timedelta(days=1)
TODAY = date(2026, 9, 22)
Rows = dict[tuple[str, date | None], int]


class Held:
    """A destination of which only the counts are asked; it notes how many it gave."""

    def __init__(self, rows: dict[str, Rows]) -> None:
        self.rows, self.told = rows, 0

    def rows_by_day(self, spec: TableSpec, *, since: date | None = None, owners: Sequence[str] = ()) -> Rows:
        found = {
            (owner, day): count
            for (owner, day), count in self.rows.get(spec.name, {}).items()
            if (since is None or day is None or day >= since) and (not owners or owner in owners)
        }
        self.told += len(found)
        return found


def tables(tmp_path: Path) -> dict[str, Table]:
    settings = Settings(
        api_url="http://127.0.0.1:9999",
        advertisers=("1",),
        tables=("ads", "ad_insights", "ad_insights_by_country"),
        start_date=TODAY - 400 * DAY,
        destination=f"duckdb:///{tmp_path / 'out.duckdb'}",
    )
    return {table.name: table for table in tables_of(settings)}


def count(rows: Rows, owner: str, window: Window | None) -> int:
    return sum(
        n for (who, day), n in rows.items() if who == owner and (window is None or (day and day in window))
    )


def test_every_planned_day_is_counted_as_it_stands(tmp_path: Path) -> None:
    """A wrong count would make a short answer look whole, or a whole one short."""
    known = tables(tmp_path)
    random = Random(3)
    for _ in range(50):
        owners = [str(number) for number in range(random.randint(1, 9))]
        held: dict[str, Rows] = {"ads": {(one, None): random.randint(0, 9) for one in owners}}
        for name in ("ad_insights", "ad_insights_by_country"):
            days = [(one, TODAY - random.randrange(90) * DAY) for one in owners for _ in range(20)]
            held[name] = {key: random.randint(1, 9) for key in days}
        slices = [
            Slice(known[name].stream, one, Window(first, min(first + 6 * DAY, TODAY)))
            for name in ("ad_insights", "ad_insights_by_country")
            for one in owners
            for first in [TODAY - random.randrange(random.choice([9, 9, 9, 9, 90])) * DAY]
        ]
        stored = Stock(_as_destination(Held(held)), [*known.values()], slices)
        for piece in slices:
            expected = count(held[piece.stream.name], piece.advertiser_id, piece.window)
            assert stored(piece.stream.name, piece.advertiser_id, piece.window) == expected
        assert [stored("ads", one, None) for one in owners] == [held["ads"][one, None] for one in owners]
    assert stored("campaigns", "1", None) == 0


def test_years_that_no_slice_is_about_are_not_fetched(tmp_path: Path) -> None:
    """A large agency's past must not fill the memory each night; neither for one new account among many."""
    known = tables(tmp_path)
    owners = [str(number) for number in range(20)]
    past: Rows = {(one, TODAY - ago * DAY): 1 for one in owners[1:] for ago in range(365)}
    held = Held({"ad_insights": past, "ad_insights_by_country": past})
    slices = [Slice(known["ad_insights"].stream, "0", Window(TODAY - 364 * DAY, TODAY - 335 * DAY))]
    slices += [Slice(known["ad_insights"].stream, one, Window(TODAY - 6 * DAY, TODAY)) for one in owners]
    stored = Stock(_as_destination(held), [*known.values()], slices)
    assert held.told == 2 * 19 * 7
    assert stored("ad_insights", "5", Window(TODAY - 6 * DAY, TODAY)) == 7


def test_a_first_run_into_nothing_holds_nothing(tmp_path: Path) -> None:
    """`plan` before the first sync has no destination to ask."""
    stored = Stock(None, [*tables(tmp_path).values()], [])
    assert stored("ads", "1", None) == 0
    assert stored("ad_insights", "1", Window(TODAY, TODAY)) == 0


def _as_destination(held: Held) -> Any:
    return held


def test_slices_that_are_equal_are_the_same_key(tmp_path: Path) -> None:
    """The cost of a slice is found under an equal one, and not under one of another window."""
    stream = tables(tmp_path)["ads"].stream
    since = datetime(2026, 9, 1)
    one, other = (Slice(stream, "1", modified_after=since, shape="a") for _ in range(2))
    assert {one: 1}[other] == 1
    assert len({one, other, Slice(stream, "1", shape="a"), Slice(stream, "2", modified_after=since)}) == 3
