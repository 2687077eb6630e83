"""Which server a setting `quota_store` names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tiktok_ads.client.shared.server import Server


def server_maker(store: str) -> Callable[[], Server]:
    """Opens the server of a `redis://`, `rediss://` or `postgresql://` address, each time a new one."""
    if store.partition("://")[0] in ("redis", "rediss"):
        from tiktok_ads.client.shared.redis import RedisServer

        return partial(RedisServer, store)
    from tiktok_ads.client.shared.postgres import PostgresServer

    return partial(PostgresServer, store)
