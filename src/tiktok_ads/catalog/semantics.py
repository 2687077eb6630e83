"""What a metric means to whoever reads it: unit, whether it adds up, channel, delay, people behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiktok_ads.catalog.coarser import WORD_OF
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import LEVELS, Metric

Channel = Literal["", "app", "web", "shop", "onsite", "offline", "skan", "messaging", "native growth", "live"]

UNITS: dict[str, str] = {
    "count": "count",
    "money": "account currency",
    "percent": "percent (0 to 100)",
    "ratio": "ratio",
    "seconds": "seconds",
}
_CHANNELS: dict[str, Channel] = {
    "app_event": "app",
    "skan": "skan",
    "website_event": "web",
    "shop": "shop",
    "tiktok_onsite": "onsite",
    "instant_experience": "onsite",
    "offline": "offline",
    "messaging": "messaging",
    "native_growth": "native growth",
    "live": "live",
}
CHANNEL_WORDS: dict[str, str] = {
    "app": "in the app",
    "web": "on the website",
    "shop": "in the TikTok Shop",
    "onsite": "on TikTok itself",
    "offline": "offline, from the CRM",
    "skan": "from SKAdNetwork",
    "messaging": "in messages",
    "native growth": "of Native Growth",
    "live": "in a LIVE",
}
_USUAL_HOURS = 0.5
"""Metrics of which nothing else is known come as fast as basic reports do."""


@dataclass(frozen=True)
class Semantics:
    """One metric or attribute, in words.

    `adds_up` is None for an attribute, which is no figure. `levels` are short words, the topmost first.
    `hours` is how late TikTok usually is, with the dimensions that make it later left aside.
    """

    name: str
    kind: str
    unit: str
    adds_up: bool | None
    why_not_added: str
    levels: tuple[str, ...]
    channel: Channel
    hours: float
    people: str
    booked: str
    renamed_to: str

    def sentences(self) -> tuple[str, ...]:
        """What should stand beside the figure, beyond its description."""
        told = []
        if self.adds_up is False:
            told.append(f"Not to be added up: {self.why_not_added}.")
        if self.people:
            told.append(self.people)
        if self.booked:
            told.append(self.booked)
        if self.hours > 1:
            told.append(f"Comes about {self.hours:g} hours late.")
        if self.renamed_to:
            told.append(f"An older form of {self.renamed_to}.")
        return tuple(told)


def semantics(metric: Metric) -> Semantics:
    """What the catalog knows of a metric, put so that nobody adds up what must not be."""
    return Semantics(
        name=metric.name,
        kind=metric.kind,
        unit="" if metric.is_attribute and metric.kind != "money" else UNITS.get(metric.kind, ""),
        adds_up=None if metric.is_attribute else metric.additive,
        why_not_added="" if metric.additive or metric.is_attribute else _why_not_added(metric),
        levels=tuple(WORD_OF[level] for level in LEVELS if level in metric.levels),
        channel=_CHANNELS.get(metric.group, ""),
        hours=metric.latency_hours if metric.latency_hours is not None else _USUAL_HOURS,
        people=_people(metric),
        booked=_booked(metric),
        renamed_to=metric.renamed_to,
    )


def semantics_of(name: str) -> Semantics:
    return semantics(catalog().metrics[name])


def _why_not_added(metric: Metric) -> str:
    if metric.kind in ("percent", "ratio"):
        return "a rate of two sums is not the sum of two rates"
    if metric.kind in ("money", "seconds"):
        return "it is an average or a cost per piece"
    if metric.unique_users or metric.name == "reach":
        return "the same people may be in several rows"
    return "each person counts once, and may be in several rows"


def _people(metric: Metric) -> str:
    if not metric.unique_users:
        return ""
    if "result" in metric.name:
        return "Estimated and free of duplicates where the goal is reach."
    return "An estimate of people, free of duplicates; TikTok does not give it with every breakdown."


def _booked(metric: Metric) -> str:
    """On which day it counts, since that decides whether past days still change."""
    if metric.is_attribute or metric.kind in ("percent", "ratio", "seconds"):
        return ""
    if metric.name.startswith("real_time_"):
        return "Booked on the day of the conversion."
    if metric.group in ("app_event", "website_event", "attribution", "tiktok_onsite", "shop", "offline"):
        return "Booked on the day of the impression or click, so past days still grow."
    if metric.name in ("conversion", "result", "cost_per_conversion", "cost_per_result"):
        return "Booked on the day of the impression or click, so past days still grow."
    return ""
