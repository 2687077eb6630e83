"""The tools of the examples, installed once, or the reason why they cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from examples.environment import NotInstalled, installed

_LARGE = ("dagster", "prefect", "airflow")
"""Tools that take minutes to install; `TIKTOK_ADS_BATTERY=full` runs their examples."""


def programs(name: str) -> Path:
    """The folder of the tool's programs. Without a package index the test is skipped; CI must have one."""
    if name in _LARGE and os.environ.get("TIKTOK_ADS_BATTERY") != "full":
        pytest.skip(f"{name} takes minutes to install: TIKTOK_ADS_BATTERY=full does")
    try:
        return installed(name)
    except NotInstalled as reason:
        if os.environ.get("CI"):
            pytest.fail(f"CI must be able to install {name}: {reason}")
        pytest.skip(f"{name} cannot be installed here: {reason}")
