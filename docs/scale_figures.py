"""What an app can read in a day, and what of machines that takes, worked out from the quota."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

from dataclasses import dataclass

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.client.quota import MINUTE_MS, SECOND_MS, TIERS, Tier
from tiktok_ads.config.table import SETTINGS
from tiktok_ads.extract import MOST_ROWS

DEFAULTS = {one.name: one.default for one in SETTINGS}
LOOKBACK_DAYS = int(DEFAULTS["lookback_days"])
READ_DAYS = LOOKBACK_DAYS + 2
"""Today, the day of the last run, and the lookback before it."""
LISTS = ("campaigns", "adgroups", "ads")
REPORTS = tuple(name for name in catalog().core if isinstance(catalog().streams[name], ReportStream))

# Assumptions. High: measured or documented; medium: a plausible middle; low: a guess to be replaced by your own.
ROWS_PER_AD_DAY: dict[str, float] = {
    "ad_insights": 1,
    "ad_insights_by_age_and_gender": 9,
    "ad_insights_by_country": 1.1,
    "ad_insights_by_platform": 2,
    "campaign_insights_by_province": 0.8,
}
OBJECTS_PER_ACTIVE_AD = {"campaigns": 0.25, "adgroups": 1.0, "ads": 5.0}
WINDOWS_THAT_CHANGE = 2.0
"""Of the weeks of a lookback, those in which an account has a new or a changed day, in `lookback_mode = changed`."""
LATENCY_SECONDS = 0.6
ROW_CPU_SECONDS = 35e-6
CALL_CPU_SECONDS = 0.015
ROW_BYTES = 120
ACCOUNT_KILOBYTES = 60
BASE_MEGABYTES = 700


@dataclass(frozen=True)
class Size:
    """A kind of account: ads that have rows on a usual day, and its share of an agency's accounts."""

    name: str
    ads: int
    share: float


MIX = (
    Size("idle", 0, 0.25),
    Size("small", 10, 0.55),
    Size("medium", 100, 0.17),
    Size("large", 1_000, 0.028),
    Size("giant", 10_000, 0.002),
)


def objects(ads: int) -> dict[str, int]:
    """Length of the lists, deleted ones included."""
    return {name: max(round(ads * each), 1) for name, each in OBJECTS_PER_ACTIVE_AD.items()}


def pace(tier: Tier) -> float:
    """Calls a second that the gate lets out."""
    quota = TIERS[tier]
    return min(
        quota.per_second / SECOND_MS * 1000, quota.per_minute / MINUTE_MS * 1000, quota.per_day / 86_400
    )


def calls_a_day(tier: Tier) -> int:
    return round(pace(tier) * 86_400)


def windows(name: str, days: int) -> int:
    return len(lengths(days, catalog().reports[name].max_window_days))


def report_calls(ads: int, days: int) -> float:
    """Pages of all reports: each window has one, and one more for each further thousand rows.

    For thirty days one more gives the advertiser's own total: a probe before, or the reconciliation after.
    """
    own_totals = -(-days // 30)
    if not ads:
        return own_totals
    return own_totals + sum(
        window_calls(ads * ROWS_PER_AD_DAY[name], length)
        for name in REPORTS
        for length in lengths(days, catalog().reports[name].max_window_days)
    )


def window_calls(rows_a_day: float, days: int) -> int:
    """A window with more rows than are held at once shows that on its first page, and is read in steps."""
    rows = int(rows_a_day * days)
    if rows <= MOST_ROWS or days == 1:
        return max(-(-rows // 1000), 1)
    step = min(max(days * MOST_ROWS // rows, 1), days - 1)
    return 1 + sum(max(-(-int(rows_a_day * length) // 1000), 1) for length in lengths(days, step))


def lengths(days: int, most: int) -> list[int]:
    """The days cut into windows."""
    return [min(most, days - begun) for begun in range(0, days, most)]


def other_calls(ads: int) -> float:
    """Lists, and one call each for TopView and for spend that no table covers; 100 accounts share a call."""
    sizes = {name: catalog().entities[name].page_size for name in LISTS}
    return sum(max(-(-count // sizes[name]), 1) for name, count in objects(ads).items()) + 2 + 1 / 100


def daily_calls(ads: int, mode: str = "full") -> float:
    full = report_calls(ads, READ_DAYS)
    if mode == "full" or not ads:
        return other_calls(ads) + full
    campaigns = max(-(-int(ads * OBJECTS_PER_ACTIVE_AD["campaigns"] / 5 * READ_DAYS) // 1000), 1)
    # Campaigns, ads, and the advertiser's own total.
    compared = campaigns + 2.0
    for name in REPORTS:
        # Each changed week of a table takes a page, or the changed 3 % and the two youngest days of many rows.
        rows = ads * ROWS_PER_AD_DAY[name]
        changed = rows * 2 + rows * READ_DAYS * 0.03
        compared += max(changed / 1000, min(WINDOWS_THAT_CHANGE, windows(name, READ_DAYS)))
    return other_calls(ads) + (6 * min(compared, full + 1) + full) / 7


def history_calls(ads: int, days: int) -> float:
    """A first load: the days before today, and today."""
    return other_calls(ads) + report_calls(ads, days + 1)


def rows_of(ads: int, days: int) -> float:
    return days * ads * sum(ROWS_PER_AD_DAY.values())


def of_mix(value: dict[str, float]) -> float:
    """The average account of an agency."""
    return sum(size.share * value[size.name] for size in MIX)


def daily_of_mix(mode: str = "full") -> float:
    return of_mix({size.name: daily_calls(size.ads, mode) for size in MIX})


def history_of_mix(days: int) -> float:
    return of_mix({size.name: history_calls(size.ads, days) for size in MIX})


def rows_of_mix(days: int) -> float:
    return of_mix({size.name: rows_of(size.ads, days) for size in MIX})


def cpu_of_mix(mode: str = "full") -> float:
    """CPU seconds of an account's day."""
    rows = rows_of_mix(READ_DAYS) * (1 if mode == "full" else daily_of_mix(mode) / daily_of_mix())
    return daily_of_mix(mode) * CALL_CPU_SECONDS + rows * ROW_CPU_SECONDS
