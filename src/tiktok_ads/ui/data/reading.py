"""Opens what a dataset has loaded for as long as it is looked at, and finds the names of what is in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.config import Settings
from tiktok_ads.errors import UnknownName
from tiktok_ads.load import exists
from tiktok_ads.load.reading import Column, Reader, open_reader
from tiktok_ads.load.sql import quoted

SECONDS = 20
"""How long one question may take."""
PATIENCE = 1.0
"""Seconds that are waited for a run to let go of a file; the page then asks again by itself."""
_THINGS = {
    "advertiser_id": ("advertisers", "name"),
    "campaign_id": ("campaigns", "campaign_name"),
    "adgroup_id": ("adgroups", "adgroup_name"),
    "ad_id": ("ads", "ad_name"),
}
_LABELS = {"age": "age_group", "platform": "operating_system"}
"""The catalog's list of labels for the values of a column that is not called as the list is."""


@dataclass(frozen=True)
class Opened:
    """An open destination and the columns that its tables have."""

    reader: Reader
    tables: Mapping[str, tuple[Column, ...]]

    def has(self, table: str, *columns: str) -> bool:
        there = {one.name for one in self.tables.get(table, ())}
        return table in self.tables and there.issuperset(columns)

    def checked(self, table: str, column: str) -> str:
        """A column's name as SQL takes it.

        Raises:
            UnknownName: the table that is there has no such column.
        """
        if not self.has(table, column):
            raise UnknownName(
                f"The table {table} holds no column {column[:60]!r} yet.",
                "The next run adds what it asks for.",
            )
        return quoted(column)


@contextmanager
def opened(settings: Settings) -> Iterator[Opened | None]:
    """The destination of a dataset, open for reading; None where nothing was ever loaded.

    Raises:
        ConfigError: it cannot be looked into.
        DestinationBusy: a run, or another program, has it open.
        LoadError: it cannot be opened.
    """
    if not exists(settings.destination):
        yield None
        return
    with open_reader(settings.destination, schema=settings.schema_name, patience=PATIENCE) as reader:
        yield Opened(reader, reader.tables())


def amount_text(text: str) -> str:
    """An exact number without closing zeros beyond two places."""
    whole, point, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}" if point else text


def owners(there: Opened, table: str, owner_column: str) -> dict[str, str]:
    """Whose rows a table may hold, with their names, those with a name first."""
    rows = there.reader.query(
        f"SELECT DISTINCT advertiser_id FROM {there.reader.qualified('_state')} WHERE table_name = ?",
        [table],
        seconds=SECONDS,
    )
    ids = [str(one) for one in rows.column(0).to_pylist() if one]
    named = names(there, owner_column, ids)
    return {
        one: named.get(one, one)
        for one in sorted(ids, key=lambda one: (one not in named, named.get(one, one)))
    }


def names(there: Opened, column: str, values: Collection[str]) -> dict[str, str]:
    """What values of a column are called, by loaded tables or the catalog; unknown ones are left out."""
    asked = sorted(set(values))
    labels = catalog().lookups.get(_LABELS.get(column, column))
    if labels is not None:
        return {one: labels[one] for one in asked if one in labels}
    table, name = _THINGS.get(column, ("", ""))
    if not asked or not there.has(table, column, name):
        return {}
    marks = ", ".join("?" * len(asked))
    rows = there.reader.query(
        f"SELECT {quoted(column)}, max({quoted(name)}) FROM {there.reader.qualified(table)} "
        f"WHERE {quoted(column)} IN ({marks}) GROUP BY 1",
        asked,
        seconds=SECONDS,
    )
    pairs = zip(rows.column(0).to_pylist(), rows.column(1).to_pylist(), strict=True)
    return {str(one): str(said) for one, said in pairs if said}
