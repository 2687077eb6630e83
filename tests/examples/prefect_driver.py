"""Runs the Prefect example's flow, step by step, on a temporary server."""

from __future__ import annotations

from prefect.client.orchestration import get_client  # type: ignore[import-not-found]
from stepping import Step, drive, loaded  # type: ignore[import-not-found]


def do(step: Step) -> Step:
    """Run the flow with as many `rounds`, without pauses; tells its end, its tasks and what they attached."""
    example = loaded("prefect/flow.py")
    with get_client(sync_client=True) as client:
        before = {one.id for one in client.read_task_runs()}
        state = example.replicate(rounds=step["rounds"], pause_minutes=0, return_state=True)
        tasks = [one for one in client.read_task_runs() if one.id not in before]
        newest = {one.key: one for one in sorted(client.read_artifacts(), key=lambda one: one.created)}
    return {
        "state": state.name,
        "message": state.message or "",
        "syncs": sorted((one.name, one.run_count) for one in tasks if one.name.startswith("sync")),
        "artifacts": {key: {"data": one.data, "says": one.description} for key, one in newest.items()},
    }


if __name__ == "__main__":
    drive(do)
