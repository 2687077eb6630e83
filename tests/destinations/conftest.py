"""One fixture that every destination passes through, each with a database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

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


@pytest.fixture(params=["duckdb", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "postgres":
        found = request.getfixturevalue("postgres")
        assert isinstance(found, Place)
        return found
    return Place("duckdb", str(tmp_path / "out.duckdb"))
