"""One fixture that every destination passes through, each with a database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.destinations.lakes import bucket, s3
from tests.destinations.places import PASSWORD, Place, server, tell_server

_number = count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    before = os.environ.get("PGPASSWORD")
    os.environ["PGPASSWORD"] = PASSWORD
    try:
        with server() as url:
            yield url
    finally:
        os.environ.pop("PGPASSWORD")
        if before is not None:
            os.environ["PGPASSWORD"] = before


@pytest.fixture
def postgres(postgres_server: str) -> Place:
    """A new database of the test's own."""
    name = f"db{next(_number)}"
    tell_server(f"{postgres_server}/postgres", f"CREATE DATABASE {name}")
    return Place("postgres", f"{postgres_server}/{name}")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[None]:
    with s3():
        yield


@pytest.fixture
def parquet_s3(s3_server: None) -> Place:
    """A new bucket of the test's own."""
    return Place("parquet_s3", f"parquet+s3://{bucket(f'bucket{next(_number)}')}/ads")


_SHORT = {
    "dlt_duckdb": (
        *("restated", "became_empty", "columns_come", "%s", "forgetting", "second_writer", "not_ours"),
        *("nests", "nothing_behind", "runs_are", "kill_9_doubles_and_loses_nothing[dlt_duckdb-partition"),
    ),
    "dlt_postgres": ("restated", "became_empty", "columns_come", "forgetting"),
}
"""What runs of the suite without being asked for, by parts of the tests' names."""


def _is_short(request: pytest.FixtureRequest, names: tuple[str, ...]) -> bool:
    return any(name in request.node.name for name in names)


@pytest.fixture(params=["duckdb", "postgres", "parquet", "parquet_s3", "delta", "dlt_duckdb", "dlt_postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param in ("postgres", "parquet_s3"):
        found = request.getfixturevalue(request.param)
        assert isinstance(found, Place)
        return found
    if request.param.startswith("dlt_"):
        if os.environ.get("TIKTOK_ADS_BATTERY") != "full" and not _is_short(request, _SHORT[request.param]):
            pytest.skip("dlt takes seconds a load; the rest comes with TIKTOK_ADS_BATTERY=full")
        monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    if request.param == "dlt_postgres":
        pytest.importorskip("psycopg2", reason="dlt's Postgres needs psycopg2")
        behind = request.getfixturevalue("postgres")
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS__PASSWORD", PASSWORD)
        return Place("dlt_postgres", behind.url.replace("postgresql:", "dlt+postgres:"))
    if request.param == "dlt_duckdb":
        return Place("dlt_duckdb", f"dlt+duckdb:///{tmp_path}/out.duckdb")
    if request.param == "duckdb":
        return Place("duckdb", str(tmp_path / "out.duckdb"))
    return Place(request.param, f"{request.param}:///{tmp_path}/lake")
