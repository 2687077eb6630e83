"""Lists over several pages: every row once, whatever moves, or nothing of it."""

from __future__ import annotations

import asyncio
import json
import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest

from tests.worlds import NOW, RUN_COLUMNS, Desk, desk
from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import Page, PageInfo
from tiktok_ads.errors import InconsistentPages
from tiktok_ads.extract import Room, Rows, Tally
from tiktok_ads.extract.pages import READS, PagedList, read_list
from tiktok_ads.simulator.presets import PLACES, Plot, Size

SIZE = 1_000
SCRIPTS = 1_000 if os.environ.get("TIKTOK_ADS_BATTERY") == "full" else 150


@dataclass
class Source:
    """A list that may change between two of its pages, and lie about them."""

    ids: list[int]
    size: int = SIZE
    change: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    total_page_off: int = 0
    total_off: int = 0
    short: int = 0
    empty: int = 0
    repeated: int = 0
    no_info: bool = False
    partial: bool = False
    spoiled_reads: int = 10**6
    calls: int = 0
    reads: int = 0
    states: list[list[int]] = field(default_factory=list)
    """The list as it stood when each page was asked for."""

    def page(self, number: int) -> tuple[list[int], PageInfo | None]:
        self.calls += 1
        self.reads += number == 1
        spoiled = self.reads <= self.spoiled_reads
        for what, place in self.change.pop(self.calls, []):
            if what == "insert":
                self.ids.insert(min(place, len(self.ids)), 10**9 + self.calls * 1000 + place)
            elif self.ids:
                del self.ids[place % len(self.ids)]
        self.states.append(list(self.ids))
        shown = number - 1 if spoiled and number == self.repeated else number
        ids = self.ids[(shown - 1) * self.size : shown * self.size]
        if spoiled and number == self.short:
            ids = ids[:-1]
        if spoiled and number == self.empty:
            ids = []
        if spoiled and self.no_info:
            return ids, None
        pages = max(-(-len(self.ids) // self.size), 1)
        off, total_off = (self.total_page_off, self.total_off) if spoiled else (0, 0)
        return ids, PageInfo(number, self.size, len(self.ids) + total_off, pages + off)


def read(source: Source, *, partial: bool = False) -> Rows:
    async def ask(number: int, meter: Meter) -> Answer:
        meter.calls += 1
        await asyncio.sleep(0)
        ids, info = source.page(number)
        told = None if info is None else {name: getattr(info, name) for name in PageInfo.__dataclass_fields__}
        raw = json.dumps({"list": ids, "page_info": told}).encode()
        return Answer(raw, "request", False, partial)  # type: ignore[arg-type]

    def decode(answer: Answer) -> Page:
        data = json.loads(bytes(answer.data))
        batch = pa.RecordBatch.from_pydict({"id": pa.array(data["list"], pa.int64())})
        info = PageInfo(**data["page_info"]) if data["page_info"] else None
        return Page(batch, info)

    async def whole() -> Rows:
        with Room().ticket(0) as ticket:
            paged = PagedList("ad/get", ask, decode, ("id",), source.size)
            return await read_list(paged, Tally(), ticket)

    return asyncio.run(whole())


@pytest.mark.parametrize("rows", [0, 1, 999, 1000, 1001, 1999, 2000, 2001, 5000])
def test_every_page_size_edge_is_read_whole(rows: int) -> None:
    """The last page is neither forgotten nor asked for twice."""
    source = Source(list(range(rows)))
    assert read(source).table["id"].to_pylist() == list(range(rows))
    assert source.calls == max(-(-rows // SIZE), 1)


@pytest.mark.parametrize("off", [-1, 1, 7])
def test_a_wrong_number_of_pages_does_no_harm(off: int) -> None:
    """The rows that are announced must come; how many pages they take is counted by ourselves."""
    assert read(Source(list(range(2500)), total_page_off=off)).table.num_rows == 2500


@pytest.mark.parametrize(
    "wrong",
    [
        {"total_off": 1},
        {"total_off": -1},
        {"short": 1},
        {"short": 3},
        {"empty": 2},
        {"repeated": 2},
        {"no_info": True},
    ],
)
def test_pages_that_do_not_fit_together_are_read_again(wrong: dict[str, int]) -> None:
    """A page short, empty, repeated or unnumbered is never accepted; a moment's fault heals."""
    once = Source(list(range(2500)), spoiled_reads=1, **wrong)  # type: ignore[arg-type]
    assert sorted(read(once).table["id"].to_pylist()) == list(range(2500))
    assert once.reads == 2
    always = Source(list(range(2500)), **wrong)  # type: ignore[arg-type]
    with pytest.raises(InconsistentPages, match="request"):
        read(always)
    assert always.reads == READS


def test_an_answer_that_calls_itself_partial_is_not_taken_for_whole() -> None:
    """Code 20001 never becomes a complete list."""
    with pytest.raises(InconsistentPages, match="in part"):
        read(Source(list(range(10))), partial=True)


def test_an_endless_list_is_refused() -> None:
    """A list that announces a hundred million pages ends at once."""
    source = Source(list(range(10)), total_off=10**12)
    with pytest.raises(InconsistentPages):
        read(source)
    assert source.calls == READS


def test_random_movements_lose_and_double_nothing() -> None:
    """Whatever comes and goes while a list is read: it stands as at one moment, or is refused."""
    chance = random.Random(11)
    taken = refused = 0
    for number in range(SCRIPTS):
        rows = chance.randrange(1, 60)
        changes: dict[int, list[tuple[str, int]]] = {}
        for _ in range(chance.randrange(0, 4)):
            at = chance.randrange(2, 12)
            changes.setdefault(at, []).append((chance.choice(["insert", "delete"]), chance.randrange(60)))
        source = Source(list(range(rows)), size=10, change=dict(changes))
        try:
            got = read(source).table["id"].to_pylist()
        except InconsistentPages:
            refused += 1
            continue
        taken += 1
        assert len(got) == len(set(got)), f"script {number}"
        # The same number of rows went in and came out between two pages at most where nothing can tell.
        assert any(len(set(got) ^ set(state)) <= 2 * _swaps(changes) for state in source.states), (
            f"script {number}"
        )
    assert taken > SCRIPTS * 0.9
    assert taken + refused == SCRIPTS


def test_a_list_that_never_stands_still_is_refused() -> None:
    """After a few reads it is called inconsistent; nobody reads for ever."""
    restless = Source(list(range(30)), size=10, change={call: [("insert", 0)] for call in range(2, 1000)})
    with pytest.raises(InconsistentPages, match="in each of"):
        read(restless)
    assert restless.calls <= READS * 5


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An account whose ads take several pages."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    size = Size(campaigns=4, adgroups_per_campaign=40, ads_per_adgroup=16, history_days=20, few_numbers=True)
    return desk(
        tmp_path,
        [Plot(PLACES[0], size)],
        tables=("ads", "ad_insights"),
        start_date=NOW.date().isoformat(),
        lookback_days=0,
    )


ODD = ["page_empty", "page_short", "page_repeated", "no_page_info", "wrong_total", "drift"]
HARMLESS = ["more_pages", "fewer_pages"]


@pytest.mark.parametrize("path", ["ad/get", "report/integrated/get"])
def test_an_odd_page_in_the_middle_is_read_again(many: Desk, path: str) -> None:
    """Empty, short, repeated, without its numbers, or with others: the list is read again and is whole."""
    assert many.sync().outcome == "complete"
    assert many.rows("SELECT count(*) > 1000 FROM ads") == [(True,)]
    assert many.wrong(first=NOW.date()) == []
    before = many.content(*RUN_COLUMNS)
    for kind in ODD:
        many.fault(kind, path=path, params={"page": "2"}, times=1)
        ran = many.sync(backfill=True)
        assert ran.skipped == (), kind
        assert ran.made.by_purpose["reread"] > 0, kind
        assert many.content(*RUN_COLUMNS) == before, kind
        many.heal()
    for kind in HARMLESS:
        many.fault(kind, path=path, times=None)
        ran = many.sync(backfill=True)
        assert ran.skipped == (), kind
        assert many.content(*RUN_COLUMNS) == before, kind
        many.heal()


@pytest.mark.parametrize("path", ["ad/get", "report/integrated/get"])
def test_a_list_that_stays_odd_changes_nothing(many: Desk, path: str) -> None:
    """Nothing is written or marked from pages that do not fit; the next run mends it."""
    assert many.sync().outcome == "complete"
    before, marks = many.content(*RUN_COLUMNS), many.bookmarks()
    many.pass_days(1)
    for kind in ("page_empty", "wrong_total"):
        many.fault(kind, path=path, params={"page": "2"}, times=None)
        ran = many.sync(tables=("ads",) if path == "ad/get" else ("ad_insights",))
        assert ran.outcome in ("partial", "failed"), kind
        assert all("page" in one.what or "rows" in one.what for one in ran.skipped)
        assert all(one.request_id and one.remedy for one in ran.skipped)
        assert many.content(*RUN_COLUMNS) == before, kind
        assert many.bookmarks() == marks
        many.heal()
    assert many.sync().outcome == "complete"
    assert many.wrong(first=NOW.date()) == []


def _swaps(changes: dict[int, list[tuple[str, int]]]) -> int:
    """Pairs of one insertion and one deletion at the same moment: the number of rows stays what it was."""
    kinds = [[what for what, _ in one] for one in changes.values()]
    return sum(min(one.count("insert"), one.count("delete")) for one in kinds)
