"""The synchronous report: one page of rows, spelled as TikTok spells them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Answer, Refused
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.metrics import number, spelling
from tiktok_ads.simulator.numbers import total
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.report_json import SEVERAL, Spelling
from tiktok_ads.simulator.report_query import Query, parse
from tiktok_ads.simulator.report_rows import Result, Row, result
from tiktok_ads.simulator.report_rules import MOST_IDS
from tiktok_ads.simulator.shop import shop_rows, shop_totals
from tiktok_ads.simulator.world import World

THROTTLED = "X-Tt-Ads-Throttle"
KEPT_RESULTS = 8
KEPT_ROWS = 700_000


@dataclass(eq=False)
class Reports:
    """The last few results, so that the pages of one report are cut from the same rows."""

    world: World
    options: Options
    kept: OrderedDict[object, Result] = field(default_factory=OrderedDict)
    spelling: Spelling = field(init=False)

    def __post_init__(self) -> None:
        self.spelling = Spelling(self.world)

    def find(self, query: Query, *, cut: bool = True) -> Result:
        key = (replace(query, totals=False), cut, self.world.known_at())
        found = self.kept.get(key)
        if found is None:
            found = result(
                self.world,
                query,
                cut_above=self.options.cut_above if cut else None,
                late_audiences=self.options.late_audiences,
            )
            _order(found.rows, query)
            self.kept[key] = found
            while len(self.kept) > 1 and (
                len(self.kept) > KEPT_RESULTS or sum(len(r.rows) for r in self.kept.values()) > KEPT_ROWS
            ):
                self.kept.popitem(last=False)
        else:
            self.kept.move_to_end(key)
        return found

    def answer(self, login: Login, params: Mapping[str, object]) -> Answer:
        query = parse(
            self.world,
            login,
            params,
            refuse_future=self.options.refuse_future,
            may_sort=self.options.tier != "sandbox",
        )
        page = read.page_of(params, most=1000)
        if query.report_type == "TT_SHOP":
            rows = shop_rows(self.world, query)
            said: dict[str, object] = {"list": page.cut(rows), "page_info": page.info(len(rows))}
            if query.totals and page.page == 1:
                said["total_metrics"] = shop_totals(query, rows)
            return Answer(said)
        self.refuse_too_large(query)
        found = self.find(query)
        headers = {THROTTLED: "true"} if found.truncated else {}
        late = self.options.late_audiences
        if query.chunk:
            # This mode has no pages: everything comes at once.
            whole = {"list": msgspec.Raw(self.spelling.rows(query, found.rows, late=late))}
            return Answer(whole, headers=headers)
        data: dict[str, object] = {
            "list": msgspec.Raw(self.spelling.rows(query, page.cut(found.rows), late=late)),
            "page_info": page.info(len(found.rows)),
        }
        if query.totals and page.page == 1:
            data["total_metrics"] = self.totals(query, found.rows)
        return Answer(data, headers=headers)

    def refuse_too_large(self, query: Query) -> None:
        """The number behind 40067 is not public; here it is objects × days × metrics.

        Some breakdowns are blocked above a number of objects, which is documented; its code is not.
        """
        most = self.options.too_large_above
        least = min((MOST_IDS[name] for name in query.dimensions if name in MOST_IDS), default=None)
        if query.level is None or (most is None and least is None) or query.asynchronous:
            return
        objects = 0
        for advertiser_id in query.advertiser_ids:
            for item in self.world.existing(self.world.advertisers[advertiser_id], query.level):
                ids = {f"{of.level}_ids": of.id for of in (item, *item.parents)}
                objects += all(ids[name] in chosen for name, chosen in query.filters.within if name in ids)
        if least is not None and objects > least:
            raise Refused(40067, f"The query is too large: it is limited to {least} ids with this dimension.")
        if most is not None and objects * query.days * len(query.metrics) > most:
            raise Refused(40067, "The query is too large, please reduce the time range or the metrics.")

    def totals(self, query: Query, rows: Sequence[Row]) -> dict[str, str]:
        summed = total(row.numbers for row in rows)
        known = catalog().metrics
        said = {name: "-" if known[name].is_attribute else spelling(name)(summed) for name in query.metrics}
        return {**said, **dict.fromkeys(SEVERAL, "-")} if query.several else said


def _order(rows: list[Row], query: Query) -> None:
    if query.order_field:
        rows.sort(key=lambda row: number(query.order_field, row.numbers), reverse=not query.ascending)
