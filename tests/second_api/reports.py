"""What a synchronous report answers: facts filtered, grouped by the dimensions and spelled as strings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tests.second_api.facts import METRICS
from tests.second_api.report_rules import ReportQuery
from tests.second_api.wire import attribute, number
from tests.second_api.world import COUNTED, CUTS, NEW_YORK, Counts, Fact, Thing, World

Row = dict[str, dict[str, str]]


@dataclass
class Group:
    """One row to be: its dimensions, the object it is of, and the sum of its counts."""

    dimensions: dict[str, str]
    thing: Thing | None
    counts: Counts
    blank_parents: bool
    day: date | None
    advertiser_id: str


def run(
    world: World, advertiser_id: str, query: ReportQuery, today: date, *, ads_cut: int
) -> tuple[list[Row], bool]:
    """The rows of a report before paging, and whether the 20,000-ads rule cut them.

    The rule looks at the ads that the filters leave; only the most recently created ones are processed.
    """
    cut = cut_of(query.dimensions)
    mine = [f for f in world.facts if f.cut == cut and f.advertiser_id == advertiser_id]
    chosen = [f for f in mine if _is_meant(world, f, query, today)]
    kept, was_cut = _newest(world, advertiser_id, query, ads_cut)
    if was_cut:
        chosen = [f for f in chosen if f.ad_id in kept or not f.ad_id]
    groups = group(world, chosen, query.dimensions, advertiser_id)
    if query.order:
        name, descending = query.order
        groups.sort(key=lambda g: float(number(name, g.counts).replace("-", "0")), reverse=descending)
    # One client saw days without the time; one account has them so.
    return [spell(world, g, query.metrics, bare_days=advertiser_id == NEW_YORK) for g in groups], was_cut


def group(world: World, chosen: Iterable[Fact], dimensions: list[str], advertiser_id: str) -> list[Group]:
    groups: dict[tuple[str, ...], Group] = {}
    for fact in chosen:
        labels = dict(zip(CUTS[fact.cut], fact.labels, strict=True))
        own: dict[str, str] = {
            "advertiser_id": fact.advertiser_id,
            "campaign_id": fact.campaign_id,
            "adgroup_id": fact.adgroup_id,
            "ad_id": fact.ad_id,
            "stat_time_day": f"{fact.day} 00:00:00",
        } | labels
        found = {name: own[name] for name in dimensions}
        key = tuple(found.values())
        at = groups.get(key)
        if at is None:
            at = groups[key] = Group(
                found,
                _thing(world, found),
                dict.fromkeys(COUNTED, 0),
                fact.blank_parents,
                fact.day if "stat_time_day" in dimensions else None,
                advertiser_id,
            )
        for name, value in fact.counts.items():
            at.counts[name] += value
    return list(groups.values())


def spell(world: World, at: Group, metrics: Iterable[str], *, bare_days: bool) -> Row:
    values = {}
    for name in metrics:
        if METRICS[name].is_attribute:
            values[name] = attribute(name, world, at.thing, at.advertiser_id, blank_parents=at.blank_parents)
        else:
            values[name] = number(name, at.counts)
    dimensions = dict(at.dimensions)
    if bare_days and "stat_time_day" in dimensions:
        dimensions["stat_time_day"] = dimensions["stat_time_day"][:10]
    return {"dimensions": dimensions, "metrics": values}


def cut_of(dimensions: Iterable[str]) -> str | None:
    """Which facts hold these dimensions; None if this world has no such labels."""
    others = {d for d in dimensions if not d.endswith("_id") and d != "stat_time_day"} | (
        {"province_id"} & set(dimensions)
    )
    for cut, labels in CUTS.items():
        if cut == "age_gender":
            if others and others <= set(labels):
                return cut
        elif others == set(labels):
            return cut
    return None


def _thing(world: World, found: dict[str, str]) -> Thing | None:
    for name, things in (
        ("ad_id", world.ads),
        ("adgroup_id", world.adgroups),
        ("campaign_id", world.campaigns),
    ):
        if name in found:
            return things[found[name]]
    return None


def _is_meant(world: World, fact: Fact, query: ReportQuery, today: date) -> bool:
    if fact.day > today:
        return False
    if query.first is not None and query.last is not None and not query.first <= fact.day <= query.last:
        return False
    if world.campaigns[fact.campaign_id].buying not in query.buying:
        return False
    for name, value in (
        ("campaign_ids", fact.campaign_id),
        ("adgroup_ids", fact.adgroup_id),
        ("ad_ids", fact.ad_id),
    ):
        if name in query.within and value not in query.within[name]:
            return False
    return _has_status(world, fact, query)


def _has_status(world: World, fact: Fact, query: ReportQuery) -> bool:
    """By default deleted objects of the report's own level are left out, with all that they spent."""
    if query.level == "AUCTION_ADVERTISER" or "STATUS_ALL" in query.status:
        return True
    thing = {
        "AUCTION_CAMPAIGN": world.campaigns.get(fact.campaign_id),
        "AUCTION_ADGROUP": world.adgroups.get(fact.adgroup_id),
        "AUCTION_AD": world.ads.get(fact.ad_id),
    }[query.level]
    deleted = thing is not None and bool(world.is_deleted(thing))
    return deleted == (query.status == {"STATUS_DELETE"})


def _newest(world: World, advertiser_id: str, query: ReportQuery, ads_cut: int) -> tuple[set[str], bool]:
    ads = [
        ad
        for ad in world.ads.values()
        if ad.advertiser_id == advertiser_id
        and ad.campaign_id in query.within.get("campaign_ids", {ad.campaign_id})
        and ad.adgroup_id in query.within.get("adgroup_ids", {ad.adgroup_id})
        and ad.key in query.within.get("ad_ids", {ad.key})
    ]
    if query.level == "AUCTION_ADVERTISER" or len(ads) < ads_cut:
        return set(), False
    ads.sort(key=lambda ad: ad.created, reverse=True)
    return {ad.key for ad in ads[:ads_cut]}, True
