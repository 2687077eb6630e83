"""What a run asks about rows that it has handed on already: how many there were, and what they came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from tiktok_ads.load import ALL, Load
from tiktok_ads.plan import Window

_SUMMED = ("spend", "cost", "impressions", "clicks", "conversion")


class Seen:
    """Counts and sums by table, owner and day; of rows without days under None. The rows are not kept."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], dict[date | None, int]] = defaultdict(dict)
        self._sums: dict[tuple[str, str], dict[date | None, dict[str, Decimal]]] = defaultdict(dict)
        self._campaigns: dict[str, set[str]] = defaultdict(set)

    def add(self, load: Load) -> None:
        """Count a load; the days of its window are as it has them."""
        key = (load.spec.name, load.slice.advertiser_id)
        if load.spec.name == "campaigns" and "campaign_id" in load.rows.column_names:
            self._campaigns[key[1]].update(filter(None, load.rows["campaign_id"].to_pylist()))
        if load.spec.kind != "report":
            return
        for day, count, sums in _by_day(load.rows, load.spec.day_column):
            self._rows[key][day] = self._rows[key].get(day, 0) + count
            before = self._sums[key].setdefault(day, {})
            for name, value in sums.items():
                before[name] = before.get(name, Decimal(0)) + value

    def campaign_ids(self, advertiser_id: str) -> list[str]:
        return sorted(self._campaigns[advertiser_id])

    def count(self, table: str, owner: str, window: Window | None) -> int:
        return sum(
            count
            for (name, whose), days in self._rows.items()
            if name == table and owner in (whose, ALL)
            for day, count in days.items()
            if window is None or day is None or day in window
        )

    def totals(self, table: str, owner: str, window: Window, columns: Sequence[str]) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for day, sums in self._sums.get((table, owner), {}).items():
            for name in columns:
                if name in sums and (day is None or day in window):
                    found[name] = found.get(name, Decimal(0)) + sums[name]
        return found

    def by_day(
        self, table: str, owners: Sequence[str], window: Window, columns: Sequence[str]
    ) -> dict[tuple[str, date], dict[str, Decimal]]:
        return {
            (owner, day): {name: sums[name] for name in columns if name in sums}
            for owner in owners
            for day, sums in self._sums.get((table, owner), {}).items()
            if day is not None and day in window
        }


def _by_day(rows: pa.Table, day_column: str | None) -> Iterator[tuple[date | None, int, dict[str, Decimal]]]:
    names = [name for name in _SUMMED if name in rows.column_names]
    if day_column is None or day_column not in rows.column_names:
        keyed = rows.select(names).append_column("day", pa.nulls(rows.num_rows, pa.date32()))
    else:
        keyed = rows.select(names).append_column("day", rows[day_column])
    asked: list[tuple[str | list[str], str]] = [(name, "sum") for name in names]
    for line in keyed.group_by("day").aggregate([*asked, ([], "count_all")]).to_pylist():
        day = line["day"].date() if isinstance(line["day"], datetime) else line["day"]
        sums = {name: Decimal(str(line[f"{name}_sum"] or 0)) for name in names}
        yield day, int(line["count_all"]), sums
