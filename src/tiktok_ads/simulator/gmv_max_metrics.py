"""Metrics and attributes of the GMV Max report, and how each is made and spelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from tiktok_ads.simulator.shop_world import CARD, COLUMN, ShopNumbers, Sold
from tiktok_ads.simulator.world import Advertiser, World

Spelled = Callable[[ShopNumbers], str]


def _count(name: str) -> Spelled:
    return lambda n: str(n[COLUMN[name]])


def _money(name: str) -> Spelled:
    return lambda n: f"{n[COLUMN[name]] // 100}.{n[COLUMN[name]] % 100:02d}"


def _ratio(above: str, below: str, factor: float = 1) -> Spelled:
    def spelled(n: ShopNumbers) -> str:
        divisor = n[COLUMN[below]]
        return f"{n[COLUMN[above]] * factor / divisor:.2f}" if divisor else "0.00"

    return spelled


MEASURES: dict[str, Spelled] = {
    "cost": _money("cost_cents"),
    "net_cost": _money("net_cents"),
    "orders": _count("orders"),
    "cost_per_order": _ratio("cost_cents", "orders", 0.01),
    "gross_revenue": _money("revenue_cents"),
    "roi": _ratio("revenue_cents", "cost_cents"),
    "product_impressions": _count("product_impressions"),
    "product_clicks": _count("product_clicks"),
    "product_click_rate": _ratio("product_clicks", "product_impressions", 100),
    "ad_click_rate": _ratio("clicks", "shown", 100),
    "ad_conversion_rate": _ratio("orders", "clicks", 100),
    "ad_video_view_rate_2s": _ratio("views_2s", "shown", 100),
    "ad_video_view_rate_6s": _ratio("views_6s", "shown", 100),
    "ad_video_view_rate_p25": _ratio("views_p25", "shown", 100),
    "ad_video_view_rate_p50": _ratio("views_p50", "shown", 100),
    "ad_video_view_rate_p75": _ratio("views_p75", "shown", 100),
    "ad_video_view_rate_p100": _ratio("views_p100", "shown", 100),
    "live_views": _count("live_views"),
    "cost_per_live_view": _ratio("cost_cents", "live_views", 0.01),
    "10_second_live_views": _count("live_views_10s"),
    "cost_per_10_second_live_view": _ratio("cost_cents", "live_views_10s", 0.01),
    "live_follows": _count("live_follows"),
    # The other shops sell without ads.
    "all_shops_orders": lambda n: str(n[COLUMN["orders"]] * 2),
    "all_shops_cost_per_order": _ratio("cost_cents", "orders", 0.005),
    "all_shops_gross_revenue": lambda n: _money("revenue_cents")(tuple(2 * one for one in n)),
    "all_shops_roi": _ratio("revenue_cents", "cost_cents", 2),
}
Said = Callable[[World, Advertiser, Sold], str]


def _begun(world: World, advertiser: Advertiser, one: Sold) -> str:
    begun = datetime(world.anchor.year, world.anchor.month, world.anchor.day, 6, tzinfo=UTC)
    return f"{begun - timedelta(days=50):%Y-%m-%d %H:%M:%S}"


# Attributes by the ID that they tell more about.
ATTRIBUTES: dict[str, dict[str, Said]] = {
    "campaign_id": {
        "campaign_id": lambda w, a, one: one.campaign.id,
        "campaign_name": lambda w, a, one: one.campaign.name,
        "operation_status": lambda w, a, one: "ENABLE" if one.campaign.deleted_on is None else "DISABLE",
        "schedule_type": lambda w, a, one: "Continuously",
        "schedule_start_time": _begun,
        "schedule_end_time": lambda w, a, one: "-",
        "target_roi_budget": lambda w, a, one: "100.50",
        "bid_type": lambda w, a, one: "NO_BID" if one.campaign.serial == 1 else "CUSTOM",
        "max_delivery_budget": lambda w, a, one: "20.25" if one.campaign.serial == 1 else "-",
        "roas_bid": lambda w, a, one: "2.50",
    },
    "item_group_id": {
        "item_group_id": lambda w, a, one: one.product,
        "product_name": lambda w, a, one: f"Product «{one.product[-4:]}» & more",
        "product_image_url": lambda w, a, one: f"https://example.com/product/{one.product}.png",
        "product_status": lambda w, a, one: "available" if int(one.product) % 2 else "unavailable",
    },
    "item_id": {
        "item_id": lambda w, a, one: one.post,
        "title": lambda w, a, one: "-" if one.post == CARD else f"Post 新しい靴 {one.post[-3:]}",
        "tt_account_name": lambda w, a, one: "0" if one.post == CARD else "shop_account",
        "tt_account_profile_image_url": lambda w, a, one: "https://example.com/profile.png",
        "tt_account_authorization_type": lambda w, a, one: "UNSET" if one.post == CARD else "TTS_TT",
        "shop_content_type": lambda w, a, one: "PRODUCT_CARD" if one.post == CARD else "VIDEO",
        "creative_delivery_status": lambda w, a, one: "NOT_DELIVERYING" if one.post == CARD else "DELIVERING",
    },
}


def spell(
    world: World, advertiser: Advertiser, one: Sold, numbers: ShopNumbers, names: Sequence[str]
) -> dict[str, str]:
    """The values of one row, each as text."""
    said = {name: made for group in ATTRIBUTES.values() for name, made in group.items()}
    return {
        name: MEASURES[name](numbers) if name in MEASURES else said[name](world, advertiser, one)
        for name in names
    }
