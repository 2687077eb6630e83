"""Country names → two-letter codes: asynchronous reports give the one where the others give the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from tiktok_ads.errors import DecodeError

_KEPT = frozenset({"", "-", "None", "NONE", "Unknown", "UNKNOWN"})


def country_codes(rows: Iterable[Mapping[str, object]], stream: str) -> list[dict[str, object]]:
    """The rows with `country_code` as a code.

    Raises:
        DecodeError: a name has no code, or two names of one report have the same.
    """
    coded: list[dict[str, object]] = []
    names: dict[str, str] = {}
    for row in rows:
        name = str(row.get("country_code") or "")
        code = country_code(name)
        if code is None:
            raise DecodeError("no country of that name is known", stream, "country_code", name)
        if names.setdefault(code, name) != name:
            raise DecodeError(f"{names[code]!r} and {name!r} are the same country", stream, "country_code")
        coded.append({**row, "country_code": code})
    return coded


@cache
def country_code(name: str) -> str | None:
    """The ISO 3166 code of a country's name or code; what is no country stays; None if unknown."""
    import pycountry  # its tables take a while to load, and few runs need them

    if name in _KEPT:
        return name
    if len(name) == 2 and name.isupper():
        return name
    try:
        return str(pycountry.countries.lookup(name).alpha_2)
    except LookupError:
        pass
    plain = name.removeprefix("the ").removeprefix("The ").strip()
    found = _COMMON.get(plain.lower())
    if found:
        return found
    try:
        matches = pycountry.countries.search_fuzzy(plain)
    except LookupError:
        return None
    return str(matches[0].alpha_2) if len(matches) == 1 else None


_COMMON = {
    # Everyday names that the ISO tables spell otherwise.
    "brunei": "BN",
    "cape verde": "CV",
    "congo (kinshasa)": "CD",
    "congo (brazzaville)": "CG",
    "democratic republic of the congo": "CD",
    "hong kong": "HK",
    "iran": "IR",
    "ivory coast": "CI",
    "kosovo": "XK",
    "laos": "LA",
    "macao": "MO",
    "macau": "MO",
    "micronesia": "FM",
    "moldova": "MD",
    "palestine": "PS",
    "republic of korea": "KR",
    "russia": "RU",
    "south korea": "KR",
    "swaziland": "SZ",
    "syria": "SY",
    "taiwan": "TW",
    "tanzania": "TZ",
    "turkey": "TR",
    "united states of america": "US",
    "vatican": "VA",
    "venezuela": "VE",
    "vietnam": "VN",
}
