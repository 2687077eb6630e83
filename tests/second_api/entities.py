"""What the lists of advertisers, campaigns, ad groups and ads answer, as they stand at a moment."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.second_api.facts import ENTITY_FIELDS
from tests.second_api.list_rules import ListQuery
from tests.second_api.world import Account, Thing, World, utc

Row = dict[str, object]


def advertiser_row(account: Account) -> Row:
    row: Row = dict.fromkeys(n for n in ENTITY_FIELDS["advertiser"] if n != "company_name_editable")
    return row | {
        "advertiser_id": account.advertiser_id,
        "name": account.name,
        "status": "STATUS_ENABLE",
        "role": "ROLE_ADVERTISER",
        "timezone": account.stated_zone,
        "display_timezone": account.zone,
        "currency": account.currency,
        "company": "Company of the account",
        "country": "US",
        "language": "",
        "advertiser_account_type": "AUCTION",
        "balance": 1234.56,
        "rejection_reason": "",
        "create_time": int(account.created.timestamp()),
    }


def thing_row(world: World, thing: Thing) -> Row:
    """The full row of a campaign, ad group or ad; fields without a value are null."""
    # A Promote marker would stand in campaign_system_origin; other objects do not have the key.
    row: Row = dict.fromkeys(n for n in ENTITY_FIELDS[thing.kind] if n != "campaign_system_origin")
    row |= thing.body
    row |= {
        "advertiser_id": thing.advertiser_id,
        "campaign_id": thing.campaign_id,
        "campaign_name": world.campaigns[thing.campaign_id].name,
        "create_time": _text(thing.created),
        "modify_time": _text(thing.modified) if thing.modified else None,
        "secondary_status": secondary_status(world, thing),
    }
    if thing.kind != "campaign":
        row |= {"adgroup_id": thing.adgroup_id, "adgroup_name": world.adgroups[thing.adgroup_id].name}
    if thing.kind == "ad":
        row |= {"ad_id": thing.key, "ad_name": thing.name}
    return row


def secondary_status(world: World, thing: Thing) -> str:
    prefix = f"{thing.kind.upper()}_STATUS_"
    by = world.is_deleted(thing)
    if by:
        return prefix + ("DELETE" if by == "OWN" else f"{by}_DELETE")
    return prefix + ("ENABLE" if thing.kind == "campaign" else "DELIVERY_OK")


def select(world: World, kind: str, advertiser_id: str, query: ListQuery) -> list[Row]:
    """The rows that a list call means, newest id first, before paging."""
    found = [
        thing
        for thing in world.things(kind).values()
        if thing.advertiser_id == advertiser_id
        and not thing.gone
        and thing.buying in query.buying
        and _has_status(world, thing, query)
        and _matches(thing, query.filtering)
    ]
    found.sort(key=lambda thing: int(thing.key), reverse=True)
    rows = [thing_row(world, thing) for thing in found]
    if query.fields is not None:
        rows = [{name: row.get(name) for name in query.fields} for row in rows]
    if query.drop_nulls:
        rows = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return rows


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _has_status(world: World, thing: Thing, query: ListQuery) -> bool:
    if query.primary_status == "STATUS_ALL":
        return True
    return bool(world.is_deleted(thing)) == (query.primary_status == "STATUS_DELETE")


def _matches(thing: Thing, filtering: dict[str, object]) -> bool:
    for name, value in filtering.items():
        if name in ("primary_status", "buying_types"):
            continue
        if name in ("campaign_ids", "adgroup_ids", "ad_ids"):
            own = {
                "campaign_ids": thing.campaign_id,
                "adgroup_ids": thing.adgroup_id,
                "ad_ids": thing.key,
            }[name]
            if own not in (value if isinstance(value, list) else []):
                return False
        elif name == "campaign_system_origins":
            if "TT_ADS_PLATFORM" not in (value if isinstance(value, list) else []):
                return False
        elif name == "modified_after":
            # Read by its name: an equal moment is not after, and without a moment nothing is.
            if thing.modified is None or thing.modified <= utc(str(value)):
                return False
        elif name == "creation_filter_start_time":
            if thing.created < utc(str(value)):
                return False
        elif name == "creation_filter_end_time":
            if thing.created > utc(str(value)):
                return False
        else:
            raise NotImplementedError(name)
    return True
