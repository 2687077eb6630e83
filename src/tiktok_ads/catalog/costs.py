"""What a list costs in calls, in words that users read before they choose it."""

from __future__ import annotations

from math import prod

from tiktok_ads.catalog.model import Ask, Each, EntityStream

_LEAD_CALLS = 9
"""Create, check and download, for each of the three regions in which TikTok keeps leads."""
_CHANGE_LOG_CALLS = 3


def cost_of(stream: EntityStream) -> str:
    """How many calls one owner's list takes, such as `3 per campaigns` or `1 per 100 ads`."""
    if stream.batch > 1:
        return f"1 per {stream.batch} advertisers"
    times = {"leads": _LEAD_CALLS, "change_log": _CHANGE_LOG_CALLS}.get(stream.reader, 1)
    parts = [_of_ask(ask, times) for ask in stream.every_ask]
    plain = [int(part) for part in parts if part.isdigit()]
    said = ([str(sum(plain))] if plain else []) + [part for part in parts if not part.isdigit()]
    told = " + ".join(said)
    if stream.dated:
        days = stream.dated.max_days
        told += f", for each {'day' if days == 1 else f'{days} days'}"
    return told


def _of_ask(ask: Ask, times: int) -> str:
    calls = times * prod(len(each.values) for each in ask.each if each.values)
    tables = [_of_each(each) for each in ask.each if each.table]
    return " and ".join([f"{calls} per {tables[0]}", *tables[1:]]) if tables else str(calls)


def _of_each(each: Each) -> str:
    return f"{each.batch} of `{each.table}`" if each.batch > 1 else f"row of `{each.table}`"
