"""What is sent for a slice: parameters built from scratch each time, as TikTok documents them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import Level
from tiktok_ads.catalog.streams import EntityStream, Filter, ReportStream
from tiktok_ads.plan import Window

METRICS_PER_CALL = 100
IDS_PER_FILTER = 100
CAMPAIGNS_PER_CALL = 30
"""A filter takes more ids, but TikTok advises at most 30 campaigns."""

_WITH_STATUS = ("BASIC", "AUDIENCE")
"""Report types that are documented to leave deleted objects out, and to give them when asked."""
_BUYING_TYPE = "buying_type"
_ID_FILTERS = {
    "campaign_id": "campaign_ids",
    "adgroup_id": "adgroup_ids",
    "ad_id": "ad_ids",
    "ad_id_v2": "ad_ids_v2",
}
_STATUS_FIELD: dict[Level, str | None] = {
    # A higher level's status field is refused at a lower level, and the advertiser level has none.
    "AUCTION_ADVERTISER": None,
    "AUCTION_CAMPAIGN": "campaign_status",
    "AUCTION_ADGROUP": "adgroup_status",
    "AUCTION_AD": "ad_status",
}


def report_params(
    stream: ReportStream,
    *,
    advertiser_id: str,
    window: Window | None,
    metrics: Sequence[str],
    include_deleted: bool,
    ids: Sequence[str] = (),
    id_filter: str = "campaign_ids",
    top_view: bool = False,
) -> dict[str, object]:
    """One call of `report/integrated/get/`, without its page.

    Args:
        stream: the report.
        advertiser_id: whose; for some reports the id of a Business Center.
        window: None for a lifetime.
        metrics: those of this call.
        include_deleted: ask for objects of every status.
        ids: only these campaigns, or what else `id_filter` picks; none means all.
        id_filter: the field of that filter.
        top_view: TopView alone.

    Source: API reference v1.3, /report/integrated/get/; without a status filter deleted objects and their
    spend are left out, and TopView comes only when `buying_type` asks for it alone.
    """
    params: dict[str, object] = {
        stream.owner_column: advertiser_id,
        **_question(stream, window, metrics),
        "page_size": stream.page_size,
        **dict(stream.params),
    }
    filters = [_condition(one) for one in stream.filters]
    status = status_field(stream)
    if include_deleted and status and all(one.field != status for one in stream.filters):
        filters.append(_in(status, ["STATUS_ALL"]))
    if ids:
        filters.append(_in(id_filter, ids))
    if top_view:
        filters.append(_in("buying_type", ["RESERVATION_TOP_VIEW"]))
    if filters:
        params["filtering"] = filters
    return params


def _question(stream: ReportStream, window: Window | None, metrics: Sequence[str]) -> dict[str, object]:
    """What is asked, as both ways of asking take it."""
    asked: dict[str, object] = {"report_type": stream.report_type}
    if stream.data_level:
        asked["data_level"] = stream.data_level
    asked |= {"dimensions": list(stream.dimensions), "metrics": list(metrics)}
    if window is None:
        return asked | {"query_lifetime": True}
    return asked | {"start_date": window.first.isoformat(), "end_date": window.last.isoformat()}


def status_field(stream: ReportStream) -> str | None:
    """The filter that brings deleted objects back; None where there is none."""
    if stream.data_level is None or stream.report_type not in _WITH_STATUS:
        return None
    return _STATUS_FIELD[stream.data_level]


def takes_top_view(stream: ReportStream) -> bool:
    """Whether rows of TopView, which take a call of their own, can stand beside the others.

    In rows about the whole advertiser they cannot: two rows would be about the same thing. Nor in reports of
    which TikTok takes only so many objects, as nothing names those of TopView.
    """
    ids = {"campaign_id", "adgroup_id", "ad_id", "ad_id_v2"}
    free = all(one.field != _BUYING_TYPE for one in stream.filters)
    named = bool(ids & {*stream.dimensions}) and most_objects(stream) is None
    return free and named and stream.report_type in _WITH_STATUS


def takes_campaigns(stream: ReportStream) -> bool:
    """Whether it can be cut by campaigns."""
    free = all(one.field != "campaign_ids" for one in stream.filters)
    return free and stream.report_type in (*_WITH_STATUS, "CATALOG")


def own_ids(stream: ReportStream) -> tuple[str, str] | None:
    """The dimension that names the report's objects, and the filter that picks some of them."""
    return next((pair for pair in _ID_FILTERS.items() if pair[0] in stream.dimensions), None)


def most_objects(stream: ReportStream) -> int | None:
    """How many objects one call may be about before TikTok blocks it; None where it never does."""
    own = own_ids(stream)
    dimensions = catalog().dimensions
    limits = [dimensions[name].max_ids for name in stream.dimensions if name in dimensions]
    known = [limit for limit in limits if limit is not None]
    if own is None or not known or any(one.field == own[1] for one in stream.filters):
        return None
    return min(known)


def takes_tasks(stream: ReportStream) -> bool:
    """Whether the asynchronous report is the same: it knows no filter but ids."""
    ids = ("campaign_ids", "adgroup_ids", "ad_ids", "ad_ids_v2")
    kind = catalog().report_types[stream.report_type]
    return kind.asynchronous and all(one.field in ids for one in stream.filters)


def task_body(
    stream: ReportStream,
    *,
    advertiser_id: str,
    window: Window | None,
    metrics: Sequence[str],
    campaign_ids: Sequence[str] = (),
) -> dict[str, object]:
    """The body of `report/task/create/`: no status filter is possible, titles stay untranslated.

    Source: API reference v1.3, /report/task/create/.
    """
    body: dict[str, object] = {
        "advertiser_id": advertiser_id,
        **_question(stream, window, metrics),
        "output_format": "CSV_STRING",
        "enable_report_title_translation": False,
    }
    filters = [_condition(one) for one in stream.filters]
    if campaign_ids:
        filters.append(_in("campaign_ids", campaign_ids))
    if filters:
        body["filtering"] = filters
    return body


def list_params(
    stream: EntityStream,
    *,
    advertiser_id: str,
    include_deleted: bool,
    modified_after: datetime | None = None,
    top_view: bool = False,
    page_size: int | None = None,
) -> dict[str, object]:
    """One call of an entity list, without its page.

    `fields` is never sent: a list of names would hide every field that TikTok adds.
    """
    filtering: dict[str, object] = {}
    if include_deleted and stream.deletable:
        filtering["primary_status"] = "STATUS_ALL"
    if modified_after is not None:
        filtering["modified_after"] = modified_after.strftime("%Y-%m-%d %H:%M:%S")
    if top_view:
        filtering["buying_types"] = ["RESERVATION_TOP_VIEW"]
    usual = stream.top_view_page_size if top_view else stream.page_size
    params: dict[str, object] = {"advertiser_id": advertiser_id, "page_size": page_size or usual}
    if filtering:
        params["filtering"] = filtering
    return params


def metric_calls(stream: ReportStream, metrics: Sequence[str]) -> list[tuple[str, ...]]:
    """Metrics in calls of at most 100, none of them a dimension or asked by day to be added up."""
    apart = (*stream.dimensions, *stream.summed)
    asked = [name for name in dict.fromkeys(metrics) if name not in apart]
    cuts = range(0, len(asked), METRICS_PER_CALL)
    calls = [tuple(asked[cut : cut + METRICS_PER_CALL]) for cut in cuts]
    return calls if calls or stream.summed else [()]


def in_chunks(ids: Iterable[str], size: int) -> list[tuple[str, ...]]:
    """The ids, each once, in groups of at most `size`."""
    each = list(dict.fromkeys(ids))
    return [tuple(each[cut : cut + size]) for cut in range(0, len(each), size)]


def _in(field_name: str, values: Sequence[str]) -> dict[str, str]:
    return _condition(Filter(field_name, "IN", tuple(values)))


def _condition(one: Filter) -> dict[str, str]:
    # A list is text that holds a JSON array, inside a parameter that is JSON itself.
    value = one.value if isinstance(one.value, str) else json.dumps(list(one.value), separators=(",", ":"))
    return {"field_name": one.field, "filter_type": one.type, "filter_value": value}
