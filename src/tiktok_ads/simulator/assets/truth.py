"""What a true copy of a list holds by now: every way to ask for it, no pages, straight from the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.assets import changelog, serve
from tiktok_ads.simulator.assets.estate import Json, rows, stamp
from tiktok_ads.simulator.assets.pages import TYPES as PAGE_TYPES
from tiktok_ads.simulator.assets.terms import NAMES, TEXTS
from tiktok_ads.simulator.centers import center_of, centers
from tiktok_ads.simulator.items import LEVELS
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.world import Advertiser, World

Way = dict[str, object]
EVER = {"start_time": "2000-01-01", "end_time": "2100-01-01"}
OF_GMV_MAX = ("PRODUCT_GMV_MAX", "LIVE_GMV_MAX")
TRUTH_TOKEN = ""  # not a token of any app: nothing that it may not see


def truth(world: World, name: str, owner_id: str) -> list[Json]:
    """Rows of a table, or of an endpoint, for an advertiser or a Business Center.

    Values that had to be named in the call stand on the rows too. A row that several calls give comes once.

    Raises:
        KeyError: there is no such table, endpoint or owner.
    """
    known = catalog().entities.get(name)
    endpoint = name if known is None else known.endpoint
    login = Login(TRUTH_TOKEN)
    owner = world.advertisers.get(owner_id)
    if endpoint == "page/lead/task":
        return rows(world, world.advertisers[owner_id], "lead")
    if endpoint == "changelog/task/create":
        return _changes(world, login, owner_id)
    if owner is None:
        centers(world)[owner_id]
    field = "bc_id" if owner is None else "advertiser_id"
    taken = catalog().endpoints[endpoint].param(field)
    found: dict[bytes, Json] = {}
    ways = OF_CENTERS.get(endpoint, [{}]) if owner is None else WAYS.get(endpoint, _once)(world, owner)
    for way in ways:
        params: Way = {**({field: owner_id} if taken else {}), **way}
        texts = {
            key: one if isinstance(one, str) else msgspec.json.encode(one).decode()
            for key, one in params.items()
        }
        for row in serve.everything(world, endpoint, login, texts):
            named = {key: one for key, one in way.items() if isinstance(one, str)}
            whole = {**named, **row}
            found[msgspec.json.encode(whole, order="sorted")] = whole
    return list(found.values())


def _once(world: World, owner: Advertiser) -> Sequence[Way]:
    return [{}]


def _each(name: str, *values: str) -> Callable[[World, Advertiser], Sequence[Way]]:
    return lambda world, owner: [{name: value} for value in values]


def _of_kind(name: str, kind: str, field: str) -> Callable[[World, Advertiser], Sequence[Way]]:
    """One call for each asset of another kind."""
    return lambda world, owner: [{name: row[field]} for row in rows(world, owner, kind)]


def _groups(world: World, owner: Advertiser) -> Sequence[Way]:
    """Those that lists show; boosted posts have comments of their own elsewhere."""
    now = world.now()
    return [
        {"search_field": "ADGROUP_ID", "search_value": one.id, **EVER}
        for one in world.items(owner, "adgroup")
        if one.exists(now) and one.origin != "PROMOTE"
    ]


def _identities(world: World, owner: Advertiser) -> Sequence[Way]:
    bc_id = center_of(world, owner).id
    return [{}, {"identity_type": "BC_AUTH_TT", "identity_authorized_bc_id": bc_id}]


def _gmv_max(world: World, owner: Advertiser) -> Sequence[Way]:
    return [
        {"filtering": {"gmv_max_promotion_types": [one], **status}}
        for one in OF_GMV_MAX
        for status in ({}, {"primary_status": "STATUS_DELETE"})
    ]


def _conversions(world: World, owner: Advertiser) -> Sequence[Way]:
    return [
        {"event_source_type": type_, "event_source_id": row[field]}
        for type_, kind, field in (("PIXEL", "pixel", "pixel_id"), ("APP", "app", "app_id"))
        for row in rows(world, owner, kind)
    ]


def _keywords(world: World, owner: Advertiser) -> Sequence[Way]:
    now = world.now()
    return [
        {"object_type": level.upper(), "object_id": item.id}
        for level in LEVELS[:2]
        for item in world.items(owner, level)
        if item.exists(now)
    ]


def _stores(world: World, owner: Advertiser) -> Sequence[Way]:
    names = ("store_id", "store_authorized_bc_id")
    return [{name: row[name] for name in names} for row in rows(world, owner, "store")]


def _terms(world: World, owner: Advertiser) -> Sequence[Way]:
    return [{"term_type": type_, "lang": language} for type_ in NAMES for language in TEXTS]


def _statuses(world: World, owner: Advertiser) -> Sequence[Way]:
    return [{"filtering": {"primary_status": "STATUS_ALL"}}]


def _audiences(world: World, owner: Advertiser) -> Sequence[Way]:
    known = [row["audience_id"] for row in rows(world, owner, "custom_audience")]
    return [{"custom_audience_ids": known[at : at + 100]} for at in range(0, len(known), 100)]


WAYS: dict[str, Callable[[World, Advertiser], Sequence[Way]]] = {
    "smart_plus/campaign/get": _statuses,
    "smart_plus/adgroup/get": _statuses,
    "smart_plus/ad/get": _statuses,
    "gmv_max/campaign/get": _gmv_max,
    "campaign/gmv_max/info": _of_kind("campaign_id", "gmv_max_campaign", "campaign_id"),
    "gmv_max/identity/get": _stores,
    "gmv_max/video/get": _stores,
    "gmv_max/exclusive_authorization/get": _stores,
    "creative/portfolio/list": lambda world, owner: [
        {},
        {"filtering": {"creative_portfolio_types": ["CTA"]}},
    ],
    "creative/portfolio/get": _of_kind("creative_portfolio_id", "portfolio", "creative_portfolio_id"),
    "identity/get": _identities,
    "playable/get": _each("operation_status", "UPLOADED", "SAVED", "DELETED"),
    "creative/auto_message/get": _each("auto_message_type", "WELCOME_MESSAGE"),
    "app/info": _of_kind("app_id", "app", "app_id"),
    "custom_conversion/list": _conversions,
    "dmp/custom_audience/get": _audiences,
    "page/get": _each("business_type", *dict.fromkeys(PAGE_TYPES)),
    "comment/list": _groups,
    "term/get": _terms,
    "term/check": _each("term_type", *NAMES),
    "search_ad/negative_keyword/get": _keywords,
    "tool/os_version": _each("os_type", "ANDROID", "IOS"),
    "tool/contextual_tag/get": _each("objective_type", "REACH", "VIDEO_VIEWS", "RF_REACH"),
}

ASSET_TYPES = ("ADVERTISER", "CATALOG", "TIKTOK_SHOP", "PIXEL", "LEAD", "TT_ACCOUNT", "STOREFRONT")
OF_CENTERS: dict[str, Sequence[Way]] = {
    "bc/asset/get": [{"asset_type": one} for one in ASSET_TYPES],
    "bc/asset/admin/get": [{"asset_type": one} for one in ASSET_TYPES],
    "bc/invoice/get": [{"invoice_types": ["RECON", "CREDIT", "AUTO_PAY"]}],
    "bc/invoice/unpaid/get": [{"invoice_type": "RECON"}],
}


def _changes(world: World, login: Login, owner_id: str) -> list[Json]:
    asked = serve.read(world, "changelog/task/create", login, {"advertiser_id": owner_id})
    return [
        {"time": stamp(at), "object_id": item.id, "object": item.name, "action": done}
        for at, item, done, _, _ in changelog.changes(asked)
    ]
