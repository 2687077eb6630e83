"""What is sent for a slice: parameters built from scratch each time, as TikTok documents them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from tiktok_ads.catalog.model import EntityStream, Level, ReportStream
from tiktok_ads.plan import Window

METRICS_PER_CALL = 100
IDS_PER_FILTER = 100
CAMPAIGNS_PER_CALL = 30
"""A filter takes more ids, but TikTok advises at most 30 campaigns."""

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
    window: Window,
    metrics: Sequence[str],
    include_deleted: bool,
    campaign_ids: Sequence[str] = (),
    top_view: bool = False,
) -> dict[str, object]:
    """One call of `report/integrated/get/`, without its page.

    Source: API reference v1.3, /report/integrated/get/; without a status filter deleted objects and their
    spend are left out, and TopView comes only when `buying_type` asks for it alone.
    """
    params: dict[str, object] = {
        "advertiser_id": advertiser_id,
        "report_type": stream.report_type,
        "data_level": stream.data_level,
        "dimensions": list(stream.dimensions),
        "metrics": list(metrics),
        "start_date": window.first.isoformat(),
        "end_date": window.last.isoformat(),
        "page_size": stream.page_size,
    }
    filters = []
    status = _STATUS_FIELD[stream.data_level]
    if include_deleted and status:
        filters.append(_in(status, ["STATUS_ALL"]))
    if campaign_ids:
        filters.append(_in("campaign_ids", campaign_ids))
    if top_view:
        filters.append(_in("buying_type", ["RESERVATION_TOP_VIEW"]))
    if filters:
        params["filtering"] = filters
    return params


def task_body(
    stream: ReportStream,
    *,
    advertiser_id: str,
    window: Window,
    metrics: Sequence[str],
    campaign_ids: Sequence[str] = (),
) -> dict[str, object]:
    """The body of `report/task/create/`: no status filter is possible, titles stay untranslated.

    Source: API reference v1.3, /report/task/create/.
    """
    body: dict[str, object] = {
        "advertiser_id": advertiser_id,
        "report_type": stream.report_type,
        "data_level": stream.data_level,
        "dimensions": list(stream.dimensions),
        "metrics": list(metrics),
        "start_date": window.first.isoformat(),
        "end_date": window.last.isoformat(),
        "output_format": "CSV_STRING",
        "enable_report_title_translation": False,
    }
    if campaign_ids:
        body["filtering"] = [_in("campaign_ids", campaign_ids)]
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
    """Metrics in calls of at most 100, none of them a dimension."""
    asked = [name for name in dict.fromkeys(metrics) if name not in stream.dimensions]
    cuts = range(0, len(asked), METRICS_PER_CALL)
    return [tuple(asked[cut : cut + METRICS_PER_CALL]) for cut in cuts] or [()]


def in_chunks(ids: Iterable[str], size: int) -> list[tuple[str, ...]]:
    """The ids, each once, in groups of at most `size`."""
    each = list(dict.fromkeys(ids))
    return [tuple(each[cut : cut + size]) for cut in range(0, len(each), size)]


def _in(field_name: str, values: Sequence[str]) -> dict[str, str]:
    # The value of a filter is text that holds a JSON array, inside a parameter that is JSON itself.
    text = json.dumps(list(values), separators=(",", ":"))
    return {"field_name": field_name, "filter_type": "IN", "filter_value": text}
