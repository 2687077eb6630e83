"""How each metric is made from the additive numbers of a row, and how it is spelled on the wire."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from zlib import crc32

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.numbers import AT, Numbers

Spelled = Callable[[Numbers], str]

SPEND, SHOWN, CLICKS = AT["spend_cents"], AT["impressions"], AT["clicks"]
CONVERTED, REAL_TIME, VALUE = AT["conversion"], AT["real_time_conversion"], AT["value_cents"]
SECOND, PLAYS, WATCHED, AD_DAYS = (
    AT["secondary_goal_result"],
    AT["video_play_actions"],
    AT["watched_tenths"],
    AT["ad_days"],
)
ALIASES = {
    "result": "conversion",
    "skan_result": "conversion",
    "real_time_result": "real_time_conversion",
    "engaged_view_15s": "video_views_p100",
    "total_landing_page_view": "landing_page_views",
}
ODD_COUNTS = {"conversion", "result", "shares"}


def reach(n: Numbers) -> int:
    """People, not views: the longer the time and the more ads, the more often the same ones come back."""
    return n[SHOWN] * 100 // (125 + 5 * min(n[AD_DAYS], 40))


def count(at: int) -> Spelled:
    return lambda n: str(n[at])


def odd_count(at: int) -> Spelled:
    """A count that is now and then spelled "11.0", as some counts are."""
    return lambda n: f"{n[at]}.0" if n[at] % 10 == 1 else str(n[at])


def ratio(above: Callable[[Numbers], float], below: Callable[[Numbers], float], factor: float = 1) -> Spelled:
    """Two decimals; 0.00 where there is nothing to divide by."""

    def spelled(n: Numbers) -> str:
        divisor = below(n)
        return f"{above(n) * factor / divisor:.2f}" if divisor else "0.00"

    return spelled


def money(cents: Callable[[Numbers], int]) -> Spelled:
    def spelled(n: Numbers) -> str:
        amount = cents(n)
        return f"{amount // 100}.{amount % 100:02d}"

    return spelled


def _at(column: int) -> Callable[[Numbers], int]:
    return lambda n: n[column]


def or_dash(made: Spelled) -> Spelled:
    """A secondary goal that is not set has no value."""
    return lambda n: made(n) if n[SECOND] else "-"


def per(column: int) -> Spelled:
    return ratio(_at(SPEND), _at(column), 0.01)


def share(above: int, below: int) -> Spelled:
    return ratio(_at(above), _at(below), 100)


NAMED: dict[str, Spelled] = {
    "spend": money(_at(SPEND)),
    "cpc": per(CLICKS),
    "cpm": ratio(_at(SPEND), _at(SHOWN), 10),
    "ctr": share(CLICKS, SHOWN),
    "reach": lambda n: str(reach(n)),
    "cost_per_1000_reached": ratio(_at(SPEND), reach, 10),
    "frequency": ratio(_at(SHOWN), reach),
    "cost_per_conversion": per(CONVERTED),
    "conversion_rate": share(CONVERTED, CLICKS),
    "conversion_rate_v2": share(CONVERTED, SHOWN),
    "real_time_cost_per_conversion": per(REAL_TIME),
    "real_time_conversion_rate": share(REAL_TIME, CLICKS),
    "real_time_conversion_rate_v2": share(REAL_TIME, SHOWN),
    "cost_per_result": per(CONVERTED),
    "result_rate": share(CONVERTED, SHOWN),
    "real_time_cost_per_result": per(REAL_TIME),
    "real_time_result_rate": share(REAL_TIME, SHOWN),
    "secondary_goal_result": or_dash(count(SECOND)),
    "cost_per_secondary_goal_result": or_dash(per(SECOND)),
    "secondary_goal_result_rate": or_dash(share(SECOND, CONVERTED)),
    "average_video_play": ratio(_at(WATCHED), _at(PLAYS), 0.1),
    "average_video_play_per_user": ratio(_at(WATCHED), reach, 0.1),
    "profile_visits_rate": share(AT["profile_visits"], SHOWN),
    "cash_spend": money(lambda n: n[SPEND] * 9 // 10),
    "voucher_spend": money(lambda n: n[SPEND] - n[SPEND] * 9 // 10),
    "billed_cost": money(_at(SPEND)),
    "cashback_coupon_spend": money(lambda n: n[SPEND] // 100),
    "tax_spend": money(lambda n: n[SPEND] * 19 // 100),
}


@cache
def spelling(name: str) -> Spelled:
    """The function that spells a metric; those without a formula of their own follow from conversions."""
    if name in NAMED:
        return NAMED[name]
    column = AT.get(ALIASES.get(name, name))
    if column is not None:
        return odd_count(column) if name in ODD_COUNTS else count(column)
    return _derived(name, catalog().metrics[name].kind, crc32(name.encode()) % 3)


def _derived(name: str, kind: str, times: int) -> Spelled:
    if kind == "count":
        return lambda n: str(n[CONVERTED] * times)
    if kind == "money" and "cost" in name:
        return ratio(_at(SPEND), lambda n: n[CONVERTED] * times, 0.01)
    # A total is a total, whatever else its name says.
    if kind == "money" and "value_per" in name and not name.startswith("total_"):
        return ratio(_at(VALUE), lambda n: n[CONVERTED] * times, 0.01)
    if kind == "money":
        return money(lambda n: n[VALUE] * times)
    if kind == "percent":
        return ratio(lambda n: n[CONVERTED] * times, _at(SHOWN), 100)
    if kind == "seconds":
        return ratio(_at(WATCHED), _at(PLAYS), 0.1)
    return ratio(lambda n: n[VALUE] * times, _at(SPEND))


def number(name: str, n: Numbers) -> float:
    """The value to order by."""
    spelled = spelling(name)(n)
    return 0.0 if spelled == "-" else float(spelled)


# Hours after the end of a day from which a metric is known, where it is later than most.
LATE = {
    "cash_spend": 16,
    "voucher_spend": 16,
    "cashback_coupon_spend": 16,
    "tax_spend": 48,
    "billed_cost": 11,
}
PEOPLE = ("reach", "cost_per_1000_reached", "frequency")


@cache
def hours_late(name: str) -> float:
    return 16 if name in PEOPLE else LATE.get(name, 0.5)
