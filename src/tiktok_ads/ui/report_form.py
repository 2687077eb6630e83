"""What the form of a report says, as typed."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_ads.ui.dataset_form import Wanted


@dataclass(frozen=True)
class FilterLine:
    """One filter as typed; it has no effect without a field."""

    field: str = ""
    operator: str = ""
    value: str = ""


@dataclass(frozen=True)
class WantedReport(Wanted):
    """What the form of a report says, as typed, beside what the form of every dataset does.

    `days` is kept, day, range, period or lifetime; what the other kinds of it had is kept. `changes` is
    whether each change of a row is stored.
    """

    tables: tuple[str, ...] = ()
    report_type: str = ""
    data_level: str = ""
    dimensions: tuple[str, ...] = ("campaign_id", "stat_time_day")
    metrics: tuple[str, ...] = ("spend", "impressions", "clicks", "conversion")
    force_metrics: str = ""
    filters: tuple[FilterLine, ...] = ()
    order_by: str = ""
    descending: bool = True
    days: str = "kept"
    day: str = "yesterday"
    range_first: str = "today-7"
    range_last: str = "yesterday"
    period: str = "last 7 days"
    period_begins: str = "monday"
    roll_up: str = ""
    roll_up_begins: str = "monday"
    update_method: str = ""
    term_type: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    changes: bool = False
    force: bool = False

    @property
    def is_term(self) -> bool:
        return self.report_type.upper() in ("TERM", "TERMS")
