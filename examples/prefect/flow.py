"""TikTok Ads in Prefect: a flow for each login, which asks again only for what was left out.

Try it with `make example-prefect`; deploy it with `prefect deploy examples/prefect/flow.py:replicate`.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.states import Completed, Failed
from prefect.tasks import exponential_backoff

from tiktok_ads import AuthError, ConfigError, RunReport, load_settings, run_sync


def may_help(task: Any, run: Any, state: Any) -> bool:
    """Whether the same again may work: it does not where a setting or a new sign-in is needed."""
    return not isinstance(state.result(raise_on_failure=False), (ConfigError, AuthError))


@task(
    task_run_name="sync {connection}",
    retries=3,
    retry_delay_seconds=exponential_backoff(backoff_factor=60),
    retry_condition_fn=may_help,
)
def sync(connection: str, tables: list[str] | None = None, advertiser: str | None = None) -> RunReport:
    """One sync of a login, or of some tables of one advertiser. What is loaded stays loaded."""
    chosen = {"connection": connection, "tables": tables, "advertisers": advertiser}
    report = asyncio.run(run_sync(load_settings(chosen)))
    for note in report.notes:
        get_run_logger().info(note.text)
    return report


def unread(reports: Iterable[RunReport]) -> dict[str, list[str]]:
    """The tables of each advertiser that are not complete."""
    found = defaultdict(list)
    for report in reports:
        for line in report.lines:
            if report.skipped and line.outcome != "complete":
                found[line.advertiser_id].append(line.table)
    return found


@flow(flow_run_name="{connection}")
def login(connection: str, rounds: int, pause_minutes: float) -> Any:
    """Sync a login; then, after a pause, only those tables of those advertisers that were left out."""
    first = sync(connection)
    latest, every = [first], [first]
    for _ in range(rounds - 1):
        left = unread(latest)
        if not left:
            break
        time.sleep(pause_minutes * 60)
        latest = [sync(connection, tables, advertiser) for advertiser, tables in left.items()]
        every += latest
    # An advertiser that the login no longer reaches has no table to ask for again.
    out_of_reach = [one for one in first.skipped if one.advertiser_id and not one.table]
    left_out = [*out_of_reach, *(one for report in latest for one in report.skipped)]
    told = list(dict.fromkeys(f"{one.what} → {one.remedy}" for one in left_out))
    create_table_artifact(
        figures(every), key=f"tiktok-ads-{connection}", description="\n".join(told) or "Nothing was left out."
    )
    if all(report.outcome == "failed" for report in every):
        return Failed(message="\n".join(told) or "Nothing was loaded.")
    # Partial is a warning: what is loaded is true, and the next run reads what is missing.
    return Completed(name="Partial", message="\n".join(told)) if told else Completed()


def figures(reports: list[RunReport]) -> list[dict[str, Any]]:
    """One row for each table: what was read, and to which day it is complete for every advertiser."""
    lines = [line for report in reports for line in report.lines]
    newest = {(line.table, line.advertiser_id): line for line in lines}
    rows = []
    for table in dict.fromkeys(line.table for line in lines):
        days = [line.complete_to for (name, _), line in newest.items() if name == table]
        rows.append(
            {
                "table": table,
                "rows read": sum(line.rows_read for line in lines if line.table == table),
                "calls": sum(line.calls for line in lines if line.table == table),
                "complete to": "" if None in days else str(min(filter(None, days))),
            }
        )
    return rows


@flow
def replicate(rounds: int = 3, pause_minutes: float = 10) -> Any:
    """Every login of the settings file, one after the other: DuckDB has one writer."""
    ended = {
        name: login(name, rounds, pause_minutes, return_state=True) for name in load_settings().connections
    }
    told = "\n".join(f"{name}: {state.message}" for name, state in ended.items() if state.message)
    if any(state.is_failed() for state in ended.values()):
        return Failed(message=told)
    if any(state.name == "Partial" for state in ended.values()):
        return Completed(name="Partial", message=told)
    return Completed()


if __name__ == "__main__":
    replicate()
