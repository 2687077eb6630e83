"""The seeded world: advertisers with all that they own, a movable clock, and what was done to them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tiktok_ads.simulator.growth import grow
from tiktok_ads.simulator.items import LEVELS, Item, Level
from tiktok_ads.simulator.numbers import (
    MATURE_DAYS,
    SETTLED,
    Numbers,
    Stage,
    ad_day,
    chance,
    scaled,
)
from tiktok_ads.simulator.presets import FIRST_ADVERTISER, Place, Plot, Size, plots

CACHED_ROWS = 600_000
FEW = 1009


@dataclass(eq=False)
class Advertiser:
    number: int
    id: str
    name: str
    place: Place
    size: Size
    registered: datetime
    items: dict[Level, list[Item]] = field(default_factory=dict)
    by_id: dict[Level, dict[str, Item]] = field(default_factory=dict)
    removed: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.place.zone)


@dataclass(frozen=True)
class Restatement:
    """A change of numbers that someone asked for: `permille` of the numbers stay, 0 removes the rows."""

    advertiser_id: str
    first: date
    last: date
    permille: int
    ad_id: str | None = None


@dataclass(eq=False)
class World:
    """Everything that the API knows.

    `fixed_now` is the moment at which the clock stands still; None lets it run with the wall clock plus
    `offset`. `version` grows with each change made from outside, so that nothing is served from before it.
    """

    seed: int
    anchor: date
    advertisers: dict[str, Advertiser]
    fixed_now: datetime | None = None
    offset: timedelta = timedelta()
    wall: Callable[[], float] = time.time
    version: int = 0
    restatements: list[Restatement] = field(default_factory=list)
    days: dict[tuple[object, ...], list[tuple[Item, Numbers]]] = field(default_factory=dict)
    cached_rows: int = 0
    lists: dict[object, list[Item]] = field(default_factory=dict)
    stocks: dict[str, Sequence[Numbers]] = field(default_factory=dict)
    estates: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    rows: dict[object, list[Any]] = field(default_factory=dict)
    agreed: set[tuple[str, str]] = field(default_factory=set)
    chores: dict[str, Any] = field(default_factory=dict)

    def now(self) -> datetime:
        if self.fixed_now is not None:
            return self.fixed_now
        return datetime.fromtimestamp(self.wall(), UTC) + self.offset

    def data_now(self) -> datetime:
        """The moment up to which reports know: they follow in steps of half an hour."""
        now = self.now()
        return now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)

    def known_at(self) -> tuple[object, ...]:
        """What every answer hangs on: while it stays equal, the pages of one list fit together."""
        return self.version, self.fixed_now, self.data_now()

    def listed_at(self) -> tuple[object, ...]:
        """The same for lists of objects, which follow the clock at once."""
        return self.version, self.now().replace(microsecond=0)

    def set_clock(self, at: datetime) -> None:
        if self.fixed_now is not None:
            self.fixed_now = at
        else:
            self.offset = at - datetime.fromtimestamp(self.wall(), UTC)
        self.changed()

    def changed(self) -> None:
        self.version += 1
        self.days.clear()
        self.cached_rows = 0

    def today(self, advertiser: Advertiser, *, ago: timedelta = timedelta()) -> date:
        """The advertiser's own day now, or some time ago."""
        return (self.data_now() - ago).astimezone(advertiser.zone).date()

    def stage(self, advertiser: Advertiser, day: date) -> Stage:
        """How far a day of this advertiser has settled by now."""
        if advertiser.size.few_numbers:
            return SETTLED
        now = self.data_now()
        local = now.astimezone(advertiser.zone)
        corrected = now >= datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=1)
        age = (local.date() - day).days
        return Stage(
            age=min(age, MATURE_DAYS + 1),
            corrected=corrected,
            permille=local.hour * 1000 // 24 if age == 0 else 1000,
        )

    def items(self, advertiser: Advertiser, level: Level) -> list[Item]:
        """All of a level, oldest first, whether they exist yet or not."""
        if not advertiser.items:
            advertiser.items = grow(
                seed=self.seed,
                number=advertiser.number,
                size=advertiser.size,
                anchor=self.anchor,
            )
            advertiser.by_id = {at: {item.id: item for item in advertiser.items[at]} for at in LEVELS}
        return advertiser.items[level]

    def item(self, advertiser: Advertiser, level: Level, item_id: str) -> Item | None:
        self.items(advertiser, level)
        return advertiser.by_id[level].get(item_id)

    def existing(self, advertiser: Advertiser, level: Level) -> Iterable[Item]:
        now = self.now()
        return (item for item in self.items(advertiser, level) if item.created <= now)

    def ad_days(self, advertiser: Advertiser, day: date) -> Sequence[tuple[Item, Numbers]]:
        """Each ad that has numbers on a day, with them, as known by now."""
        stage = self.stage(advertiser, day)
        if stage.age < 0 or stage.permille == 0:
            return ()
        key = (advertiser.id, day, stage)
        if key not in self.days:
            rows = list(self.fresh_ad_days(advertiser, day, stage))
            if self.cached_rows + len(rows) > CACHED_ROWS:
                self.days.clear()
                self.cached_rows = 0
            self.days[key] = rows
            self.cached_rows += len(rows)
        return self.days[key]

    def fresh_ad_days(
        self, advertiser: Advertiser, day: date, stage: Stage
    ) -> Iterable[tuple[Item, Numbers]]:
        if advertiser.size.idle:
            return
        begins = datetime(day.year, day.month, day.day, tzinfo=advertiser.zone).astimezone(UTC)
        ends = begins + timedelta(days=1)
        changes = [
            r for r in self.restatements if r.advertiser_id == advertiser.id and r.first <= day <= r.last
        ]
        stock = self.stock(advertiser) if advertiser.size.few_numbers else ()
        whole_units = advertiser.place.currency == "JPY"
        for ad in self.items(advertiser, "ad"):
            if ad.created >= ends:
                continue
            until = ad.delivers_until()
            if until is not None and until <= begins:
                continue
            if stock:
                numbers: Numbers | None = stock[(ad.number * 31 + day.toordinal()) % FEW]
            else:
                numbers = ad_day(
                    (self.seed, advertiser.number, ad.number, day.toordinal()),
                    scale=ad.scale,
                    secondary=ad.secondary_goal,
                    whole_units=whole_units,
                    stage=stage,
                )
            for change in changes:
                if numbers is not None and change.ad_id in (None, ad.id):
                    numbers = (1, *scaled(numbers[1:], change.permille)) if change.permille else None
            if numbers is not None:
                yield ad, numbers

    def stock(self, advertiser: Advertiser) -> Sequence[Numbers]:
        """The numbers that the ads of a large account share, so that its pages are made quickly."""
        if advertiser.id not in self.stocks:
            drawn = (
                ad_day(
                    (self.seed, advertiser.number, n, 0),
                    scale=advertiser.size.scale,
                    secondary=n % 4 == 0,
                    whole_units=False,
                    stage=SETTLED,
                )
                for n in itertools.count()
            )
            self.stocks[advertiser.id] = list(itertools.islice((n for n in drawn if n is not None), FEW))
        return self.stocks[advertiser.id]

    def gmv_max_cents(self, advertiser: Advertiser, day: date) -> int:
        """GMV Max spend of a day: no campaign, ad group or ad list and no BASIC report shows it."""
        if not advertiser.size.specials or day > self.today(advertiser):
            return 0
        return 1000 + chance(20_000, self.seed, advertiser.number, day.toordinal(), 77)


def make_world(
    preset: str | Sequence[Plot] = "demo",
    *,
    seed: int = 1,
    clock: datetime | None = None,
    advertisers: int | None = None,
    ads: int | None = None,
    assets: int | None = None,
    hostile_names: bool | None = None,
) -> World:
    """Lay out a world.

    Args:
        preset: a name (tiny, demo, agency, big, bulk) or one's own advertisers.
        seed: two worlds of one seed, preset and clock are equal.
        clock: the moment at which the clock stands; None lets it run with the wall clock.
        advertisers: how many the preset agency has.
        ads: how many ads the presets big and bulk have.
        assets: how many videos, pixels, audiences and so on each advertiser has of each; None leaves it to
            the preset.
        hostile_names: whether those have names that break files and pages; likewise.
    """
    chosen = plots(preset, advertisers=advertisers, ads=ads) if isinstance(preset, str) else list(preset)
    if assets is not None:
        chosen = [replace(plot, size=replace(plot.size, assets=assets)) for plot in chosen]
    if hostile_names is not None:
        chosen = [replace(plot, size=replace(plot.size, hostile=hostile_names)) for plot in chosen]
    now = clock or datetime.now(UTC)
    # Without a clock the world is laid out from the first of the month, so that a restart gives the same one.
    anchor = now.date() if clock else now.date().replace(day=1)
    made = {}
    for number, plot in enumerate(chosen, start=1):
        advertiser_id = str(FIRST_ADVERTISER - 1 + number)
        registered = datetime(anchor.year, anchor.month, anchor.day, 9, tzinfo=UTC) - timedelta(
            days=plot.size.history_days + 30
        )
        made[advertiser_id] = Advertiser(
            number=number,
            id=advertiser_id,
            name=f"Advertiser {number}",
            place=plot.place,
            size=plot.size,
            registered=registered,
        )
    return World(seed=seed, anchor=anchor, advertisers=made, fixed_now=clock)
