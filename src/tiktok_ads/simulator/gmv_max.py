"""The report of GMV Max: one shop at a time, by the documented groupings and with the filters they need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import NO_RELATION, Answer, bad_metrics, wrong
from tiktok_ads.simulator.belongings import belongings
from tiktok_ads.simulator.gmv_max_metrics import ATTRIBUTES, MEASURES, spell
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.shop_world import LIVE, PRODUCT, ShopNumbers, Sold, joined, sold
from tiktok_ads.simulator.world import Advertiser, World

DAY, HOUR = "stat_time_day", "stat_time_hour"
IDS = ("advertiser_id", "campaign_id", "item_group_id", "item_id")
OVERVIEW = ({"advertiser_id"}, {"advertiser_id", DAY}, {"advertiser_id", HOUR})
CAMPAIGN = ({"campaign_id"}, {"campaign_id", DAY}, {"campaign_id", HOUR})
BY_PRODUCT = (
    {"item_group_id"},
    {"item_group_id", DAY},
    {"item_group_id", HOUR},
    {"campaign_id", "item_group_id"},
    {"campaign_id", "item_group_id", DAY},
    {"campaign_id", "item_group_id", HOUR},
)
CREATIVE = (
    {"campaign_id", "item_group_id", "item_id"},
    {"campaign_id", "item_group_id", "item_id", DAY},
    {"item_id", DAY},
    {"item_id"},
)
# What each kind of grouping must be filtered by.
REQUIRED = (
    (OVERVIEW, ()),
    (CAMPAIGN, ("gmv_max_promotion_types",)),
    (BY_PRODUCT, ("campaign_ids",)),
    (CREATIVE, ("campaign_ids", "item_group_ids")),
)
FILTERS = ("gmv_max_promotion_types", "campaign_ids", "item_group_ids", "campaign_statuses")
STATUSES = ("STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_DELIVERY_OK", "STATUS_DISABLE", "STATUS_DELETE")


@dataclass(frozen=True)
class Asked:
    """One GMV Max report, whatever page of it."""

    advertiser: Advertiser
    store_id: str
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    first: date
    last: date
    filtering: dict[str, list[str]]

    def wants(self, one: Sold, today: date) -> bool:
        chosen = self.filtering
        status = set(chosen.get("campaign_statuses", ["STATUS_NOT_DELETE"]))
        gone = one.campaign.deleted_on is not None and one.campaign.deleted_on <= today
        shown = "STATUS_ALL" in status or ("STATUS_DELETE" in status if gone else bool(status - GONE))
        return (
            one.campaign.store_id == self.store_id
            and shown
            and one.campaign.kind in chosen.get("gmv_max_promotion_types", (PRODUCT, LIVE))
            and one.campaign.id in chosen.get("campaign_ids", (one.campaign.id,))
            and one.product in chosen.get("item_group_ids", (one.product,))
            and (bool(one.product) or not {"item_group_id", "item_id"} & set(self.dimensions))
        )


GONE = {"STATUS_DELETE", "STATUS_DISABLE"}
Group = tuple[Sold, ShopNumbers]


@dataclass(eq=False)
class GmvMax:
    """Answers `/gmv_max/report/get/`."""

    world: World
    refuse_future: bool = True

    def answer(self, login: Login, params: Mapping[str, object]) -> Answer:
        asked = self.parse(login, params)
        page = read.page_of(params, most=1000)
        rows = self.rows(asked)
        field = read.text(params, "sort_field", required=False)
        order = read.text(params, "sort_type", required=False, default="DESC")
        read.one_of(order, "sort_type", ("ASC", "DESC"))
        if field:
            if field not in MEASURES or field not in asked.metrics:
                raise wrong(f"sort_field: Invalid field {field}.")
            rows.sort(key=lambda row: _number(row["metrics"][field]), reverse=order == "DESC")
        return Answer({"list": page.cut(rows), "page_info": page.info(len(rows))})

    def parse(self, login: Login, params: Mapping[str, object]) -> Asked:
        advertiser = login.open(self.world, read.one_id(params, "advertiser_id"))
        stores = read.ids(read.texts(params, "store_ids", required=True), "store_ids")
        if len(stores) != 1:
            raise wrong("store_ids: Length must be 1.")
        if stores[0] not in belongings("store", advertiser):
            raise wrong("store_ids: The store does not belong to the advertiser.")
        dimensions = tuple(read.texts(params, "dimensions", required=True))
        metrics = tuple(read.texts(params, "metrics", required=True))
        filtering = _filtering(params)
        check(dimensions, metrics, filtering)
        first, last = self._days(advertiser, params, dimensions)
        return Asked(advertiser, stores[0], dimensions, metrics, first, last, filtering)

    def _days(
        self, advertiser: Advertiser, params: Mapping[str, object], dimensions: Sequence[str]
    ) -> tuple[date, date]:
        first, last = read.day(params, "start_date"), read.day(params, "end_date")
        most = 1 if HOUR in dimensions else 30 if DAY in dimensions else 365
        if first > last:
            raise wrong("start_date: Must not be later than end_date.")
        if (last - first).days + 1 > most:
            raise wrong(f"The time span between start_date and end_date exceeds the maximum of {most} days.")
        if self.refuse_future and last > self.world.now().astimezone(advertiser.zone).date():
            raise wrong("end_date: Must not be later than today in the time zone of the ad account.")
        return first, last

    def rows(self, asked: Asked) -> list[dict[str, dict[str, str]]]:
        """All rows; values are texts."""
        # What is deleted by now is left out of days before that as well.
        today = self.world.now().astimezone(asked.advertiser.zone).date()
        groups: dict[tuple[str, ...], list[Sold]] = defaultdict(list)
        hourly = HOUR in asked.dimensions
        for one in sold(self.world, asked.advertiser, asked.first, asked.last, by_hour=hourly):
            if asked.wants(one, today):
                groups[tuple(_value(asked, one, name) for name in asked.dimensions)].append(one)
        made = []
        for key, several in groups.items():
            numbers = joined(one.numbers for one in several)
            creative = "item_id" in asked.dimensions and DAY in asked.dimensions
            if not any(numbers) or (creative and not numbers[0]):
                # A creative has a row for a day only where it cost something.
                continue
            values = spell(self.world, asked.advertiser, several[0], numbers, asked.metrics)
            if asked.dimensions == ("advertiser_id",):
                values["currency"] = asked.advertiser.place.currency
            made.append({"dimensions": dict(zip(asked.dimensions, key, strict=True)), "metrics": values})
        return made


def check(dimensions: Sequence[str], metrics: Sequence[str], filtering: Mapping[str, Sequence[str]]) -> None:
    """Raise the refusal that TikTok would give for a grouping with these metrics and filters."""
    needed = next((names for some, names in REQUIRED if set(dimensions) in some), None)
    if needed is None or len(set(dimensions)) < len(dimensions):
        raise wrong(NO_RELATION)
    for name in needed:
        if not filtering.get(name):
            raise wrong(f"filtering.{name}: Missing data for required field.")
    ids = [name for name in dimensions if name in IDS]
    single = len(ids) == 1 and all(
        len(filtering.get(name, ())) <= 1 for name in ("campaign_ids", "item_group_ids")
    )
    bad = [
        name
        for name in metrics
        if name not in MEASURES and not (single and name in ATTRIBUTES.get(ids[0], {}))
    ]
    if bad:
        raise bad_metrics(bad)


def _filtering(params: Mapping[str, object]) -> dict[str, list[str]]:
    """An object, unlike in the integrated report."""
    given = read.parsed(params, "filtering")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise wrong("filtering: Not a valid mapping type.")
    for name, values in given.items():
        if name not in FILTERS:
            raise wrong(f"filtering: Unknown field: {name}.")
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise wrong(f"filtering.{name}: Not a valid list of strings.")
        if name.endswith("_ids"):
            read.ids(values, f"filtering.{name}")
    types = given.get("gmv_max_promotion_types", [])
    if len(types) > 1:
        raise wrong("filtering.gmv_max_promotion_types: Length must be 1.")
    for one in types:
        read.one_of(one, "filtering.gmv_max_promotion_types", (PRODUCT, LIVE))
    for one in given.get("campaign_statuses", []):
        read.one_of(one, "filtering.campaign_statuses", STATUSES)
    return given


def _value(asked: Asked, one: Sold, name: str) -> str:
    known: dict[str, Callable[[], str]] = {
        "advertiser_id": lambda: asked.advertiser.id,
        "campaign_id": lambda: one.campaign.id,
        "item_group_id": lambda: one.product,
        "item_id": lambda: one.post,
        DAY: lambda: f"{one.day.isoformat()} 00:00:00",
        HOUR: lambda: f"{one.day.isoformat()} {one.hour:02d}:00:00",
    }
    return known[name]()


def _number(text: str) -> float:
    return 0.0 if text == "-" else float(text)
