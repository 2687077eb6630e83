"""The part of the environment that goes along to other processes, its values out of everybody's sight."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from tiktok_ads.config.table import ENV_PREFIX
from tiktok_ads.credentials.find import ENV_APP_SECRET, ENV_TOKEN

_OF_QUOTA_STORES = ("REDISCLI_AUTH", "PGPASSWORD")
SECRETS = (ENV_TOKEN, ENV_APP_SECRET, *_OF_QUOTA_STORES)
# It may hold a password, and nothing is loaded anywhere.
_LEFT_BEHIND = (f"{ENV_PREFIX}DESTINATION",)


@dataclass(frozen=True)
class Carried:
    """Variables by name. They are pickled as they are; a repr shows none of the values."""

    variables: tuple[tuple[str, SecretStr], ...] = ()

    def without(self, *names: str) -> Carried:
        return Carried(tuple(one for one in self.variables if one[0] not in names))

    def having(self, name: str, value: SecretStr) -> Carried:
        return Carried((*self.without(name).variables, (name, value)))

    @contextmanager
    def put_on(self) -> Iterator[None]:
        """Within the block, the environment of this process has these variables."""
        before = {name: os.environ.get(name) for name, _ in self.variables}
        os.environ.update({name: value.get_secret_value() for name, value in self.variables})
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def packed(environment: Mapping[str, str], *, secrets: bool) -> Carried:
    """What of an environment concerns us; without its secrets where these are to stay."""
    chosen = {
        name: value
        for name, value in environment.items()
        if (name.startswith(ENV_PREFIX) and name not in (*SECRETS, *_LEFT_BEHIND))
        or (secrets and name in SECRETS)
    }
    return Carried(tuple((name, SecretStr(value)) for name, value in sorted(chosen.items())))
