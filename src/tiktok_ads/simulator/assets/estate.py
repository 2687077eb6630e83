"""What owners have beside campaigns, ad groups and ads: grown out of the seed when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import belongings
from tiktok_ads.simulator.centers import Center
from tiktok_ads.simulator.entities import CONNECTORS, blank, filled
from tiktok_ads.simulator.numbers import chance
from tiktok_ads.simulator.world import Advertiser, World

Json = dict[str, object]
Owner = Advertiser | Center
KEPT_LISTS = 20
FIRST_ID = 7_500_000_000_000_000_000
KIND_PART, OWNER_PART = 5_000_000_000_000_000, 1_000_000_000_000
HOSTILE = (
    "=SUM(A1:A9) {n}",
    'Quote " and \\ backslash {n}',
    "🎉 {n} 👩‍👩‍👧",
    "عرض خاص {n}",
    "<script>alert({n})</script>",
    "+1-{n}",
    "@cmd|' /C calc'!A{n}",
    "'; DROP TABLE ads; -- {n}",
    "Line\nbreak\tand tab {n}",
    "新しい靴 {n}",
    "NULL",
)


@dataclass(slots=True, eq=False)
class Asset:
    """One thing of an owner. All moments are UTC; `parent` is the id of what it hangs on, if it does."""

    kind: str
    number: int
    id: str
    name: str
    created: datetime
    parent: str = ""
    vanished_at: datetime | None = None
    edits: list[tuple[datetime, Json]] = field(default_factory=list)

    def exists(self, now: datetime) -> bool:
        return self.created <= now and (self.vanished_at is None or self.vanished_at > now)

    def changes(self, now: datetime) -> Json:
        changed: Json = {}
        for at, values in self.edits:
            if at <= now:
                changed.update(values)
        return changed

    def modified(self, now: datetime) -> datetime:
        return max((at for at, _ in self.edits if at <= now), default=self.created)


@dataclass(frozen=True)
class Kind:
    """How assets of a kind come to be and how a row of theirs looks.

    `documented` names the catalog's object whose fields every row has; `named` is the field with the name;
    `ids` is what ids are called where other objects and reports name them too.
    """

    name: str
    documented: str
    named: str
    row: Callable[[World, Owner, Asset], Json]
    grow: Callable[[World, Owner, Kind], list[Asset]]
    ids: belongings.Kind | None = None


KINDS: dict[str, Kind] = {}
Row = Callable[[World, Owner, Asset], Json]


def kind(
    name: str,
    *,
    documented: str = "",
    named: str = "",
    grow: Callable[[World, Owner, Kind], list[Asset]] | None = None,
    ids: belongings.Kind | None = None,
) -> Callable[[Row], Row]:
    """Marks the function that makes the rows of a kind of asset."""

    def mark(row: Row) -> Row:
        KINDS[name] = Kind(name, documented, named, row, grow or several, ids)
        return row

    return mark


def how_many(owner: Owner, name: str = "") -> int:
    """How many assets of a kind an owner has in the end; those that reports name, and one more at least."""
    if isinstance(owner, Center):
        return max(how_many(one) for one in owner.advertisers)
    if not owner.size.campaigns:
        return 0
    ids = KINDS[name].ids if name else None
    return max(owner.size.assets, belongings.HOW_MANY[ids] + 1 if ids else 0)


def new_id(name: str, owner: Owner, number: int) -> str:
    """19 digits; each kind has a range of its own, each owner a part of it."""
    ids = KINDS[name].ids
    if ids is not None and isinstance(owner, Advertiser):
        return belongings.belonging(ids, owner, number)
    at = list(KINDS).index(name)
    return str(FIRST_ID + at * KIND_PART + owner.number * OWNER_PART + number * 1009 + 13)


def begins(world: World) -> datetime:
    return datetime(world.anchor.year, world.anchor.month, world.anchor.day, 6, tzinfo=UTC)


def name_for(owner: Owner, kind_name: str, number: int) -> str:
    hostile = owner.advertisers[0].size.hostile if isinstance(owner, Center) else owner.size.hostile
    if hostile and number % 3 != 2:
        return HOSTILE[(number * 5 + owner.number + len(kind_name)) % len(HOSTILE)].format(n=number)
    return f"{kind_name.replace('_', ' ').capitalize()} {number + 1}"


def several(world: World, owner: Owner, of: Kind) -> list[Asset]:
    """As many as the owner's size says, and what time does to some of them.

    The first is renamed and the second vanishes on the day after the world's anchor, the last is made on the
    day after that.
    """
    count, start = how_many(owner, of.name), begins(world)
    made = []
    for number in range(count):
        age = timedelta(days=60 - 50 * number / max(count, 1), minutes=chance(1440, world.seed, number, 31))
        made.append(
            Asset(
                of.name, number, new_id(of.name, owner, number), name_for(owner, of.name, number), start - age
            )
        )
    if count >= 3:
        if of.named:
            renamed: Json = {of.named: f"{made[0].name} (v2)"}
            made[0].edits.append((start + timedelta(days=1, hours=2), renamed))
        made[1].vanished_at = start + timedelta(days=1, hours=3)
        made[-1].created = start + timedelta(days=2, hours=4)
    return made


def assets(world: World, owner: Owner, name: str) -> list[Asset]:
    """All of a kind that an owner ever has, oldest first, whether they exist yet or not."""
    found: list[Asset] | None = world.estates.get((owner.id, name))
    if found is None:
        found = KINDS[name].grow(world, owner, KINDS[name])
        world.estates[owner.id, name] = found
    return found


def existing(world: World, owner: Owner, name: str) -> list[Asset]:
    now = world.now()
    return [asset for asset in assets(world, owner, name) if asset.exists(now)]


def find(world: World, owner: Owner, name: str, asset_id: str) -> Asset | None:
    return next((asset for asset in existing(world, owner, name) if asset.id == asset_id), None)


def row(world: World, owner: Owner, asset: Asset) -> Json:
    """An asset as lists show it now, with every documented field; None is what is not set."""
    of = KINDS[asset.kind]
    known = of.row(world, owner, asset)
    if of.named:
        known.setdefault(of.named, asset.name)
    known |= asset.changes(world.now())
    return whole(of.documented, known, asset.number) if of.documented else known


def rows(world: World, owner: Owner, name: str) -> list[Json]:
    """All rows of a kind as of now, kept for the next page of the same list; not to be changed."""
    key = (owner.id, name, *world.listed_at())
    found: list[Json] | None = world.rows.get(key)
    if found is None:
        found = [row(world, owner, asset) for asset in existing(world, owner, name)]
        while len(world.rows) >= KEPT_LISTS:
            world.rows.pop(next(iter(world.rows)))
        world.rows[key] = found
    return found


def whole(documented: str, known: Json, number: int) -> Json:
    """Known values, and a blank for every other documented field; each seventh row has them all filled."""
    made: Json = {}
    for one in catalog().objects[documented].fields:
        if one.name in known:
            made[one.name] = known[one.name]
        elif not set(one.source) <= CONNECTORS:
            made[one.name] = filled(one, number) if number % 7 == 5 else blank(one, number)
    return made | known


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def link(path: str, now: datetime, *, hours: float) -> str:
    """A link that stops working after some hours: each answer gives another."""
    return f"https://example.com/{path}?x-expires={int((now + timedelta(hours=hours)).timestamp())}"
