"""Agreements and their texts, asked for like a report: by term type and language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tiktok_ads.builder.definition import ReportDefinition
from tiktok_ads.catalog.lookup import catalog, either, nearest
from tiktok_ads.catalog.streams import EntityStream

TABLE = "terms"
_TYPE, _LANGUAGE = "term_type", "lang"


def term_values(column: str) -> tuple[str, ...]:
    """What can be asked for as term type (`term_type`) or as language (`lang`)."""
    for ask in catalog().entities[TABLE].every_ask:
        for each in ask.each:
            if column in dict(each.keep):
                return tuple(str(value) for value in each.values)
    return ()


def term_reasons(asked: ReportDefinition) -> Iterator[str]:
    """Why these texts cannot be asked for."""
    for said, column, what in (
        (asked.term_types, _TYPE, "term type"),
        (asked.languages, _LANGUAGE, "language"),
    ):
        known = term_values(column)
        for name in said:
            if _spelt(name, known) is None:
                yield f"There is no {what} {name}: use {either(nearest(name, known) or known)}."
    for part in ("dimensions", "metrics", "filters"):
        if getattr(asked, part):
            yield f"A TERM report has no {part}: leave them out."
    if asked.roll_up is not None or asked.dates is not None:
        yield "A TERM report has no days: leave them out."


def term_stream(asked: ReportDefinition) -> EntityStream:
    """The list of these agreements alone, as a table of the report's name."""
    shipped = catalog().entities[TABLE]
    chosen = {_TYPE: asked.term_types, _LANGUAGE: asked.languages}
    asks = []
    for ask in shipped.every_ask:
        each = tuple(
            replace(one, values=_narrowed(tuple(str(v) for v in one.values), chosen[column]))
            if (column := next((name for name in chosen if name in dict(one.keep)), ""))
            else one
            for one in ask.each
        )
        asks.append(replace(ask, each=each))
    return replace(shipped, name=asked.name, doc=asked.description or shipped.doc, asks=tuple(asks))


def _narrowed(known: tuple[str, ...], said: tuple[str, ...]) -> tuple[str, ...]:
    named = [spelt for one in said if (spelt := _spelt(one, known))]
    return tuple(dict.fromkeys(named)) or known


def _spelt(name: str, known: tuple[str, ...]) -> str | None:
    """The value as TikTok spells it; upper and lower case make no difference."""
    return next((one for one in known if one.lower() == name.strip().lower()), None)
