"""The leads that forms bring: they come as a file, by a task, apart by region."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

from tiktok_ads.simulator.answers import Answer, Refused, wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.chores import Chore, begin, chore, step
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Kind,
    Owner,
    assets,
    begins,
    existing,
    how_many,
    kind,
    new_id,
    row,
    stamp,
)
from tiktok_ads.simulator.assets.pages import LEAD_GEN, QUESTIONS, TYPES, form_of, library_of, type_of
from tiktok_ads.simulator.assets.serve import one_of, serves
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.world import Advertiser, World

MOST_FORMS = 3  # with leads
ZIPPED = 1  # which of the kinds of pages gives zipped files
REGIONS = ("", "us", "eu")
EUROPE = {"DE", "AT", "CH", "FR", "GB"}
DAYS_BEFORE, DAYS_AFTER, EACH_DAYS = 60, 40, 2
META = (
    *("lead_id", "create_time", "page_id", "campaign_id", "campaign_name"),
    *("adgroup_id", "adgroup_name", "ad_id", "ad_name", "lead_source"),
)


def _grown(world: World, owner: Owner, of: Kind) -> list[Asset]:
    """A lead each second day (more often for larger owners) of the first forms, also in the coming weeks."""
    made: list[Asset] = []
    if not how_many(owner):
        return made
    forms = [one for one in assets(world, owner, "page") if type_of(one) == LEAD_GEN]
    each = max(timedelta(days=EACH_DAYS) * 4 / how_many(owner), timedelta(hours=1))
    for form in forms[:MOST_FORMS]:
        first = max(form.created, begins(world) - timedelta(days=DAYS_BEFORE))
        last = begins(world) + timedelta(days=DAYS_AFTER)
        while first < last:
            first += each
            number = len(made)
            at = first + timedelta(minutes=7 * (number % 60))
            made.append(Asset("lead", number, new_id("lead", owner, number), "", at, parent=form.id))
    return made


@kind("lead", grow=_grown)
def lead(world: World, owner: Owner, asset: Asset) -> Json:
    """`create_time` as text; the file of a task has it too."""
    number = asset.number
    ad = _ad_of(world, owner, number)
    group, campaign = (None, None) if ad is None else (ad.adgroup, ad.campaign)
    now = world.now()
    return {
        "lead_id": asset.id,
        "create_time": stamp(asset.created),
        "page_id": asset.parent,
        "campaign_id": campaign.id if campaign else None,
        "campaign_name": campaign.shown_name(now) if campaign else None,
        "adgroup_id": group.id if group else None,
        "adgroup_name": group.shown_name(now) if group else None,
        "ad_id": ad.id if ad else None,
        "ad_name": ad.shown_name(now) if ad else None,
        "lead_source": "INSTANT_FORM",
        QUESTIONS[0]: ("=HYPERLINK(1) Müller", "O'Person, 2nd", "名前 三", "Person\nTwo Lines")[number % 4],
        QUESTIONS[1]: f"person{number}@example.com",
        QUESTIONS[2]: f"+1555{number:07d}",
        QUESTIONS[3]: None if number % 3 == 0 else f'size «{30 + number % 10}», "wide"',
    }


def _ad_of(world: World, owner: Owner, number: int) -> Item | None:
    if not isinstance(owner, Advertiser):
        return None
    ads = world.items(owner, "ad")
    return ads[number % len(ads)] if ads else None


def region_of(owner: Advertiser, number: int) -> str:
    """Where a lead is kept: apart for Europe and for the United States, and all others together."""
    countries = owner.place.countries
    country = countries[number % len(countries)]
    return "us" if country == "US" else "eu" if country in EUROPE else ""


def _task_of(asked: Asked) -> Chore:
    """A task is known only under the header that it was created with."""
    known = chore(asked, "lead", asked.text("task_id"))
    if known.region != asked.region:
        raise wrong("task_id: The task does not exist.")
    return known


@serves("page/lead/task")
def lead_task(asked: Asked) -> Json:
    """Creates a task; called with its id, it tells how far the task is."""
    asked.need("advertiser_id", "library_id")
    if asked.advertiser is None:
        library_of(asked)
        raise wrong("library_id: The library has no forms.")
    if asked.region not in REGIONS:
        raise wrong(f"x-lead-region: Must be one of: {', '.join(REGIONS[1:])}.")
    if "task_id" in asked.given:
        known = _task_of(asked)
        step(asked, known, ("CREATED", "RUNNING", "SUCCEED"))
        return {"task_id": known.id, "status": known.status}
    asked.need("page_id", "ad_id")
    if "page_id" in asked.given:
        form_of(asked, asked.text("page_id"))
    made = begin(asked, "lead", status="CREATED")
    return {"task_id": made.id, "status": made.status}


@serves("page/lead/task/download")
def lead_file(asked: Asked) -> Answer:
    """The file itself, for some forms packed as a zip; an error comes in the usual envelope."""
    known = _task_of(asked)
    if known.status != "SUCCEED":
        raise Refused(40201, "The task is not ready.")
    page_id = str(known.given.get("page_id", ""))
    content = _file(asked, known, page_id)
    if not page_id or form_of(asked, page_id).number % len(TYPES) != ZIPPED:
        return Answer(file=content)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"leads_{page_id}.csv", content)
    return Answer(file=packed.getvalue(), file_type="application/zip")


def _file(asked: Asked, known: Chore, page_id: str) -> bytes:
    found = []
    for asset in existing(asked.world, asked.account, "lead"):
        one = row(asked.world, asked.account, asset)
        if (
            region_of(asked.account, asset.number) == known.region
            and asset.created <= known.made
            and page_id in ("", one["page_id"])
            and known.given.get("ad_id", one["ad_id"]) == one["ad_id"]
        ):
            found.append(one)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [*META, *QUESTIONS]
    writer.writerow(names)
    writer.writerows([["" if one[name] is None else one[name] for name in names] for one in found])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


@serves("lead/get", "page/lead/mock/get")
def latest_lead(asked: Asked) -> Json:
    """One lead, the latest: answers and what is known of it stand apart; its time is a number here."""
    asked.need("advertiser_id", "library_id")
    asked.need("page_id")
    form_of(asked, asked.text("page_id"))
    wanted = asked.text("page_id")
    found = [one for one in existing(asked.world, asked.account, "lead") if one.parent == wanted]
    latest = found[-1:]
    one = one_of([row(asked.world, asked.account, lead) for lead in latest], "page_id")
    return {
        "lead_data": {name: one[name] for name in QUESTIONS},
        "meta_data": {
            **{name: one[name] for name in META},
            "create_time": int(latest[0].created.timestamp()),
        },
    }
