"""What an error says: beside which field it belongs, and in the words of somebody who has no terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from tiktok_ads.errors import ConfigError

_IN_APP: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(r"\S+: this process has the file open already\."),
        "A run has the database open now. Try again when it is over.",
    ),
    (re.compile(r"Run `tiktok-ads connect`, or set TIKTOK_ADS_ACCESS_TOKEN\."), "Connect it again."),
    (
        re.compile(r"Run `tiktok-ads connect`, set TIKTOK_ADS_APP_ID and TIKTOK_ADS_APP_SECRET,"),
        "Connect it again,",
    ),
    (
        re.compile(r"(?:Sign in again with|[Rr]un) `tiktok-ads connect`( again)?"),
        "connect again under Connections",
    ),
    (re.compile(r"`tiktok-ads check` (lists them|shows what is granted)"), r"the page of its connection \1"),
    (re.compile(r"`tiktok-ads jobs history(?: \S+)?` shows"), "Runs shows"),
    (re.compile(r"`tiktok-ads jobs history`"), "Runs"),
    (re.compile(r"\bAUCTION_(ADVERTISER|CAMPAIGN)\b"), lambda found: f"the {found[1].lower()} level"),
    (re.compile(r"\bAUCTION_ADGROUP\b"), "the ad group level"),
    (re.compile(r"\bAUCTION_AD\b"), "the ad level"),
)
"""What messages for the terminal say, and how the app says it."""


def in_app(text: str) -> str:
    """A message with the app's own places instead of commands, where the app has one."""
    for command, place in _IN_APP:
        text = command.sub(place, text)
    # What began a sentence goes on to begin one.
    return re.sub(r"(^|[.!?] )(connect again|the page)", lambda found: found[1] + found[2].capitalize(), text)


def by_field(error: ConfigError | None, fields: Collection[str]) -> tuple[dict[str, str], str]:
    """What is wrong by field, and what belongs to none of these; nothing where there is no error."""
    problems: dict[str, str] = {}
    other: list[str] = []
    for line in error.message.splitlines() if error else ():
        field, colon, told = line.partition(": ")
        if colon and field in fields:
            problems[field] = " ".join(filter(None, (problems.get(field), told)))
        else:
            other.append(line)
    if error and error.hint and len(problems) == 1 and not other:
        # What to do stands where it is to be done.
        (field,) = problems
        problems[field] += f" {error.hint}"
    elif error and error.hint:
        other.append(error.hint)
    return {field: in_app(told) for field, told in problems.items()}, in_app(" ".join(other))
