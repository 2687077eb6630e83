"""What there is in the small world: accounts, campaigns, ad groups, ads, and what they did by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Counts = dict[str, int]
Labels = tuple[str, ...]

# Money is counted in hundredths, so that every sum is exact.
COUNTED = (
    "spend",
    "impressions",
    "clicks",
    "reach",
    "conversion",
    "real_time_conversion",
    "result",
    "real_time_result",
    "gross_impressions",
    "video_play_actions",
    "video_watched_2s",
    "video_watched_6s",
    "video_views_p25",
    "video_views_p50",
    "video_views_p75",
    "video_views_p100",
    "profile_visits",
    "likes",
    "comments",
    "shares",
    "follows",
    "clicks_on_music_disc",
)
AGES = ("AGE_13_17", "AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100", "NONE")
GENDERS = ("FEMALE", "MALE", "NONE")
# A client has seen the literal "None"; a blank stands for what TikTok could not tell.
COUNTRIES = ("US", "DE", "JP", "BR", "None", "")
PLATFORMS = ("ANDROID", "IOS", "PC")
PROVINCES = ("5332921", "2950157", "1850144", "None", "-", "4736286")
CUTS: dict[str, tuple[str, ...]] = {
    "ad": (),
    "age_gender": ("age", "gender"),
    "country": ("country_code",),
    "platform": ("platform",),
    "province": ("province_id",),
}


@dataclass
class Account:
    """An ad account; `zone` is the name that its calendar follows."""

    advertiser_id: str
    name: str
    zone: str
    stated_zone: str
    currency: str
    created: datetime
    granted: bool = True

    def local_day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()


@dataclass
class Thing:
    """A campaign, ad group or ad. `gone` ones are in no list any more; their past days stay."""

    kind: str
    key: str
    advertiser_id: str
    campaign_id: str
    adgroup_id: str
    buying: str
    name: str
    created: datetime
    modified: datetime | None
    deleted: bool = False
    gone: bool = False
    automation: str = "MANUAL"
    body: dict[str, object] = field(default_factory=dict)


@dataclass
class Fact:
    """What one ad (or, by province, one campaign) did on one day under one set of labels."""

    cut: str
    advertiser_id: str
    campaign_id: str
    adgroup_id: str
    ad_id: str
    day: date
    labels: Labels
    counts: Counts
    blank_parents: bool = False


@dataclass
class World:
    """Everything there is; plain lists and dicts."""

    accounts: dict[str, Account] = field(default_factory=dict)
    campaigns: dict[str, Thing] = field(default_factory=dict)
    adgroups: dict[str, Thing] = field(default_factory=dict)
    ads: dict[str, Thing] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    shop_spend: dict[str, list[tuple[date, int]]] = field(default_factory=dict)

    def things(self, kind: str) -> dict[str, Thing]:
        return {"campaign": self.campaigns, "adgroup": self.adgroups, "ad": self.ads}[kind]

    def is_deleted(self, thing: Thing) -> str:
        """The level whose deletion took this thing away: "" if none did."""
        if thing.deleted:
            return "OWN"
        if thing.kind == "ad" and self.adgroups[thing.adgroup_id].deleted:
            return "ADGROUP"
        if thing.kind != "campaign" and self.campaigns[thing.campaign_id].deleted:
            return "CAMPAIGN"
        return ""


KIRITIMATI, WESTERNMOST, NEW_YORK, QUIET, IDLE, LARGE, CLOSED = (
    "6900000000000000017",
    "6900000000000000025",
    "7100000000000000033",
    "7100000000000000041",
    "7100000000000000059",
    "7200000000000000067",
    "7200000000000000075",
)


def utc(text: str) -> datetime:
    """A moment as the API writes it."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
