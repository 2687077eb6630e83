"""Each example by one command, from nothing; and the files for schedulers that need no tool of their own."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from examples.environment import HOME
from examples.run import COMMANDS

from tests.examples.steps import TABLES
from tests.examples.tools import programs
from tiktok_ads.runreport import EXIT_CODES

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
USAGE = 2


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", COMMANDS)
def test_one_command_runs_the_example(name: str) -> None:
    """It ends well, and the rows of all tables are where it says."""
    programs(name)
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "run.py"), name],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    file = HOME / name / "run" / "ads.duckdb"
    assert str(file) in done.stdout.splitlines()[-1]
    with duckdb.connect(str(file), read_only=True) as connection:
        for table in TABLES:
            query = f"SELECT count(*), count(DISTINCT advertiser_id) FROM tiktok_ads.{table}"
            rows, advertisers = connection.execute(query).fetchall()[0]
            assert rows > 0
            assert advertisers > 1


def test_an_example_that_is_not_there_is_said() -> None:
    """The names that there are, and the exit code of a mistake."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "run.py"), "luigi"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (USAGE, "There are dbt, dagster, prefect, airflow.")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_pinned_and_shown(name: str) -> None:
    """Its lock file names versions, hashes and no host; the docs name its command."""
    lock = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    assert f"make example-{name}" in pages


@pytest.mark.parametrize("code", [*EXIT_CODES.values(), USAGE])
def test_kubernetes_takes_partial_for_success_and_never_repeats_a_mistake(code: int, tmp_path: Path) -> None:
    """The container's command hands on every exit code but 3, and 2 ends the job."""
    job = yaml.safe_load((EXAMPLES / "kubernetes" / "cronjob.yaml").read_text())["spec"]
    assert job["concurrencyPolicy"] == "Forbid"
    spec = job["jobTemplate"]["spec"]
    (rule,) = spec["podFailurePolicy"]["rules"]
    (container,) = spec["template"]["spec"]["containers"]
    assert (rule["action"], rule["onExitCodes"]["values"]) == ("FailJob", [USAGE])
    assert rule["onExitCodes"]["containerName"] == container["name"]

    stand_in = tmp_path / "tiktok-ads"
    stand_in.write_text(f'#!/bin/sh\n[ "$*" = "sync --json" ] && exit {code}\nexit 99\n')
    stand_in.chmod(0o755)
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(container["command"], env=path, check=False)
    assert done.returncode == (0 if code == EXIT_CODES["partial"] else code)


def test_systemd_takes_partial_for_success_and_never_repeats_a_mistake() -> None:
    """3 is success, 2 is not tried again, and the timer starts the service of its name."""
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    service, timer = (EXAMPLES / "systemd" / f"tiktok-ads-sync.{kind}" for kind in ("service", "timer"))
    read.read(service)
    assert read["Service"]["SuccessExitStatus"] == str(EXIT_CODES["partial"])
    assert read["Service"]["RestartPreventExitStatus"] == str(USAGE)
    assert read["Service"]["ExecStart"].endswith("tiktok-ads sync --json")
    read.read(timer)
    assert read["Timer"]["Persistent"] == "true"
