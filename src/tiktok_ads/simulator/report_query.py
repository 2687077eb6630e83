"""Reads a report request, and refuses what the documentation of reports rules out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.centers import Center
from tiktok_ads.simulator.items import Level
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.report_filters import Asked, Filters, filters
from tiktok_ads.simulator.report_rules import IDS, LEVELS_OF, TIMES, TOTALS, check_combination, max_days
from tiktok_ads.simulator.world import Advertiser, World

DATA_LEVELS: dict[str, Level | None] = {
    "AUCTION_ADVERTISER": None,
    "AUCTION_CAMPAIGN": "campaign",
    "AUCTION_ADGROUP": "adgroup",
    "AUCTION_AD": "ad",
}
MAX_METRICS = 100
MAX_ADVERTISERS = 5
SEVERAL_IN = ("BASIC", "AUDIENCE")
USUAL_METRICS = ("spend", "impressions")
SHOP_METRICS = ("spend", "billed_cost")


@dataclass(frozen=True)
class Query:
    """One report, whatever page. `first` and `last` are the advertiser's own days, or of UTC."""

    advertiser_ids: tuple[str, ...]
    several: bool
    report_type: str
    level: Level | None
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    first: date
    last: date
    filters: Filters
    order_field: str = ""
    ascending: bool = False
    totals: bool = False
    lifetime: bool = False
    utc: bool = False
    reservation: bool = False
    chunk: bool = False
    bc_id: str = ""
    asynchronous: bool = False

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def parse(
    world: World,
    login: Login,
    params: Mapping[str, object],
    *,
    asynchronous: bool = False,
    refuse_future: bool = True,
    may_sort: bool = True,
) -> Query:
    """The query that the parameters mean.

    Raises:
        Refused: with the code and, where it is documented, the text of the API.
    """
    report_type = read.one_of(read.text(params, "report_type"), "report_type", LEVELS_OF)
    center, advertisers, several = _owners(world, login, params, report_type)
    data_level = _data_level(params, report_type)
    service = read.text(params, "service_type", required=False, default="AUCTION")
    read.one_of(service, "service_type", ("AUCTION", "RESERVATION"))
    dimensions = tuple(read.texts(params, "dimensions", required=True))
    metrics = tuple(read.texts(params, "metrics")) or usual_metrics(report_type)
    lifetime = read.flag(params, "query_lifetime")
    if len(metrics) > MAX_METRICS:
        raise wrong(f"metrics: At most {MAX_METRICS} metrics.")
    if len(set(metrics)) < len(metrics) or len(set(dimensions)) < len(dimensions):
        raise wrong("Duplicate dimensions or metrics.")
    check_combination(
        report_type,
        data_level,
        dimensions,
        metrics,
        lifetime=lifetime,
        asynchronous=asynchronous,
        several=several,
    )
    utc = read.flag(params, "multi_adv_report_in_utc_time")
    if utc and not several:
        raise wrong("multi_adv_report_in_utc_time: Only supported with advertiser_ids.")
    first, last = _days(world, advertisers, params, lifetime=lifetime, utc=utc, refuse_future=refuse_future)
    limit = None if lifetime or asynchronous else max_days(report_type, dimensions)
    if limit is not None and (last - first).days + 1 > limit:
        raise wrong(f"The time span between start_date and end_date exceeds the maximum of {limit} days.")
    order_field, ascending = _order(params, may_sort=may_sort)
    level = DATA_LEVELS[data_level] if data_level else None
    return Query(
        advertiser_ids=tuple(a.id for a in advertisers),
        several=several,
        report_type=report_type,
        level=level,
        dimensions=dimensions,
        metrics=metrics,
        first=first,
        last=last,
        filters=filters(params, Asked(report_type, level, dimensions, asynchronous)),
        order_field=order_field,
        ascending=ascending,
        totals=_totals(params, report_type, dimensions),
        lifetime=lifetime,
        utc=utc,
        reservation=service == "RESERVATION",
        chunk=_chunk(params, report_type, asynchronous=asynchronous),
        bc_id="" if center is None else center.id,
        asynchronous=asynchronous,
    )


def usual_metrics(report_type: str) -> tuple[str, ...]:
    """What comes when no metrics are named."""
    if report_type == "TT_SHOP":
        return SHOP_METRICS
    if report_type == "BC":
        return tuple(one.name for one in catalog().metrics.values() if "BC" in one.report_types)
    return USUAL_METRICS


def _data_level(params: Mapping[str, object], report_type: str) -> str | None:
    allowed = LEVELS_OF[report_type]
    if allowed:
        return read.one_of(read.text(params, "data_level"), "data_level", allowed)
    if report_type == "BC" and read.text(params, "data_level", required=False):
        raise wrong("data_level: Not supported for this report_type.")
    return None


def _owners(
    world: World, login: Login, params: Mapping[str, object], report_type: str
) -> tuple[Center | None, list[Advertiser], bool]:
    if report_type == "BC":
        center = login.open_center(world, read.one_id(params, "bc_id"))
        return center, [a for a in center.advertisers if not a.removed], False
    if read.text(params, "bc_id", required=False):
        raise wrong("bc_id: Only supported for report_type BC.")
    if params.get("advertiser_ids") not in (None, ""):
        if report_type not in SEVERAL_IN:
            raise wrong("advertiser_ids: Not supported for this report_type.")
        many = read.ids(read.texts(params, "advertiser_ids"), "advertiser_ids")
        if len(many) > MAX_ADVERTISERS:
            raise wrong(f"advertiser_ids: Longer than maximum length {MAX_ADVERTISERS}.")
        return None, [login.open(world, one) for one in dict.fromkeys(many)], True
    return None, [login.open(world, read.one_id(params, "advertiser_id"))], False


def _days(
    world: World,
    advertisers: Sequence[Advertiser],
    params: Mapping[str, object],
    *,
    lifetime: bool,
    utc: bool,
    refuse_future: bool,
) -> tuple[date, date]:
    now = world.now()
    zones = [UTC] if utc else [a.zone for a in advertisers]
    today = max((now.astimezone(zone).date() for zone in zones), default=now.date())
    if lifetime:
        return min(a.registered.date() for a in advertisers) - timedelta(days=1), today
    first, last = read.day(params, "start_date"), read.day(params, "end_date")
    if first > last:
        raise wrong("start_date: Must not be later than end_date.")
    if refuse_future and last > today:
        raise wrong("end_date: Must not be later than today in the time zone of the ad account.")
    return first, last


def _order(params: Mapping[str, object], *, may_sort: bool) -> tuple[str, bool]:
    known = catalog().metrics
    field = read.text(params, "order_field", required=False)
    if field and (not may_sort or field not in known or known[field].is_attribute):
        raise wrong(f"order_field: Invalid field {field}.")
    order = read.text(params, "order_type", required=False, default="DESC")
    return field, read.one_of(order, "order_type", ("ASC", "DESC")) == "ASC"


def _totals(params: Mapping[str, object], report_type: str, dimensions: Sequence[str]) -> bool:
    """Totals need one ID dimension, the day, or both, and nothing else."""
    if not read.flag(params, "enable_total_metrics"):
        return False
    if report_type not in TOTALS or set(dimensions) - {TIMES[0], *IDS}:
        raise wrong("enable_total_metrics: Not supported for this report.")
    return True


def _chunk(params: Mapping[str, object], report_type: str, *, asynchronous: bool) -> bool:
    mode = read.text(params, "query_mode", required=False, default="REGULAR")
    if read.one_of(mode, "query_mode", ("REGULAR", "CHUNK")) == "REGULAR":
        return False
    if report_type != "BASIC" or asynchronous:
        raise wrong("query_mode: CHUNK is only supported for synchronous BASIC reports.")
    return True
