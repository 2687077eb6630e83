"""The catalog by the JSON API: which tables there are, what they hold, and what they cost in calls."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from tiktok_ads.catalog.costs import cost_of
from tiktok_ads.catalog.lookup import catalog, dimensions_of, metrics_of, stream
from tiktok_ads.catalog.model import Dimension, Metric
from tiktok_ads.catalog.streams import ReportStream, Stream
from tiktok_ads.client.scopes import SCOPES
from tiktok_ads.errors import UnknownName, UnknownStream
from tiktok_ads.ui.api.connections import Scope
from tiktok_ads.ui.paging import Limit, Offset, Part, part

router = APIRouter(prefix="/api/v1/tables", tags=["tables"])
Kind = Literal["list", "report"]


class CatalogTable(BaseModel):
    """A table that a replication may have.

    `cost` says in words how many calls of TikTok's quota it takes; `personal_data` tables are read only where
    their full name stands; `core` ones are read where no table is named.
    """

    name: str
    kind: Kind
    group: str
    doc: str
    key: list[str]
    cost: str
    scopes: list[Scope]
    personal_data: bool
    core: bool


class Column(BaseModel):
    """A column: what kind of value it holds, and what that means."""

    name: str
    kind: str
    doc: str


class DescribedTable(CatalogTable):
    """A table with its columns; a report's metrics are those that it has by default."""

    columns: list[Column]


@router.get("", name="list")
def listed(
    q: Annotated[str, Query(max_length=200, description="Words that name, group or meaning must hold.")] = "",
    group: Annotated[str, Query(max_length=100, description="Only this group.")] = "",
    kind: Annotated[Kind | None, Query(description="Only lists, or only reports.")] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Part[CatalogTable]:
    """The tables of the catalog, or those that are searched for."""
    words = q.lower().split()
    found = [
        one
        for one in catalog().streams.values()
        if (not group or one.group == group)
        and (kind is None or _kind(one) == kind)
        and all(word in f"{one.name} {one.group} {one.doc}".lower() for word in words)
    ]
    return part(found, _table, limit=limit, offset=offset)


@router.get("/{name}", name="get")
def show(name: Annotated[str, Path(description="Name of a table.")]) -> DescribedTable:
    """One table with its columns."""
    try:
        found = stream(name)
    except UnknownStream as error:
        raise UnknownName(error.message[:200], error.hint) from None
    return DescribedTable(**dict(_table(found)), columns=_columns(found))


def _kind(one: Stream) -> Kind:
    return "report" if isinstance(one, ReportStream) else "list"


def _table(one: Stream) -> CatalogTable:
    return CatalogTable(
        name=one.name,
        kind=_kind(one),
        group=one.group,
        doc=one.doc,
        key=list(one.primary_key),
        cost=cost_of(one),
        scopes=[Scope(id=str(scope), name=SCOPES.get(int(scope), "")) for scope in _scopes(one)],
        personal_data=one.personal_data,
        core=one.name in catalog().core,
    )


def _scopes(one: Stream) -> tuple[str, ...]:
    return one.scopes or catalog().endpoints[one.endpoint].scope_ids


def _columns(one: Stream) -> list[Column]:
    if not isinstance(one, ReportStream):
        return [Column(name=field.name, kind=field.kind, doc=field.doc) for field in one.fields]
    known: dict[str, Metric | Dimension] = {**metrics_of(one), **dimensions_of(one)}
    # A report's rows belong to an advertiser even where it is not split by it.
    names = dict.fromkeys((*one.primary_key, *one.key_dimensions, *one.metrics))
    return [
        Column(name=name, kind=known[name].kind, doc=known[name].doc)
        if name in known
        else Column(name=name, kind="id", doc="Whose rows they are.")
        for name in names
    ]
