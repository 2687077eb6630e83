"""A definition as a stream: from here on it is a table like any other."""

from __future__ import annotations

from dataclasses import replace

from tiktok_ads.builder.days import longest_window
from tiktok_ads.builder.definition import ReportDefinition, completed
from tiktok_ads.builder.parts import parts
from tiktok_ads.builder.problems import check_definition
from tiktok_ads.builder.terms import term_stream
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.special_streams import special_stream
from tiktok_ads.catalog.streams import ReportStream, Stream, UpdateMethod

_TIMES = ("stat_time_day", "stat_time_hour")


def stream_of(definition: ReportDefinition) -> Stream:
    """What the engine reads for a definition: a report, or the list of agreements.

    Raises:
        ConfigError: as `report_stream`.
    """
    if definition.is_term:
        check_definition(definition)
        return term_stream(definition)
    return report_stream(definition)


def report_stream(definition: ReportDefinition) -> ReportStream:
    """The stream of a report that runs once or is kept as a table.

    Raises:
        ConfigError: TikTok would refuse it; with every reason and the smallest change that helps.
    """
    check_definition(definition)
    asked = completed(definition).definition
    split = parts(definition)
    if asked.is_special:
        return special_stream(
            asked.report_type,
            name=asked.name,
            doc=asked.description or _told(asked),
            dimensions=asked.dimensions,
            metrics=split.metrics,
            filters=asked.filters,
            lifetime=asked.lifetime,
            update_method=asked.update_method,
            force=asked.force or bool(asked.force_metrics),
        )
    rolled = asked.roll_up is not None
    dimensions = asked.question.dimensions
    time = "stat_time_day" if rolled else next((name for name in dimensions if name in _TIMES), "")
    owner = "business_center" if asked.report_type == "BC" else "advertiser"
    own = "bc_id" if owner == "business_center" else "advertiser_id"
    return ReportStream(
        name=asked.name,
        doc=asked.description or _told(asked),
        report_type=asked.report_type,  # type: ignore[arg-type]
        data_level=asked.data_level,  # type: ignore[arg-type]
        dimensions=dimensions,
        metrics=tuple(name for name in (*split.metrics, *split.summed) if name not in dimensions),
        primary_key=tuple(dict.fromkeys((own, *dimensions, *(("stat_time_day",) if rolled else ())))),
        replication_key=time,
        max_window_days=longest_window(replace(asked, dimensions=dimensions)),
        lifetime=asked.lifetime,
        owner=owner,  # type: ignore[arg-type]
        filters=asked.filters,
        update_method=asked.update_method or _usual(time),
        scopes=catalog().reports["ad_insights"].scopes,
        group="custom reports",
        beside=split.beside,
        stamped=rolled,
        period=str(asked.roll_up) if rolled else "",
        summed=split.summed,
    )


def _usual(time: str) -> UpdateMethod:
    return "partition" if time else "replace"


def _told(asked: ReportDefinition) -> str:
    by = " and ".join(asked.dimensions)
    return f"{asked.report_type} report by {by}, as the settings describe it."
