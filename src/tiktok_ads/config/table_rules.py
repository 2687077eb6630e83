"""What the catalog says about the tables, metrics and columns that settings name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from tiktok_ads.catalog.streams import EntityStream, ReportStream, Stream
from tiktok_ads.config.values import nearest
from tiktok_ads.errors import UnknownStream


def is_report(stream: Stream) -> bool:
    return isinstance(stream, ReportStream)


def needs_days(stream: Stream) -> bool:
    """Whether somebody must say where its days begin."""
    return isinstance(stream, ReportStream) and not stream.lifetime


def check_patterns(patterns: Sequence[str], reports: Collection[str] = ()) -> None:
    """Raise ValueError with one line for each name or pattern that fits no table and no report."""
    from tiktok_ads.catalog.lookup import pick_streams

    problems = []
    for pattern in patterns:
        try:
            pick_streams([pattern])
        except UnknownStream as unknown:
            if not any(fnmatchcase(name, pattern) for name in reports):
                problems.append(str(unknown))
    if problems:
        raise ValueError("\n".join(problems))


def streams_of(patterns: Sequence[str], reports: Collection[str]) -> list[Stream]:
    """The catalog's tables among what is named; patterns that fit reports alone give none."""
    from tiktok_ads.catalog.lookup import pick_streams

    fitting = []
    for pattern in patterns:
        try:
            pick_streams([pattern])
        except UnknownStream:
            if any(fnmatchcase(name, pattern) for name in reports):
                continue
        fitting.append(pattern)
    return pick_streams(fitting)


def problems(
    table: str,
    *,
    metrics: Sequence[str] | None,
    extra_metrics: Sequence[str],
    columns: Sequence[str] | None,
) -> list[str]:
    """Why the settings of one table cannot be used; nothing if they can."""
    from tiktok_ads.catalog.lookup import catalog
    from tiktok_ads.catalog.lookup import metrics_of as metrics_that

    stream = catalog().streams.get(table)
    if stream is None:
        return [f"{table}: there is no such table. {nearest(table, catalog().streams)}".rstrip()]
    if isinstance(stream, EntityStream):
        return _problems_of_entity(stream, metrics or extra_metrics, columns)
    found = []
    if columns is not None:
        found.append(f"{table}.columns: columns are for entity tables; a report takes metrics.")
    if metrics is not None and not metrics:
        found.append(f"{table}.metrics: names no metric.")
    known = metrics_that(stream)
    for name in (*(metrics or ()), *extra_metrics):
        if name not in known:
            found.append(f"{table}: there is no metric {name!r}. {nearest(name, known)}".rstrip())
    return found or _why_not(stream, metrics_of(stream, metrics, extra_metrics))


def _problems_of_entity(
    stream: EntityStream, metrics: Sequence[str], columns: Sequence[str] | None
) -> list[str]:
    found = []
    if metrics:
        found.append(f"{stream.name}.metrics: an entity table has no metrics.")
    known = {field.name for field in stream.fields}
    for name in columns or ():
        if name not in known:
            found.append(f"{stream.name}: there is no column {name!r}. {nearest(name, known)}".rstrip())
    return found


def _why_not(stream: ReportStream, metrics: Sequence[str]) -> list[str]:
    from tiktok_ads.catalog.rules import why_not

    reasons = why_not(
        report_type=stream.report_type,
        data_level=stream.data_level,
        dimensions=stream.dimensions,
        metrics=metrics,
        lifetime=stream.lifetime,
    )
    return [f"{stream.name}: {reason}" for reason in reasons]


def metrics_of(stream: Stream, metrics: Sequence[str] | None, extra: Sequence[str]) -> tuple[str, ...]:
    """The metrics to ask: those of the key that are no dimensions first, since a row is lost without them."""
    if isinstance(stream, EntityStream):
        return ()
    of_key = [name for name in stream.primary_key if name not in stream.uniqueness]
    return tuple(dict.fromkeys([*of_key, *(stream.metrics if metrics is None else metrics), *extra]))


def columns_of(stream: Stream, columns: Sequence[str] | None) -> tuple[str, ...] | None:
    if columns is None or isinstance(stream, ReportStream):
        return None
    needed = [*stream.primary_key, stream.replication_key]
    return tuple(name for name in dict.fromkeys([*needed, *columns]) if name)
