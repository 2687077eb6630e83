"""A made-up agency: so many accounts of each size, drawn with a seed, and the rows that each has on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp
from pathlib import Path
from random import Random
from runpy import run_path
from typing import Any

from tiktok_ads.plan import Advertiser, Window

ARITHMETIC: Mapping[str, Any] = run_path(
    str(Path(__file__).resolve().parent.parent / "docs" / "scale_figures.py")
)
"""The figures of docs/scale.md: what is simulated is held against them."""

_ZONES = ("America/Los_Angeles", "America/Sao_Paulo", "Europe/Berlin", "Asia/Tokyo", "UTC")
_SPREAD = 0.35
_WEEK = (1.02, 1.0, 1.0, 1.03, 1.04, 0.97, 0.94)


@dataclass(frozen=True)
class Account:
    """An advertiser and how many ads have rows on a usual day."""

    advertiser: Advertiser
    ads: int

    @property
    def id(self) -> str:
        return self.advertiser.advertiser_id

    def rows(self, table: str, day: date) -> int:
        """Rows of a report on a day."""
        each = ARITHMETIC["ROWS_PER_AD_DAY"][table]
        return round(self.ads * each * _WEEK[day.weekday()]) if self.ads else 0

    def rows_in(self, table: str, window: Window) -> int:
        weeks, rest = divmod(window.days, 7)
        odd = sum(self.rows(table, window.first + n * timedelta(days=1)) for n in range(rest))
        return odd + (weeks * self.rows_of_week(table) if weeks else 0)

    def rows_of_week(self, table: str) -> int:
        monday = date(2026, 1, 5)
        return sum(self.rows(table, monday + timedelta(days=n)) for n in range(7))

    def objects(self, table: str) -> int:
        """Length of a list, deleted ones included."""
        return int(ARITHMETIC["objects"](self.ads).get(table, 1))


def fleet(count: int, *, seed: int = 1, created: date | None = None) -> list[Account]:
    """Accounts in the mix of the docs, in no order; each has about as many ads as its size says."""
    random = Random(seed)
    sizes: Sequence[Any] = sorted(ARITHMETIC["MIX"], key=lambda one: one.share)
    drawn = [size for size in sizes for _ in range(round(size.share * count))]
    drawn = (drawn + [sizes[-1]] * count)[:count]
    random.shuffle(drawn)
    accounts = []
    for number, size in enumerate(drawn):
        ads = round(size.ads * exp(random.gauss(-(_SPREAD**2) / 2, _SPREAD))) if size.ads else 0
        advertiser = Advertiser(
            str(7 * 10**18 + number), f"Advertiser {number}", _ZONES[number % 5], "USD", created
        )
        accounts.append(Account(advertiser, ads))
    return accounts
