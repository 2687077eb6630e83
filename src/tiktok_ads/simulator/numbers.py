"""The numbers of one ad on one day: a pure function of seed, ad, day and how old the day is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from operator import add
from struct import unpack

Numbers = tuple[int, ...]  # additive whole numbers, in the order of COLUMNS

COLUMNS = (
    "ad_days",
    "spend_cents",
    "impressions",
    "clicks",
    "conversion",
    "real_time_conversion",
    "secondary_goal_result",
    "video_play_actions",
    "video_watched_2s",
    "video_watched_6s",
    "video_views_p25",
    "video_views_p50",
    "video_views_p75",
    "video_views_p100",
    "profile_visits",
    "likes",
    "comments",
    "shares",
    "follows",
    "clicks_on_music_disc",
    "gross_impressions",
    "watched_tenths",
    "value_cents",
    "engaged_view",
    "landing_page_views",
)
AT = {name: at for at, name in enumerate(COLUMNS)}
ZERO: Numbers = (0,) * len(COLUMNS)
MATURE_DAYS = 28


@dataclass(frozen=True)
class Stage:
    """How far the numbers of a day have settled.

    `age` counts local days since it (0 is today), capped where nothing changes any more; `corrected` says
    that the daily correction at 12:00 UTC of the following day has run; `permille` is the share of the
    day that has passed, in thousandths.
    """

    age: int
    corrected: bool
    permille: int

    @property
    def settled(self) -> bool:
        return self.corrected and self.age >= MATURE_DAYS


SETTLED = Stage(age=MATURE_DAYS + 1, corrected=True, permille=1000)


def words(*parts: int) -> tuple[int, ...]:
    """Sixteen numbers of 16 bits that depend on nothing but `parts`."""
    return unpack("<16H", blake2b(repr(parts).encode(), digest_size=32).digest())


def chance(of: int, *parts: int) -> int:
    """A number below `of` that depends on nothing but `parts`."""
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "little") % of


def ad_day(
    key: Sequence[int], *, scale: int, secondary: bool, whole_units: bool, stage: Stage
) -> Numbers | None:
    """What an ad did on a day, as known at `stage`; None where the API gives no row.

    Args:
        key: seed, advertiser, ad and day.
        scale: impressions on an ordinary day.
        secondary: the ad group has a secondary goal.
        whole_units: the currency has no cents.
        stage: how far the day has settled.
    """
    w = words(*key)
    if w[0] % 100 >= 88:
        return None
    mark = w[1] % 61
    # Before the daily correction some rows are phantoms, and some have not arrived yet.
    if (mark == 0 and stage.corrected) or (mark == 1 and not stage.corrected):
        return None
    late = w[2] % 97
    if late == 0 and stage.age > 8:
        return None
    impressions = scale // 2 + w[3] % (scale + 1)
    spend = impressions * (200 + w[4] % 900) // 1000
    if not stage.corrected and w[5] % 3 == 0:
        off = 960 + w[5] % 81
        impressions, spend = impressions * off // 1000, spend * (off + 3) // 1000
    if late == 1 and stage.age > 14:
        spend = spend * 97 // 100
    clicks = impressions * (4 + w[6] % 40) // 1000
    total = clicks * (20 + w[7] % 160) // 1000
    matured = 550 + 450 * min(stage.age, MATURE_DAYS) // MATURE_DAYS
    plays = impressions * (800 + w[8] % 190) // 1000
    watched = plays * (250 + w[9] % 300) // 1000
    part = stage.permille
    full = (
        impressions,
        clicks,
        total * matured // 1000,
        total * 980 // 1000,
        total // 3 if secondary else 0,
        plays,
        watched,
        watched * 6 // 10,
        plays * 7 // 10,
        plays * 45 // 100,
        plays * 3 // 10,
        plays * 2 // 10,
        clicks * (w[10] % 200) // 1000,
        impressions * (w[11] % 12) // 1000,
        impressions * (w[11] % 5) // 4000,
        impressions * (w[12] % 7) // 3000,
        clicks * (w[12] % 30) // 1000,
        impressions * (w[13] % 3) // 5000,
        impressions * 102 // 100,
        plays * (15 + w[13] % 60),
        total * matured // 1000 * (500 + w[14] % 9000),
        watched * 4 // 10,
        clicks * 8 // 10,
    )
    if whole_units:
        spend = spend * 100
    spend = spend * part // 1000
    return (1, spend, *full) if part == 1000 else (1, spend, *(n * part // 1000 for n in full))


def total(many: Iterable[Numbers]) -> Numbers:
    summed = ZERO
    for numbers in many:
        summed = tuple(map(add, summed, numbers))
    return summed


def split(numbers: Numbers, weights: Sequence[int]) -> list[Numbers]:
    """Cut numbers into parts whose sum is exactly the whole."""
    whole, before = sum(weights), 0
    last: Numbers = ZERO
    parts = []
    for weight in weights:
        before += weight
        upto = tuple(n * before // whole for n in numbers)
        parts.append(tuple(a - b for a, b in zip(upto, last, strict=True)))
        last = upto
    return parts


def scaled(numbers: Numbers, permille: int) -> Numbers:
    return tuple(n * permille // 1000 for n in numbers)
