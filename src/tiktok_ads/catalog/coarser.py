"""The coarser questions that a metric can be asked in where the report itself refuses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tiktok_ads.catalog.lookup import catalog, ids_of
from tiktok_ads.catalog.masks import allowed_mask
from tiktok_ads.catalog.model import LEVELS, Dimension, Level, ReportType

LEVEL_WORDS: dict[str, Level] = {
    "advertiser": "AUCTION_ADVERTISER",
    "campaign": "AUCTION_CAMPAIGN",
    "adgroup": "AUCTION_ADGROUP",
    "ad": "AUCTION_AD",
}
WORD_OF: dict[str, str] = {level: word for word, level in LEVEL_WORDS.items()}


@dataclass(frozen=True)
class Coarser:
    """A question with fewer dimensions, whose figures repeat on several rows of the report."""

    report_type: ReportType
    data_level: Level
    dimensions: tuple[str, ...]

    @property
    def word(self) -> str:
        return WORD_OF[self.data_level]

    def column(self, metric: str) -> str:
        """Never the plain name: what repeats must not be added up."""
        return f"{metric}_of_{self.word}"


def coarser_than(report_type: str, data_level: str | None, dimensions: Sequence[str]) -> Iterator[Coarser]:
    """Every coarser question of a report, the finest first: no breakdown, then level by level upwards.

    The time dimension stays, since a figure of many days says nothing of one.
    """
    if report_type not in ("BASIC", "AUDIENCE") or data_level not in LEVELS:
        return
    known = catalog().dimensions
    split_by = [known[name] for name in dimensions if name in known]
    times = tuple(one.name for one in split_by if one.role == "time")
    own_ids = [one.name for one in split_by if one.role == "id"]
    for level in reversed(LEVELS[: LEVELS.index(data_level) + 1]):
        at_own_level = level == data_level
        if level != "AUCTION_ADVERTISER" and not own_ids:
            continue  # rows that carry no id cannot be told which object they belong to
        ids = tuple(own_ids[:1]) if at_own_level and own_ids else ids_of(level)[:1]
        question = Coarser("BASIC", level, (*ids, *times))
        if set(question.dimensions) != set(dimensions) or report_type != "BASIC":
            yield question


def apart_mask(
    report_type: str, data_level: str | None, dimensions: Sequence[str], *, lifetime: bool = False
) -> int:
    """The metrics that some coarser question of the report can be asked for."""
    found = 0
    for question in coarser_than(report_type, data_level, dimensions):
        found |= mask_of(question, lifetime=lifetime)
    return found


@lru_cache(maxsize=512)
def mask_of(question: Coarser, *, lifetime: bool = False) -> int:
    known = catalog()
    split_by: list[Dimension] = [known.dimensions[name] for name in question.dimensions]
    return allowed_mask(
        known.report_types[question.report_type], question.data_level, split_by, lifetime=lifetime
    )
