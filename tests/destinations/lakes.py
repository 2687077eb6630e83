"""Lakes for tests: folders, and buckets of an S3 server of the test's own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import httpx2
import pytest

from tiktok_ads.load.destination import SCHEMA
from tiktok_ads.load.lake.opening import open_views
from tiktok_ads.load.lake.urls import where
from tiktok_ads.load.sql import quoted

SECRET = "canary-77d0-secret"


@contextmanager
def s3() -> Iterator[None]:
    """An S3 server on a free loopback port; the usual variables lead to it, and open it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # In a process of its own: delta-rs lets no other thread run while it waits for an answer.
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    variables = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        server.kill()
        server.wait()


@contextmanager
def only_who_may() -> Iterator[str]:
    """The running server checks who asks, and knows nobody; gives the key that it then refuses."""

    def unchecked(requests: str) -> None:
        endpoint = os.environ["AWS_ENDPOINT_URL"]
        httpx2.post(f"{endpoint}/moto-api/reset-auth", content=requests).raise_for_status()

    unchecked("0")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ACCESS_KEY_ID", "AKIACANARY77D0")
            yield "AKIACANARY77D0"
    finally:
        unchecked("inf")


def bucket(name: str) -> str:
    """A new bucket."""
    import s3fs  # type: ignore[import-untyped]

    s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
    return name


def put_into_bucket(url: str, path: str) -> None:
    """A file of somebody else's where our tables would stand."""
    import s3fs

    s3fs.S3FileSystem(skip_instance_cache=True).pipe_file(f"{where(url).root}/tiktok_ads/{path}", b"x")


def in_bucket(url: str) -> list[str]:
    """Every object of the bucket."""
    import s3fs

    return list(s3fs.S3FileSystem(skip_instance_cache=True).find(where(url).root.partition("/")[0]))


def ask_lake(url: str, sql: str) -> list[tuple[object, ...]]:
    """What a user sees who has the lake's tables shown, in the schema that the query names."""
    with open_views(url, schema=_schema_of(url, sql)) as views:
        if views.schema == SCHEMA:
            views.run(f"SET schema = '{SCHEMA}'")
        return views.run(sql)


def _schema_of(url: str, sql: str) -> str:
    place = where(url)
    if place.store:
        folders = {path.removeprefix(f"{place.root}/").partition("/")[0] for path in in_bucket(url)}
    else:
        folders = {*os.listdir(place.root)} if Path(place.root).is_dir() else set()
    return next((name for name in map(unquote, folders) if quoted(name) in sql), SCHEMA)
