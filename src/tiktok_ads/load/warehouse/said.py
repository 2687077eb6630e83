"""What dlt and a warehouse's driver say, in our words and without their secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from tiktok_ads.errors import ConfigError, LoadError, TikTokAdsError

EXTRA = "pip install 'tiktok-ads-connector[warehouses]'"
_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|PRIVATE|CREDENTIALS|PGPASSWORD|_KEY")
_IN_URL = re.compile(r"(://[^\s/:@]+):[^\s@]+@")
_MOST = 300


@contextmanager
def explained(name: str, kind: str) -> Iterator[None]:
    """Let errors come out as ours.

    Raises:
        ConfigError: a library or a setting is missing.
        LoadError: the warehouse refused.
    """
    try:
        yield
    except TikTokAdsError:
        raise
    except ImportError as error:
        lacks = getattr(error, "name", None) or _first_line(error)
        raise ConfigError(
            f"{kind} needs a library that is not installed: {lacks}.",
            f"{EXTRA} and pip install 'dlt[{kind}]'.",
        ) from None
    except Exception as error:
        chain = list(_chain(error))
        for one in chain:
            if isinstance(one, TikTokAdsError):
                raise one from None
            if isinstance(one, ImportError):
                raise ConfigError(
                    f"{kind} needs a library that is not installed.",
                    f"{EXTRA} and pip install 'dlt[{kind}]'.",
                ) from None
        for one in chain:
            if type(one).__name__ == "ConfigFieldMissingException":
                fields = ", ".join(getattr(one, "fields", ())) or "some"
                variable = f"DESTINATION__{kind.upper()}__CREDENTIALS__…"
                raise ConfigError(
                    f"dlt lacks settings of {kind}: {fields}.", f"Set {variable}, see docs/warehouses.md."
                ) from None
        raise LoadError(f"{type(chain[-1]).__name__}: {clean(_first_line(chain[-1]))}", name) from None


def clean(text: str) -> str:
    """A text without anything that this process was told as a secret."""
    for variable, value in os.environ.items():
        if len(value) >= 4 and _SECRET.search(variable.upper()):
            text = text.replace(value, "…")
    return _IN_URL.sub(r"\1:…@", text)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it, the first cause last."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), "no words")[:_MOST]
