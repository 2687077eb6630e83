"""Reads the filters of a report: the documented fields with their operators, encoded twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Refused, wrong
from tiktok_ads.simulator.items import Item, Level
from tiktok_ads.simulator.lists import BUYING_TYPES, OWN_STATUSES

STATUSES = (*OWN_STATUSES, "STATUS_DELETE")
COMPARISONS = ("GREATER_EQUAL", "GREATER_THAN", "LOWER_EQUAL", "LOWER_THAN")
RANGES = ("BETWEEN", "RANGE")
FILTER_TYPES = ("IN", "NOT_IN", "CONTAIN_ANY_OF", "MATCH", *COMPARISONS, *RANGES)
ID_FILTERS = ("campaign_ids", "adgroup_ids", "ad_ids", "ad_ids_v2")
AUTOMATIONS = ("MANUAL", "SMART_PLUS", "UPGRADED_SMART_PLUS", "UPGRADED_SMART_PLUS_CREATIVE")
USUAL_BUYING_TYPES = ("AUCTION", "RESERVATION_RF")
# Fields of Business Center reports that are compared with a list, and the values that they know.
CENTER_LISTS: dict[str, tuple[str, ...]] = {
    "advertiser_id": (),
    "registered_area": (),
    "platform_of_account": ("ADS_MANGER", "RAP"),
    "owner_of_account": ("OWNED_BY_CURRENT_BUSINESS_CENTER", "SHARED_BY_OTHER_BUSINESS_CENTER"),
    "currency_of_account": (),
    "account_status": (
        *("APPROVED", "NOT_APPROVED", "IN_REVIEW", "SUSPENDED", "DISABLED", "CONTRACT_INACTIVE"),
    ),
}
MOST_ASYNCHRONOUS = 20_000
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Filters:
    """`status` is the primary status that the rows' own objects must have; `created` holds both ends.

    `center` are the conditions on advertisers of a Business Center, `cost` those on what they spent, in
    hundredths of a US dollar and with both ends.
    """

    status: tuple[str, ...] = ("STATUS_NOT_DELETE",)
    buying_types: tuple[str, ...] = USUAL_BUYING_TYPES
    within: tuple[tuple[str, frozenset[str]], ...] = ()
    automation: frozenset[str] = frozenset(AUTOMATIONS)
    created: tuple[datetime, datetime] = EVER
    playable_status: frozenset[str] | None = None
    center: tuple[tuple[str, frozenset[str]], ...] = ()
    cost: tuple[float, float] | None = None

    def accepts(self, item: Item) -> bool:
        """Whether an object passes, and those above it: all but the status."""
        if item.buying_type not in self.buying_types or item.automation not in self.automation:
            return False
        if not self.within:
            return True
        ids = {f"{of.level}_ids": of.id for of in (item, *item.parents)}
        if item.level == "ad":
            ids["ad_ids_v2"] = item.id_v2
        return all(ids[name] in chosen for name, chosen in self.within if name in ids)

    def was_made_then(self, item: Item) -> bool:
        return self.created[0] <= item.created <= self.created[1]


@dataclass(frozen=True)
class Asked:
    """What the filters of a report are read for."""

    report_type: str
    level: Level | None
    dimensions: tuple[str, ...]
    asynchronous: bool

    @property
    def at(self) -> str:
        return f"for a {self.report_type} report of this data_level"


def filters(params: Mapping[str, object], asked: Asked) -> Filters:
    """Only `filtering` counts: the v1.2 name `filters` is ignored without a word.

    Raises:
        Refused: a field, operator or value that is not documented for this report.
    """
    items = read.parsed(params, "filtering")
    # An asynchronous task takes no status filter and covers what was not deleted, like the default.
    made = Filters(status=("STATUS_ALL",) if asked.level is None else ("STATUS_NOT_DELETE",))
    if items is None:
        return made
    if asked.report_type == "TT_SHOP":
        raise wrong("filtering: Not supported for this report_type.")
    if not isinstance(items, list):
        raise wrong("filtering: Not a valid list.")
    for item in items:
        name, kind, value = _item(item)
        made = _with(made, asked, name, kind, value)
    return made


def _item(item: object) -> tuple[str, str, str]:
    if not isinstance(item, dict) or set(item) != {"field_name", "filter_type", "filter_value"}:
        raise wrong("filtering: Each item needs field_name, filter_type and filter_value.")
    name, kind, value = item["field_name"], item["filter_type"], item["filter_value"]
    if not (isinstance(name, str) and isinstance(kind, str) and isinstance(value, str)):
        raise wrong("filtering: Not a valid string.")
    return name, read.one_of(kind, "filter_type", FILTER_TYPES), value


def _with(made: Filters, asked: Asked, name: str, kind: str, value: str) -> Filters:
    if asked.asynchronous and name not in ID_FILTERS:
        raise wrong(f"filtering: field_name {name} is not supported for asynchronous reports.")
    if asked.report_type == "BC":
        return _with_center(made, asked, name, kind, value)
    if name == "create_time" and asked.report_type != "PLAYABLE_MATERIAL":
        return replace(made, created=_moments(made.created, kind, value))
    known = name in (*ID_FILTERS, "buying_type", "campaign_automation_type")
    if asked.level is not None:
        known = known or name == f"{asked.level}_status"
    if asked.report_type == "PLAYABLE_MATERIAL":
        known = name == "playable_status"
    if not known or (name == "ad_ids_v2" and not _by_v2(asked)):
        raise wrong(f"filtering: Invalid field_name {name} {asked.at}.")
    if name == "ad_ids" and "ad_id_v2" in asked.dimensions:
        raise wrong(f"filtering: field_name {name} cannot be used with ad_id_v2.")
    values = _values(name, kind, value)
    if name in ID_FILTERS:
        most = MOST_ASYNCHRONOUS if asked.asynchronous else read.MAX_IDS
        chosen = frozenset(read.ids(values, name, most=most))
        return replace(made, within=_both(made.within, name, chosen))
    if name == "playable_status":
        return replace(made, playable_status=frozenset(values))
    if name == "buying_type":
        for one in values:
            read.one_of(one, name, BUYING_TYPES)
        if "RESERVATION_TOP_VIEW" in values and len(values) > 1:
            raise wrong("buying_type: RESERVATION_TOP_VIEW cannot be combined with other buying types.")
        return replace(made, buying_types=tuple(values))
    if name == "campaign_automation_type":
        return replace(made, automation=frozenset(read.one_of(v, name, AUTOMATIONS) for v in values))
    return replace(made, status=tuple(read.one_of(v, name, STATUSES) for v in values))


def _by_v2(asked: Asked) -> bool:
    return asked.level == "ad" and "ad_id_v2" in asked.dimensions


def _with_center(made: Filters, asked: Asked, name: str, kind: str, value: str) -> Filters:
    if name == "cost":
        return replace(made, cost=_amounts(made.cost, kind, value))
    if name == "advertiser_name":
        if kind != "MATCH":
            raise wrong(f"filtering: filter_type {kind} is not supported for {name}.")
        return replace(made, center=_both(made.center, name, frozenset({value.casefold()})))
    if name not in CENTER_LISTS:
        raise wrong(f"filtering: Invalid field_name {name} {asked.at}.")
    values = _values(name, kind, value)
    if name == "advertiser_id":
        read.ids(values, name, most=MOST_ASYNCHRONOUS)
    if CENTER_LISTS[name]:
        for one in values:
            read.one_of(one, name, CENTER_LISTS[name])
    return replace(made, center=_both(made.center, name, frozenset(values)))


def _both(
    before: Sequence[tuple[str, frozenset[str]]], name: str, chosen: frozenset[str]
) -> tuple[tuple[str, frozenset[str]], ...]:
    """Several conditions must all hold."""
    known = dict(before)
    known[name] = known[name] & chosen if name in known else chosen
    return tuple(sorted(known.items()))


def _values(name: str, kind: str, value: str) -> list[str]:
    """A list is JSON text inside the JSON text."""
    if kind != "IN":
        raise wrong(f"filtering: filter_type {kind} is not supported for {name}.")
    return _list(name, value)


def _list(name: str, value: str) -> list[str]:
    try:
        values = msgspec.json.decode(value, type=list[str])
    except msgspec.MsgspecError:
        raise wrong(f"filtering: filter_value of {name} is not a JSON list of strings.") from None
    if not values:
        raise wrong(f"filtering: filter_value of {name} is empty.")
    return values


def _two(name: str, value: str) -> list[str]:
    values = _list(name, value)
    if len(values) != 2:
        raise wrong(f"filtering: filter_value of {name} needs exactly two values.")
    return values


def _moments(before: tuple[datetime, datetime], kind: str, value: str) -> tuple[datetime, datetime]:
    """When objects were made, UTC, unlike the days of the report."""
    name = "create_time"
    low, high = before
    if kind in RANGES:
        first, last = (read.moment(one, name) for one in _two(name, value))
        return max(low, first), min(high, last)
    if kind not in COMPARISONS:
        raise wrong(f"filtering: filter_type {kind} is not supported for {name}.")
    at = read.moment(value, name)
    if kind.startswith("GREATER"):
        return max(low, at if kind.endswith("EQUAL") else at + SECOND), high
    return low, min(high, at if kind.endswith("EQUAL") else at - SECOND)


def _amounts(before: tuple[float, float] | None, kind: str, value: str) -> tuple[float, float]:
    low, high = before or (float("-inf"), float("inf"))
    if kind not in COMPARISONS:
        raise wrong(f"filtering: filter_type {kind} is not supported for cost.")
    try:
        cents = float(value) * 100
    except ValueError:
        raise Refused(40002, "filtering: filter_value of cost is not a number.") from None
    if kind.startswith("GREATER"):
        return max(low, cents if kind.endswith("EQUAL") else cents + 0.5), high
    return low, min(high, cents if kind.endswith("EQUAL") else cents - 0.5)
