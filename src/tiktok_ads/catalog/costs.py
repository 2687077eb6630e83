"""What a table costs in calls, in words that users read before they choose it."""

from __future__ import annotations

from math import prod

from tiktok_ads.catalog.lookup import catalog, dimensions_of
from tiktok_ads.catalog.special_rules import is_special, special_cost
from tiktok_ads.catalog.streams import Ask, Each, ReportStream, Stream

_LEAD_CALLS = 9
"""Create, check and download, for each of the three regions in which TikTok keeps leads."""
_CHANGE_LOG_CALLS = 3


def cost_of(stream: Stream) -> str:
    """How many calls one owner's table takes, such as `1 per row of campaigns` or `2 for each 30 days`.

    Each further page of rows is one more.
    """
    if isinstance(stream, ReportStream):
        return _of_report(stream)
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


def _of_report(stream: ReportStream) -> str:
    calls = -(-len(stream.metrics) // catalog().combinations.max_metrics)
    told = special_cost(stream) if is_special(stream) else str(calls)
    known = dimensions_of(stream)
    if any(known[name].max_ids for name in stream.dimensions) and stream.data_level != "AUCTION_ADVERTISER":
        # TikTok blocks such reports of many objects, so they are named first, for all these tables at once.
        told = f"1 + {calls} per 100 objects"
    if stream.day_column is None:
        return f"{told} each run"
    days = stream.max_window_days
    return f"{told} for each {'day' if days == 1 else f'{days} days'}"


def _of_ask(ask: Ask, times: int) -> str:
    calls = times * prod(len(each.values) for each in ask.each if each.values)
    tables = [_of_each(each) for each in ask.each if each.table]
    return " and ".join([f"{calls} per {tables[0]}", *tables[1:]]) if tables else str(calls)


def _of_each(each: Each) -> str:
    return f"{each.batch} of `{each.table}`" if each.batch > 1 else f"row of `{each.table}`"
