"""Money that was spent in days of which a run read no row: the worst silence, so it is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from tiktok_ads.catalog.streams import ReportStream, Stream
from tiktok_ads.plan import Window
from tiktok_ads.runreport import Note, Unloaded
from tiktok_ads.sync.book import Book
from tiktok_ads.sync.coverage import Outside, covering_table, money

Held = Callable[[str, str, Window | None], Awaitable[int]]


async def spent_without_rows(
    book: Book,
    streams: Sequence[Stream],
    *,
    totals: Mapping[tuple[str, Window], Decimal],
    outside: Iterable[Outside],
    currency: Mapping[str, str],
    held: Held,
) -> tuple[Unloaded, ...]:
    """Advertisers that spent something, and whose reports were all read and hold no row of it.

    Args:
        book: what was read.
        streams: the tables of the run.
        totals: spend at the advertiser's own level, for the windows that were asked there.
        outside: spend on GMV Max; it counts where no chosen table covers it.
        currency: of the advertisers.
        held: counts the rows that the destination has of a table, an advertiser and a window.
    """
    reports = [stream for stream in streams if isinstance(stream, ReportStream)]
    names = {stream.name for stream in reports}
    spent: dict[str, list[tuple[Window, Decimal]]] = defaultdict(list)
    for (advertiser_id, window), amount in totals.items():
        spent[advertiser_id].append((window, amount))
    if covering_table(streams) is None:
        for one in outside:
            spent[one.advertiser_id].append((one.window, one.spend))
    found = []
    for advertiser_id, parts in sorted(spent.items()):
        total = sum((amount for _, amount in parts), Decimal(0))
        if total <= 0 or not book.read_nothing(advertiser_id, names):
            continue
        span = _span(parts)
        # A run need not read what it knows to be unchanged.
        windows = {stream.name: span if stream.day_column else None for stream in reports}
        if not any([await held(name, advertiser_id, window) for name, window in windows.items()]):
            found.append(Unloaded(advertiser_id, str(span), total, currency.get(advertiser_id, "")))
    return tuple(found)


def note_of(one: Unloaded) -> Note:
    return Note(
        f"{money(one.amount, one.currency)} was spent in {one.days}, and the reports of the run have no row "
        "of it.",
        advertiser_id=one.advertiser_id,
    )


def _span(parts: Iterable[tuple[Window, Decimal]]) -> Window:
    windows = [window for window, amount in parts if amount]
    return Window(min(one.first for one in windows), max(one.last for one in windows))
