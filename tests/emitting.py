"""What Singer's and Airbyte's tests share: a configuration for a simulated TikTok, and rows to compare."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.worlds import TOKEN, Desk
from tiktok_ads.emit.running import World

SECRET = TOKEN
STRANGER = ("_synced_at", "_run_id", "_deleted_at")
"""Columns that differ from run to run, or that only a database can know."""


def config_of(desk: Desk, **changed: object) -> dict[str, object]:
    return {
        "access_token": SECRET,
        "api_url": "http://127.0.0.1:9999",
        "advertisers": desk.advertisers,
        "start_date": str(desk.settings().start_date),
        "state_dir": str(desk.folder),
        "tier": "ultimate",
        **changed,
    }


def world_of(desk: Desk) -> World:
    return World(desk.line, desk.world.now(), desk.gate, desk.clock.sleep)


def written(folder: Path, name: str, value: object) -> str:
    path = folder / name
    path.write_text(json.dumps(value))
    return str(path)


def said(out: io.BytesIO) -> list[dict[str, Any]]:
    """The messages: each line is whole JSON, digits of numbers as they stand."""
    lines = out.getvalue().decode().split("\n")
    assert lines.pop() == ""
    return [json.loads(line, parse_float=Decimal) for line in lines]


def stored(desk: Desk, table: str) -> list[dict[str, object]]:
    """What `sync` loaded, in the values of JSON."""
    with desk.looking() as connection:
        found = connection.execute(f'SELECT * FROM tiktok_ads."{table}"')
        names = [one[0] for one in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [{name: _plain(value) for name, value in row.items() if name not in STRANGER} for row in rows]


def handed(records: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """The same of records; moments as a database has them, that is without saying that they are UTC."""
    return [{name: _plain(value) for name, value in row.items() if name not in STRANGER} for row in records]


def in_order(rows: Sequence[Mapping[str, object]]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and len(value) == 20 and value.endswith("Z"):
        return value.removesuffix("Z")
    if isinstance(value, (Decimal, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
