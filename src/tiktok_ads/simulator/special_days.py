"""What special reports share: days and filters as they read them, and what ads did on those days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from operator import add

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import bad_metrics, wrong
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.metrics import spelling
from tiktok_ads.simulator.numbers import ZERO, Numbers, split
from tiktok_ads.simulator.world import Advertiser, World

Params = Mapping[str, object]
Text = dict[str, str]
USUAL = ("spend", "impressions")
LONGEST = 365


def days(
    world: World,
    advertiser: Advertiser,
    params: Params,
    *,
    lifetime: bool = False,
    longest: int = LONGEST,
    utc: bool = False,
) -> tuple[date, date]:
    """First and last day, both included; with `lifetime` all there are and dates are ignored."""
    today = world.now().astimezone(UTC if utc else advertiser.zone).date()
    if lifetime:
        return advertiser.registered.date() - timedelta(days=1), today
    first, last = read.day(params, "start_date"), read.day(params, "end_date")
    if first > last:
        raise wrong("start_date: Must not be later than end_date.")
    if (last - first).days + 1 > longest:
        raise wrong(f"The time span between start_date and end_date exceeds the maximum of {longest} days.")
    return first, last


def filtering(params: Params, known: Mapping[str, int], name: str = "filtering") -> dict[str, list[str]]:
    """An object of lists; `known` says how many values each may have.

    Raises:
        Refused: an unknown name, or too many values.
    """
    given = read.parsed(params, name)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise wrong(f"{name}: Not a valid mapping type.")
    for field, values in given.items():
        if field not in known:
            raise wrong(f"{name}: Unknown field: {field}.")
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise wrong(f"{name}.{field}: Not a valid list of strings.")
        if len(values) > known[field]:
            raise wrong(f"{name}.{field}: Longer than maximum length {known[field]}.")
    return given


def check_metrics(names: Sequence[str], own: Sequence[str] = ()) -> None:
    """Metrics of basic reports, and those of the endpoint's `own`."""
    known = catalog().metrics
    bad = [
        name
        for name in names
        if name not in own
        and (name not in known or known[name].is_attribute or "BASIC" not in known[name].report_types)
    ]
    if bad:
        raise bad_metrics(bad)


def spelled(names: Sequence[str], numbers: Numbers) -> Text:
    return {name: spelling(name)(numbers) for name in names}


def done(
    world: World, advertiser: Advertiser, first: date, last: date
) -> Iterator[tuple[Item, date, Numbers]]:
    """What each ad did on each day, the advertiser's own, deleted ads too."""
    day = max(first, advertiser.registered.date() - timedelta(days=1))
    while day <= min(last, world.today(advertiser)):
        for ad, numbers in world.ad_days(advertiser, day):
            yield ad, day, numbers
        day += timedelta(days=1)


def hours(world: World, advertiser: Advertiser, day: date, numbers: Numbers) -> list[Numbers]:
    passed = 24
    if day == world.today(advertiser):
        passed = world.data_now().astimezone(advertiser.zone).hour
    return split(numbers, [1] * passed) if passed else []


def sum_up(before: Numbers | None, numbers: Numbers) -> Numbers:
    return tuple(map(add, before or ZERO, numbers))
