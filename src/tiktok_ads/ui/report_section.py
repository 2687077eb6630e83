"""The form of a report as a section of the settings file, and back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from tiktok_ads.builder import ReportDefinition, definition_from, definition_to
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.errors import UnknownName
from tiktok_ads.plan.rollup import RollUp
from tiktok_ads.ui.dataset_form import Wanted, wanted_of
from tiktok_ads.ui.datasets import Dataset, report_name
from tiktok_ads.ui.report_days import dates_text, days_said, roll_up_text
from tiktok_ads.ui.report_form import FilterLine, WantedReport


def report_values(wanted: WantedReport) -> dict[str, object]:
    """The keys of `[reports.NAME]`, None for those that are left out.

    Raises:
        ConfigError: the days or the roll-up cannot be read.
    """
    values: dict[str, object] = dict.fromkeys(ReportSettings.model_fields)
    del values["advertisers"], values["lookback_days"], values["store_changes"]
    values |= {"description": wanted.description or None, "report_type": wanted.report_type or None}
    if wanted.is_term:
        return values | {
            "term_type": list(wanted.term_type) or None,
            "language": list(wanted.language) or None,
        }
    lines = [f"{one.field} {one.operator.lower()} {one.value}" for one in wanted.filters if one.field]
    order = f"{wanted.order_by} {'desc' if wanted.descending else 'asc'}"
    return values | {
        "data_level": wanted.data_level or None,
        "dimensions": list(wanted.dimensions),
        "metrics": list(wanted.metrics) or None,
        "force_metrics": [name for name in re.split(r"[,\s]+", wanted.force_metrics) if name] or None,
        "filters": lines or None,
        "order_by": order if wanted.order_by else None,
        "dates": dates_text(wanted),
        "roll_up": roll_up_text(wanted),
        "update_method": wanted.update_method or None,
        "force": wanted.force or None,
    }


def wanted_report_of(one: Dataset) -> WantedReport:
    """The form of a report dataset that exists.

    Raises:
        UnknownName: it is none.
        ConfigError: what the file says of it cannot be read.
    """
    name = report_name(one.settings)
    if name is None:
        raise UnknownName(f"{one.name} is not a report.", "It is a replication of tables.")
    said = one.settings.reports[name]
    common: dict[str, Any] = {field: getattr(wanted_of(one), field) for field in Wanted.__dataclass_fields__}
    common["description"] = said.description or one.description
    if said.advertisers:
        common["advertisers"] = ", ".join(said.advertisers)
    if said.lookback_days is not None:
        common["lookback_days"] = str(said.lookback_days)
    stored = said.store_changes
    common["changes"] = one.settings.store_changes == "all" if stored is None else stored
    del common["name"]
    return replace(wanted_from(name, said, **common), name=one.name)


def wanted_from(name: str, said: ReportSettings, **common: Any) -> WantedReport:
    """The form of a report as a section of the file says it.

    Args:
        name: of the report.
        said: the section.
        common: further fields of the form.

    Raises:
        ConfigError: what the section says cannot be read.
    """
    made = definition_from(name, said)
    changes = {"changes": bool(said.store_changes)}
    return WantedReport(
        **{"name": name, **changes, **days_said(made.dates), **_definition_said(made), **common}
    )


def section_of(wanted: WantedReport) -> ReportSettings:
    """The section of the file that the form stands for.

    Raises:
        ConfigError: the form cannot be read.
    """
    values = {key: value for key, value in report_values(wanted).items() if value is not None}
    values.pop("description", None)
    return ReportSettings.model_validate(values | ({"store_changes": True} if wanted.changes else {}))


def _definition_said(made: ReportDefinition) -> dict[str, Any]:
    said = definition_to(made)
    rolled = made.roll_up or RollUp("week")
    return {
        "report_type": made.report_type,
        "data_level": made.data_level or "",
        "dimensions": made.dimensions,
        "metrics": made.metrics,
        "force_metrics": ", ".join(made.force_metrics),
        "filters": tuple(
            FilterLine(one.field, one.type, one.value if isinstance(one.value, str) else ", ".join(one.value))
            for one in made.filters
        ),
        "order_by": made.order_by,
        "descending": made.descending,
        "roll_up": made.roll_up.unit if made.roll_up else "",
        "roll_up_begins": rolled.week_start,
        "update_method": made.update_method or "",
        "term_type": said.term_type,
        "language": said.language,
        "force": made.force,
    }
