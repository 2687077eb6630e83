"""Errors on their way through Spark, which hands on no more of them than their text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from tiktok_ads import errors
from tiktok_ads.credentials.masking import mask
from tiktok_ads.errors import TikTokAdsError

_MARK = "tiktok_ads error: "
_MARKED = re.compile(re.escape(_MARK) + r"(\{.*\})")
_MOMENT = "moment"


@contextmanager
def told_to_spark() -> Iterator[None]:
    """Have errors of ours tell, in a line below their text, what `error_of` makes them from again."""
    try:
        yield
    except TikTokAdsError as error:
        error.add_note(f"{_MARK}{_line(error)}")
        raise


def error_of(raised: BaseException) -> TikTokAdsError | None:
    """The error of this package that made Spark raise, with its class and `request_id`; None if none did.

    Args:
        raised: what an action of Spark raised, or what a stream's `exception()` gives.
    """
    if isinstance(raised, TikTokAdsError):
        return raised
    found = _MARKED.search(str(raised))
    if found is None:
        return None
    try:
        said = json.loads(found[1])
        kind = getattr(errors, said["class"])
        if not issubclass(kind, TikTokAdsError):
            return None
        made: TikTokAdsError = kind(*map(_read, said["args"]))
    except (ValueError, KeyError, AttributeError, TypeError):
        # Spark cuts long texts short; what is left then tells nothing for sure.
        return None
    return made


def _line(error: TikTokAdsError) -> str:
    said = {"class": type(error).__name__, "args": [_written(one) for one in error.args]}
    return mask(json.dumps(said))


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return {_MOMENT: value.isoformat()}
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _read(value: object) -> object:
    return datetime.fromisoformat(value[_MOMENT]) if isinstance(value, dict) else value
