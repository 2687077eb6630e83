"""What can be done to a world from outside: delete, hide, edit and create objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tiktok_ads.simulator.growth import BASE, PART
from tiktok_ads.simulator.items import LEVELS, Item, Level
from tiktok_ads.simulator.world import Advertiser, World


def find(world: World, level: Level, item_id: str) -> tuple[Advertiser, Item]:
    """The object of that id, of whatever advertiser.

    Raises:
        KeyError: there is none.
    """
    for advertiser in world.advertisers.values():
        item = world.item(advertiser, level, item_id)
        if item is not None:
            return advertiser, item
    raise KeyError(item_id)


def delete(world: World, level: Level, item_id: str, *, at: datetime | None = None) -> Item:
    """Delete an object; those below it follow, but their own modify_time stays."""
    _, item = find(world, level, item_id)
    item.deleted_at = at or world.now()
    world.changed()
    return item


def vanish(world: World, level: Level, item_id: str) -> Item:
    """From now on no list shows it, also not among the deleted. Reports still know its numbers."""
    _, item = find(world, level, item_id)
    item.vanished_at = world.now()
    world.changed()
    return item


def edit(
    world: World, level: Level, item_id: str, values: Mapping[str, object], *, at: datetime | None = None
) -> Item:
    """Change fields; `modify_time` becomes the moment of the change."""
    _, item = find(world, level, item_id)
    item.edits.append((at or world.now(), dict(values)))
    item.edits.sort(key=lambda one: one[0])
    world.changed()
    return item


def create(
    world: World,
    level: Level,
    *,
    advertiser_id: str | None = None,
    parent_id: str | None = None,
    name: str = "New",
) -> Item:
    """Make an object now: a campaign of an advertiser, an ad group of a campaign, an ad of an ad group.

    Raises:
        KeyError: the parent does not exist.
    """
    parent: Item | None = None
    if level == "campaign":
        advertiser = world.advertisers[advertiser_id or ""]
    else:
        advertiser, parent = find(world, LEVELS[LEVELS.index(level) - 1], parent_id or "")
    items = world.items(advertiser, level)
    serial = max((item.number for item in items), default=-1) + 1
    made = Item(
        level,
        serial,
        str(max((int(item.id) for item in items), default=BASE[level] + advertiser.number * PART) + 1009),
        name,
        world.now(),
        campaign=parent.campaign if level == "ad" and parent else parent,
        adgroup=parent if level == "ad" else None,
        scale=advertiser.size.scale,
    )
    if parent is not None:
        made.automation, made.buying_type = parent.automation, parent.buying_type
        made.origin, made.objective = parent.origin, parent.objective
        made.secondary_goal = parent.secondary_goal
    items.append(made)
    advertiser.by_id[level][made.id] = made
    world.changed()
    return made
