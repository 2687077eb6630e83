"""The setting `quota_store`: what it takes, what it refuses, and that no password is ever shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import SecretStr

from tests.quota.places import Clock, Redis, begin_book, book_of, gate_over, redis_server
from tests.worlds import EAST_AND_WEST, NOW, Desk, desk
from tiktok_ads.client.gate import QuotaGate, app_key, open_gate
from tiktok_ads.config import load_settings
from tiktok_ads.errors import ConfigError
from tiktok_ads.sync import run_sync

SECRET = "canary-9f31-password"


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")


@pytest.fixture
def it(tmp_path: Path) -> Desk:
    return desk(tmp_path, EAST_AND_WEST, start_date=NOW.date().isoformat())


@pytest.fixture
def locked_redis(tmp_path: Path) -> Iterator[Redis]:
    with redis_server(tmp_path, "--requirepass", SECRET) as running:
        yield running


@pytest.fixture
def own_rights() -> str:
    page = Path(__file__).parents[2] / "docs" / "many-machines.md"
    return next(
        line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("ACL SETUSER")
    )


def opened(store: str, app_id: str | None = "7") -> QuotaGate:
    return open_gate(
        api_url="https://business-api.tiktok.com",
        app_id=app_id,
        token=SecretStr("canary-token"),
        tier="basic",
        state_dir=None,
        store=store,
    )


@pytest.mark.parametrize(
    "store",
    [
        f"redis://:{SECRET}@host:6379/0",
        f"postgresql://user:{SECRET}@host/database",
        f"postgresql://user@host/database?password={SECRET}",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(store: str) -> None:
    """It would stand in process lists and logs."""
    with pytest.raises(ConfigError, match="REDISCLI_AUTH") as refused:
        load_settings({"quota_store": store})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "store", ["redis", "memcached://host", "redis://", "postgresql://host", "redis://h:x/0"]
)
def test_what_is_no_store_is_refused(store: str) -> None:
    """With how to write it."""
    with pytest.raises(ConfigError, match="sqlite, redis://host"):
        load_settings({"quota_store": store})


@pytest.mark.parametrize("store", ["redis://127.0.0.1:1/0", "postgresql://nobody@127.0.0.1:1/nothing"])
def test_a_store_that_cannot_be_reached_is_told_before_anything_is_asked(it: Desk, store: str) -> None:
    """No call goes to TikTok, and no destination is made."""
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:1") as refused:
        asyncio.run(run_sync(it.settings(quota_store=store, app_id="7"), transport=it.line))
    assert "docs/many-machines.md" in refused.value.hint
    assert it.asked == []
    assert not it.file.exists()


def test_a_wrong_password_is_told_and_not_shown(
    locked_redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the wrong one nor the right one stands in the error, the log or a repr."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ConfigError, match="REDISCLI_AUTH"):
        opened(locked_redis.url)
    monkeypatch.setenv("REDISCLI_AUTH", "canary-wrong-password")
    with pytest.raises(ConfigError, match="refused the login") as refused:
        opened(locked_redis.url)
    monkeypatch.setenv("REDISCLI_AUTH", SECRET)
    with opened(locked_redis.url) as gate:
        shown = f"{gate!r} {vars(gate)!r} {gate.notes()}"
    for text in (str(refused.value), shown, caplog.text):
        assert "canary" not in text


def test_a_wrong_password_of_postgres_is_told_and_not_shown(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for Postgres, whose variable is PGPASSWORD."""
    url = request.getfixturevalue("_postgres")
    monkeypatch.setenv("PGPASSWORD", "canary-wrong-password")
    with pytest.raises(ConfigError, match="PGPASSWORD") as refused:
        opened(url)
    assert "canary" not in str(refused.value)


def test_a_redis_that_forgets_when_it_is_full_is_refused(tmp_path: Path) -> None:
    """It would drop the count of calls without a word."""
    with (
        redis_server(tmp_path, "--maxmemory-policy", "allkeys-lru") as running,
        pytest.raises(ConfigError, match="allkeys-lru"),
    ):
        opened(running.url)


def test_a_user_of_redis_needs_no_more_rights_than_the_docs_say(
    own_rights: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of docs/many-machines.md is enough for every step."""
    with redis_server(tmp_path) as running:
        running.tell(*own_rights.replace("PASSWORD", SECRET).split())
        monkeypatch.setenv("REDISCLI_AUTH", SECRET)
        clock = Clock()
        book = book_of(running.url.replace("//", "//loader@"), clock)
        book.look()

        async def story() -> int:
            with gate_over(book, clock) as gate:
                turn = await gate.enter("ad/get")
                await gate.refused(turn, "ad/get", 40100, "QPS", advertiser_id=None)
                await gate.timed_out("f")
                turn = await gate.enter("report/task/create")
                clock.at += 1
                await gate.sent(turn)
                return gate.used_today()

        assert asyncio.run(story()) == 2
        with pytest.raises(redis.exceptions.NoPermissionError):
            redis.Redis(port=running.port, username="loader", password=SECRET).flushall()


def test_a_shared_quota_needs_to_know_whose_it_is() -> None:
    """Without an app id two logins of one app would count apart."""
    with pytest.raises(ConfigError, match="app_id"):
        opened("redis://127.0.0.1:1/0", app_id=None)


def test_a_sync_counts_its_calls_in_the_store(store: str, it: Desk) -> None:
    """The setting is all that is needed; the run report tells the day's calls of all machines."""
    key = app_key("http://127.0.0.1", "8")
    begin_book(store, key=key, tier="ultimate")
    settings: dict[str, Any] = {"quota_store": store, "app_id": "8", "tier": "ultimate"}
    first, second = (
        asyncio.run(run_sync(it.settings(**settings), transport=it.line, now=NOW)) for _ in range(2)
    )
    assert (first.outcome, second.outcome) == ("complete", "complete")
    assert second.quota.used_today == first.made.total + second.made.total == len(it.asked)
