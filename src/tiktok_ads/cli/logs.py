"""What a command says on stderr: in words, or as one JSON object a line where a collector reads it."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence

OPTION = "--log-format"
VARIABLE = "TIKTOK_ADS_LOG_FORMAT"
JSON = "json"
_is_json = False


def choose(said: Sequence[str]) -> None:
    """Take the format from the arguments of a command, or from the variable."""
    global _is_json
    chosen = os.environ.get(VARIABLE, "")
    for place, word in enumerate(said):
        if word.startswith(f"{OPTION}="):
            chosen = word.partition("=")[2]
        elif word == OPTION and place + 1 < len(said):
            chosen = said[place + 1]
    _is_json = chosen.lower() == JSON


def is_json() -> bool:
    return _is_json


def write(level: str, message: str, fields: Mapping[str, object], *, logger: str = "tiktok_ads") -> None:
    """One line as JSON; what is None or blank is left out, and so is every secret."""
    from tiktok_ads.credentials.masking import mask
    from tiktok_ads.telemetry.watch import current_ids

    moment = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    told = {
        "time": f"{stamp}.{int(moment * 1000) % 1000:03d}Z",
        "level": level.lower(),
        "logger": logger,
        "message": message,
        **current_ids(),
        **{name: value for name, value in fields.items() if value not in (None, "")},
    }
    sys.stderr.write(mask(json.dumps(told, ensure_ascii=False, default=str)) + "\n")
    sys.stderr.flush()


def tell(line: str, **fields: int | str) -> None:
    """Something worth knowing: a line in words, or a record of level info."""
    if _is_json:
        write("info", line, fields)
        return
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class ToStderr(logging.Handler):
    """Hands on what the package logs."""

    def emit(self, record: logging.LogRecord) -> None:
        from tiktok_ads.credentials.masking import mask

        if _is_json:
            write(record.levelname, record.getMessage(), {}, logger=record.name)
            return
        sys.stderr.write(mask(f"{record.levelname.capitalize()}: {record.getMessage()}\n"))
        sys.stderr.flush()
