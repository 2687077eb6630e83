"""Every report table of report/integrated/get, row by row against what is true, and what each kind costs."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.worlds import EAST_AND_WEST, NOW, Desk, desk
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.simulator.truth import as_sent, true_rows

FULL = os.environ.get("TIKTOK_ADS_BATTERY") == "full"
DAYS = 2
INTEGRATED = [
    one
    for one in catalog().reports.values()
    if one.endpoint == "report/integrated/get" and one.owner == "advertiser"
]


def one_of_each_kind() -> list[ReportStream]:
    """Each breakdown and grain once, its level in turn; all of them in the full battery."""
    kinds: dict[str, list[ReportStream]] = defaultdict(list)
    for one in INTEGRATED:
        kinds[one.report_type + one.name.partition("_insights")[2]].append(one)
    return [one for place, same in enumerate(kinds.values()) for one in (same[place % len(same)],)]


CHOSEN = INTEGRATED if FULL else one_of_each_kind()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One sync of all those tables."""
    names = tuple(one.name for one in CHOSEN)
    start = (NOW.date() - timedelta(days=DAYS)).isoformat()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
        it = desk(tmp_path_factory.mktemp("reports"), EAST_AND_WEST, tables=names, start_date=start)
        plan = it.plan()
        report = it.sync()
    assert report.outcome == "complete", report.skipped
    assert report.planned == plan.calls
    assert plan.least_calls <= report.made.total <= plan.calls.total
    return it


@pytest.mark.parametrize("stream", CHOSEN, ids=lambda one: one.name)
def test_every_report_equals_the_truth(stream: ReportStream, loaded: Desk) -> None:
    """No row is missing, doubled or invented, and no value is another than TikTok's."""
    for advertiser_id in loaded.advertisers:
        wanted = expected(loaded, stream, advertiser_id)
        held = kept(loaded, stream, advertiser_id)
        assert held.keys() == wanted.keys(), (stream.name, advertiser_id)
        for key, row in wanted.items():
            for name, value in row.items():
                assert same(stream, name, value, held[key][name]), (key, name, value, held[key][name])


def expected(it: Desk, stream: ReportStream, advertiser_id: str) -> dict[tuple[str, ...], dict[str, str]]:
    """TikTok's own rows by dimension, as texts; each day by itself where TikTok gives no days."""
    start = NOW.date() - timedelta(days=DAYS)
    last = it.today(advertiser_id)
    ends = [start + timedelta(days=n) for n in range((last - start).days + 1)]
    spans = [(day, day) for day in ends] if stream.stamped else [(start, last)]
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for begin, end in spans:
        for row in true_rows(
            it.world,
            advertiser_ids=[advertiser_id],
            report_type=stream.report_type,
            data_level=stream.data_level,
            dimensions=stream.dimensions,
            metrics=stream.metrics,
            first=None if stream.lifetime else begin,
            last=None if stream.lifetime else end,
            lifetime=stream.lifetime,
            filtering=as_sent(stream.filters),
        ):
            stamp = (begin.isoformat(),) if stream.stamped else ()
            key = (*(plain(name, row[name]) for name in stream.dimensions), *stamp)
            assert key not in rows
            rows[key] = {name: row[name] for name in stream.metrics if name in row}
    return rows


def kept(it: Desk, stream: ReportStream, advertiser_id: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """What landed, by the same key."""
    if stream.name not in it.tables():
        return {}
    with it.looking() as connection:
        said = connection.execute(f'SELECT * FROM "{stream.name}" WHERE advertiser_id = ?', [advertiser_id])
        names = [column[0] for column in said.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in said.fetchall()]
    found = {tuple(plain(name, row[name]) for name in stream.key_dimensions): row for row in rows}
    assert len(found) == len(rows)
    return found


def plain(name: str, value: object) -> str:
    """A dimension in one spelling, whether it came as text or from a column."""
    text = "" if value in (None, "-") else str(value)
    return text[:10] if name == "stat_time_day" else text


def same(stream: ReportStream, name: str, told: str, held: object) -> bool:
    kind = catalog().metrics[name].kind
    if told == "-" and kind != "name":
        return held is None
    if told == "<5":
        return held is None
    if kind == "id" and not told:
        return held is None
    if isinstance(held, (int, float, Decimal)) and not isinstance(held, bool):
        return Decimal(told) == Decimal(str(held))
    if isinstance(held, bool):
        return told.lower() in ("true", "1") if held else told.lower() in ("false", "0")
    return str(held) == told
