"""Who the advertisers are: names, zones and currencies, in chunks that one bad id cannot spoil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.decode import entity_page, schema_of
from tiktok_ads.errors import ApiError, AuthError, QuotaExceeded, ServerFault
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.pages import stacked
from tiktok_ads.extract.requests import in_chunks
from tiktok_ads.plan import Advertiser

_LASTING = (AuthError, QuotaExceeded, ServerFault)
"""Refusals that say nothing of the ids that were asked for."""


@dataclass(frozen=True)
class Accounts:
    """What TikTok told: the advertisers' rows, and whom it refused with which error (None: silence)."""

    rows: pa.Table
    refused: dict[str, ApiError | None]


async def read_accounts(
    client: Reader, stream: EntityStream, fields: Sequence[Field], ids: Sequence[str], tally: Tally
) -> Accounts:
    """One row per advertiser that the login may see.

    A chunk that is refused is halved until the ids at fault stand alone.

    Raises:
        AuthError, QuotaExceeded, ServerFault, TransportError, DecodeError: nothing can be told of anybody.
    """
    refused: dict[str, ApiError | None] = {}
    batches: list[pa.RecordBatch] = []
    waiting = in_chunks(ids, stream.batch)
    while waiting:
        chunk = waiting.pop(0)
        params: dict[str, object] = {"advertiser_ids": list(chunk)}
        try:
            answer = await tally.counted(
                "account",
                lambda meter, params=params: client.get(stream.endpoint, params, meter=meter),  # type: ignore[misc]
            )
        except _LASTING:
            raise
        except ApiError as error:
            if len(chunk) == 1:
                refused[chunk[0]] = error
            else:
                half = len(chunk) // 2
                waiting[:0] = [chunk[:half], chunk[half:]]
            continue
        page = entity_page(
            answer.data,
            stream=stream.name,
            fields=fields,
            known=frozenset(field.name for field in stream.fields) - {field.name for field in fields},
        )
        batches.append(_asked_for(page.batch, chunk))
        told = set(batches[-1]["advertiser_id"].to_pylist())
        silent = [one for one in chunk if one not in told]
        if len(chunk) == 1:
            refused.update(dict.fromkeys(silent, None))
        else:
            # Whom a longer answer leaves out is asked for alone before it counts as not granted.
            waiting[:0] = [(one,) for one in silent]
    if not batches:
        batches = [pa.RecordBatch.from_pylist([], schema=schema_of(fields))]
    return Accounts(stacked(batches), refused)


def _asked_for(batch: pa.RecordBatch, chunk: Sequence[str]) -> pa.RecordBatch:
    """The rows of those that were asked for, each once."""
    left = set(chunk)
    keep: list[bool] = []
    for one in batch["advertiser_id"].to_pylist():
        keep.append(one in left)
        left.discard(one)
    return batch.filter(pa.array(keep, pa.bool_()))


def advertisers_of(rows: pa.Table) -> list[Advertiser]:
    """The accounts as the plan needs them.

    `display_timezone` is an IANA name. `timezone` may be `Etc/GMT+8`, which the tz database reads as TikTok
    means it: eight hours behind UTC. Without either, UTC stands in and `zone_known` is False.
    """
    names = ("advertiser_id", "name", "display_timezone", "timezone", "currency", "create_time")
    rows = rows.select([name for name in names if name in rows.column_names])
    return [_advertiser(row) for row in rows.to_pylist()]


def _advertiser(row: dict[str, object]) -> Advertiser:
    told = (row.get(key) for key in ("display_timezone", "timezone"))
    zone = next((name for one in told if (name := known_zone(one))), None)
    created = row.get("create_time")
    local = (
        created.replace(tzinfo=UTC).astimezone(ZoneInfo(zone or "UTC"))
        if isinstance(created, datetime)
        else None
    )
    currency = row.get("currency")
    return Advertiser(
        advertiser_id=str(row["advertiser_id"]),
        name=str(row.get("name") or ""),
        zone=zone or "UTC",
        currency=str(currency) if currency else None,
        created=local.date() if local else None,
        zone_known=zone is not None,
    )


def known_zone(name: object) -> str | None:
    """The time zone, if it is one that this machine knows."""
    if not isinstance(name, str) or not name:
        return None
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
    return name
