"""A run report that another process told as JSON, as the value that it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from tiktok_ads.runreport import CallCount, Note, QuotaUse, RunReport, Skipped, TableLine, Unloaded


def read_report(told: Mapping[str, Any]) -> RunReport:
    """The report that `RunReport.to_json` told. The zones of the advertisers are not among it.

    Raises:
        msgspec.ValidationError, KeyError: it is none of this release.
    """
    return RunReport(
        run_id=str(told["run_id"]),
        started_at=msgspec.convert(told["started_at"], datetime),
        finished_at=msgspec.convert(told["finished_at"], datetime),
        outcome=told["outcome"],
        destination=str(told["destination"]),
        planned=_calls(told["calls"]["planned"]),
        made=_calls(told["calls"]["made"]),
        lines=msgspec.convert(told["tables"], tuple[TableLine, ...]),
        skipped=msgspec.convert(told["skipped"], tuple[Skipped, ...]),
        notes=msgspec.convert(told["notes"], tuple[Note, ...]),
        quota=msgspec.convert(told["quota"], QuotaUse),
        unloaded=msgspec.convert(told["unloaded"], tuple[Unloaded, ...]),
    )


def _calls(told: Mapping[str, int]) -> CallCount:
    return CallCount({purpose: calls for purpose, calls in told.items() if purpose != "total"})
