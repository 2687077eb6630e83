"""The change log of an advertiser: a task that gives text inside text."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Refused, wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.chores import Chore, begin, chore, step
from tiktok_ads.simulator.assets.estate import Json
from tiktok_ads.simulator.assets.serve import serves
from tiktok_ads.simulator.items import LEVELS, Item

MAX_DAYS = 30
TYPES = {"campaign": "CAMPAIGN", "adgroup": "ADGROUP", "ad": "AD"}
COLUMNS = (
    *("Time", "log_object_type", "Object ID", "Object"),
    *("Operator", "Source", "App ID", "Activity details"),
)


@serves("changelog/task/create")
def create(asked: Asked) -> Json:
    _zone(asked)
    first, last = _span(asked)
    if last < first:
        raise wrong("end_time: The end is before the start.")
    if last - first > timedelta(days=MAX_DAYS):
        raise wrong(f"start_time: The time range must not exceed {MAX_DAYS} days.")
    return {"task_id": begin(asked, "changelog", status="PROCESSING").id}


def _zone(asked: Asked) -> ZoneInfo:
    name = asked.text("timezone", "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise wrong("timezone: Not a valid time zone.") from None


def _span(asked: Asked) -> tuple[datetime, datetime]:
    """In the zone asked for; the last week, if no time is named."""
    zone = _zone(asked)
    ends = [asked.now - timedelta(days=7), asked.now]
    for at, name in enumerate(("start_time", "end_time")):
        if asked.text(name):
            ends[at] = read.moment(asked.text(name), name).replace(tzinfo=zone)
    return ends[0], ends[1]


@serves("changelog/task/check")
def check(asked: Asked) -> Json:
    known = chore(asked, "changelog", asked.text("task_id"))
    step(asked, known, ("PROCESSING", "SUCCESS"))
    return {"status": known.status}


@serves("changelog/task/download")
def download(asked: Asked) -> Json:
    """The CSV stands as bytes in a printed dictionary, which stands as text in the envelope."""
    known = chore(asked, "changelog", asked.text("task_id"))
    if known.status != "SUCCESS":
        raise Refused(40201, "The task is not ready.")
    return {"changelog": repr({"changelog": _file(asked, known)})}


def changes(asked: Asked) -> list[tuple[datetime, Item, str, str, str]]:
    """What was done to campaigns, ad groups and ads: when, to what, what, before and after."""
    found = []
    for level in LEVELS:
        for item in asked.world.items(asked.account, level):
            found.append((item.created, item, "CREATE", "", item.name))
            name = item.name
            for at, values in item.edits:
                for field, value in values.items():
                    before = name if field == f"{level}_name" else ""
                    found.append((at, item, "UPDATE", before, str(value)))
            if item.deleted_at is not None:
                found.append((item.deleted_at, item, "DELETE", "ENABLE", "DELETE"))
    return sorted((one for one in found if one[0] <= asked.now), key=lambda one: (one[0], one[1].id))


def _file(asked: Asked, known: Chore) -> bytes:
    again = Asked(asked.world, asked.login, asked.endpoint, known.given, asked.advertiser)
    first, last = _span(again)
    zone, types = _zone(again), again.texts("operation_types")
    wanted, ids = again.text("object_type"), again.texts("object_ids")
    rows = []
    for at, item, done, before, after in changes(again):
        if (
            first <= at <= last
            and (not types or done in types)
            and wanted in ("", TYPES[item.level])
            and (not ids or item.id in ids)
        ):
            details = [{"action": done, "name": "Name", "before_after": {"before": before, "after": after}}]
            rows.append(
                [
                    at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                    TYPES[item.level],
                    item.id,
                    item.name,
                    "Simulator user",
                    "TikTok Ads Manager",
                    "",
                    msgspec.json.encode(details).decode(),
                ]
            )
    out = io.StringIO()
    out.write(f"Total logs,{len(rows)}\nExported logs,{len(rows)}\n\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return out.getvalue().encode()
