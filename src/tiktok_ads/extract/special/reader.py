"""Slices of special reports: their calls, each read whole, put together and held against the question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.catalog.lookup import catalog, metrics_of
from tiktok_ads.catalog.special_rules import special_of
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import Page, schema_of
from tiktok_ads.decode.special import SpecialShape, special_page, spread
from tiktok_ads.errors import DecodeError, InconsistentPages, InvalidRequest, ReportTimeout, TooLarge
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.invalid import invalid_metrics
from tiktok_ads.extract.memory import Ticket
from tiktok_ads.extract.pages import PagedList, Rows, TooManyRows, doubled, read_list
from tiktok_ads.extract.question import ReportAnswer, SliceTooLong
from tiktok_ads.extract.reports import MOST_ROWS, together
from tiktok_ads.extract.special.calls import Call, SpecialQuestion, dates, is_dated, span_of
from tiktok_ads.extract.special.gmv_max import gmv_max_calls
from tiktok_ads.extract.special.others import BY_REPORT
from tiktok_ads.extract.special.owned import Owned
from tiktok_ads.plan import DAY, Slice, Window

AT_ONCE = 4
"""Calls of one slice that are under way at the same time."""
_METRICS_PARAM = {"CREATIVE": "metrics_fields", "VIDEO_INSIGHT": "metrics_fields"}
_PER_SECOND = "VIDEO_PERFORMANCE"
_KEYS: dict[str, tuple[str, tuple[str, ...]]] = {
    # Columns of ours that tell rows apart where TikTok names no key, and what they are made of.
    "SMART_PLUS_SPC": (
        "material_key",
        ("video_id", "tiktok_item_id", "material_id", "ad_text", "catalog_name"),
    ),
    "AD_BENCHMARK": ("peers", ("location", "ad_category", "external_action", "placement")),
}


class SpecialReader:
    """Reads one slice of a report that has an endpoint of its own."""

    def __init__(
        self,
        client: Reader,
        piece: Slice,
        question: SpecialQuestion,
        owned: Owned,
        *,
        tally: Tally,
        ticket: Ticket,
    ) -> None:
        assert isinstance(piece.stream, ReportStream)  # noqa: S101
        self._client, self._piece, self._stream = client, piece, piece.stream
        self._question, self._owned, self._tally, self._ticket = question, owned, tally, ticket
        self._special = special_of(piece.stream)
        self._refused: set[str] = set()
        self._asked: set[str] = set()
        self._came: set[str] = set()
        self._rows = 0

    async def read(self) -> ReportAnswer:
        """All rows of the slice.

        Raises:
            SliceTooLong: it is to be read in steps.
            as `read_list`, where fewer days do not help.
        """
        window = span_of(self._stream, self._piece.window, self._question)
        calls = await self._calls(window)
        parts: list[Rows] = []
        for first in range(0, len(calls), AT_ONCE):
            parts += await self._together(calls[first : first + AT_ONCE], window)
        rows = together(parts) if parts else Rows(schema_of(self._question.fields).empty_table())
        if self._special.name == _PER_SECOND:
            rows = self._spread(rows)
        self._check(rows, window)
        absent = self._asked - self._came - self._refused
        return ReportAnswer(rows, set(self._refused), absent=absent, remember=str(len(calls)))

    async def first_page(self, rows: int) -> Page:
        """The first rows of the first call that gives any; of several calls at most a few are made."""
        window = span_of(self._stream, self._piece.window, self._question)
        page = Page(pa.RecordBatch.from_pylist([], schema_of(self._question.fields)), None)
        calls = await self._calls(window, most_shops=1)
        for call in calls[:: max(len(calls) // AT_ONCE, 1)][:AT_ONCE]:
            params, shape, paged = self._request(call, call.metrics, window)
            if paged:
                params["page_size"] = rows
            ask = partial(self._ask, params, paged, 1)
            page = special_page((await self._tally.counted("first_page", ask)).data, shape)
            if page.batch.num_rows:
                break
        if self._special.name != _PER_SECOND or not page.batch.num_rows:
            return page
        whole = spread(pa.Table.from_batches([page.batch]), self._question.fields, self._stream.metrics)
        return Page(whole.combine_chunks().to_batches()[0], page.info, page.unfit, page.unknown)

    async def _together(self, calls: Sequence[Call], window: Window | None) -> list[Rows]:
        """A few calls at the same time; what one of them cannot have ends the others."""
        tasks = [asyncio.create_task(self._call(one, window)) for one in calls]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _spread(self, rows: Rows) -> Rows:
        table = spread(rows.table, self._question.fields, self._stream.metrics)
        self._ticket.add(table.nbytes - rows.table.nbytes)
        return replace(rows, table=table)

    async def _calls(self, window: Window | None, most_shops: int | None = None) -> Sequence[Call]:
        asked = (self._piece, window, self._question, self._owned, self._tally)
        if self._special.name == "GMV_MAX":
            assert window is not None  # noqa: S101  (it knows no lifetime)
            return await gmv_max_calls(
                self._piece, window, self._question, self._owned, self._tally, most_shops=most_shops
            )
        return await BY_REPORT[self._special.name](*asked)

    async def _call(self, call: Call, window: Window | None) -> Rows:
        """The rows of one call, in halves of its days where TikTok says that it is too much."""
        can_halve = window is not None and window.days > 1 and is_dated(self._stream)
        most_rows = MOST_ROWS if can_halve and self._question.in_steps else None
        try:
            rows = await self._accepted(call, window, most_rows)
        except TooManyRows as error:
            assert window is not None  # noqa: S101
            raise self._too_long(window, error.total) from None
        except (TooLarge, ReportTimeout):
            if not can_halve or window is None:
                raise
            self._tally.splits += 1
            half = window.first + (window.days // 2 - 1) * DAY
            halves = (Window(window.first, half), Window(half + DAY, window.last))
            return together([await self._call(call, part) for part in halves])
        self._rows += rows.table.num_rows
        if most_rows is not None and window is not None and self._rows > most_rows:
            raise self._too_long(window, self._rows)
        return rows

    def _too_long(self, window: Window, rows: int) -> SliceTooLong:
        self._tally.splits += 1
        return SliceTooLong(min(max(window.days * MOST_ROWS // rows, 1), window.days - 1))

    async def _accepted(self, call: Call, window: Window | None, most_rows: int | None) -> Rows:
        """The call without the metrics that TikTok does not accept in it."""
        while True:
            asked = tuple(name for name in call.metrics if name not in self._refused)
            try:
                return await self._listed(call, asked, window, most_rows)
            except InvalidRequest as error:
                known = metrics_of(self._stream)
                named = invalid_metrics(error.message) & set(asked)
                # Attributes are what TikTok refuses where it is asked about several things at once.
                out = named or {name for name in asked if name in known and known[name].is_attribute}
                if not out or out == set(asked):
                    raise
                self._refused |= out

    async def _listed(
        self, call: Call, asked: Sequence[str], window: Window | None, most_rows: int | None
    ) -> Rows:
        stream = self._stream
        params, shape, paged = self._request(call, asked, window)
        columns = {one.name for one in shape.page_fields}
        listing = PagedList(
            path=stream.endpoint,
            ask=partial(self._ask, params, paged),
            decode=partial(self._decode, shape, asked or stream.metrics),
            key=tuple(name for name in stream.uniqueness if name in columns),
            page_size=stream.page_size,
            most_rows=most_rows,
        )
        return await read_list(listing, self._tally, self._ticket)

    def _request(
        self, call: Call, asked: Sequence[str], window: Window | None
    ) -> tuple[dict[str, object], SpecialShape, bool]:
        """What is sent without its page, how the answer is read, and whether it has pages."""
        stream = self._stream
        params = {**call.params, **dates(stream, window)}
        if asked and self._special.sends_metrics:
            params[_METRICS_PARAM.get(self._special.name, "metrics")] = list(asked)
        paged = catalog().endpoints[stream.endpoint].paging == "page_number"
        if paged:
            params["page_size"] = stream.page_size
        return params, self._shape(call, window, paged), paged

    def _shape(self, call: Call, window: Window | None, paged: bool) -> SpecialShape:
        stream, special = self._stream, self._special
        stamps: dict[str, str | None] = {"advertiser_id": self._piece.advertiser_id, **call.stamps}
        if self._question.currency or special.name == "GMV_MAX":
            # GMV Max has been seen to call a currency "0".
            stamps["currency"] = self._question.currency
        if stream.stamped and window is not None:
            stamps["stat_time_day"] = window.first.isoformat()
        column, parts = _KEYS.get(special.name, ("", ()))
        return SpecialShape(
            stream=stream.name,
            fields=self._question.fields,
            stamps=stamps,
            nested=("statistics",) if special.name == "PIXEL_EVENTS" else (),
            per_second=stream.metrics if special.name == _PER_SECOND else (),
            renamed={"date": "stat_time_day"} if special.name == "CREATIVE_FATIGUE" else {},
            key=column,
            key_parts=parts,
            key_joins=special.name == "AD_BENCHMARK",
            paged=paged,
        )

    def _check(self, rows: Rows, window: Window | None) -> None:
        """No row of a day that was not asked for, none twice, and none that lacks what it is about."""
        table, stream = rows.table, self._stream
        if table.num_rows == 0:
            return
        if stream.day_column and window is not None:
            days = table[stream.day_column].cast(pa.date32(), safe=False)
            span = pc.min_max(days).as_py()
            if days.null_count or span["min"] < window.first or span["max"] > window.last:
                raise InconsistentPages(
                    f"rows of {span['min']} to {span['max']} came where {window} was asked",
                    stream.endpoint,
                    rows.request_id,
                )
        about = [name for name in stream.dimensions if name.endswith("_id") and name in table.column_names]
        for name in about:
            if table[name].null_count == table.num_rows:
                raise DecodeError(f"no row says its {name} (request {rows.request_id})", stream.name, name)
        if doubled(table, stream.uniqueness):
            raise InconsistentPages("a row came in two calls", stream.endpoint, rows.request_id)

    async def _ask(self, params: dict[str, object], paged: bool, number: int, meter: Meter) -> Answer:
        page: dict[str, object] = {"page": number} if paged else {}
        return await self._client.get(self._stream.endpoint, {**params, **page}, meter=meter)

    def _decode(self, shape: SpecialShape, asked: Sequence[str], answer: Answer) -> Page:
        page = special_page(answer.data, shape)
        if page.batch.num_rows:
            # Only what was asked where there are rows can be missed.
            data = bytes(answer.data)
            self._asked |= {*asked}
            self._came |= {name for name in asked if f'"{name}"'.encode() in data}
        return page
