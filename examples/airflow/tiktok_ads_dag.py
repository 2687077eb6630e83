"""TikTok Ads in Airflow: a group of tasks for each login, and an asset that other DAGs can wait for.

Try it with `make example-airflow`; use it by copying it into the folder of your DAGs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import Asset, Metadata, dag, task, task_group
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from tiktok_ads import AuthError, ConfigError, RunReport, load_settings, run_sync

# An agency's report names thousands of advertisers; the whole of it is in the destination, in `_runs`.
_TOLD = 20


def summary(report: RunReport) -> dict[str, Any]:
    """What a run did, short enough to be handed from task to task."""
    told = report.to_json()
    return {
        "run_id": report.run_id,
        "outcome": report.outcome,
        "rows": told["rows"],
        "calls": report.made.total,
        "complete_to": told["freshness"],
        "left_out": [f"{one.what} → {one.remedy}" for one in report.skipped[:_TOLD]],
        "left_out_in_all": len(report.skipped),
        "notes": [one.text for one in report.notes],
    }


def group_of(connection: str) -> Any:
    """The tasks of one login."""
    rows = Asset(f"tiktok_ads_{connection}")

    @task(outlets=[rows], retries=3, retry_delay=timedelta(minutes=5), retry_exponential_backoff=True)
    def sync() -> Iterator[Any]:
        """Load what is missing. A retry goes on where the last try stopped."""
        try:
            report = asyncio.run(run_sync(load_settings({"connection": connection})))
        except (ConfigError, AuthError) as error:
            # A setting or the login: the same again would not help.
            raise AirflowFailException(str(error)) from error
        told = summary(report)
        if report.outcome == "failed":
            raise RuntimeError("\n".join(told["left_out"]) or "Nothing was loaded.")
        yield Metadata(rows, extra=told)
        return told

    @task
    def nothing_left_out(told: dict[str, Any]) -> None:
        """Skipped where something was left out: a warning, since what is loaded is true."""
        if told["left_out"]:
            raise AirflowSkipException("\n".join(told["left_out"]))

    @task_group(group_id=connection)
    def tasks() -> None:
        nothing_left_out(sync())

    return tasks


@dag(
    dag_id="tiktok_ads",
    schedule="15 6 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    # DuckDB has one writer.
    max_active_tasks=1,
)
def tiktok_ads() -> None:
    """Sync every login of the settings file."""
    for connection in load_settings().connections:
        group_of(connection)()


every_login = tiktok_ads()
