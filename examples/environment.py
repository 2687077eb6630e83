"""Gives each example's tool an environment of its own, with the versions that were tested."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv" / "examples"
# Tools that only read the database; in the others' environment our package is installed as well.
ALONE = frozenset({"dbt"})
# The lock is complete; by itself pip stumbles over requirements that are pinned without their extras.
_INSTALL = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile", "--no-deps")


class NotInstalled(Exception):
    """The tool could not be installed, with pip's own reason."""


def installed(name: str) -> Path:
    """The folder of the tool's programs; it is installed when that was not done with the current pins.

    Raises:
        NotInstalled: pip failed, as it does without a network.
    """
    lock = ROOT / "locks" / f"{name}.txt"
    folder = HOME / name
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    pins = lock.read_text(encoding="utf-8") + sys.version
    HOME.mkdir(parents=True, exist_ok=True)
    with FileLock(HOME / f"{name}.lock"):
        done = folder / "installed.txt"
        if not done.exists() or done.read_text(encoding="utf-8") != pins:
            venv.create(folder, clear=True, with_pip=True)
            _pip(programs, "--require-hashes", "-r", str(lock))
            if name not in ALONE:
                _pip(programs, "--no-build-isolation", "-e", str(ROOT))
            done.write_text(pins, encoding="utf-8")
    return programs


def _pip(programs: Path, *what: str) -> None:
    done = subprocess.run(  # noqa: S603  (our own words)
        [str(programs / "python"), *_INSTALL, *what], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reasons = [line for line in done.stderr.splitlines() if line.lower().startswith("error")]
        raise NotInstalled((reasons or done.stderr.splitlines() or ["pip failed"])[-1])
