"""Runs the Airflow example's DAG, step by step, as `airflow dags test` does."""

from __future__ import annotations

import contextlib

from airflow.models.asset import AssetEvent, AssetModel  # type: ignore[import-not-found]
from airflow.utils.db import initdb  # type: ignore[import-not-found]
from airflow.utils.session import create_session  # type: ignore[import-not-found]
from sqlalchemy import select
from stepping import Step, drive, loaded  # type: ignore[import-not-found]


def do(step: Step) -> Step:
    """One run of the DAG: how it and its tasks ended, and what was told to those who wait for the assets."""
    example = loaded("airflow/tiktok_ads_dag.py")
    run = example.every_login.test()
    with create_session() as session:
        tasks = {one.task_id: str(one.state) for one in run.get_task_instances(session=session)}
        found = session.execute(
            select(AssetModel.name, AssetEvent.extra)
            .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            .where(AssetEvent.source_run_id == run.run_id)
        )
        events = dict(found.all())
    return {"state": str(run.state), "tasks": tasks, "events": events}


if __name__ == "__main__":
    with contextlib.suppress(SystemExit):
        initdb()
    drive(do)
