"""Spells report rows as JSON, quickly: what repeats in many rows is spelled once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.attributes import attributes, fragment, fragment_with_lists, of_values
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.metrics import hours_late, spelling
from tiktok_ads.simulator.numbers import AT, ZERO, Numbers
from tiktok_ads.simulator.report_metric_rules import OF_A_VALUE
from tiktok_ads.simulator.report_pieces import DAY
from tiktok_ads.simulator.report_query import Query
from tiktok_ads.simulator.report_rows import Row
from tiktok_ads.simulator.report_rules import IDS
from tiktok_ads.simulator.report_shares import newer_interest
from tiktok_ads.simulator.world import World

# With several advertisers in one call every row says whose it is.
SEVERAL = ("currency", "timezone", "advertiser_id")
# What people typed can hold what JSON has to escape; other dimensions have plain values.
TYPED = {"search_terms", "search_keyword", "custom_event_type", "hashtag", "purchase_intention"}
SEARCHED = {"search_terms", "search_keyword"}
UPGRADED = "UPGRADED_SMART_PLUS"
KEPT_SHAPES = 8
KEPT_NUMBERS = 20_000


@dataclass(eq=False)
class Spelling:
    world: World
    repeats: dict[object, dict[Item | str, bytes]] = field(default_factory=dict)
    spelled: dict[tuple[str, ...], dict[Numbers, bytes]] = field(default_factory=dict)

    def rows(self, query: Query, rows: Sequence[Row], *, late: bool = False) -> bytes:
        """One JSON list of `{"dimensions": {…}, "metrics": {…}}`; `late` holds slow metrics back."""
        known = catalog().metrics
        names = [name for name in query.metrics if known[name].is_attribute and name not in OF_A_VALUE]
        valued = [name for name in query.metrics if name in OF_A_VALUE]
        if query.several:
            names.extend(name for name in SEVERAL if name not in names)
        measures = tuple(name for name in query.metrics if not known[name].is_attribute)
        numbers, repeated = self._numbers(measures), self._repeated(query, names)
        shape = ",".join(f'"{name}":"%s"' for name in measures)
        functions = [spelling(name) for name in measures]
        comma = b"," if names and (measures or valued) else b""
        typed = bool(TYPED & set(query.dimensions))
        head = ",".join(f'"{name}":"%s"' for name in _shown(query.dimensions))
        head = f',{{"dimensions":{{{head}}},"metrics":{{'
        twice = "interest_category" in query.dimensions
        few = bool(SEARCHED & set(query.dimensions)) and "impressions" in measures
        slow = [name for name in measures if late and DAY in query.dimensions and hours_late(name) > 1]
        out: list[bytes] = []
        for row in rows:
            about = row.item or row.advertiser.id
            before = repeated.get(about)
            if before is None:
                before = repeated[about] = self._repeat(query, row, names) + comma
            after = numbers.get(row.numbers)
            if after is None:
                after = (shape % tuple([made(row.numbers) for made in functions])).encode()
                numbers[row.numbers] = after
            if slow:
                after = self._without_late(query, row, slow, after)
            if query.several:
                after = _without_cents(query, measures, after)
            if few and row.numbers[AT["impressions"]] < 5:
                after = _few_shown(after)
            if valued:
                after = _joined(after, of_values(query.dimensions, row.values, valued))
            values = _twice(query.dimensions, row.values) if twice else row.values
            if typed:
                values = tuple(msgspec.json.encode(value)[1:-1].decode() for value in values)
            out.extend(((head % values).encode(), before, after, b"}}"))
        return b"[%b]" % b"".join(out)[1:]

    def _without_late(self, query: Query, row: Row, slow: Sequence[str], numbers: bytes) -> bytes:
        """Some metrics are zero until some hours after the end of the day."""
        day = row.values[query.dimensions.index(DAY)][:10]
        values = _decoded(numbers)
        for name in slow:
            ago = timedelta(hours=24 + hours_late(name))
            if day > self.world.today(row.advertiser, ago=ago).isoformat():
                values[name] = spelling(name)(ZERO)
        return _encoded(values)

    def _numbers(self, measures: tuple[str, ...]) -> dict[Numbers, bytes]:
        if len(self.spelled) > KEPT_SHAPES:
            self.spelled.clear()
        kept = self.spelled.setdefault(measures, {})
        if len(kept) > KEPT_NUMBERS:
            kept.clear()
        return kept

    def _repeated(self, query: Query, names: Sequence[str]) -> dict[Item | str, bytes]:
        key = (tuple(names), query.dimensions, query.several, self.world.known_at())
        if len(self.repeats) > KEPT_SHAPES:
            self.repeats.clear()
        return self.repeats.setdefault(key, {})

    def _repeat(self, query: Query, row: Row, names: Sequence[str]) -> bytes:
        if not names:
            return b""
        known = attributes(row.advertiser, row.item, self.world.now())
        known["timezone"] = row.advertiser.place.zone
        if query.several and not _has_id(query):
            known |= dict.fromkeys(SEVERAL, "0")
        if row.item is not None and "ad_id_v2" in query.dimensions and row.item.automation == UPGRADED:
            return fragment_with_lists(known, names)
        return fragment(known, names)


def _joined(*parts: bytes) -> bytes:
    return b",".join(part for part in parts if part)


def _has_id(query: Query) -> bool:
    return any(name in IDS for name in query.dimensions)


def _shown(dimensions: Sequence[str]) -> list[str]:
    """Asking for interest_category brings the newer id along."""
    shown = list(dimensions)
    if "interest_category" in shown:
        shown.append("interest_category_v2")
    return shown


def _twice(dimensions: Sequence[str], values: tuple[str, ...]) -> tuple[str, ...]:
    return (*values, newer_interest(values[list(dimensions).index("interest_category")]))


def _decoded(numbers: bytes) -> dict[str, str]:
    return msgspec.json.decode(b"{%b}" % numbers, type=dict[str, str])


def _encoded(values: dict[str, str]) -> bytes:
    return msgspec.json.encode(values)[1:-1]


def _without_cents(query: Query, measures: Sequence[str], numbers: bytes) -> bytes:
    """With several advertisers money has no decimals, and costs no value at all without an id."""
    values = _decoded(numbers)
    with_id = _has_id(query)
    for name in measures:
        if catalog().metrics[name].kind == "money":
            values[name] = str(round(float(values[name]))) if with_id and values[name] != "-" else "-"
    return _encoded(values)


def _few_shown(numbers: bytes) -> bytes:
    """Fewer than five views of a search term are not told apart."""
    return _encoded({**_decoded(numbers), "impressions": "<5"})
