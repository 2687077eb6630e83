"""Report slices: asked whole, cut where TikTok says that it is too much, checked where little came back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeGuard

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import LAST_DAY, Page, ReportDecoder, ReportShape, joined, schema_of, wire_dimensions
from tiktok_ads.errors import (
    InconsistentPages,
    InvalidRequest,
    ReportTimeout,
    TikTokAdsError,
    TooLarge,
    TruncatedReport,
)
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.invalid import invalid_metrics
from tiktok_ads.extract.memory import Ticket
from tiktok_ads.extract.pages import PagedList, Rows, TooManyRows, read_list
from tiktok_ads.extract.question import Cut, ReportAnswer, ReportQuestion, SliceTooLong, summed
from tiktok_ads.extract.requests import (
    CAMPAIGNS_PER_CALL,
    IDS_PER_FILTER,
    in_chunks,
    metric_calls,
    most_objects,
    own_ids,
    report_params,
    takes_campaigns,
    takes_tasks,
    takes_top_view,
)
from tiktok_ads.extract.tasks import TaskReader
from tiktok_ads.plan import DAY, Slice, Window, windows

MOST_TIMEOUTS = 12
"""Time-outs of one slice after which it is left: TikTok slows down apps whose reports time out."""
MOST_ROWS = 16_000
"""Rows of one window that are held at once; a longer report is cut by days before it is read on."""


class ReportReader:
    """Reads one report slice."""

    def __init__(
        self,
        client: Reader,
        piece: Slice,
        question: ReportQuestion,
        *,
        tally: Tally,
        ticket: Ticket,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        assert isinstance(piece.stream, ReportStream)  # noqa: S101
        self._client, self._piece, self._stream = client, piece, piece.stream
        self._question, self._tally, self._ticket = question, tally, ticket
        self._refused: set[str] = set()
        self._lacking: set[str] = set()
        self._absent = set(question.metrics) - {*piece.stream.dimensions}
        self._cut = Cut()
        self._timeouts = 0
        self._why: TikTokAdsError | None = None
        self._by_task = False
        self._sleep = sleep

    async def read(self) -> ReportAnswer:
        """All rows of the slice.

        Raises:
            SliceTooLong: it is to be read in steps.
            as `read_list`, where cutting does not help.
        """
        window = self._piece.window
        parts = await self._begin(window)
        doubt = await self._task_doubt(window, together(parts).table) if self._by_task else ""
        if doubt:
            # A task that did not do is no way to begin with; next time the calls are tried again.
            self._cut = replace(self._cut, alone=())
        apart = None
        if self._question.top_view and takes_top_view(self._stream):
            apart = await self._top_view(window)
        rows = together([*parts, apart] if apart else parts)
        return ReportAnswer(
            rows,
            self._refused,
            self._lacking,
            set() if self._by_task else self._absent - self._refused,
            self._by_task,
            doubt=doubt,
            remember=str(self._cut),
            apart=apart.table if apart else None,
        )

    async def _top_view(self, window: Window | None) -> Rows:
        """The rows of TopView, cut by days alone: they are few."""
        try:
            return await self._whole(window, self._only, top_view=True, bounded=False)
        except (TooLarge, ReportTimeout) as error:
            self._note(error)
            if window is None or not self._can_halve(window):
                raise
            self._tally.splits += 1
            return together([await self._top_view(part) for part in _halves(window)])

    @property
    def _only(self) -> tuple[str, ...]:
        return self._piece.only.ids if self._piece.only else ()

    def _can_halve(self, window: Window | None) -> TypeGuard[Window]:
        """Whether fewer days at a time give the same rows: not where a row sums up all of them."""
        apart = (self._stream.day_column and not self._stream.stamped) or self._question.ids_alone
        return window is not None and window.days > 1 and bool(apart)

    async def _begin(self, window: Window | None) -> list[Rows]:
        """Start where earlier runs ended up for this advertiser."""
        if self._piece.only and self._piece.only.column == "campaign_id":
            return [await self._some(window, self._only)]
        if self._piece.only:
            self._cut = Cut("ids", len(self._only))
            return [await self._these(window, self._only)]
        most = most_objects(self._stream)
        if most is not None and self._question.objects is not None:
            return await self._objects(window, most, await self._question.objects(window, self._tally))
        self._cut = Cut.read(self._question.remembered)
        if self._question.in_steps and self._can_halve(window) and 0 < self._cut.days < window.days:
            raise SliceTooLong(self._cut.days, str(self._cut))
        return await self._as_before(window)

    async def _objects(self, window: Window | None, most: int, ids: Sequence[str]) -> list[Rows]:
        """The window in calls that are about as many objects as TikTok takes."""
        self._cut = Cut("ids", len(ids))
        if not ids:
            return [Rows(schema_of(self._question.fields).empty_table())]
        # Without a filter objects that had no rows may count as well, hence the room.
        if IDS_PER_FILTER < len(ids) <= most // 2:
            try:
                return [await self._whole(window, (), bounded=False)]
            except (TooLarge, ReportTimeout, TruncatedReport) as error:
                self._note(error)
                self._tally.splits += 1
        chunks = in_chunks(ids, min(IDS_PER_FILTER, most))
        parts: list[Rows] = []
        for number, chunk in enumerate(chunks):
            parts.append(await self._these(window, chunk))
            self._step_if_many(window, parts, len(chunks) / (number + 1))
        return parts

    async def _these(self, window: Window | None, ids: Sequence[str]) -> Rows:
        try:
            return await self._whole(window, ids, purpose="split", bounded=False)
        except (TooLarge, ReportTimeout, TruncatedReport) as error:
            self._note(error)
            self._tally.splits += 1
            half = len(ids) // 2
            if half:
                return together([await self._these(window, part) for part in (ids[:half], ids[half:])])
            if not self._can_halve(window) or isinstance(error, TruncatedReport):
                raise
            return together([await self._these(part, ids) for part in _halves(window)])

    async def _as_before(self, window: Window | None) -> list[Rows]:
        """The window in the parts that were needed so far."""
        read = self._campaigns if self._cut.how == "campaigns" else self._days
        parts = self._cut.windows(window) if self._can_halve(window) else [window]
        return [await read(part) for part in parts]

    async def _days(self, window: Window | None) -> Rows:
        try:
            return await self._whole(window, ())
        except TooManyRows as error:
            if not self._can_halve(window):
                return await self._whole(window, (), bounded=False)
            days = min(max(window.days * MOST_ROWS // error.total, 1), window.days - 1)
            self._tally.splits += 1
            if self._question.in_steps:
                raise SliceTooLong(days, str(self._cut)) from None
            cuts = windows(window.first, window.last, days)
            return together([await self._days(cut) for cut in cuts])
        except TruncatedReport as error:
            self._note(error)
            # Fewer days do not help: the cut counts the account's ads.
            return await self._campaigns(window)
        except (TooLarge, ReportTimeout) as error:
            self._note(error)
            if not self._can_halve(window):
                self._cut = replace(self._cut, days=1 if window and self._stream.day_column else 0)
                return await self._campaigns(window)
            self._tally.splits += 1
            first, second = _halves(window)
            self._cut = Cut("days", first.days)
            begun = await self._days(first)
            # What the first half needed in the end, the second needs as well.
            return together([begun, *await self._as_before(second)])

    def _note(self, error: TikTokAdsError) -> None:
        """Remember why the report is cut; raise it if it must not be, or if cutting only makes it worse."""
        self._why = error
        self._timeouts += isinstance(error, ReportTimeout)
        if self._question.whole or self._timeouts > MOST_TIMEOUTS:
            raise error

    async def _campaigns(self, window: Window | None) -> Rows:
        if self._why and not takes_campaigns(self._stream):
            raise self._why
        ids = await self._question.campaign_ids(window, self._tally)
        alone = tuple(one for one in self._cut.alone if one in ids)
        self._cut = replace(self._cut, how="campaigns", alone=alone)
        if not ids:
            return await self._task(window, ())
        chunks = in_chunks([one for one in ids if one not in alone], CAMPAIGNS_PER_CALL)
        self._tally.splits += len(chunks)
        parts: list[Rows] = []
        for number, chunk in enumerate(chunks):
            parts.append(await self._some(window, chunk))
            self._step_if_many(window, parts, len(chunks) / (number + 1))
        parts += [await self._task(window, chunk) for chunk in in_chunks(alone, IDS_PER_FILTER)]
        return together(parts)

    def _step_if_many(self, window: Window | None, parts: Sequence[Rows], share: float) -> None:
        """Stop where all campaigns together have more rows than are held at once, to go on in steps."""
        expected = int(sum(part.table.num_rows for part in parts) * share)
        if self._question.in_steps and self._can_halve(window) and expected > MOST_ROWS:
            days = min(max(window.days * MOST_ROWS // expected, 1), window.days - 1)
            if self._cut.how == "campaigns":
                self._cut = replace(self._cut, days=days)
            raise SliceTooLong(days, str(self._cut))

    async def _some(self, window: Window | None, ids: Sequence[str]) -> Rows:
        try:
            return await self._whole(window, ids, purpose="split")
        except TooManyRows:
            if not self._can_halve(window):
                return await self._whole(window, ids, purpose="split", bounded=False)
            cut_days = True
        except TruncatedReport as error:
            self._note(error)
            cut_days = False
            if len(ids) == 1:
                self._cut = replace(self._cut, alone=(*self._cut.alone, *ids))
        except (TooLarge, ReportTimeout) as error:
            self._note(error)
            cut_days = self._can_halve(window) and len(ids) == 1
        self._tally.splits += 1
        if cut_days and window:
            return together([await self._some(part, ids) for part in _halves(window)])
        if len(ids) > 1:
            half = len(ids) // 2
            return together([await self._some(window, part) for part in (ids[:half], ids[half:])])
        return await self._task(window, ids)

    async def _whole(
        self,
        window: Window | None,
        ids: Sequence[str],
        *,
        top_view: bool = False,
        purpose: str = "first_page",
        bounded: bool = True,
    ) -> Rows:
        """One report of this window, in as many calls as its metrics need, joined on the dimensions."""
        while True:
            asked = [name for name in self._question.metrics if name not in self._refused]
            try:
                return await self._joined(window, ids, asked, top_view, purpose, bounded)
            except InvalidRequest as error:
                # TikTok names the metrics that it does not accept: the rest can still be had.
                named = invalid_metrics(error.message) & set(asked)
                if not named or named == set(asked):
                    raise
                self._refused |= named

    async def _joined(
        self,
        window: Window | None,
        ids: Sequence[str],
        metrics: Sequence[str],
        top_view: bool,
        purpose: str,
        bounded: bool,
    ) -> Rows:
        parts: list[Rows] = []
        by_objects = self._cut.how == "ids"
        for number, asked in enumerate(metric_calls(self._stream, metrics)):
            params = report_params(
                self._stream,
                advertiser_id=self._piece.advertiser_id,
                window=window,
                metrics=asked,
                include_deleted=self._question.include_deleted,
                ids=ids,
                id_filter=own[1] if by_objects and (own := own_ids(self._stream)) else "campaign_ids",
                top_view=top_view,
            )
            paged = PagedList(
                path=self._stream.endpoint,
                ask=partial(self._ask, params),
                decode=partial(self._decode, self._decoder(asked, window)),
                key=self._stream.uniqueness,
                page_size=self._stream.page_size,
                purpose="top_view" if top_view else purpose if number == 0 else "first_page",
                most_rows=MOST_ROWS if bounded else None,
            )
            parts.append(await read_list(paged, self._tally, self._ticket))
            self._check_days(parts[-1], window)
        return self._side_by_side(parts)

    def _decoder(self, asked: Sequence[str], window: Window | None) -> ReportDecoder:
        stream, owner = self._stream, self._piece.advertiser_id
        dimensions = wire_dimensions(stream, catalog())
        came = {"currency", LAST_DAY, *stream.uniqueness, *dimensions, *asked}
        stamps = {} if stream.owner_column == "advertiser_id" else {stream.owner_column: owner}
        if stream.stamped and window:
            stamps["stat_time_day"] = window.first.isoformat()
            if stream.period:
                stamps[LAST_DAY] = window.last.isoformat()
        shape = ReportShape(
            stream=stream.name,
            fields=tuple(one for one in self._question.fields if one.name in came),
            dimensions=dimensions,
            metrics=tuple(asked),
            advertiser_id=owner,
            currency=self._question.currency,
            stamps=tuple(stamps.items()),
        )
        return ReportDecoder(shape)

    def _side_by_side(self, parts: Sequence[Rows]) -> Rows:
        if len(parts) == 1:
            return parts[0]
        table = joined([part.table for part in parts], self._stream.dimensions)
        return replace(together(parts), table=table)

    def _check_days(self, rows: Rows, window: Window | None) -> None:
        """A row of a day that was not asked for would be doubled by its own window."""
        column = self._stream.day_column
        if column not in rows.table.column_names or rows.table.num_rows == 0 or window is None:
            return
        span = pc.min_max(rows.table[column].cast(pa.date32(), safe=False)).as_py()
        if span["min"] is None or span["min"] < window.first or span["max"] > window.last:
            raise InconsistentPages(
                f"rows of {span['min']} to {span['max']} came where {window} was asked",
                self._stream.endpoint,
                rows.request_id,
            )

    async def _task(self, window: Window | None, campaign_ids: Sequence[str]) -> Rows:
        if self._why and not (self._question.tasks and takes_tasks(self._stream)):
            raise self._why
        reader = TaskReader(self._client, self._piece.advertiser_id, tally=self._tally, sleep=self._sleep)
        rows, lacking = await reader.read(
            self._stream,
            window=window,
            metrics=[name for name in self._question.metrics if name not in self._refused],
            campaign_ids=campaign_ids,
            fields=self._question.fields,
            currency=self._question.currency,
        )
        self._check_days(rows, window)
        self._lacking |= lacking
        self._by_task = True
        return rows

    async def _task_doubt(self, window: Window | None, table: pa.Table) -> str:
        """An asynchronous report has no status filter and may lag: it is held against the level above."""
        if self._question.totals is None or window is None:
            return ""
        totals = await self._question.totals(window, self._tally)
        if totals is None:
            return "the asynchronous report could not be held against the advertiser's total"
        for name, total in totals.items():
            if name in table.column_names and (ours := summed(table, name)) != total:
                return f"{name} adds up to {ours} in the asynchronous report, to {total} for the advertiser"
        return ""

    async def _ask(self, params: dict[str, object], number: int, meter: Meter) -> Answer:
        return await self._client.get(self._stream.endpoint, {**params, "page": number}, meter=meter)

    def _decode(self, decoder: ReportDecoder, answer: Answer) -> Page:
        page = decoder.page(answer.data)
        if self._absent and page.batch.num_rows:
            data = bytes(answer.data)
            self._absent = {name for name in self._absent if f'"{name}"'.encode() not in data}
        return page


def _halves(window: Window) -> tuple[Window, Window]:
    """The window in two, of which the first is not the shorter."""
    half = -(-window.days // 2)
    first = Window(window.first, window.first + (half - 1) * DAY)
    return first, Window(first.last + DAY, window.last)


def together(parts: Sequence[Rows]) -> Rows:
    """Parts of one report as one list; a column that a part lacks is null in its rows."""
    if len(parts) == 1:
        return parts[0]
    return Rows(
        pa.concat_tables([part.table for part in parts], promote_options="permissive"),
        sum(part.unfit for part in parts),
        tuple(sorted({name for part in parts for name in part.unknown})),
        parts[-1].request_id,
    )
