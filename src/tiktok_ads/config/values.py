"""How single settings are written (days, lists, advertisers, destinations), or why they are refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches
from urllib.parse import urlsplit, urlunsplit

from tiktok_ads.config.table import ALL

MAX_ID_DIGITS = 20
_AMERICAN_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Digits with what people paste along: such a text is a broken id, not the name of an advertiser.
_ALMOST_AN_ID = re.compile(r"[\d\s.,;:'_+\-]*(?:[eE][+\-]?\d+)?")
# Earlier days are slips of the pen; the limit also keeps day arithmetic inside the calendar.
_EARLIEST = date(1970, 1, 1)


def as_list(value: object) -> list[object]:
    """One value, a list, or text: JSON list or separated by commas (environment)."""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("["):
            try:
                parsed = json.loads(text)
            except ValueError:
                raise ValueError(f"{text[:60]!r} begins like a JSON list but is none") from None
            return list(parsed)
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    raise ValueError(f"must be a list of texts, not {type(value).__name__}")


def as_texts(value: object) -> tuple[str, ...]:
    """As `as_list`, each a text without blanks around it, none twice, order kept."""
    texts: dict[str, None] = {}
    for one in as_list(value):
        if not isinstance(one, str):
            raise ValueError(f"must hold texts in quotes, not {one!r}")
        if not one.strip():
            raise ValueError("holds an empty text")
        texts[one.strip()] = None
    return tuple(texts)


def as_day(value: object) -> date:
    """A day from `YYYY-MM-DD` or `MM/DD/YYYY`."""
    if isinstance(value, datetime):
        raise ValueError(f"must be a day, not a moment ({value})")
    day = value if isinstance(value, date) else _day_from_text(value)
    if day < _EARLIEST:
        raise ValueError(f"{day} is before {_EARLIEST}, which cannot be meant")
    return day


def _day_from_text(value: object) -> date:
    text = value.strip() if isinstance(value, str) else ""
    try:
        if _ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
        if american := _AMERICAN_DAY.fullmatch(text):
            month, day, year = map(int, american.groups())
            return date(year, month, day)
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar") from None
    raise ValueError(f"{str(value)[:40]!r} is not a day; write YYYY-MM-DD or MM/DD/YYYY")


def check_advertisers(wanted: Iterable[str]) -> tuple[str, ...]:
    """Ids (digits only, at most 20), names of advertisers, or `all`; whether they are granted shows later."""
    problems: list[str] = []
    kept: dict[str, None] = {}
    for one in wanted:
        if one.lower() == ALL:
            return (ALL,)
        if re.fullmatch(r"[0-9]+", one):
            if len(one) > MAX_ID_DIGITS:
                problems.append(
                    f"{one[:40]!r} is not an advertiser id: it has more than {MAX_ID_DIGITS} digits"
                )
        elif _ALMOST_AN_ID.fullmatch(one):
            problems.append(f"{one[:40]!r} is not an advertiser id: ids are digits only")
        elif not one.isprintable():
            problems.append(f"{one[:40]!r} is neither an advertiser id nor a name")
        kept[one] = None
    if problems:
        raise ValueError("\n".join(problems))
    return tuple(kept)


def check_destination(url: str) -> str:
    """Any text for now: which destination it names, and whether that can be opened, shows when it is."""
    text = url.strip()
    if not text or not text.isprintable():
        raise ValueError("is empty or holds characters that do not belong there")
    return text


def check_quota_store(store: str) -> str:
    """`sqlite`, or the address of a Redis or Postgres server; whether it answers shows when it is used."""
    text = store.strip()
    if text == "sqlite":
        return text
    example = "write sqlite, redis://host:6379/0, rediss://… or postgresql://user@host/database"
    try:
        parts = urlsplit(text)
        fits = text.isprintable() and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits or parts.scheme not in ("redis", "rediss", "postgresql", "postgres"):
        raise ValueError(f"is no store of a quota; {example}")
    if has_password(text):
        raise ValueError(
            "holds a password, which would end up in logs; leave it out, and set REDISCLI_AUTH for Redis, "
            "PGPASSWORD for Postgres"
        )
    if parts.scheme.startswith("postgres") and not parts.path.strip("/"):
        raise ValueError(f"names no database; {example}")
    return text


def has_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "@" in url
    return bool(parts.password) or "password=" in parts.query.lower() or "token=" in parts.query.lower()


def hide_password(url: str) -> str:
    """The URL as it may be shown."""
    if not has_password(url):
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(hidden)"
    user = f"{parts.username or ''}:***@" if parts.password else ""
    place = user + parts.netloc.rpartition("@")[2] if user else parts.netloc
    return urlunsplit((parts.scheme, place, parts.path, "***" if parts.query else "", ""))


def nearest(word: str, known: Iterable[str]) -> str:
    """«Did you mean …?» with the nearest known names, or nothing."""
    names = list(known)
    folded = {name.lower().replace("-", "_"): name for name in names}
    close = get_close_matches(word.lower().replace("-", "_"), folded, n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(folded[one] for one in close)}?" if close else ""
