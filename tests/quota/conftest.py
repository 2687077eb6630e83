"""A Redis and a Postgres server for the whole folder; each test counts in a book of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from tests.destinations.places import PASSWORD, server
from tests.quota.places import Redis, redis_server

_number = count()


@pytest.fixture(scope="session")
def _redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture(scope="session")
def _postgres() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", PASSWORD)
        with server() as url:
            yield f"{url}/postgres"


@pytest.fixture(params=["redis", "postgres"])
def store(request: pytest.FixtureRequest) -> str:
    """The address of a store that tests share; none of them harms it."""
    found = request.getfixturevalue(f"_{request.param}")
    return found.url if isinstance(found, Redis) else str(found)


@pytest.fixture
def key() -> str:
    """The key of an app that no other test has."""
    return f"app-{os.getpid()}-{next(_number)}"
