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


@pytest.fixture(params=["duckdb", "postgres", "parquet", "parquet_s3", "delta"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param in ("postgres", "parquet_s3"):
        found = request.getfixturevalue(request.param)
        assert isinstance(found, Place)
        return found
    if request.param == "duckdb":
        return Place("duckdb", str(tmp_path / "out.duckdb"))
    return Place(request.param, f"{request.param}:///{tmp_path}/lake")
