"""Writes messages, one JSON object a line, whole or not at all."""

from __future__ import annotations

import sys
from typing import BinaryIO

from tiktok_ads.output.cells import json_bytes


class Lines:
    """A stream of messages. `written` counts bytes, so that states can be kept in proportion to rows."""

    def __init__(self, out: BinaryIO | None = None) -> None:
        self._out = out or sys.stdout.buffer
        self.written = 0

    def say(self, message: object) -> int:
        """Write a message; how many bytes it took."""
        line = json_bytes(message) + b"\n"
        self._out.write(line)
        self.written += len(line)
        return len(line)

    def flush(self) -> None:
        self._out.flush()
