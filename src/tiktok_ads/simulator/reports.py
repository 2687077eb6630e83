"""The synchronous report: one page of rows, spelled as TikTok spells them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Answer, Refused, page_info
from tiktok_ads.simulator.attributes import attributes, fragment
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.metrics import number, spelling
from tiktok_ads.simulator.numbers import Numbers, total
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.report_query import Query, parse
from tiktok_ads.simulator.report_rows import Result, Row, result
from tiktok_ads.simulator.shop import shop_rows
from tiktok_ads.simulator.world import World

THROTTLED = "X-Tt-Ads-Throttle"
SEVERAL = ("currency", "timezone", "advertiser_id")
KEPT_RESULTS = 8
KEPT_NUMBERS = 20_000


@dataclass(eq=False)
class Reports:
    """The last few results, so that the pages of one report are cut from the same rows."""

    world: World
    options: Options
    kept: OrderedDict[object, Result] = field(default_factory=OrderedDict)
    spelled: dict[tuple[str, ...], dict[Numbers, bytes]] = field(default_factory=dict)

    def find(self, query: Query, *, cut: bool = True) -> Result:
        key = (replace(query, totals=False), cut, self.world.version, self.world.now(), self.world.data_now())
        if self.world.fixed_now is None:
            key = (*key[:3], self.world.data_now(), None)  # type: ignore[assignment]
        found = self.kept.get(key)
        if found is None:
            found = result(self.world, query, cut_above=self.options.cut_above if cut else None)
            _order(found.rows, query)
            self.kept[key] = found
            if len(self.kept) > KEPT_RESULTS:
                self.kept.popitem(last=False)
        else:
            self.kept.move_to_end(key)
        return found

    def answer(self, login: Login, params: Mapping[str, object]) -> Answer:
        query = parse(self.world, login, params, refuse_future=self.options.refuse_future)
        page = read.whole(params, "page", 1, least=1)
        page_size = read.whole(params, "page_size", 10, least=1, most=1000)
        if query.report_type == "TT_SHOP":
            rows = shop_rows(self.world, query)
            here = rows[(page - 1) * page_size : page * page_size]
            return Answer({"list": here, "page_info": page_info(page, page_size, len(rows))})
        self.refuse_too_large(query)
        found = self.find(query)
        rows_here = found.rows[(page - 1) * page_size : page * page_size]
        data: dict[str, object] = {
            "list": msgspec.Raw(self.render(query, rows_here)),
            "page_info": page_info(page, page_size, len(found.rows)),
        }
        if query.totals and page == 1:
            data["total_metrics"] = self.totals(query, found.rows)
        return Answer(data, headers={THROTTLED: "true"} if found.truncated else {})

    def refuse_too_large(self, query: Query) -> None:
        """The number behind 40067 is not public; here it is objects × days × metrics."""
        most = self.options.too_large_above
        if most is None or query.level is None:
            return
        within = dict(query.filters.within)
        objects = 0
        for advertiser_id in query.advertiser_ids:
            for item in self.world.existing(self.world.advertisers[advertiser_id], query.level):
                ids = {f"{of.level}_ids": of.id for of in (item, *item.parents)}
                objects += all(ids[name] in chosen for name, chosen in within.items() if name in ids)
        if objects * query.days * len(query.metrics) > most:
            raise Refused(40067, "The query is too large, please reduce the time range or the metrics.")

    def totals(self, query: Query, rows: Sequence[Row]) -> dict[str, str]:
        summed = total(row.numbers for row in rows)
        known = catalog().metrics
        return {name: "-" if known[name].is_attribute else spelling(name)(summed) for name in query.metrics}

    def render(self, query: Query, rows: Sequence[Row]) -> bytes:
        """The rows as one JSON list; what repeats (an object, a tuple of numbers) is spelled once."""
        known = catalog().metrics
        attribute_names = [name for name in query.metrics if known[name].is_attribute]
        if query.several:
            attribute_names.extend(name for name in SEVERAL if name not in attribute_names)
        measures = tuple(name for name in query.metrics if not known[name].is_attribute)
        spelled = self.spelled.setdefault(measures, {})
        if len(spelled) > KEPT_NUMBERS:
            spelled.clear()
        shape = ",".join(f'"{name}":"%s"' for name in measures)
        functions = [spelling(name) for name in measures]
        dimensions = ",".join(f'"{name}":%s' for name in _shown(query.dimensions))
        twice = "interest_category" in query.dimensions
        repeated: dict[Item | None, bytes] = {}
        out = []
        for row in rows:
            if row.item not in repeated:
                repeated[row.item] = self.repeat(query, row, attribute_names)
            numbers = spelled.get(row.numbers)
            if numbers is None:
                numbers = (shape % tuple([made(row.numbers) for made in functions])).encode()
                spelled[row.numbers] = numbers
            if query.several:
                numbers = _without_cents(query, measures, numbers)
            if "search_terms" in query.dimensions and row.numbers[2] < 5:
                numbers = _few_shown(numbers)
            values = _twice(query.dimensions, row.values) if twice else row.values
            parts = b",".join(part for part in (repeated[row.item], numbers) if part)
            named = dimensions % tuple([_quoted(value) for value in values])
            out.append(b'{"dimensions":{%b},"metrics":{%b}}' % (named.encode(), parts))
        return b"[%b]" % b",".join(out)

    def repeat(self, query: Query, row: Row, names: Sequence[str]) -> bytes:
        if not names:
            return b""
        known = attributes(row.advertiser, row.item, self.world.now())
        known["timezone"] = row.advertiser.place.zone
        if query.several and not any(name.endswith("_id") for name in query.dimensions):
            known |= dict.fromkeys(SEVERAL, "0")
        return fragment(known, names)


def _quoted(value: str) -> str:
    return f'"{value}"' if value.isascii() and value.isprintable() and '"' not in value else _escaped(value)


def _escaped(value: str) -> str:
    return msgspec.json.encode(value).decode()


def _shown(dimensions: Sequence[str]) -> list[str]:
    """Asking for interest_category brings the newer id along."""
    shown = list(dimensions)
    if "interest_category" in shown:
        shown.append("interest_category_v2")
    return shown


def _twice(dimensions: Sequence[str], values: tuple[str, ...]) -> tuple[str, ...]:
    return (*values, values[list(dimensions).index("interest_category")])


def _without_cents(query: Query, measures: Sequence[str], numbers: bytes) -> bytes:
    """With several advertisers money has no decimals, and costs no value at all without an id."""
    values = msgspec.json.decode(b"{%b}" % numbers, type=dict[str, str])
    with_id = any(name.endswith("_id") for name in query.dimensions)
    for name in measures:
        if catalog().metrics[name].kind == "money":
            values[name] = str(round(float(values[name]))) if with_id and values[name] != "-" else "-"
    return msgspec.json.encode(values)[1:-1]


def _few_shown(numbers: bytes) -> bytes:
    values = msgspec.json.decode(b"{%b}" % numbers, type=dict[str, str])
    if "impressions" in values:
        values["impressions"] = "<5"
    return msgspec.json.encode(values)[1:-1]


def _order(rows: list[Row], query: Query) -> None:
    if query.order_field:
        rows.sort(key=lambda row: number(query.order_field, row.numbers), reverse=not query.ascending)
