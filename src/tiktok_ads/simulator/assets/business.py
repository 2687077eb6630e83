"""Business Centers: which there are, what they own, who works in them and with whom they share."""

from __future__ import annotations

from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import Asset, Json, Owner, existing, kind, link, rows
from tiktok_ads.simulator.assets.serve import one_of, serves
from tiktok_ads.simulator.centers import Center, centers
from tiktok_ads.simulator.world import World

BC_ADVERTISERS = "ADVERTISER"


def granted(asked: Asked) -> list[Center]:
    """The Business Centers that the login may read."""
    allowed = set(asked.login.granted(asked.world))
    return [one for one in centers(asked.world).values() if any(of.id in allowed for of in one.advertisers)]


@serves("bc/get")
def business_centers(asked: Asked) -> list[Json]:
    """Nested rows, without what is null."""
    wanted, word = asked.text("bc_id"), asked.inside().text("keyword")
    return [
        {
            "bc_info": {
                "bc_id": one.id,
                "name": one.name,
                "company": f"Company {one.number}",
                "currency": one.place.currency,
                "registered_area": one.place.country,
                "status": "ENABLE",
                "timezone": one.place.zone,
                "type": "NORMAL" if one.number % 2 else "AGENCY",
                "verification_status": "VERIFIED" if one.number % 2 else None,
            },
            "user_role": "ADMIN",
            "ext_user_role": {"finance_role": "MANAGER"} if one.number % 2 else None,
        }
        for one in granted(asked)
        if wanted in ("", ",", one.id) and word in one.name
    ]


def assets_of(asked: Asked, type_: str) -> list[Json]:
    """All assets of a kind that the Business Center owns."""
    world, center = asked.world, asked.business
    allowed = set(asked.login.granted(world))
    found: list[Json] = []
    for advertiser in center.advertisers:
        if advertiser.removed or advertiser.id not in allowed:
            continue
        if type_ == BC_ADVERTISERS:
            found.append(
                _asset(
                    type_,
                    advertiser.id,
                    advertiser.name,
                    advertiser_account_type="AUCTION",
                    advertiser_role="ADMIN",
                    advertiser_status="SHOW_ACCOUNT_STATUS_APPROVED",
                )
            )
        if type_ == "PIXEL":
            found += [
                _asset(type_, str(one["pixel_id"]), str(one["pixel_name"]), pixel_code=one["pixel_code"])
                for one in rows(world, advertiser, "pixel")
            ]
        if type_ == "TIKTOK_SHOP":
            found += [
                _asset(type_, str(one["store_id"]), str(one["store_name"]), store_role="AD_PROMOTION")
                for one in rows(world, advertiser, "store")
            ]
        if type_ == "TT_ACCOUNT":
            found += [
                _asset(
                    type_,
                    str(one["identity_id"]),
                    str(one["display_name"]),
                    tt_account_roles=["AD_PROMOTION", "VIDEO_ACCESS"],
                    tt_asset_handle=one["user_name"],
                    tt_asset_profile_image=link("tt.jpg", asked.now, hours=48),
                )
                for one in rows(world, advertiser, "identity")
                if one["identity_type"] == "BC_AUTH_TT"
            ]
        if type_ == "CATALOG":
            found += [
                _asset(
                    type_,
                    str(one["catalog_id"]),
                    str(one["catalog_name"]),
                    catalog_role="ADMIN",
                    ad_creation_eligible="AVAILABLE",
                )
                for one in rows(world, advertiser, "catalog")
            ]
        if type_ == "LEAD":
            found += [
                _asset(type_, library.id, library.name) for library in existing(world, advertiser, "library")
            ]
    return found


def _asset(type_: str, asset_id: str, name: str, **more: object) -> Json:
    names = (
        *("advertiser_account_type", "advertiser_role", "catalog_role", "ad_creation_eligible", "store_role"),
        *("tt_account_roles", "owner_bc_name", "relation_type", "relation_status", "advertiser_status"),
        *("pixel_code", "tt_asset_handle", "tt_asset_profile_image"),
    )
    blanks: Json = dict.fromkeys(names)
    return {"asset_type": type_, "asset_id": asset_id, "asset_name": name, **blanks, **more}


def _found(asked: Asked) -> list[Json]:
    word = asked.inside().text("keyword")
    return [
        {**one, "owner_bc_name": asked.business.name, "relation_type": "OWNER_BC", "relation_status": "BOUND"}
        for one in assets_of(asked, asked.text("asset_type"))
        if word in str(one["asset_name"])
    ]


@serves("bc/asset/get")
def bc_assets(asked: Asked) -> list[Json]:
    return _found(asked)


@serves("bc/asset/admin/get")
def bc_admin_assets(asked: Asked) -> list[Json]:
    filtering = asked.inside()
    wanted = {name: filtering.text(name) for name in ("relation_type", "relation_status")}
    wanted["advertiser_status"] = filtering.text("advertiser_show_status")
    return [
        one for one in _found(asked) if all(not value or one[name] == value for name, value in wanted.items())
    ]


@kind("member", named="user_name")
def member(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "user_id": asset.id,
        "user_name": asset.name,
        "user_email": f"user{asset.number}@example.com",
        "user_role": "ADMIN" if asset.number == 0 else "STANDARD",
        "relation_status": "BOUND" if asset.number % 3 else "PENDING",
        "ext_user_role": {"finance_role": None},
    }


@serves("bc/member/get")
def members(asked: Asked) -> list[Json]:
    filtering = asked.inside()
    wanted = {name: filtering.text(name) for name in ("user_role", "relation_status")}
    return [
        one
        for one in rows(asked.world, asked.business, "member")
        if all(not value or one[name] == value for name, value in wanted.items())
        and filtering.text("keyword") in str(one["user_name"])
    ]


@kind("partner", named="bc_name")
def partner(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "bc_id": asset.id,
        "bc_name": asset.name,
        "bc_type": "AGENCY",
        "registered_area": "US",
        "relation_status": "BOUND",
    }


@serves("bc/partner/get")
def partners(asked: Asked) -> list[Json]:
    word = asked.inside().text("name")
    return [one for one in rows(asked.world, asked.business, "partner") if word in str(one["bc_name"])]


@serves("bc/partner/asset/get")
def partner_assets(asked: Asked) -> list[Json]:
    """Each second partner is shown what there is; nobody shows anything to us."""
    found = rows(asked.world, asked.business, "partner")
    wanted = asked.text("partner_id")
    one_of([one for one in found if one["bc_id"] == wanted], "partner_id")
    at = [one["bc_id"] for one in found].index(wanted)
    if at % 2 or asked.text("share_type") != "SHARING":
        return []
    word = asked.inside().text("keyword")
    return [
        {"asset_id": one["asset_id"], "asset_name": one["asset_name"], "asset_type": one["asset_type"]}
        for one in assets_of(asked, asked.text("asset_type"))
        if word in str(one["asset_name"])
    ]


def _own_asset(asked: Asked) -> None:
    wanted = asked.text("asset_id")
    found = assets_of(asked, asked.text("asset_type"))
    one_of([one for one in found if one["asset_id"] == wanted], "asset_id")


@serves("bc/asset/member/get")
def asset_members(asked: Asked) -> list[Json]:
    _own_asset(asked)
    word = asked.inside().text("keyword")
    return [
        {
            "user_id": one["user_id"],
            "user_name": one["user_name"],
            "user_email": one["user_email"],
            "advertiser_role": "OPERATOR",
        }
        for one in rows(asked.world, asked.business, "member")
        if word in str(one["user_name"])
    ]


@serves("bc/asset/partner/get")
def asset_partners(asked: Asked) -> list[Json]:
    _own_asset(asked)
    word = asked.inside().text("keyword")
    return [
        {"bc_id": one["bc_id"], "bc_name": one["bc_name"], "advertiser_role": "ANALYST"}
        for one in rows(asked.world, asked.business, "partner")
        if word in str(one["bc_name"])
    ]


@kind("asset_group", named="asset_group_name")
def asset_group(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "asset_group_id": asset.id,
        "asset_group_name": asset.name,
        "asset_count": asset.number,
        "member_count": None,
    }


@serves("bc/asset_group/list")
def asset_groups(asked: Asked) -> list[Json]:
    word = asked.inside().text("keyword")
    found = rows(asked.world, asked.business, "asset_group")
    return [one for one in found if word in str(one["asset_group_name"])]


@serves("bc/advertiser/attribute")
def advertiser_attributes(asked: Asked) -> Json:
    used = {one.place.currency for one in asked.business.advertisers}
    areas = {one.place.country for one in asked.business.advertisers}
    return {"currency_list": sorted(used), "registered_area_list": sorted(areas)}
