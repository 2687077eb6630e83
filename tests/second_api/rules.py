"""How parameters are read, strictly: what is not documented is refused with a code and a text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime


class Refused(Exception):
    """An answer with a code other than 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


def wrong(message: str) -> Refused:
    return Refused(40002, message)


def json_list(params: Mapping[str, str], name: str) -> list[str]:
    """A list parameter: JSON text of a list of distinct strings that is not empty."""
    try:
        value = json.loads(params[name])
    except ValueError:
        raise wrong(f"{name}: Not a valid list.") from None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise wrong(f"{name}: Not a valid list of strings.")
    if not value or len(set(value)) != len(value):
        raise wrong(f"{name}: empty or repeated items.")
    return value


def whole(params: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = params.get(name, str(default))
    if not re.fullmatch(r"[1-9]\d*", text) or int(text) > most:
        raise wrong(f"{name}: must be an integer from 1 to {most}.")
    return int(text)


def flag(params: Mapping[str, str], name: str) -> bool:
    text = params.get(name, "false")
    if text not in ("true", "false"):
        raise wrong(f"{name}: Not a valid boolean.")
    return text == "true"


def only(params: Mapping[str, str], known: set[str]) -> None:
    unknown = sorted(set(params) - known)
    if unknown:
        raise wrong(f"Unknown parameters: {unknown}")


def ids(value: object, name: str, most: int = 100) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(i, str) and i.isdigit() for i in value):
        raise wrong(f"{name}: Not a valid list of ids.")
    if len(value) > most:
        raise Refused(40011, f"{name}: too many ids, at most {most}.")
    return value


def moment(value: object, name: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value):
        raise wrong(f"{name}: must be YYYY-MM-DD HH:MM:SS.")
    try:
        datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise wrong(f"{name}: not a moment.") from None
