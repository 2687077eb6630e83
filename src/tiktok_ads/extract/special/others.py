"""The calls of every special report but GMV Max."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tiktok_ads.catalog.lookup import dimensions_of
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.extract.calls import Tally
from tiktok_ads.extract.requests import IDS_PER_FILTER, in_chunks
from tiktok_ads.extract.special.calls import Call, SpecialQuestion, asked_dimensions, filters_of
from tiktok_ads.extract.special.owned import Owned
from tiktok_ads.plan import DAY, Slice, Window, local_today

PIXELS_PER_CALL = 10
ADS_PER_CALL = 200

Ask = Callable[[Slice, Window | None, SpecialQuestion, Owned, Tally], Awaitable[list[Call]]]


async def smart_plus_calls(
    piece: Slice, window: Window | None, question: SpecialQuestion, owned: Owned, tally: Tally
) -> list[Call]:
    """One call; none where the advertiser never had such an ad."""
    if not question.holds_rows and not await owned.has_smart_plus(piece.advertiser_id, tally):
        return []
    params: dict[str, object] = {
        "advertiser_id": piece.advertiser_id,
        "dimensions": asked_dimensions(_report(piece)),
    }
    filtering = filters_of(_report(piece))
    return [Call(params | ({"filtering": filtering} if filtering else {}), question.metrics)]


async def legacy_calls(
    piece: Slice, window: Window | None, question: SpecialQuestion, owned: Owned, tally: Tally
) -> list[Call]:
    """One call for each older Smart+ campaign and kind of material."""
    kinds = dimensions_of(_report(piece))["material_type"].values
    return [
        Call(
            {"advertiser_id": piece.advertiser_id, "campaign_ids": [campaign], "material_type": kind},
            stamps={"campaign_id": campaign, "material_type": kind},
        )
        for campaign in await owned.legacy_campaigns(piece.advertiser_id, tally)
        for kind in kinds
    ]


async def creative_calls(
    piece: Slice, window: Window | None, question: SpecialQuestion, owned: Owned, tally: Tally
) -> list[Call]:
    return [Call(_own(piece), question.metrics)]


async def video_insight_calls(
    piece: Slice, window: Window | None, question: SpecialQuestion, owned: Owned, tally: Tally
) -> list[Call]:
    """Each advertiser alone: of several with different currencies TikTok would give USD."""
    return [Call({**_own(piece), "advertiser_ids": [piece.advertiser_id]}, question.metrics)]


async def second_calls(
    piece: Slice, window: Window | None, question: SpecialQuestion, owned: Owned, tally: Tally
) -> list[Call]:
    """By ad: many at a time, of those that were ever shown. By video: one at a time."""
    if "ad_id" in piece.stream.primary_key:
        ads = await question.ad_ids(None, tally)
        return [Call({**_own(piece), "ad_ids": list(chunk)}) for chunk in in_chunks(ads, ADS_PER_CALL)]
    videos = await owned.videos(piece.advertiser_id, tally)
    return [Call({**_own(piece), "material_id": one}, stamps={"material_id": one}) for one in videos]


async def benchmark_calls(
    piece: Slice, window: Window | None, question: SpecialQuestion, owned: Owned, tally: Tally
) -> list[Call]:
    """Of ads that were shown in the days that are compared."""
    days = str(dict(_report(piece).params)["compare_time_window"])
    today = local_today(question.zone, question.now)
    ads = await question.ad_ids(Window(today - (int(days) - 1) * DAY, today), tally)
    return [
        Call({**_own(piece), "ad_ids": list(chunk)}, stamps={"compare_time_window": days})
        for chunk in in_chunks(ads, IDS_PER_FILTER)
    ]


async def fatigue_calls(
    piece: Slice, window: Window | None, question: SpecialQuestion, owned: Owned, tally: Tally
) -> list[Call]:
    """One call for each ad that was shown in the window."""
    return [
        Call({**_own(piece), "ad_id": one}, stamps={"ad_id": one})
        for one in await question.ad_ids(window, tally)
    ]


async def pixel_calls(
    piece: Slice, window: Window | None, question: SpecialQuestion, owned: Owned, tally: Tally
) -> list[Call]:
    pixels = await owned.pixels(piece.advertiser_id, tally)
    return [Call({**_own(piece), "pixel_ids": list(chunk)}) for chunk in in_chunks(pixels, PIXELS_PER_CALL)]


def _own(piece: Slice) -> dict[str, object]:
    """What every call of the stream sends."""
    fixed = {
        name: list(value) if isinstance(value, tuple) else value for name, value in _report(piece).params
    }
    return {"advertiser_id": piece.advertiser_id, **fixed}


def _report(piece: Slice) -> ReportStream:
    assert isinstance(piece.stream, ReportStream)  # noqa: S101
    return piece.stream


BY_REPORT: dict[str, Ask] = {
    "SMART_PLUS_MATERIAL": smart_plus_calls,
    "SMART_PLUS_SPC": legacy_calls,
    "CREATIVE": creative_calls,
    "VIDEO_INSIGHT": video_insight_calls,
    "VIDEO_PERFORMANCE": second_calls,
    "AD_BENCHMARK": benchmark_calls,
    "CREATIVE_FATIGUE": fatigue_calls,
    "PIXEL_EVENTS": pixel_calls,
}
