"""Runs several dbt commands in one process of dbt's own environment, and writes what came of each as JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner  # type: ignore[import-not-found]


def ran(arguments: list[str]) -> dict[str, Any]:
    """Whether it worked; else what was complained of; and the status and message of each model and test."""
    complaints: list[str] = []

    def heard(event: Any) -> None:
        if event.info.level == "error":
            complaints.append(event.info.msg)

    done = dbtRunner(callbacks=[heard]).invoke(arguments)
    results = getattr(done.result, "results", None) or []
    return {
        "success": done.success,
        "complaints": [*complaints, str(done.exception or "")],
        "nodes": {
            one.node.name: {"status": str(one.status), "message": one.message or ""}
            for one in results
            if hasattr(one, "node")
        },
    }


if __name__ == "__main__":
    answers = []
    for step in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        os.environ.update(step["env"])
        answers.append(ran(step["arguments"]))
    Path(sys.argv[2]).write_text(json.dumps(answers), encoding="utf-8")
