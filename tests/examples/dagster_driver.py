"""Materializes assets of the Dagster example, step by step."""

from __future__ import annotations

import dagster as dg  # type: ignore[import-not-found]
from stepping import Step, drive, loaded  # type: ignore[import-not-found]


def do(step: Step) -> Step:
    """Materialize the assets named by `select` (all without it)."""
    example = loaded("dagster/assets.py")
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            example.tables, selection=step.get("select"), instance=instance, raise_on_error=False
        )
        failures = [one.step_failure_data.user_failure_data for one in done.get_step_failure_events()]
        return {
            "success": done.success,
            "retried": len(done.filter_events(lambda event: event.is_step_up_for_retry)),
            "failures": [one.description for one in failures if one],
            "loaded": {
                event.asset_key.to_user_string(): {
                    name: value.value for name, value in event.materialization.metadata.items()
                }
                for event in done.get_asset_materialization_events()
            },
            "checks": {
                f"{one.asset_key.to_user_string()} {one.check_name}": {
                    "passed": one.passed,
                    "severity": one.severity.value,
                    "left_out": one.metadata["left_out"].value if "left_out" in one.metadata else None,
                }
                for one in done.get_asset_check_evaluations()
            },
            "policies": [
                type(spec.freshness_policy).__name__ for asset in example.tables for spec in asset.specs
            ],
        }


if __name__ == "__main__":
    drive(do)
