"""What can be done to assets from outside: they vanish, change, or new ones come."""

from __future__ import annotations

from collections.abc import Mapping

from tiktok_ads.simulator.assets.estate import KINDS, Asset, Owner, assets, existing, new_id
from tiktok_ads.simulator.centers import centers
from tiktok_ads.simulator.world import World


def _owner(world: World, owner_id: str) -> Owner:
    return world.advertisers.get(owner_id) or centers(world)[owner_id]


def _find(world: World, owner_id: str, kind: str, asset_id: str) -> Asset:
    """An asset that exists now; the oldest if no id is given.

    Raises:
        KeyError: there is none.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    for one in existing(world, _owner(world, owner_id), kind):
        if asset_id in ("", one.id):
            return one
    raise KeyError(asset_id)


def vanish(world: World, owner_id: str, kind: str, asset_id: str = "") -> Asset:
    found = _find(world, owner_id, kind, asset_id)
    found.vanished_at = world.now()
    world.changed()
    return found


def edit(
    world: World, owner_id: str, kind: str, asset_id: str = "", *, values: Mapping[str, object]
) -> Asset:
    """Change fields of its row from now on."""
    found = _find(world, owner_id, kind, asset_id)
    found.edits.append((world.now(), dict(values)))
    found.edits.sort(key=lambda one: one[0])
    world.changed()
    return found


def create(world: World, owner_id: str, kind: str, *, name: str = "New", parent: str = "") -> Asset:
    """Make an asset now; `parent` is what a comment (an ad) or a lead (a page) belongs to."""
    if kind not in KINDS:
        raise KeyError(kind)
    owner = _owner(world, owner_id)
    known = assets(world, owner, kind)
    number = max((one.number for one in known), default=-1) + 1
    made = Asset(kind, number, new_id(kind, owner, number), name, world.now(), parent=parent)
    known.append(made)
    world.changed()
    return made
