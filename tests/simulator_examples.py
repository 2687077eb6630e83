"""One proper call for each endpoint that the simulator serves, made of ids that its own lists give."""

from __future__ import annotations

from typing import Any

from tests.simulator_caller import FIRST, Caller, Json

CENTER = "7350000000000000001"


def ids(api: Caller, path: str, key: str, field: str, **params: object) -> list[Any]:
    body = api.get(path, **params)
    assert body["code"] == 0, body["message"]
    return [row[field] for row in body["data"][key]]


def examples(api: Caller) -> dict[str, Json]:
    """Parameters by endpoint; those of POSTs as the body."""
    me: Json = {"advertiser_id": FIRST}
    us: Json = {"bc_id": CENTER}
    ads = [row["ad_id"] for row in api.items("ad")]
    groups = [row["adgroup_id"] for row in api.items("adgroup")]
    campaigns = [row["campaign_id"] for row in api.items("campaign")]
    smart = api.get("smart_plus/ad/get", **me)["data"]["list"][0]
    gmv = {"gmv_max_promotion_types": ["PRODUCT_GMV_MAX"]}
    gmv_campaign = ids(api, "gmv_max/campaign/get", "list", "campaign_id", filtering=gmv, **me)[0]
    shop = api.get("gmv_max/store/list", **me)["data"]["store_list"][0]
    of_shop = {**me, "store_id": shop["store_id"], "store_authorized_bc_id": shop["store_authorized_bc_id"]}
    videos = ids(api, "file/video/ad/search", "list", "video_id", **me)
    images = ids(api, "file/image/ad/search", "list", "image_id", **me)
    portfolio = ids(api, "creative/portfolio/list", "creative_portfolios", "creative_portfolio_id", **me)[0]
    own = api.get("identity/get", identity_type="TT_USER", **me)["data"]["identity_list"][0]
    identity = {"identity_id": own["identity_id"], "identity_type": "TT_USER"}
    post = api.get("tt_video/list", **me)["data"]["list"][0]
    pixel = ids(api, "pixel/list", "pixels", "pixel_id", **me)[0]
    app = ids(api, "app/list", "apps", "app_id", **me)[0]
    audiences = ids(api, "dmp/custom_audience/list", "list", "audience_id", **me)
    form = ids(api, "page/get", "list", "page_id", **me)[-1]
    source = {"event_source_type": "PIXEL", "event_source_id": pixel, **me}
    conversion = ids(api, "custom_conversion/list", "list", "custom_conversion_id", **source)[0]
    of_form = {"lead_source": "INSTANT_FORM", "page_id": form, **me}
    partner = ids(api, "bc/partner/get", "list", "bc_id", **us)[0]
    of_catalog = {**us, "catalog_id": ids(api, "catalog/get", "list", "catalog_id", **us)[0]}
    sets = ids(api, "catalog/set/get", "list", "product_set_id", **of_catalog)
    of_feed = {**of_catalog, "feed_id": ids(api, "catalog/feed/get", "feed_list", "feed_id", **of_catalog)[0]}
    run = ids(api, "catalog/feed/log", "feed_logs", "feed_log_id", **of_feed)[0]
    rules = ids(api, "optimizer/rule/list", "rules", "rule_id", **me)
    ran = api.get("optimizer/rule/result/list", **me)["data"]["rules"][0]
    exec_ = [{"rule_id": ran["rule_id"], "exec_id": ran["exec_id"]}]
    days = {"start_date": "2026-09-01", "end_date": "2026-09-20"}
    spoken = {"search_field": "ADGROUP_ID", "search_value": groups[0]}
    times = {"start_time": "2026-01-01", "end_time": "2026-09-22"}
    comments: list[Json] = []
    for group in groups:
        spoken["search_value"] = group
        comments += api.get("comment/list", **spoken, **times, **me)["data"]["comments"]
    spoken["search_value"] = comments[0]["adgroup_id"]
    worded = {"object_type": "CAMPAIGN", **me}
    path = "search_ad/negative_keyword/get"
    campaign = next(one for one in campaigns if api.get(path, object_id=one, **worded)["data"]["keywords"])
    word = {"keywords": ["sun"], **me}
    return {
        "ad/aco/get": {"adgroup_ids": groups, **me},
        "adgroup/quota": me,
        "ad/review_info": {"ad_ids": ads, **me},
        "adgroup/review_info": {"adgroup_ids": groups[:20], **me},
        "smart_plus/campaign/get": me,
        "smart_plus/adgroup/get": me,
        "smart_plus/ad/get": me,
        "smart_plus/ad/review_info": {"smart_plus_ad_ids": [smart["smart_plus_ad_id"]], **me},
        "smart_plus/material/review_info": {
            "ad_material_ids": [one["ad_material_id"] for one in smart["creative_list"]],
            **me,
        },
        "campaign/spc/get": {"campaign_ids": campaigns, **me},
        "campaign/spc/quota/get": me,
        "gmv_max/campaign/get": {"filtering": gmv, **me},
        "campaign/gmv_max/info": {"campaign_id": gmv_campaign, **me},
        "campaign/gmv_max/session/list": {"campaign_id": gmv_campaign, **me},
        "gmv_max/store/list": me,
        "gmv_max/identity/get": of_shop,
        "gmv_max/video/get": of_shop,
        "gmv_max/exclusive_authorization/get": of_shop,
        "file/video/ad/search": me,
        "file/video/ad/info": {"video_ids": videos, **me},
        "file/image/ad/search": me,
        "file/image/ad/info": {"image_ids": images, **me},
        "file/music/get": me,
        "creative/portfolio/list": me,
        "creative/portfolio/get": {"creative_portfolio_id": portfolio, **me},
        "identity/get": me,
        "identity/info": {**identity, **me},
        "identity/video/get": {**identity, **me},
        "tt_video/list": me,
        "tt_video/info": {"auth_code": post["item_info"]["auth_code"], **me},
        "playable/get": me,
        "creative_fatigue/get": {"ad_id": ads[0], "filtering": days, **me},
        "creative/auto_message/get": {"auto_message_type": "WELCOME_MESSAGE", **me},
        "pixel/list": me,
        "pixel/event/stats": {"pixel_ids": [pixel], "date_range": days, **me},
        "pixel/instant_page/event": me,
        "app/list": me,
        "app/info": {"app_id": app, **me},
        "app/optimization_event": {"app_id": app, "optimization_goal": "INSTALL", **me},
        "offline/get": me,
        "crm/list": me,
        "custom_conversion/list": source,
        "custom_conversion/get": {"custom_conversion_id": conversion, **source},
        "tool/diagnosis/get": me,
        "dmp/custom_audience/list": me,
        "dmp/custom_audience/get": {"custom_audience_ids": audiences, **me},
        "dmp/custom_audience/apply/log": {"custom_audience_ids": audiences, **me},
        "dmp/custom_audience/share/log": {"custom_audience_id": audiences[-1], **me},
        "dmp/saved_audience/list": me,
        "audience/insight/overlap": {
            "benchmark_custom_audience_id": audiences[0],
            "comparison_custom_audience_ids": audiences[1:],
            **me,
        },
        "page/get": me,
        "page/field/get": {"page_id": form, **me},
        "page/library/get": {},
        "page/lead/task": {"page_id": form, **me},
        "lead/get": of_form,
        "lead/field/get": of_form,
        "page/lead/mock/get": of_form,
        "term/get": {"term_type": "LeadAds", **me},
        "term/check": {"term_type": "LeadAds", **me},
        "bc/get": {},
        "bc/asset/get": {"asset_type": "ADVERTISER", **us},
        "bc/asset/admin/get": {"asset_type": "PIXEL", **us},
        "bc/member/get": us,
        "bc/partner/get": us,
        "bc/partner/asset/get": {
            "partner_id": partner,
            "asset_type": "ADVERTISER",
            "share_type": "SHARING",
            **us,
        },
        "bc/asset/member/get": {"asset_type": "ADVERTISER", "asset_id": FIRST, **us},
        "bc/asset/partner/get": {"asset_type": "ADVERTISER", "asset_id": FIRST, **us},
        "bc/asset_group/list": us,
        "bc/balance/get": us,
        "advertiser/balance/get": us,
        "bc/account/transaction/get": us,
        "bc/account/cost/get": {"filtering": days, **us},
        "bc/transaction/get": us,
        "advertiser/transaction/get": {"filtering": {"transfer_type": "TRANS_TYPE_PAYMENT"}, **us},
        "bc/account/budget/changelog/get": {**us, **me},
        "bc/billing_group/get": us,
        "bc/invoice/get": {"invoice_types": ["RECON"], **us},
        "bc/invoice/unpaid/get": {"invoice_type": "RECON", **us},
        "changelog/get": us,
        "changelog/task/create": me,
        "comment/list": {**spoken, **times, **me},
        "comment/reference": {"comment_id": comments[0]["comment_id"], "comment_type": "ALL", **me},
        "comment/task/create": {**spoken, **times, **me},
        "blockedword/list": me,
        "catalog/get": us,
        "catalog/overview": of_catalog,
        "catalog/product/get": of_catalog,
        "catalog/product/log": {"feed_log_id": run, **of_catalog},
        "catalog/set/get": of_catalog,
        "catalog/set/product/get": {"product_set_id": sets[0], **of_catalog},
        "catalog/feed/get": of_catalog,
        "catalog/feed/log": of_feed,
        "catalog/video/get": of_catalog,
        "catalog/eventsource_bind/get": of_catalog,
        "catalog/lexicon/get": of_catalog,
        "catalog/available_country/get": us,
        "catalog/location_currency/get": {},
        "store/list": me,
        "store/product/get": {"store_id": shop["store_id"], **us},
        "search_ad/negative_keyword/get": {"object_id": campaign, **worded},
        "optimizer/rule/list": me,
        "optimizer/rule/get": {"rule_ids": rules, **me},
        "optimizer/rule/result/list": me,
        "optimizer/rule/result/get": {"result_detail": exec_, **me},
        "campaign_label/get": me,
        "tool/language": me,
        "tool/region": {"placements": ["PLACEMENT_TIKTOK"], "objective_type": "TRAFFIC", **me},
        "search/region": me,
        "tool/targeting/search": {
            "objective_type": "TRAFFIC",
            "placements": ["PLACEMENT_TIKTOK"],
            "search_type": "FUZZY_SEARCH",
            "keywords": ["Ger"],
            **me,
        },
        "tool/targeting/info": {"targeting_ids": ["6252001"], **me},
        "tool/targeting/list": {"location_ids": ["6252001"], "scene": "ISP", **me},
        "targeting/search": {
            "targeting_type": "INTEREST_AND_BEHAVIOR",
            "sub_targeting_types": ["GENERAL_INTEREST"],
            **me,
        },
        "tool/carrier": me,
        "tool/interest_category": me,
        "tool/interest_keyword/get": {"keyword_query": [{"keyword_id": "7", "language": "ja"}], **me},
        "tool/interest_keyword/recommend": word,
        "tool/action_category": me,
        "tool/device_model": me,
        "tool/os_version": {"os_type": "IOS", **me},
        "tool/hashtag/get": {"keyword_ids": ["1"], **me},
        "tool/hashtag/recommend": word,
        "tool/contextual_tag/get": {"objective_type": "REACH", **me},
        "tool/contextual_tag/info": {"contextual_tag_ids": ["300"], **me},
        "tool/content_exclusion/get": {"objective_type": "REACH", **me},
        "tool/timezone": me,
        "tool/phone_region_code": me,
        "tool/url_validate": {"url": "https://example.com", **me},
        "tool/vbo_status": {
            "objective_type": "WEB_CONVERSIONS",
            "promotion_type": "WEBSITE",
            "placements": ["PLACEMENT_TIKTOK"],
            **me,
        },
        "bc/advertiser/attribute": us,
        "pangle_audience_package/get": me,
        "pangle_block_list/get": me,
        "rf/delivery/timezone": {"region_codes": ["US"], **me},
        "file/name/check": {"file_name": "a.mp4", **me},
        "discovery/trending_list": {"discovery_type": "HASHTAG", **me},
    }
