"""The page of reports that have an endpoint of their own: how they are read, and all that they measure."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

from collections.abc import Callable, Iterator

from tiktok_ads.catalog.costs import cost_of
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import Metric, SpecialReport
from tiktok_ads.catalog.special_rules import (
    is_special,
    special_dimensions,
    special_metrics,
    special_why_not,
)

_INTRO = """
# GMV Max, Smart+, creatives and pixels

Some reports of TikTok have an endpoint of their own, with rules of their own.
They are tables like any other, and reports of one's own are described with them as with any other (`report_type = "GMV_MAX"`).
What TikTok demands in filters (shops, campaigns, products, pixels, ads) is found out by itself.

## How they are read

- **GMV Max** is asked one shop at a time; each row carries its `store_id`, and rows of campaigns what they promote, since TikTok repeats neither. Deleted campaigns are asked for too, so their spend stays. A creative has a row for a day only where it cost something; post `-1` stands for product cards.
- Names and pictures of products and creatives come only where one campaign (and product) is asked about at a time. So the tables by day have the numbers, and `gmv_max_products` and `gmv_max_creatives` the names, with the sums of the last 365 days.
- **Smart+**: a table for each thing that a creative is made of (material, text, call to action, add-on), by day and for all time. An advertiser that never had such an ad is asked once a run and gets empty tables.
- **Older Smart+** campaigns have neither days nor a key: their table is a snapshot of the last 365 days, and `material_key` says what tells its rows apart.
- **Creative materials** cannot be split by days either. Their daily tables ask each day by itself and stamp the day on its rows; the `_lifetime` tables ask once.
- **Seconds** of a video come as lists; here each second is a row: `SELECT second, sum(click_count) … GROUP BY second`.
- **Benchmarks** compare the days up to now, so what they said yesterday cannot be asked again. With the update method `append` every run is kept.
- **Pixel events** are counted by days of UTC.

Tables without days are replaced by each run, so that they say what TikTok says now.
Tables with days are read window by window and look back like every report; if far fewer rows come than are stored, TikTok is asked again, and GMV Max is held against the advertiser's own report, before anything is deleted.
A shop that has left TikTok's list of shops takes nothing with it: what is stored of it stays, and the run says so.

## Which days

The days of `video_insights` and `pixel_event_stats` are those of **UTC**, as TikTok counts them; the comment of their column says so.
All others are the advertiser's own.
Do not join the two by day.

## What is not certain

TikTok's documentation does not say everything.
Where it does not, a field that comes becomes a column, and a metric that TikTok refuses is NULL and named in the run report.
Not certain are: the names of days and hours in Smart+ reports, the key of older Smart+ materials, the fields of benchmarks, of creative fatigue and of pixel events, and GMV Max by LIVE room.
"""

_REFUSED = """
## What is refused, and the answer

| asked for | answer |
|---|---|
"""
_WRONG: tuple[tuple[str, Callable[[], list[str]]], ...] = (
    (
        "GMV Max by campaign and post",
        lambda: special_why_not("GMV_MAX", dimensions=["campaign_id", "item_id"], metrics=["cost"]),
    ),
    (
        "GMV Max by campaign with `title`",
        lambda: special_why_not("GMV_MAX", dimensions=["campaign_id"], metrics=["title"]),
    ),
    (
        "GMV Max for all time",
        lambda: special_why_not("GMV_MAX", dimensions=["campaign_id"], metrics=["cost"], lifetime=True),
    ),
    (
        "GMV Max by campaign with `spend`",
        lambda: special_why_not("GMV_MAX", dimensions=["campaign_id"], metrics=["spend"]),
    ),
    (
        "Smart+ by ad alone with `ad_text`",
        lambda: special_why_not("SMART_PLUS_MATERIAL", dimensions=["smart_plus_ad_id"], metrics=["ad_text"]),
    ),
    (
        "Smart+ with filters on campaigns and on ads",
        lambda: special_why_not(
            "SMART_PLUS_MATERIAL",
            dimensions=["smart_plus_ad_id", "main_material_id"],
            metrics=["spend"],
            filters={"campaign_ids": ["1"], "smart_plus_ad_ids": ["2"]},
        ),
    ),
    (
        "creative materials of the type `SONG`",
        lambda: special_why_not(
            "CREATIVE", dimensions=["material_id"], metrics=["spend"], filters={"material_type": ["SONG"]}
        ),
    ),
)


def special_page() -> str:
    parts = [_INTRO, _REFUSED]
    parts += [f"| {asked} | {' '.join(answer())} |\n" for asked, answer in _WRONG]
    for special in catalog().special.values():
        parts += _report(special)
    return "".join(parts)


def _report(special: SpecialReport) -> Iterator[str]:
    yield f"\n## {special.name}\n\n{special.doc}\n"
    if special.note:
        yield f"{special.note}\n"
    asked = " and ".join(f"`{one}`" for one in special.endpoints)
    sure = "" if special.confidence == "high" else f" What is known of it: {special.confidence} confidence."
    yield f"Asked of {asked}.{sure}\n"
    yield "\n| table | what it holds | calls |\n|---|---|---|\n"
    for stream in catalog().reports.values():
        if is_special(stream) and stream.report_type == special.name:
            yield f"| [`{stream.name}`](tables.md#{stream.name}) | {stream.doc} | {cost_of(stream)} |\n"
    if special.groupings:
        yield "\n| kind | split by |\n|---|---|\n"
        for kind, groups in special.groupings.items():
            told = "<br>".join(" + ".join(f"`{one}`" for one in group) for group in groups)
            yield f"| {kind} | {told} |\n"
    yield "\n| dimension | what it is |\n|---|---|\n"
    for name, one in special_dimensions(special.name).items():
        yield f"| `{name}` | {one.doc} |\n"
    metrics = special_metrics(special.name)
    if metrics:
        yield "\n| metric | what it is | kind | adds up | at |\n|---|---|---|---|---|\n"
        yield from (_metric(special, one) for one in metrics.values())


def _metric(special: SpecialReport, metric: Metric) -> str:
    adds = "" if metric.is_attribute else "yes" if metric.additive else "**no**"
    kind = "attribute" if metric.is_attribute else metric.kind
    places = ", ".join(at for at, names in special.metrics_at.items() if metric.name in names)
    late = f" Up to {metric.latency_hours:g} h late." if metric.latency_hours else ""
    since = f" Since {metric.since}." if metric.since else ""
    return f"| `{metric.name}` | {metric.doc}{late}{since} | {kind} | {adds} | {places} |\n"


PAGES = {"special-reports.md": special_page}
