"""A report with an endpoint of its own, as somebody describes it → a stream that is read like the presets."""

from __future__ import annotations

from collections.abc import Sequence

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import SpecialReport
from tiktok_ads.catalog.special_rules import (
    grouping_of,
    special_max_days,
    special_metrics,
    special_why_not,
)
from tiktok_ads.catalog.streams import TIMES, Filter, ReportStream, UpdateMethod, Value
from tiktok_ads.errors import ConfigError


def special_stream(
    report: str,
    *,
    name: str,
    dimensions: Sequence[str],
    metrics: Sequence[str] = (),
    filters: Sequence[Filter] = (),
    lifetime: bool = False,
    doc: str = "",
    group: str = "custom reports",
    update_method: UpdateMethod | None = None,
    force: bool = False,
) -> ReportStream:
    """The stream of a special report, with the columns that its calls decide.

    Args:
        report: GMV_MAX, CREATIVE, …
        name: of the table.
        dimensions: what TikTok splits rows by; days too where each is a call of its own.
        metrics: none means all but attributes.
        filters: the report's own; for `params` of the report, such as `material_type`, one value.
        lifetime: all time instead of days; where a report knows none, the last days that one call takes.
        doc: what a row is.
        group: where menus put it.
        update_method: None is partition with days, else replace.
        force: ask although the catalog knows something against it.

    Raises:
        ConfigError: with every reason why TikTok would refuse it.
    """
    values = {one.field: (one.value,) if isinstance(one.value, str) else one.value for one in filters}
    reasons = special_why_not(
        report,
        dimensions=dimensions,
        metrics=metrics,
        filters=values,
        lifetime=lifetime and report in catalog().special and catalog().special[report].lifetime,
    )
    if report not in catalog().special or (reasons and not force):
        raise ConfigError(f"The table {name} cannot be asked for: {' '.join(reasons)}")
    special = catalog().special[report]
    kind = grouping_of(special, dimensions)
    by_call = special.day_by_call and "stat_time_day" in dimensions
    columns = _columns(special, kind, [one for one in dimensions if not (by_call and one in TIMES)])
    times = [one for one in TIMES if one in dimensions]
    snapshot = lifetime or not special.max_days
    endpoint = special.endpoints[-1] if times else special.endpoints[0]
    return ReportStream(
        name=name,
        doc=doc or f"{special.doc} By {' and '.join(dimensions)}.",
        report_type=special.name,  # type: ignore[arg-type]
        dimensions=columns,
        metrics=tuple(one for one in metrics or _usual_metrics(special, kind) if one not in columns),
        primary_key=tuple(dict.fromkeys(("advertiser_id", *columns, *times))),
        replication_key=times[0] if times else "",
        endpoint=endpoint,
        max_window_days=1 if by_call else special_max_days(report, dimensions) or 1,
        page_size=min(catalog().endpoints[endpoint].max_page_size or 1000, 1000),
        lifetime=snapshot and not times,
        stamped=by_call,
        filters=tuple(one for one in filters if one.field not in special.params),
        params=_params(special, kind, values),
        update_method=update_method or ("partition" if times else "replace"),
        scopes=catalog().endpoints[endpoint].scope_ids,
        group=group,
    )


def _columns(special: SpecialReport, kind: str, dimensions: Sequence[str]) -> tuple[str, ...]:
    """The dimensions and the columns that the calls decide, in the order that the presets have."""
    wanted = [one for one in special.stamped if one != "second"]
    if special.name == "GMV_MAX" and kind != "campaign":
        wanted.remove("gmv_max_promotion_type")
    last = ("second",) if "second" in special.stamped else ()
    own = [one for one in dimensions if one not in special.stamped]
    lead = ("advertiser_id",) if "advertiser_id" in own else ()
    return tuple(dict.fromkeys((*lead, *wanted, *own, *last)))


def _usual_metrics(special: SpecialReport, kind: str) -> list[str]:
    known = special_metrics(special.name)
    at = special.metrics_at.get(kind, tuple(known))
    keeps_all = not special.sends_metrics
    return [one for one in at if keeps_all or not (known[one].is_attribute or one.startswith("all_shops_"))]


def _params(
    special: SpecialReport, kind: str, values: dict[str, tuple[str, ...]]
) -> tuple[tuple[str, Value], ...]:
    """What every call of the report sends beside its dimensions."""
    chosen: dict[str, Value] = {
        one: values[one][0] if values.get(one) else usual[0] for one, usual in special.params.items()
    }
    if special.name == "CREATIVE" and kind == "page":
        chosen["material_type"] = "INSTANT_PAGE"
    if special.name == "VIDEO_INSIGHT":
        chosen["report_type"] = special.name
    if special.name == "VIDEO_PERFORMANCE":
        chosen["report_type"] = kind
        if kind == "VIDEO":
            chosen["lifetime"] = True
    if special.name == "AD_BENCHMARK":
        chosen["dimensions"] = ("LOCATION", "AD_CATEGORY", "EXTERNAL_ACTION", "PLACEMENT")
    return tuple(chosen.items())
