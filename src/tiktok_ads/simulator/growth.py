"""Grows what an advertiser owns out of a seed: names, dates, kinds, and what will happen to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tiktok_ads.simulator.items import Item, Level
from tiktok_ads.simulator.numbers import chance
from tiktok_ads.simulator.presets import Size

# 19 digits, beyond what a float can hold; each level has its own range, each advertiser its own part of it.
BASE = {
    "campaign": 1_801_000_000_000_000_000,
    "adgroup": 1_802_000_000_000_000_000,
    "ad": 1_803_000_000_000_000_000,
}
PART = 1_000_000_000_000
OBJECTIVES = ("TRAFFIC", "APP_PROMOTION", "WEB_CONVERSIONS", "VIDEO_VIEWS", "LEAD_GENERATION", "REACH")
NAMES = (
    "Summer {n}",
    "-",
    "Größe & «Preis» {n}",
    'Quote " and \\ backslash {n}',
    "🎉 Sale 50% {n} 👩‍👩‍👧",
    "عرض خاص {n}",
    "新しい靴 {n}",
    "'; DROP TABLE ads; -- {n}",
    "=SUM(A1:A9) {n}",
    "Line\nbreak\tand tab {n}",
    "NULL",
    "Plain {n}",
    "<b>bold</b> {n}",
)


def item_id(level: Level, number: int, serial: int) -> str:
    return str(BASE[level] + number * PART + serial * 1009 + 17)


def name_of(level: Level, number: int, serial: int) -> str:
    pattern = NAMES[(serial * 5 + number + len(level)) % len(NAMES)]
    return pattern.format(n=serial)


def special_kind(at: int, size: Size) -> tuple[str, str, str]:
    """Automation, buying type and origin: the first campaigns of a special advertiser each differ."""
    if not size.specials:
        return "MANUAL", "AUCTION", "TT_ADS_PLATFORM"
    return {
        0: ("SMART_PLUS", "AUCTION", "TT_ADS_PLATFORM"),
        1: ("UPGRADED_SMART_PLUS", "AUCTION", "TT_ADS_PLATFORM"),
        2: ("MANUAL", "RESERVATION_TOP_VIEW", "TT_ADS_PLATFORM"),
        3: ("MANUAL", "AUCTION", "PROMOTE"),
        4: ("MANUAL", "RESERVATION_RF", "TT_ADS_PLATFORM"),
    }.get(at, ("MANUAL", "AUCTION", "TT_ADS_PLATFORM"))


def grow(*, seed: int, number: int, size: Size, anchor: date) -> dict[Level, list[Item]]:
    """All campaigns, ad groups and ads of an advertiser, each level in the order of creation."""
    start = datetime(anchor.year, anchor.month, anchor.day, 6, tzinfo=UTC)
    oldest = size.history_days + 20

    def roll(of: int, *parts: int) -> int:
        return chance(of, seed, number, *parts)

    grown: dict[Level, list[Item]] = {"campaign": [], "adgroup": [], "ad": []}
    for c in range(size.campaigns):
        # Two plain campaigns come beside the special ones, of which the last is created in the near future.
        automation, buying_type, origin = special_kind(c - 1, size)
        age = oldest - roll(max(size.history_days // 2, 1), 1, c)
        if not size.idle and size.run_days is None and size.campaigns > 3 and c == size.campaigns - 1:
            age = -2 - roll(4, 2, c)
        created = start - timedelta(days=age, minutes=roll(1440, 3, c))
        objective = (
            "TOPVIEW_REACH" if buying_type == "RESERVATION_TOP_VIEW" else OBJECTIVES[c % len(OBJECTIVES)]
        )
        if buying_type == "RESERVATION_RF":
            objective = "RF_REACH"
        campaign = Item(
            "campaign",
            c,
            "",
            name_of("campaign", number, c),
            created,
            automation=automation,
            buying_type=buying_type,
            origin=origin,
            objective=objective,
        )
        grown["campaign"].append(campaign)
        for g in range(size.adgroups_per_campaign):
            begun = created + timedelta(hours=2 + roll(30, 4, c, g), minutes=roll(60, 5, c, g))
            adgroup = Item(
                "adgroup",
                g,
                "",
                name_of("adgroup", number, c * 7 + g),
                begun,
                campaign=campaign,
                automation=automation,
                buying_type=buying_type,
                origin=origin,
                objective=objective,
                secondary_goal=(c + g) % 4 == 0,
                disabled=roll(9, 6, c, g) == 0,
            )
            grown["adgroup"].append(adgroup)
            for a in range(size.ads_per_adgroup):
                grown["ad"].append(_ad(adgroup, (c, g, a), size=size, number=number, roll_seed=seed))
    for level, items in grown.items():
        items.sort(key=lambda item: item.created)
        for serial, item in enumerate(items):
            item.number, item.id = serial, item_id(level, number, serial)
    if not size.few_numbers:
        _script(grown, seed=seed, number=number, start=start)
    return grown


def _ad(adgroup: Item, at: tuple[int, int, int], *, size: Size, number: int, roll_seed: int) -> Item:
    c, g, a = at

    def roll(of: int, *parts: int) -> int:
        return chance(of, roll_seed, number, *parts, c, g, a)

    campaign = adgroup.campaign
    spread = size.history_days if size.run_days else min(size.history_days // 3, 30)
    days = 0 if size.few_numbers else roll(max(spread, 1), 11)
    created = adgroup.created + timedelta(hours=1 + roll(20, 12), minutes=roll(60, 13), days=days)
    run_days = size.run_days or (None if roll(3, 14) or size.few_numbers else 15 + roll(60, 15))
    return Item(
        "ad",
        0,
        "",
        name_of("ad", number, c * 31 + g * 5 + a),
        created,
        campaign=campaign,
        adgroup=adgroup,
        automation=adgroup.automation,
        buying_type=adgroup.buying_type,
        origin=adgroup.origin,
        objective=adgroup.objective,
        secondary_goal=adgroup.secondary_goal,
        stops=None if run_days is None else created + timedelta(days=run_days),
        scale=size.scale if size.few_numbers else size.scale // 3 + roll(size.scale, 16),
        disabled=roll(12, 17) == 0,
    )


def _script(grown: dict[Level, list[Item]], *, seed: int, number: int, start: datetime) -> None:
    """What will happen by itself: deletions and edits, before and after the anchor day."""
    plain = [
        c for c in grown["campaign"] if special_kind(-1, Size()) == (c.automation, c.buying_type, c.origin)
    ]
    if len(grown["campaign"]) > 2:
        # Whoever owns some campaigns has lost one lately, with all that it had spent.
        plain[0].deleted_at = max(plain[0].created, start - timedelta(days=12))
    for rank, (level, items) in enumerate(grown.items()):
        for item in items:
            fate = chance(1000, seed, number, 21, rank, item.number)
            lives = timedelta(days=5 + chance(60, seed, number, 22, rank, item.number), minutes=fate)
            if item.deleted_at is None and fate < (150 if level == "ad" else 30):
                item.deleted_at = max(item.created + lives, start - timedelta(days=40))
            if 100 <= fate < 350:
                at = item.created + lives
                item.edits.append((at, {f"{level}_name": f"{item.name} (v2)"}))
