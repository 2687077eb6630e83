"""Many slices at a time, each table and advertiser in order; one broken thing never stops the others."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pyarrow as pa

from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.client import Client, remedy_of
from tiktok_ads.errors import (
    AccessDenied,
    ApiError,
    AuthError,
    DecodeError,
    DestinationBusy,
    LoadError,
    NotAvailable,
    QuotaExceeded,
    ServerFault,
    TikTokAdsError,
    TransportError,
)
from tiktok_ads.extract import Room, SliceTooLong, Tally, Ticket
from tiktok_ads.plan import Slice, steps
from tiktok_ads.runreport import Progress, ProgressEvent, Skipped
from tiktok_ads.sync.book import Book
from tiktok_ads.sync.loader import Loader
from tiktok_ads.sync.outcome import Verdict, verdict
from tiktok_ads.sync.read import Read, SliceReader
from tiktok_ads.sync.turns import Turns
from tiktok_ads.telemetry import span

_log = logging.getLogger(__name__)
_SILENT_SLICES = 5
_SILENT_ADVERTISERS = 3
"""So many slices in a row without any answer, of so many advertisers (or of all), and TikTok is called
unreachable; one advertiser that TikTok cannot serve does not stop the others."""
_LOAD_FAILURES = 3
"""So many slices that could not be loaded, and it is the destination that does not work."""
_PARTS_AT_ONCE = 2
"""Parts of a long slice that are read at the same time."""
_SHARE_OF_ONE = 4
"""One advertiser keeps a quarter of the readers busy at most, while others wait."""
_DENIED_ADVERTISERS = 3
"""So many advertisers refuse a table that nobody gave, and it is the login's scope that is missing."""


@dataclass(frozen=True)
class Stop:
    """Why a run ended early. A used-up quota is no failure: what was loaded is true."""

    error: TikTokAdsError

    @property
    def is_failure(self) -> bool:
        return not isinstance(self.error, QuotaExceeded)


class Workers:
    """Takes slices in turns and has each read and loaded."""

    def __init__(
        self,
        client: Client,
        reader: SliceReader,
        loader: Loader,
        *,
        book: Book,
        room: Room,
        advertisers_stream: EntityStream,
        concurrency: int,
        expected_calls: int,
        progress: Progress | None,
        is_optional: Callable[[Slice], bool] = lambda piece: False,
    ) -> None:
        self._is_optional = is_optional
        self._client, self._reader, self._loader = client, reader, loader
        self._book, self._room, self._progress = book, room, progress
        self._advertisers_stream = advertisers_stream
        self._concurrency, self._expected_calls = concurrency, expected_calls
        self._reading = asyncio.Semaphore(concurrency)
        self._previous: dict[Slice, asyncio.Event] = {}
        self._done: dict[Slice, asyncio.Event] = {}
        self._gone: dict[str, Skipped] = {}
        self._closed: dict[tuple[str, str], Skipped] = {}
        self._denied: dict[str, set[str]] = defaultdict(set)
        self._given: set[str] = set()
        self._settled_open: set[str] = set()
        self._stop: Stop | None = None
        self._silent: list[str] = []
        self._silences: list[TikTokAdsError] = []
        self._silent_advertisers = 1
        self._load_failures = 0
        self._total = 0

    async def load_accounts(self, rows: pa.Table) -> None:
        """Load the table `advertisers`, which came with the accounts themselves."""
        pieces = [Slice(self._advertisers_stream, one) for one in rows["advertiser_id"].to_pylist()]
        self._book.expect(pieces)
        self._total += len(pieces)
        reads = [Read(piece, rows.slice(place, 1), {}) for place, piece in enumerate(pieces)]
        outcomes = await asyncio.gather(*(self._loader.load(read) for read in reads))
        for piece, outcome in zip(pieces, outcomes, strict=True):
            self._book.wrote(piece, outcome)
            self._book.loaded(piece)

    async def work(self, slices: Sequence[Slice]) -> Stop | None:
        """Read and load them all; what stopped it early, if anything did."""
        self._book.expect(slices)
        self._total += len(slices)
        self._silent_advertisers = min(_SILENT_ADVERTISERS, len({one.advertiser_id for one in slices}))
        self._tell("planned")
        self._chain(slices)
        turns = Turns(slices, most=max(self._concurrency // _SHARE_OF_ONE, 1))
        # Twice as many as read at once: while one half reads, the other may wait to be loaded.
        async with asyncio.TaskGroup() as group:
            for _ in range(min(2 * self._concurrency, len(slices))):
                group.create_task(self._take(turns))
        return self._stop

    def _chain(self, slices: Sequence[Slice]) -> None:
        """Have the slices of one table and advertiser handed on in the order of their days."""
        rows: dict[tuple[str, str], list[Slice]] = defaultdict(list)
        for piece in slices:
            rows[piece.stream.name, piece.advertiser_id].append(piece)
            self._done[piece] = asyncio.Event()
        for row in rows.values():
            for before, after in pairwise(row):
                self._previous[after] = self._done[before]

    async def _take(self, turns: Turns) -> None:
        while taken := turns.take():
            order, piece = taken
            try:
                await self._one(order, piece)
            finally:
                turns.done(piece)
                self._done.pop(piece).set()
                self._previous.pop(piece, None)
            self._tell("slice", piece)

    async def _one(self, order: int, piece: Slice) -> None:
        with self._room.ticket(order) as ticket:
            tally = Tally()
            try:
                window = str(piece.window or "")
                with span("slice", table=piece.stream.name, advertiser_id=piece.advertiser_id, window=window):
                    through = await self._through(piece, tally, ticket)
                if not through:
                    return
            except TikTokAdsError as error:
                await self._failed(piece, error, tally)
                return
            except Exception as error:
                # A mistake of ours in one answer must not take the other advertisers down with it.
                _log.debug("unexpected error in %s", piece, exc_info=True)
                what = f"{type(error).__name__}: {error}"
                await self._failed(piece, DecodeError(f"unexpected: {what}", piece.stream.name), tally)
                return
            finally:
                self._book.spent(piece, tally)
            self._book.loaded(piece)
            self._tell("loaded", piece)

    async def _through(self, piece: Slice, tally: Tally, ticket: Ticket) -> bool:
        """Read and load one slice, in parts if it is too long; False if an earlier error reaches it.

        Two parts are read while a third is loaded: so calls go on while one of them begins or ends.
        """
        parts = deque([piece])
        reading: deque[tuple[Slice, asyncio.Task[Read]]] = deque()
        loading: asyncio.Task[bool] | None = None
        try:
            # Held until the last part is read: the oldest slice never queues again behind younger ones.
            async with self._reading:
                while parts or reading:
                    if self._left_out(piece):
                        return False
                    while parts and len(reading) < _PARTS_AT_ONCE:
                        part = parts.popleft()
                        reading.append((part, asyncio.create_task(self._reader.read(part, tally, ticket))))
                    try:
                        read = await reading[0][1]
                    except SliceTooLong as found:
                        parts.extendleft(reversed(steps(reading.popleft()[0], found.days)))
                        continue
                    reading.popleft()
                    self._silent.clear()
                    self._given.add(piece.stream.name)
                    if loading and not await loading:
                        return False
                    loading = asyncio.create_task(self._load(read, piece, ticket))
                    del read
            return loading is not None and await loading
        except asyncio.CancelledError:
            if loading:
                loading.cancel()
            raise
        finally:
            underway = [task for _, task in reading]
            for task in underway:
                task.cancel()
            await asyncio.gather(*underway, *([loading] if loading else []), return_exceptions=True)

    async def _load(self, read: Read, piece: Slice, ticket: Ticket) -> bool:
        if piece in self._previous:
            await self._previous[piece].wait()
        if self._stop:
            self._left_out(piece)
            return False
        outcome = await self._loader.load(read)
        if not read.doubt:
            self._book.days_read.add(read.piece, read.rows)
        ticket.add(-read.rows.nbytes)
        self._loaded(read, piece)
        self._book.wrote(piece, outcome)
        return True

    def _loaded(self, read: Read, piece: Slice) -> None:
        for note in read.notes:
            self._book.note(note, piece)
        self._book.entry(piece).saved_calls += read.saved_calls
        if read.doubt:
            skipped = Skipped(
                what=f"{read.doubt}; the rows are loaded, but {_counted(piece)} not read",
                remedy="Run again: they are read again then.",
                table=piece.stream.name,
                advertiser_id=piece.advertiser_id,
                window=str(piece.window or ""),
            )
            self._book.doubt(skipped, piece)

    def _left_out(self, piece: Slice) -> bool:
        """Whether an earlier error reaches this slice; it is counted then, and told only once."""
        key = (piece.stream.name, piece.advertiser_id)
        reached = self._stop is not None or piece.advertiser_id in self._gone or key in self._closed
        if not reached and self._is_scope_missing(piece.stream.name):
            reached = True
        if reached:
            self._book.fail(piece)
        return reached

    def _is_scope_missing(self, table: str) -> bool:
        return table not in self._given and len(self._denied[table]) >= _DENIED_ADVERTISERS

    async def _failed(self, piece: Slice, error: TikTokAdsError, tally: Tally) -> None:
        if self._left_out(piece):
            return
        found = verdict(error, piece)
        if type(error) is AccessDenied and piece.stream.owner == "advertiser":
            found = await self._settled(piece, error, found, tally)
        if not isinstance(error, (TransportError, ServerFault)):
            self._silent.clear()
        elif all(error is not one for one in self._silences):
            # One failed list fails all that are asked for with its ids; that is one silence.
            self._silences.append(error)
            self._silent.append(piece.advertiser_id)
        key = (piece.stream.name, piece.advertiser_id)
        if found.reach == "run":
            self._stop = self._stop or Stop(error)
        elif found.reach == "advertiser":
            self._gone[piece.advertiser_id] = found.skipped
        elif found.reach == "table":
            self._closed[key] = found.skipped
            if isinstance(error, (AccessDenied, NotAvailable)) and self._is_optional(piece):
                self._book.closed(piece, f"{error.message} (code {error.code})")
                return
        if isinstance(error, LoadError):
            self._load_failures += 1
            if isinstance(error, DestinationBusy) or self._load_failures >= _LOAD_FAILURES:
                self._stop = self._stop or Stop(error)
        if len(self._silent) >= _SILENT_SLICES and len(set(self._silent)) >= self._silent_advertisers:
            self._stop = self._stop or Stop(error)
        self._book.skip(found.skipped, piece)

    async def _settled(self, piece: Slice, error: ApiError, found: Verdict, tally: Tally) -> Verdict:
        """Code 40001 means two things; one cheap call tells whether it is the advertiser or the table.

        It is made once for each advertiser: what lacks the scope of one list often lacks that of many.
        """
        if piece.advertiser_id in self._settled_open:
            return self._lacking(piece, error, found)
        params = {"advertiser_ids": [piece.advertiser_id]}
        path = self._advertisers_stream.endpoint
        try:
            await tally.counted("settle", lambda meter: self._client.get(path, params, meter=meter))
        except AuthError as signed_out:
            return verdict(signed_out, piece)
        except (TransportError, ServerFault, QuotaExceeded):
            # Nothing was settled; this table of this advertiser is asked again in the next run.
            return Verdict("table", found.skipped)
        except TikTokAdsError:
            remedy = "Connect again and tick this advertiser, or take it out of the setting `advertisers`."
            told = replace(
                found.skipped, remedy=remedy, what=f"{error}; the advertiser is closed to this login"
            )
            return Verdict("advertiser", replace(told, table="", window=""))
        self._settled_open.add(piece.advertiser_id)
        return self._lacking(piece, error, found)

    def _lacking(self, piece: Slice, error: ApiError, found: Verdict) -> Verdict:
        """The advertiser answers, so what is lacking is the table's scope."""
        self._denied[piece.stream.name].add(piece.advertiser_id)
        what = f"{error}; the advertiser answers, so the login lacks the scope of this table"
        return Verdict("table", replace(found.skipped, what=what, remedy=remedy_of(error), window=""))

    def _tell(self, kind: str, piece: Slice | None = None) -> None:
        if self._progress is None:
            return
        self._progress(
            ProgressEvent(
                kind=kind,  # type: ignore[arg-type]
                table=piece.stream.name if piece else "",
                advertiser_id=piece.advertiser_id if piece else "",
                done=self._book.done,
                total=self._total,
                rows=self._book.rows,
                calls=self._book.calls_so_far,
                calls_expected=self._expected_calls,
            )
        )


def _counted(piece: Slice) -> str:
    return "these days count as" if piece.window else "the list counts as"
