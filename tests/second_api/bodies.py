"""The fields of campaigns, ad groups and ads that say how they are set up."""

from __future__ import annotations

import random
from datetime import datetime, timedelta


def campaign_body(rng: random.Random, *, smart: bool, topview: bool) -> dict[str, object]:
    return {
        "objective_type": rng.choice(("TRAFFIC", "WEB_CONVERSIONS", "REACH")),
        "is_smart_performance_campaign": smart,
        "campaign_type": "REGULAR_CAMPAIGN",
        "rf_campaign_type": "TOPVIEW" if topview else "STANDARD",
        "special_industries": rng.choice((None, [], ["HOUSING", "CREDIT"])),
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": rng.choice((0, 50, 199.99, 12345678.9)),
        "roas_bid": 0,
        "operation_status": "ENABLE",
        "is_new_structure": True,
        "objective": "LANDING_PAGE",
    }


def adgroup_body(rng: random.Random, moment: datetime) -> dict[str, object]:
    return {
        "promotion_type": "WEBSITE",
        "placement_type": "PLACEMENT_TYPE_NORMAL",
        "placements": ["PLACEMENT_TIKTOK"],
        "comment_disabled": rng.random() < 0.5,
        "video_download_disabled": False,
        "location_ids": ["6252001", "2017370"],
        "languages": [],
        "age_groups": rng.choice((None, ["AGE_18_24", "AGE_25_34"])),
        "audience_ids": [],
        "excluded_audience_ids": [],
        "interest_category_ids": ["15"],
        "interest_keyword_ids": [],
        "operating_systems": [],
        "network_types": ["WIFI"],
        "actions": [{"action_scene": "VIDEO_RELATED", "action_period": 15, "video_user_actions": ["LIKED"]}],
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": rng.choice((20, 33.33)),
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": moment.strftime("%Y-%m-%d %H:%M:%S"),
        "schedule_end_time": (moment + timedelta(days=3650)).strftime("%Y-%m-%d %H:%M:%S"),
        "optimization_goal": "CLICK",
        "bid_price": 0.35,
        "conversion_bid_price": 0,
        "deep_cpa_bid": 0,
        "operation_status": "ENABLE",
        "is_hfss": False,
        "creative_material_mode": "CUSTOM",
        "is_new_structure": True,
        # Documented as a boolean, seen as 0 and 1.
        "skip_learning_phase": rng.choice((0, 1, True, False)),
    }


def ad_body(rng: random.Random, number: int) -> dict[str, object]:
    return {
        "ad_format": "SINGLE_VIDEO",
        "ad_text": rng.choice(("Buy one", "-", "", "naïve; DROP TABLE ads")),
        "image_ids": ["img-1", "img-2"] if number % 3 == 0 else None,
        "call_to_action": "LEARN_MORE",
        "landing_page_url": "https://example.com/?a=1&b=2",
        "utm_params": [{"key": "utm_source", "value": "tiktok"}],
        # Numbers beyond what a float holds.
        "page_id": 7_100_000_000_000_000_001 + number,
        "tracking_pixel_id": 9_007_199_254_740_993,
        "operation_status": "ENABLE",
        "is_aco": False,
        "is_new_structure": True,
        # Fields appear nearly every week; this one is in no reference.
        "freshly_added_setting": {"level": number, "tags": ["a", "b"]},
    }
