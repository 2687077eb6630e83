"""Runs one example against the simulator: `python examples/run.py dagster`, or `make example-dagster`."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from examples.environment import HOME, ROOT, NotInstalled, installed

DAYS = 20
_HERE = ROOT / "examples"
_SYNC = "tiktok-ads sync --connection"
COMMANDS: dict[str, tuple[str, ...]] = {
    "dbt": (
        f"{_SYNC} brand",
        f"{_SYNC} shop",
        "dbt deps --project-dir project/examples/dbt",
        "dbt build --project-dir project/examples/dbt --profiles-dir project/examples/dbt",
    ),
    "dagster": (f"dagster asset materialize --select * -f {_HERE / 'dagster' / 'assets.py'}",),
    "prefect": (f"python {_HERE / 'prefect' / 'flow.py'}",),
    "airflow": ("airflow db migrate", "airflow dags test tiktok_ads"),
}
"""What a user would type, after `cd` into the folder of the run."""


def surroundings(name: str, folder: Path, *, api_url: str, programs: Path) -> dict[str, str]:
    """The variables of an example's run: a simulator instead of TikTok, and nothing told to anybody.

    A real account needs the settings file, and a token if none is kept on the machine.
    """
    ours = {key: value for key, value in os.environ.items() if not key.startswith("TIKTOK_ADS_")}
    paths = os.pathsep.join((str(programs), str(Path(sys.executable).parent), ours.get("PATH", "")))
    first = datetime.now(UTC).date() - timedelta(days=DAYS)
    return {
        **ours,
        "PATH": paths,
        "TIKTOK_ADS_CONFIG": str(_HERE / "tiktok_ads.toml"),
        "TIKTOK_ADS_API_URL": api_url,
        "TIKTOK_ADS_ACCESS_TOKEN": "simulator-token",
        "TIKTOK_ADS_DESTINATION": f"duckdb:///{folder / 'ads.duckdb'}",
        "TIKTOK_ADS_STATE_DIR": str(folder / "state"),
        "TIKTOK_ADS_START_DATE": first.isoformat(),
        "TIKTOK_ADS_TIER": "ultimate",
        "DO_NOT_TRACK": "1",
        **_of_the_tool(name, folder),
    }


def _of_the_tool(name: str, folder: Path) -> Mapping[str, str]:
    """Where the tool keeps what it keeps: in the folder of the run, not in the reader's home."""
    return {
        "dbt": {"ADS_FILE": str(folder / "ads.duckdb"), "DBT_LOG_PATH": str(folder / "logs")},
        "dagster": {"DAGSTER_HOME": str(folder / "home"), "DAGSTER_DISABLE_TELEMETRY": "yes"},
        "prefect": {
            "PREFECT_HOME": str(folder / "home"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            # A machine that has other things to do takes longer than the usual twenty seconds.
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        },
        "airflow": {
            "AIRFLOW_HOME": str(folder / "home"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(_HERE / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        },
    }[name]


def prepare(name: str, folder: Path) -> None:
    """An empty folder with what the tool must find there."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "home").mkdir(parents=True)
    if name == "dbt":
        # A copy: dbt writes what it installs into the project.
        for part in ("dbt", "examples/dbt"):
            shutil.copytree(ROOT / part, folder / "project" / part)


def main(name: str) -> int:
    """Install the tool, start a simulated TikTok, run the example's commands; the exit code of the last."""
    from tiktok_ads.simulator.options import Options
    from tiktok_ads.simulator.server import running

    if name not in COMMANDS:
        print(f"There are {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    try:
        programs = installed(name)
    except NotInstalled as reason:
        print(f"{name} could not be installed. {reason}", file=sys.stderr)
        return 1
    folder = HOME / name / "run"
    prepare(name, folder)
    with running("demo", options=Options(tier="ultimate")) as tiktok:
        env = surroundings(name, folder, api_url=tiktok.url, programs=programs)
        for command in COMMANDS[name]:
            print(f"$ {command}", flush=True)
            done = subprocess.run(shlex.split(command), cwd=folder, env=env, check=False)  # noqa: S603
            if done.returncode:
                return done.returncode
    print(f"The rows are in {folder / 'ads.duckdb'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
