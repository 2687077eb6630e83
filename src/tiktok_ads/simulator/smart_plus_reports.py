"""Reports on the creatives of Smart+ ads, upgraded and older ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import NO_RELATION, Answer, bad_metrics, wrong
from tiktok_ads.simulator.belongings import belonging, belongings, video_of
from tiktok_ads.simulator.entities import video_id
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.metrics import number
from tiktok_ads.simulator.numbers import Numbers, split
from tiktok_ads.simulator.special_days import (
    USUAL,
    Text,
    check_metrics,
    days,
    done,
    filtering,
    hours,
    spelled,
    sum_up,
)
from tiktok_ads.simulator.world import Advertiser, World

UPGRADED, OLDER = "UPGRADED_SMART_PLUS", "SMART_PLUS"
OBJECTS = ("advertiser_id", "campaign_id", "adgroup_id", "smart_plus_ad_id")
SETTINGS = (
    "main_material_id",
    "ad_text_entity_id",
    "call_to_action_entity_id",
    "interactive_add_on_entity_id",
)
TIMES = ("stat_time_hour", "stat_time_day", "stat_time_week", "stat_time_month")
# Attributes, and the dimension that each needs.
NEEDS = {
    "ad_material_id": "main_material_id",
    "multi_name": "",
    "main_material_name": "main_material_id",
    "ad_text": "ad_text_entity_id",
    "call_to_action": "call_to_action_entity_id",
    "interactive_add_on_name": "interactive_add_on_entity_id",
    "interactive_add_on_id": "interactive_add_on_entity_id",
    "material_primary_status": "smart_plus_ad_id",
    "material_second_status_list": "smart_plus_ad_id",
    "operation_status": "",
}
MOST_IDS, MOST_MATERIALS = 200, 400
ONE_OF = ("campaign_ids", "adgroup_ids", "smart_plus_ad_ids")
FILTERS = {
    **dict.fromkeys(ONE_OF, MOST_IDS),
    "main_material_types": 20,
    **{f"{name}s": MOST_MATERIALS for name in SETTINGS},
}
SPC_TYPES = ("SPC_VIDEO", "SPC_AD_TEXT", "SPC_SPARK", "SPC_CATALOG_VIDEO", "SPC_CATALOG_CAROUSEL")
SPC_METRICS = ("spend", "impressions", "clicks", "ctr", "cpc", "cpm", "conversion", "cost_per_conversion")


@dataclass(frozen=True)
class Creative:
    """One creative of an upgraded Smart+ ad with the settings it was shown with."""

    advertiser: Advertiser
    ad: Item

    def value(self, name: str) -> str:
        of = {level.level: level.id for level in (self.ad, *self.ad.parents)}
        return {
            "advertiser_id": self.advertiser.id,
            "campaign_id": of["campaign"],
            "adgroup_id": of["adgroup"],
            "smart_plus_ad_id": self.ad.id_v2,
            "main_material_id": belonging("video", self.advertiser, video_of(self.ad)),
            "ad_text_entity_id": f"1806{self.ad.id[4:]}",
            "call_to_action_entity_id": f"1807{self.ad.id_v2[4:]}",
            "interactive_add_on_entity_id": f"1808{self.ad.id_v2[4:]}",
        }[name]

    def says(self, name: str, asked: Sequence[str], status: str) -> object:
        said: dict[str, object] = {
            "ad_material_id": self.ad.id,
            "multi_name": " / ".join(self.value(one) for one in asked if one in SETTINGS),
            "main_material_name": f"Video {video_of(self.ad) + 1}.mp4",
            "ad_text": f"Text {self.ad.number} 👟",
            "call_to_action": "SHOP_NOW",
            "interactive_add_on_name": "Gift & «Code»",
            "interactive_add_on_id": f"1809{self.ad.id_v2[4:]}",
            "material_primary_status": "STATUS_DELIVERY_OK",
            "material_second_status_list": ["MATERIAL_STATUS_DELIVERY_OK"],
            "operation_status": status,
        }
        return said[name]


@dataclass(eq=False)
class SmartPlusReports:
    world: World

    def overview(self, login: Login, params: Mapping[str, object]) -> Answer:
        return self._answer(login, params, times=())

    def breakdown(self, login: Login, params: Mapping[str, object]) -> Answer:
        return self._answer(login, params, times=TIMES)

    def _answer(self, login: Login, params: Mapping[str, object], *, times: Sequence[str]) -> Answer:
        advertiser = login.open(self.world, read.one_id(params, "advertiser_id"))
        dimensions = read.texts(params, "dimensions", required=True)
        metrics = read.texts(params, "metrics") or list(USUAL)
        _check(dimensions, metrics, times)
        lifetime = not times and read.flag(params, "query_lifetime")
        first, last = days(self.world, advertiser, params, lifetime=lifetime)
        chosen = filtering(params, FILTERS)
        if sum(name in chosen for name in ONE_OF) > 1:
            raise wrong(f"filtering: Only one of {', '.join(ONE_OF)} can be set.")
        page = read.page_of(params, most=100)
        sort = read.text(params, "sort_field", required=False, default="spend")
        check_metrics([sort])
        order = read.text(params, "sort_type", required=False, default="DESC")
        read.one_of(order, "sort_type", ("ASC", "DESC"))
        found = self._groups(advertiser, dimensions, first, last, chosen)
        keys = sorted(found, key=lambda key: number(sort, found[key][1]), reverse=order == "DESC")
        rows = [self._row(dimensions, metrics, key, *found[key]) for key in page.cut(keys)]
        return Answer({"list": rows, "page_info": page.info(len(keys))})

    def _groups(
        self,
        advertiser: Advertiser,
        dimensions: Sequence[str],
        first: date,
        last: date,
        chosen: Mapping[str, Sequence[str]],
    ) -> dict[tuple[str, ...], tuple[Creative, Numbers]]:
        groups: dict[tuple[str, ...], tuple[Creative, Numbers]] = {}
        for ad, day, numbers in done(self.world, advertiser, first, last):
            one = Creative(advertiser, ad)
            if ad.automation != UPGRADED or not _passes(one, chosen):
                continue
            for time, part in self._times(advertiser, dimensions, day, numbers):
                key = tuple(time if name in TIMES else one.value(name) for name in dimensions)
                before = groups.get(key)
                groups[key] = (one, sum_up(before[1] if before else None, part))
        return groups

    def _times(
        self, advertiser: Advertiser, dimensions: Sequence[str], day: date, numbers: Numbers
    ) -> Iterator[tuple[str, Numbers]]:
        """The label of each stretch of time that a day's numbers fall into; weeks begin on Monday."""
        if "stat_time_hour" in dimensions:
            for hour, part in enumerate(hours(self.world, advertiser, day, numbers)):
                if any(part[1:]):
                    yield f"{day} {hour:02d}:00:00", part
            return
        begin = day
        if "stat_time_week" in dimensions:
            begin = day - timedelta(days=day.weekday())
        elif "stat_time_month" in dimensions:
            begin = day.replace(day=1)
        yield f"{begin} 00:00:00", numbers

    def _row(
        self,
        dimensions: Sequence[str],
        metrics: Sequence[str],
        key: tuple[str, ...],
        one: Creative,
        numbers: Numbers,
    ) -> dict[str, dict[str, object]]:
        status = one.ad.operation_status(self.world.now())
        values: dict[str, object] = {
            name: one.says(name, dimensions, status) if name in NEEDS else spelled([name], numbers)[name]
            for name in metrics
        }
        named: dict[str, object] = dict(zip(dimensions, key, strict=True))
        if "main_material_id" in dimensions:
            named["main_material_type"] = "VIDEO"
        return {"dimensions": named, "metrics": values}

    def older(self, login: Login, params: Mapping[str, object]) -> Answer:
        """Creatives of an older Smart+ campaign; another campaign has none."""
        advertiser = login.open(self.world, read.one_id(params, "advertiser_id"))
        campaigns = read.ids(read.texts(params, "campaign_ids", required=True), "campaign_ids")
        if len(campaigns) != 1:
            raise wrong("campaign_ids: Length must be 1.")
        kind = read.text(params, "material_type", required=False, default=SPC_TYPES[0])
        read.one_of(kind, "material_type", SPC_TYPES)
        first, last = days(self.world, advertiser, params)
        page = read.page_of(params, most=100)
        whole: Numbers | None = None
        for ad, _, numbers in done(self.world, advertiser, first, last):
            if ad.automation == OLDER and ad.campaign is not None and ad.campaign.id == campaigns[0]:
                whole = sum_up(whole, numbers)
        rows = [] if whole is None else _older_rows(advertiser, kind, whole)
        return Answer({"list": page.cut(rows), "page_info": page.info(len(rows))})


def _check(dimensions: Sequence[str], metrics: Sequence[str], times: Sequence[str]) -> None:
    settings = [name for name in dimensions if name in (*OBJECTS, *SETTINGS)]
    asked = [name for name in dimensions if name in times]
    if len(settings) + len(asked) < len(dimensions) or len(set(dimensions)) < len(dimensions):
        raise wrong(NO_RELATION)
    if len(settings) < 2:
        raise wrong("dimensions: Shorter than minimum length 2.")
    if times and len(asked) != 1:
        raise wrong(NO_RELATION)
    check_metrics(metrics, tuple(NEEDS))
    bad = [name for name in metrics if NEEDS.get(name) and NEEDS[name] not in dimensions]
    if bad:
        raise bad_metrics(bad)


def _passes(one: Creative, chosen: Mapping[str, Sequence[str]]) -> bool:
    if "main_material_types" in chosen and "VIDEO" not in chosen["main_material_types"]:
        return False
    return all(
        one.value(name.removesuffix("s")) in values
        for name, values in chosen.items()
        if name != "main_material_types"
    )


def _older_rows(advertiser: Advertiser, kind: str, whole: Numbers) -> list[dict[str, Text]]:
    """Each kind of material divides the whole campaign."""
    identity = belonging("identity", advertiser, 0)
    infos: list[Text] = {
        "SPC_VIDEO": [
            {"video_id": video_id(one), "file_name": f"Video {at}.mp4", "is_removed_from_spc": str(at % 2)}
            for at, one in enumerate(belongings("video", advertiser))
        ],
        "SPC_AD_TEXT": [{"ad_text": "Text 👟"}, {"ad_text": "Текст & more"}],
        "SPC_SPARK": [
            {
                "tiktok_item_id": one,
                "identity_id": identity,
                "tiktok_name": "posts",
            }
            for one in belongings("post", advertiser)[:2]
        ],
        "SPC_CATALOG_VIDEO": [{"catalog_name": "Catalog 1", "catalog_modify_time": "2026-01-02 03:04:05"}],
        "SPC_CATALOG_CAROUSEL": [],
    }[kind]
    parts = split(whole, [at + 2 for at in range(len(infos))]) if infos else []
    return [
        {
            "info": {**info, "placement_type": "PLACEMENT_TYPE_AUTOMATIC"},
            "metrics": spelled(SPC_METRICS, part),
        }
        for info, part in zip(infos, parts, strict=True)
    ]
