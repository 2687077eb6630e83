"""How fresh and complete the tables are that an answer rests on, and what was left out of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import msgspec

from tiktok_ads.config import Settings
from tiktok_ads.mcp.answers import LastRun, LeftOut, OwnerReach, Standing, TableReach
from tiktok_ads.mcp.cells import shown
from tiktok_ads.ui.data.freshness import Fresh, OwnerDays, freshness
from tiktok_ads.ui.data.reading import SECONDS, Opened, opened

_MOST_BEHIND = 20
_MOST_LEFT_OUT = 20
_OLD_HOURS = 36
"""A copy that nobody renewed for so long is worth a word."""
_BESIDE = ("__changes", "__history")


@dataclass(frozen=True)
class Loaded:
    """All that is loaded: by table how complete it is, the last run, and whose money it is."""

    tables: Mapping[str, Fresh]
    others: tuple[str, ...]
    last_run: Mapping[str, object] | None
    currencies: Mapping[str, int]

    def standing(self, names: Collection[str], *, now: datetime) -> Standing:
        """What is to be said with an answer that rests on these tables."""
        touched = [self.tables[name] for name in dict.fromkeys(map(table_of, names)) if name in self.tables]
        run = _last_run(self.last_run, {one.table for one in touched}, now)
        return Standing(
            tables=[_reach(one) for one in touched],
            last_run=run,
            advertisers_by_currency=dict(self.currencies),
            warnings=_warnings(touched, run),
        )


def table_of(name: str) -> str:
    """The table whose rows a table of changes or a view of its history holds; itself otherwise."""
    for suffix in _BESIDE:
        name = name.removesuffix(suffix)
    return name


def look(settings: Settings) -> Loaded:
    """What the destination holds just now; nothing while nothing was ever loaded.

    Raises:
        ConfigError, NotOurs, DestinationBusy, LoadError: it cannot be looked at.
    """
    found = {one.table: one for one in freshness(settings, every=True)}
    with opened(settings) as there:
        if there is None:
            return Loaded({}, (), None, {})
        others = tuple(name for name in there.tables if name not in found)
        return Loaded(found, others, _newest_run(there), _currencies(there))


def _newest_run(there: Opened) -> Mapping[str, object] | None:
    if not there.has("_runs"):
        return None
    rows = there.reader.query(
        f"SELECT CAST(report AS VARCHAR) AS report FROM {there.reader.qualified('_runs')} "  # noqa: S608
        "ORDER BY started_at DESC NULLS LAST, id DESC LIMIT 1",
        seconds=SECONDS,
    ).to_pylist()
    return msgspec.json.decode(rows[0]["report"], type=dict[str, object]) if rows else None


def _currencies(there: Opened) -> dict[str, int]:
    if not there.has("advertisers", "currency"):
        return {}
    rows = there.reader.query(
        "SELECT coalesce(currency, 'unknown') AS currency, count(*) AS advertisers "  # noqa: S608
        f"FROM {there.reader.qualified('advertisers')} GROUP BY 1 ORDER BY 2 DESC, 1",
        seconds=SECONDS,
    )
    return {shown(str(row["currency"])): int(row["advertisers"]) for row in rows.to_pylist()}


def _reach(one: Fresh) -> TableReach:
    return TableReach(
        table=one.table,
        rows=one.rows,
        first_day=_text(one.first),
        complete_to=_text(one.complete_to),
        newest_day=_text(one.newest),
        advertisers=len(one.each),
        behind=[owner_reach(who) for who in one.behind[:_MOST_BEHIND]],
    )


def owner_reach(one: OwnerDays) -> OwnerReach:
    return OwnerReach(
        advertiser_id=one.owner,
        name=shown(one.name),
        first_day=_text(one.first),
        complete_to=_text(one.complete_to),
        loaded_at=one.at.isoformat() if one.at else None,
    )


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _last_run(run: Mapping[str, object] | None, tables: Collection[str], now: datetime) -> LastRun | None:
    if run is None:
        return None
    skipped = run.get("skipped")
    told = [one for one in skipped if isinstance(one, dict)] if isinstance(skipped, list) else []
    about = [one for one in told if not one.get("table") or one["table"] in tables]
    finished = datetime.fromisoformat(str(run["finished_at"]))
    ago = (now - (finished if finished.tzinfo else finished.replace(tzinfo=UTC))).total_seconds() / 3600
    return LastRun(
        outcome=str(run.get("outcome")),
        finished_at=finished.isoformat(),
        hours_ago=round(ago, 1),
        left_out=[_left_out(one) for one in about[:_MOST_LEFT_OUT]],
        left_out_beyond=max(0, len(about) - _MOST_LEFT_OUT),
    )


def _left_out(one: Mapping[str, object]) -> LeftOut:
    names = ("what", "remedy", "table", "advertiser_id", "window")
    return LeftOut(**{name: shown(str(one.get(name) or "")) for name in names})


def _warnings(touched: Collection[Fresh], run: LastRun | None) -> list[str]:
    told = []
    for one in touched:
        if one.complete_to is None:
            told.append(f"{one.table}: some advertisers have nothing whole yet.")
        elif one.newest is not None and one.newest > one.complete_to:
            told.append(
                f"{one.table} is complete for everybody only up to {one.complete_to}; later days, up to "
                f"{one.newest}, hold some advertisers alone. Each day counts in its advertiser's own zone."
            )
    if run and run.left_out:
        told.append(f"The last run left {len(run.left_out) + run.left_out_beyond} things out: see left_out.")
    if run and run.hours_ago > _OLD_HOURS:
        told.append(f"The last run ended {run.hours_ago:.0f} hours ago: what happened since is not here.")
    if touched and run is None:
        told.append("No finished run is noted: the first load may still be under way.")
    return told
