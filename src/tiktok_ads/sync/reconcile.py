"""After the reading: each day that was read, held against what TikTok says of the whole advertiser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from tiktok_ads.catalog.streams import TIMES, ReportStream
from tiktok_ads.errors import AuthError, QuotaExceeded
from tiktok_ads.extract import CHECKED, Probe, takes_top_view
from tiktok_ads.load.quality import QUALITY
from tiktok_ads.plan import Window, local_today
from tiktok_ads.runreport import Agreement, Note
from tiktok_ads.sync.again import Again
from tiktok_ads.sync.agreed import Judged, quality_rows, summed_up, told
from tiktok_ads.sync.book import Book
from tiktok_ads.sync.causes import Circumstances, Compared, cause_now, cause_of
from tiktok_ads.sync.days_read import DayRead, Numbers, checked_of, is_reconciled
from tiktok_ads.sync.prepare import Prepared
from tiktok_ads.sync.reconciled import calls_of, without
from tiktok_ads.sync.tables import Table

Held = Callable[
    [str, Sequence[str], Window, Sequence[str]],
    Awaitable[Mapping[tuple[str, date], Mapping[str, Decimal]] | None],
]
_OWNERS_AT_ONCE = 50
_WHOLE = frozenset(["advertiser_id", "campaign_id", "adgroup_id", "ad_id", "ad_id_v2", *TIMES])


@dataclass(frozen=True)
class Reconciled:
    """What was found: for the run report, and day by day for the destination."""

    agreement: tuple[Agreement, ...] = ()
    notes: tuple[Note, ...] = ()
    quality: pa.Table = field(default_factory=QUALITY.empty_table)


@dataclass
class _Totals:
    """An advertiser's own days, those of TopView apart; `older` were asked for before the reading."""

    days: dict[date, Numbers] = field(default_factory=dict)
    top_view: dict[date, Numbers] = field(default_factory=dict)
    older: set[Window] = field(default_factory=set)

    def of(self, day: date, metrics: Sequence[str]) -> tuple[Numbers, Numbers]:
        """Everything of a day, and what of it was TopView."""
        nothing = (Decimal(0),) * len(CHECKED)
        own, top_view = (
            tuple(n for n, name in zip(days.get(day, nothing), CHECKED, strict=True) if name in metrics)
            for days in (self.days, self.top_view)
        )
        return tuple(a + b for a, b in zip(own, top_view, strict=True)), top_view


class Reconciliation:
    """Asks what one run needs to know, each advertiser's totals once."""

    def __init__(
        self, ready: Prepared, book: Book, again: Again, *, probe: Callable[[str], Probe], held: Held
    ) -> None:
        self._ready, self._book, self._again = ready, book, again
        self._probe, self._held = probe, held
        self._totals: dict[str, _Totals] = {}
        self._at_once = asyncio.Semaphore(ready.settings.concurrency)

    async def ask(self) -> None:
        """The totals of every advertiser of whom something was read."""
        tables = [table for table in self._ready.tables.values() if is_reconciled(table.stream)]
        owners = {owner for table in tables for owner in self._book.days_read.owners(table.name)}
        await asyncio.gather(*(self._ask(one) for one in self._ready.reconciled if one in owners))

    async def found(self, *, run_id: str, at: datetime) -> Reconciled:
        """Every day of every table that was read whole, and how it agrees."""
        agreement: list[Agreement] = []
        notes: list[Note] = []
        quality: list[pa.Table] = []
        for table in self._ready.tables.values():
            if not is_reconciled(table.stream):
                continue
            owners = [one for one in self._book.days_read.owners(table.name) if one in self._totals]
            for first in range(0, len(owners), _OWNERS_AT_ONCE):
                each = await self._compared(table, owners[first : first + _OWNERS_AT_ONCE])
                judged = await asyncio.gather(*(self._judged(table, *pair) for pair in each.items()))
                for owner, days in zip(each, judged, strict=True):
                    agreement.append(summed_up(table.name, owner, days))
                    notes += told(table.name, owner, days, self._ready.currency.get(owner))
                    quality.append(quality_rows(table.name, owner, days, run_id=run_id, at=at))
        rows = pa.concat_tables(quality) if quality else QUALITY.empty_table()
        return Reconciled(tuple(agreement), tuple(notes), rows)

    async def _ask(self, advertiser_id: str) -> None:
        # The tables are loaded; that this is not answered is no reason to call the run failed.
        with suppress(AuthError, QuotaExceeded):
            async with self._at_once:
                totals = await self._asked(advertiser_id)
            if totals is not None:
                self._totals[advertiser_id] = totals

    async def _asked(self, advertiser_id: str) -> _Totals | None:
        probe, totals = self._probe(advertiser_id), _Totals()
        for window, known in probe.found():
            totals.days |= _numbers(known)
            totals.older.add(window)
        wanted = self._ready.reconciled[advertiser_id]
        for window in without(wanted, totals.older):
            found = await probe.totals(window, self._book.shared)
            if found is None:
                return None
            totals.days |= _numbers(found)
        if self._ready.top_view.known.get(advertiser_id, False):
            for window in wanted:
                found = await probe.totals(window, self._book.shared, top_view=True)
                if found is None:
                    return None
                totals.top_view |= _numbers(found)
        return totals

    async def _compared(self, table: Table, owners: Sequence[str]) -> dict[str, list[Compared]]:
        metrics = checked_of(table.metrics)
        read = {owner: self._book.days_read.of(table.name, owner, metrics) for owner in owners}
        every = [day for days in read.values() for day in days]
        held = await self._held(table.name, owners, Window(min(every), max(every)), metrics)
        found: dict[str, list[Compared]] = {}
        for owner, days in read.items():
            totals = self._totals[owner]
            found[owner] = [
                Compared(
                    day,
                    _ours(held, owner, day, days[day], metrics),
                    days[day],
                    *totals.of(day, metrics),
                )
                for day in sorted(days)
            ]
        return found

    async def _judged(self, table: Table, advertiser_id: str, days: Sequence[Compared]) -> list[Judged]:
        metrics, stream = checked_of(table.metrics), table.stream
        assert isinstance(stream, ReportStream)  # noqa: S101
        of = self._circumstances(table, stream, advertiser_id)
        causes = {one.day: "" if one.agrees else cause_of(one, of) for one in days}
        if None in causes.values():
            days = await self._fresh(advertiser_id, days, causes, metrics)
            causes = {one.day: "" if one.agrees else cause_of(one, of) for one in days}
        open_days = [one for one in days if causes[one.day] is None]
        if open_days:
            rows = {
                one.day: max(one.came.rows, self._stored(table, advertiser_id, one.day)) for one in open_days
            }
            top_view = of.takes_top_view and self._ready.top_view.known.get(advertiser_id, False)
            again = await self._again.rows(stream, advertiser_id, metrics, rows, top_view=top_view)
            differing = [one.day for one in open_days if again.get(one.day) != one.theirs]
            by_campaign = await self._again.campaigns(
                advertiser_id, metrics, [day for day in differing if day in again], top_view=top_view
            )
            for one in open_days:
                causes[one.day] = cause_now(
                    one, of, again=again.get(one.day), by_campaign=by_campaign.get(one.day)
                )
        return [Judged(one, causes[one.day] or "", metrics) for one in days]

    async def _fresh(
        self,
        advertiser_id: str,
        days: Sequence[Compared],
        causes: Mapping[date, str | None],
        metrics: tuple[str, ...],
    ) -> list[Compared]:
        """The days with totals that were asked after the reading, where it matters."""
        totals, probe = self._totals[advertiser_id], self._probe(advertiser_id)
        old = [one.day for one in days if causes[one.day] is None and _is_within(one.day, totals.older)]
        for window in calls_of(old):
            found = None
            with suppress(AuthError, QuotaExceeded):
                found = await probe.totals(window, self._book.shared)
            if found is not None:
                kept = {day: own for day, own in totals.days.items() if day not in window}
                totals.days = kept | _numbers(found)
        return [replace(one, theirs=theirs) for one in days for theirs, _ in [totals.of(one.day, metrics)]]

    def _circumstances(self, table: Table, stream: ReportStream, advertiser_id: str) -> Circumstances:
        return Circumstances(
            today=local_today(self._ready.advertisers[advertiser_id].zone, self._ready.now),
            takes_top_view=takes_top_view(stream),
            keeps=table.spec().method == "merge",
            left_out=self._book.left_out(table.name, advertiser_id) > 0,
            splits=bool({*stream.dimensions} - _WHOLE),
            include_deleted=self._ready.settings.include_deleted,
        )

    def _stored(self, table: Table, advertiser_id: str, day: date) -> int:
        return self._ready.stored(table.name, advertiser_id, Window(day, day))


def _numbers(days: Mapping[date, Mapping[str, Decimal]]) -> dict[date, Numbers]:
    return {day: tuple(totals[name] for name in CHECKED) for day, totals in days.items()}


def _is_within(day: date, asked: Iterable[Window]) -> bool:
    return any(day in window for window in asked)


def _ours(
    held: Mapping[tuple[str, date], Mapping[str, Decimal]] | None,
    owner: str,
    day: date,
    came: DayRead,
    metrics: Sequence[str],
) -> Numbers:
    """What the table holds; of one that is only handed on, what came for it."""
    if held is None and came.sums is not None:
        return came.sums
    own = (held or {}).get((owner, day), {})
    return tuple(own.get(name, Decimal(0)) for name in metrics)
