"""The first rows of one table in as few calls as can be, and what reading all of it would take."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pyarrow as pa

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.special_rules import is_special
from tiktok_ads.catalog.streams import EntityStream, ReportStream
from tiktok_ads.client import Answer, Client, Meter
from tiktok_ads.client.gate import Gate
from tiktok_ads.client.quota import TIERS
from tiktok_ads.config import Settings
from tiktok_ads.decode import LAST_DAY, Page, ReportDecoder, ReportShape, schema_of, wire_dimensions
from tiktok_ads.decode.arrow_types import EXTRA
from tiktok_ads.errors import ApiError, ConfigError, InvalidRequest
from tiktok_ads.extract import Room, Tally
from tiktok_ads.extract.invalid import invalid_metrics
from tiktok_ads.extract.requests import metric_calls, report_params
from tiktok_ads.plan import Advertiser, Slice, Window
from tiktok_ads.runreport import Note, Skipped
from tiktok_ads.sync.notes import said_of
from tiktok_ads.sync.outcome import told
from tiktok_ads.sync.prepare import Prepared, TopView, accounts_of, planned
from tiktok_ads.sync.run import Transport, connected
from tiktok_ads.sync.special import Reach, SpecialSlices
from tiktok_ads.sync.tables import INTEGRATED, Table, tables_of
from tiktok_ads.sync.work import Sleep

_MOST_ASKED = 3
"""Advertisers that are asked for rows until one has any."""


@dataclass(frozen=True)
class Glance:
    """The first rows of one advertiser, and what all of it would take.

    `more_rows` is None where TikTok did not say how many there are.
    """

    rows: pa.Table
    advertiser_id: str
    days: str
    calls: int
    seconds: float
    more_rows: int | None
    spent_calls: int
    notes: tuple[Note, ...]
    skipped: tuple[Skipped, ...]


async def glance(
    settings: Settings,
    *,
    most_rows: int,
    order: tuple[str, bool] | None = None,
    transport: Transport | None = None,
    now: datetime | None = None,
    gate: Gate | None = None,
    sleep: Sleep = asyncio.sleep,
) -> Glance:
    """Look at the settings' one report table: a call for the advertisers, and one for rows.

    Args:
        settings: which table; of all advertisers the first that answers is looked at.
        most_rows: rows wanted.
        order: a metric, and whether its largest values come first.
        transport, now, gate, sleep: as in `run_sync`.

    Raises:
        ConfigError: the table has no such short look.
        ApiError: nobody could be asked; the last refusal.
    """
    table = tables_of(settings)[0]
    tally = Tally()
    async with connected(settings, transport, gate, sleep) as (client, _):
        known = await accounts_of(client, settings, [table], now or datetime.now(UTC), tally)
        ready = planned(
            None,
            settings,
            [table],
            known,
            {},
            TopView({}, frozenset()),
            now=now or datetime.now(UTC),
            spent=tally,
            backfill=False,
        )
        seen = await _first_rows(client, table, ready, most_rows, order, tally)
    calls = ready.estimate.calls.total
    return replace(
        seen,
        calls=calls,
        seconds=calls / (TIERS[settings.effective_tier].per_second * 0.96),
        spent_calls=tally.calls,
        notes=(*said_of([table], known.advertisers, ready.now), *known.notes, *seen.notes),
        skipped=(*known.skipped, *seen.skipped),
    )


async def _first_rows(
    client: Client,
    table: Table,
    ready: Prepared,
    most_rows: int,
    order: tuple[str, bool] | None,
    tally: Tally,
) -> Glance:
    """The rows of the first advertiser that has any; those that refuse are named."""
    owners = {one.advertiser_id: one for one in (*ready.known.advertisers, *ready.known.business_centers)}
    skipped: list[Skipped] = []
    last: ApiError | None = None
    found: list[Glance] = []
    for owner_id, owner in owners.items():
        own = [piece for piece in ready.slices if piece.advertiser_id == owner_id]
        if not own:
            continue
        try:
            notes: list[Note] = []
            if is_special(own[-1].stream):
                page = await _special_page(client, table, own[-1], owner, most_rows, ready, tally)
            else:
                page, notes = await _one_page(client, table, own[-1], owner, most_rows, order, tally)
        except InvalidRequest:
            raise
        except ApiError as error:
            last = error
            skipped.append(told(error, own[-1]))
            continue
        rows = _shown(pa.Table.from_batches([page.batch]))
        total = page.info.total_number if page.info else None
        more = max(total - rows.num_rows, 0) if total is not None else None
        days = str(own[-1].window) if own[-1].window else "lifetime"
        seen = Glance(rows, owner_id, days, 0, 0.0, more, 0, tuple(notes), tuple(skipped))
        found.append(seen)
        if rows.num_rows or len(found) == _MOST_ASKED:
            break
    if found:
        # Where nobody has rows, the first says so as well as the last.
        shown = found[-1] if found[-1].rows.num_rows else found[0]
        return replace(shown, skipped=tuple(skipped))
    if last is not None:
        raise last
    nothing = schema_of(table.fields).empty_table()
    return Glance(nothing, "", "", 0, 0.0, None, 0, (), tuple(skipped))


async def _special_page(
    client: Client,
    table: Table,
    piece: Slice,
    owner: Advertiser,
    most_rows: int,
    ready: Prepared,
    tally: Tally,
) -> Page:
    """Rows of a report that has an endpoint of its own; the ids that it is asked with cost a few calls."""

    async def nothing(_: str, __: str, ___: Window) -> Mapping[str, Decimal]:
        return {}

    deleted = ready.settings.include_deleted
    reach = Reach(client, Room(), ready.catalog, ready.now, deleted, asyncio.sleep, nothing)
    slices = SpecialSlices(reach)
    try:
        page = await slices.first_page(piece, table, owner, rows=most_rows, tally=tally)
    finally:
        await slices.close()
    return replace(page, batch=page.batch.slice(0, most_rows))


async def _one_page(
    client: Client,
    table: Table,
    piece: Slice,
    owner: Advertiser,
    most_rows: int,
    order: tuple[str, bool] | None,
    tally: Tally,
) -> tuple[Page, list[Note]]:
    stream = piece.stream
    if isinstance(stream, EntityStream) or stream.endpoint != INTEGRATED:
        raise ConfigError(f"{stream.name} has no preview of single rows.", "Ask for it whole, or plan it.")
    asked, *rest = metric_calls(stream, table.metrics) or [()]
    notes = _left_out(stream, [name for call in rest for name in call])
    metrics = list(asked)
    while True:
        params = report_params(
            stream,
            advertiser_id=piece.advertiser_id,
            window=piece.window,
            metrics=metrics,
            include_deleted=True,
        )
        params |= {"page": 1, "page_size": most_rows}
        if order is not None and order[0] in metrics:
            params |= {"order_field": order[0], "order_type": "DESC" if order[1] else "ASC"}
        sent = dict(params)
        try:
            answer = await tally.counted("first_page", partial(_get, client, stream.endpoint, sent))
        except InvalidRequest as error:
            refused = invalid_metrics(error.message) & set(metrics)
            if not refused or refused == set(metrics):
                raise
            notes.append(Note(f"TikTok does not accept these metrics here: {', '.join(sorted(refused))}."))
            metrics = [name for name in metrics if name not in refused]
            continue
        return _decoder(stream, table, piece, owner, metrics).page(answer.data), notes


def _shown(rows: pa.Table) -> pa.Table:
    """`_extra` is said only where something stands in it."""
    if EXTRA in rows.column_names and rows[EXTRA].null_count == rows.num_rows:
        return rows.drop_columns([EXTRA])
    return rows


async def _get(client: Client, path: str, params: Mapping[str, object], meter: Meter) -> Answer:
    return await client.get(path, params, meter=meter)


def _left_out(stream: ReportStream, rest: list[str]) -> list[Note]:
    coarser = [one.column(name) for one in stream.beside for name in one.metrics]
    left = [*rest, *coarser, *stream.summed]
    if not left:
        return []
    return [Note(f"Not shown here, since they take calls of their own: {', '.join(left)}.")]


def _decoder(
    stream: ReportStream, table: Table, piece: Slice, owner: Advertiser, metrics: list[str]
) -> ReportDecoder:
    dimensions = wire_dimensions(stream, catalog())
    came = {"currency", LAST_DAY, *stream.uniqueness, *dimensions, *metrics}
    stamps = {} if stream.owner_column == "advertiser_id" else {stream.owner_column: piece.advertiser_id}
    if stream.stamped and piece.window:
        stamps["stat_time_day"] = piece.window.first.isoformat()
        if stream.period:
            stamps[LAST_DAY] = piece.window.last.isoformat()
    return ReportDecoder(
        ReportShape(
            stream=stream.name,
            fields=tuple(one for one in table.fields if one.name in came),
            dimensions=dimensions,
            metrics=tuple(metrics),
            advertiser_id=piece.advertiser_id,
            currency=owner.currency,
            stamps=tuple(stamps.items()),
        )
    )
