"""The sizes of worlds that the simulator offers by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

FIRST_ADVERTISER = 7_000_000_000_000_000_001


@dataclass(frozen=True)
class Place:
    """Where an advertiser lives: its zone, the older spelling of that zone, its money and its audience."""

    zone: str
    old_zone: str
    currency: str
    country: str
    countries: tuple[str, ...]


PLACES = (
    Place("America/Los_Angeles", "Etc/GMT+8", "USD", "US", ("US", "CA", "MX")),
    Place("Europe/Berlin", "Etc/GMT-1", "EUR", "DE", ("DE", "AT", "CH")),
    Place("Asia/Tokyo", "Etc/GMT-9", "JPY", "JP", ("JP",)),
    Place("Asia/Kathmandu", "Asia/Kathmandu", "NPR", "NP", ("NP", "IN")),
    Place("Africa/Cairo", "Etc/GMT-2", "EGP", "EG", ("EG", "SA", "None")),
    Place("Pacific/Kiritimati", "Etc/GMT-14", "USD", "KI", ("KI", "NZ")),
    Place("Etc/GMT+12", "Etc/GMT+12", "USD", "US", ("US",)),
    Place("Australia/Lord_Howe", "Australia/Lord_Howe", "AUD", "AU", ("AU", "NZ")),
)


@dataclass(frozen=True)
class Size:
    """How much an advertiser owns. `history_days` counts back from the world's anchor day.

    `few_numbers` lets ads share a small stock of numbers, so that pages can be made very quickly.
    `run_days` is the longest time that an ad delivers; None means that most go on.
    `assets` is how many videos, pixels, audiences and so on there are of each; `hostile` gives them names
    that break files and pages.
    """

    campaigns: int = 0
    adgroups_per_campaign: int = 2
    ads_per_adgroup: int = 2
    history_days: int = 90
    run_days: int | None = None
    scale: int = 3000
    specials: bool = False
    idle: bool = False
    few_numbers: bool = False
    assets: int = 4
    hostile: bool = False


@dataclass(frozen=True)
class Plot:
    """One advertiser that a preset lays out."""

    place: Place
    size: Size


IDLE = Size(campaigns=2, idle=True)
EMPTY = Size(campaigns=0)


def tiny() -> list[Plot]:
    some = Size(campaigns=6, ads_per_adgroup=1, history_days=40, specials=True, hostile=True)
    return [
        Plot(PLACES[5], some),
        Plot(PLACES[6], replace(some, campaigns=2, specials=False)),
        Plot(PLACES[7], IDLE),
    ]


def demo() -> list[Plot]:
    some = Size(campaigns=7, ads_per_adgroup=2, history_days=90, specials=True)
    return [
        Plot(PLACES[0], some),
        Plot(PLACES[1], replace(some, campaigns=4, specials=False)),
        Plot(PLACES[2], replace(some, campaigns=4, specials=False)),
        Plot(PLACES[3], IDLE),
        Plot(PLACES[4], EMPTY),
    ]


def agency(advertisers: int = 200) -> list[Plot]:
    """Many advertisers in all zones; one in ten is idle and one in ten has nothing at all."""
    some = Size(campaigns=2, ads_per_adgroup=1, history_days=60)
    sizes = [some, IDLE, some, some, EMPTY, some, some, some, some, some]
    return [Plot(PLACES[n % len(PLACES)], sizes[n % len(sizes)]) for n in range(advertisers)]


def big(ads: int = 24_000) -> list[Plot]:
    """One account beyond the 20,000 ads that a report covers; each ad ran for a few days only."""
    per_campaign = 10 * 40
    return [
        Plot(
            PLACES[0],
            Size(
                campaigns=-(-ads // per_campaign),
                adgroups_per_campaign=10,
                ads_per_adgroup=40,
                history_days=120,
                run_days=3,
                scale=800,
            ),
        )
    ]


def bulk(ads: int = 10_000) -> list[Plot]:
    """One account for measuring: every ad delivers on every day, 10^6 rows in 100 days."""
    return [
        Plot(
            PLACES[0],
            Size(
                campaigns=-(-ads // 100),
                adgroups_per_campaign=10,
                ads_per_adgroup=10,
                history_days=400,
                few_numbers=True,
            ),
        )
    ]


def plots(preset: str, *, advertisers: int | None = None, ads: int | None = None) -> list[Plot]:
    """The advertisers of a preset: tiny, demo, agency, big or bulk."""
    if preset == "agency":
        return agency() if advertisers is None else agency(advertisers)
    if preset == "big":
        return big() if ads is None else big(ads)
    if preset == "bulk":
        return bulk() if ads is None else bulk(ads)
    if preset == "tiny":
        return tiny()
    if preset == "demo":
        return demo()
    raise ValueError(preset)
