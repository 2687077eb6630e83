"""The parts of the app as its head lists them; a page says by `part` which one it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A part of the app. Those `in_settings` stand behind one word, since they are seldom needed."""

    name: str
    address: str
    label: str
    in_settings: bool = False


PARTS = (
    Part("home", "/", "Overview"),
    Part("datasets", "/datasets", "Datasets"),
    Part("explore", "/explore", "Explore"),
    Part("runs", "/runs", "Runs"),
    Part("connections", "/connections", "Connections"),
    Part("notices", "/notices", "Notices", in_settings=True),
    Part("access", "/access", "Access", in_settings=True),
)
