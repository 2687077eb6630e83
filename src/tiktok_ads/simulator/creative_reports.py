"""Reports on videos, pictures and pages: as materials, second by second, and against those of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Answer, wrong
from tiktok_ads.simulator.belongings import HOW_MANY, belonging, belongings
from tiktok_ads.simulator.entities import image_id, video_id
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.metrics import number
from tiktok_ads.simulator.numbers import AT, Numbers
from tiktok_ads.simulator.report_centers import in_dollars
from tiktok_ads.simulator.report_filters import Filters
from tiktok_ads.simulator.report_query import Query
from tiktok_ads.simulator.report_rows import Row, result
from tiktok_ads.simulator.shop_world import cut
from tiktok_ads.simulator.special_days import Text, check_metrics, days, done, spelled, sum_up
from tiktok_ads.simulator.world import Advertiser, World

# The breakdown of the basic report that a type of material divides like.
MATERIALS = {"VIDEO": "video_material_id", "IMAGE": "image_id", "INSTANT_PAGE": "page_id"}
METRICS = ("spend", "impressions", "clicks", "ctr", "cpc", "cpm", "conversion", "cost_per_conversion")
MOST_INSIGHT, MOST_ADS = 50, 200
MOST_SECONDS = 60
KEPT = 16
PER_AD = {
    "click_count": "clicks",
    "convert_count": "conversion",
    "like_count": "likes",
    "share_count": "shares",
    "comment_count": "comments",
}
PEERS = {
    "LOCATION": "US",
    "AD_CATEGORY": "Shoes & «Socks»",
    "EXTERNAL_ACTION": "CLICK",
    "PLACEMENT": "PLACEMENT_TIKTOK",
}
WINDOWS = ("7", "14", "30", "60")


@dataclass(eq=False)
class CreativeReports:
    """`kept` holds the last materials asked for, so that pages and videos are cut from the same rows."""

    world: World
    kept: dict[object, list[Row]] = field(default_factory=dict)

    def materials(self, login: Login, params: Mapping[str, object]) -> Answer:
        """Materials of an advertiser, or videos of several by days of UTC; deleted ones too."""
        insight = read.text(params, "report_type", required=False)
        if insight:
            read.one_of(insight, "report_type", ("VIDEO_INSIGHT",))
        kind = "VIDEO" if insight else read.text(params, "material_type")
        read.one_of(kind, "material_type", MATERIALS)
        advertisers = self._whose(login, params, several=bool(insight))
        metrics = read.texts(params, "metrics_fields") or list(METRICS)
        check_metrics(metrics)
        fields = read.texts(params, "info_fields")
        lifetime = read.flag(params, "lifetime")
        page = read.page_of(params, most=1000)
        dollars = len({one.place.currency for one in advertisers}) > 1
        found: list[Row] = []
        for one in advertisers:
            # All time is the same in every zone.
            utc = bool(insight) and not lifetime
            first, last = days(self.world, one, params, lifetime=lifetime, utc=utc)
            found += self._by_material(one, MATERIALS[kind], first, last, utc=utc)
        sort = read.text(params, "sort_field", required=False)
        if sort:
            check_metrics([sort])
            found.sort(key=lambda row: number(sort, row.numbers), reverse=True)
        rows = [
            {
                "info": _picked(_info(kind, row), fields),
                "metrics": spelled(
                    metrics, in_dollars(row.advertiser, row.numbers) if dollars else row.numbers
                ),
            }
            for row in page.cut(found)
        ]
        return Answer({"list": rows, "page_info": page.info(len(found))})

    def _whose(self, login: Login, params: Mapping[str, object], *, several: bool) -> list[Advertiser]:
        many = read.texts(params, "advertiser_ids")
        if many and not several:
            raise wrong("advertiser_ids: Only supported with report_type VIDEO_INSIGHT.")
        if len(many) > MOST_INSIGHT:
            raise wrong(f"advertiser_ids: Longer than maximum length {MOST_INSIGHT}.")
        chosen = many or [read.one_id(params, "advertiser_id")]
        return [login.open(self.world, one) for one in dict.fromkeys(chosen)]

    def _by_material(
        self, advertiser: Advertiser, dimension: str, first: date, last: date, *, utc: bool
    ) -> list[Row]:
        query = Query(
            advertiser_ids=(advertiser.id,),
            several=False,
            report_type="BASIC",
            level=None,
            dimensions=(dimension,),
            metrics=("spend",),
            first=first,
            last=last,
            filters=Filters(status=("STATUS_ALL",)),
            utc=utc,
        )
        key = (query, self.world.known_at())
        if key not in self.kept:
            if len(self.kept) >= KEPT:
                self.kept.clear()
            self.kept[key] = result(self.world, query, cut_above=None).rows
        return list(self.kept[key])

    def seconds(self, login: Login, params: Mapping[str, object]) -> Answer:
        """Lists with one value for each second of a video, at most sixty."""
        advertiser = login.open(self.world, read.one_id(params, "advertiser_id"))
        kind = read.one_of(read.text(params, "report_type"), "report_type", ("AD", "VIDEO"))
        order = read.text(params, "sort_type", required=False, default="DES")
        read.one_of(order, "sort_type", ("ASC", "DES"))
        page = read.page_of(params, most=500)
        rows = self._ads(advertiser, params) if kind == "AD" else self._video(advertiser, params)
        if order == "ASC":
            rows.reverse()
        return Answer({"list": page.cut(rows), "page_info": page.info(len(rows))})

    def _chosen(self, advertiser: Advertiser, params: Mapping[str, object], most: int) -> list[Item]:
        """The ads that a call names, by themselves or by what is above them."""
        named = {
            name: set(read.ids(read.texts(params, name), name, most=most))
            for name in ("ad_ids", "adgroup_ids", "campaign_ids")
            if read.texts(params, name)
        }
        if len(named) != 1:
            raise wrong("One of ad_ids, adgroup_ids and campaign_ids is required.")
        (name, ids), *_ = named.items()
        level = name.removesuffix("_ids")
        return [
            ad
            for ad in self.world.existing(advertiser, "ad")
            if any(of.level == level and of.id in ids for of in (ad, *ad.parents))
        ]

    def _ads(self, advertiser: Advertiser, params: Mapping[str, object]) -> list[dict[str, object]]:
        wanted = set(self._chosen(advertiser, params, MOST_ADS))
        first, last = days(self.world, advertiser, params, lifetime=True)
        totals: dict[Item, Numbers] = {}
        for ad, _, numbers in done(self.world, advertiser, first, last):
            if ad in wanted:
                totals[ad] = sum_up(totals.get(ad), numbers)
        rows: list[dict[str, object]] = []
        for ad in sorted(totals, key=lambda one: one.number, reverse=True):
            views = _views(totals[ad][AT["video_play_actions"]], 10 + ad.number % 70)
            left = [at - after for at, after in zip(views, [*views[1:], 0], strict=True)]
            values = {
                name: cut(totals[ad][AT[of]], [len(views) - at for at in range(len(views))])
                for name, of in PER_AD.items()
            }
            values |= {"view_count": views, "break_count": left, "slide_count": [one // 2 for one in left]}
            rows.append({"ad_id": ad.id, **{name: _texts(some) for name, some in values.items()}})
        return rows

    def _video(self, advertiser: Advertiser, params: Mapping[str, object]) -> list[dict[str, object]]:
        material, video = (read.text(params, name, required=False) for name in ("material_id", "video_id"))
        if bool(material) == bool(video):
            raise wrong("One of material_id and video_id is required.")
        lifetime = read.flag(params, "lifetime", default=True)
        utc = not lifetime
        first, last = days(self.world, advertiser, params, lifetime=lifetime, utc=utc)
        for row in self._by_material(advertiser, MATERIALS["VIDEO"], first, last, utc=utc):
            own = row.values[0]
            if own == material or video_id(own) == video:
                views = _views(row.numbers[AT["video_play_actions"]], 10 + int(own) % 70)
                falling = [len(views) - at for at in range(len(views))]
                clicks = cut(row.numbers[AT["clicks"]], falling)
                bought = cut(row.numbers[AT["conversion"]], falling)
                whole = views[0] or 1
                return [
                    {
                        "material_id": own,
                        "video_id": video_id(own),
                        "clicks": _texts(clicks),
                        "conversions": _texts(bought),
                        "retain": [f"{one / whole:.4f}" for one in views],
                        "drop_off": [f"{1 - one / whole:.4f}" for one in views],
                        "ctr": [f"{100 * one / whole:.2f}" for one in clicks],
                        "cvr": [f"{100 * one / whole:.2f}" for one in bought],
                    }
                ]
        return []

    def benchmark(self, login: Login, params: Mapping[str, object]) -> Answer:
        """How ads stand against their peers over the last days, up to now."""
        advertiser = login.open(self.world, read.one_id(params, "advertiser_id"))
        dimensions = read.texts(params, "dimensions", required=True)
        if not 1 <= len(set(dimensions)) == len(dimensions) <= len(PEERS):
            raise wrong(f"dimensions: Length must be between 1 and {len(PEERS)}.")
        for name in dimensions:
            read.one_of(name, "dimensions", PEERS)
        window = read.text(params, "compare_time_window", required=False, default="7")
        read.one_of(window, "compare_time_window", WINDOWS)
        wanted = set(self._chosen(advertiser, params, read.MAX_IDS))
        last = self.world.today(advertiser)
        totals: dict[Item, Numbers] = {}
        first = last - timedelta(days=int(window) - 1)
        for ad, _, numbers in done(self.world, advertiser, first, last):
            if ad in wanted:
                totals[ad] = sum_up(totals.get(ad), numbers)
        rows = [
            {
                "ad_id": ad.id,
                "dimensions": {name: PEERS[name] for name in dimensions},
                "metrics": {
                    **spelled(("ctr", "cpm", "conversion_rate_v2"), numbers),
                    "benchmark_ctr": "1.50",
                    "benchmark_cpm": "6.20",
                },
            }
            for ad, numbers in totals.items()
        ]
        return Answer({"list": rows})


def _info(kind: str, row: Row) -> Text:
    value = row.values[0]
    if kind == "INSTANT_PAGE":
        return {"page_id": value}
    if kind == "VIDEO":
        at = belongings("video", row.advertiser).index(value)
        known = {"material_id": value, "video_id": video_id(value), "material_name": f"Video {at + 1}.mp4"}
    else:
        images = [belonging("image", row.advertiser, at) for at in range(HOW_MANY["image"])]
        own = next(one for one in images if image_id(one) == value)
        known = {"material_id": own, "image_id": value, "material_name": f"Image {images.index(own) + 1}.png"}
    return {**known, "advertiser_id": row.advertiser.id}


def _picked(info: Text, fields: Sequence[str]) -> Text:
    """What names the row comes whatever fields are asked for."""
    return info if not fields else {k: v for k, v in info.items() if k in fields or k.endswith("_id")}


def _views(plays: int, seconds: int) -> list[int]:
    """Fewer and fewer watch on."""
    many = min(seconds, MOST_SECONDS)
    return [plays * (many - at) // many for at in range(many)]


def _texts(values: Sequence[int]) -> list[str]:
    return [str(one) for one in values]
