"""Scope ids: what a login was granted, and what a table still needs."""

from __future__ import annotations

from collections.abc import Iterable

# Source: portal page on permission scopes. A parent grants its children.
SCOPES: dict[int, str] = {
    1: "ad account",
    10: "ad account: read",
    100: "ad account information",
    120: "terms",
    150: "Business Center: read",
    152: "Business Center: balances and transactions",
    153: "Business Center: assets",
    155: "Business Center: partners",
    156: "Business Center: members",
    157: "Business Center: billing groups",
    7078191955347259394: "Business Center: invoices",
    2: "ads",
    200: "campaigns: read",
    210: "ad groups: read",
    220: "ads: read",
    230: "change log",
    240: "split test",
    7133464587805999106: "negative keywords",
    3: "audience",
    30: "audiences: read",
    4: "reporting",
    40: "reports of ad accounts",
    41: "reports of campaigns",
    42: "reports of ad groups",
    43: "reports of ads",
    44: "integrated reports",
    5: "measurement",
    6: "creative",
    600: "images",
    610: "videos",
    630: "music",
    660: "playable ads",
    680: "instant pages",
    690: "Spark posts: read",
    691: "Spark posts: authorize and list",
    693: "identities",
    6110100: "portfolios",
    7: "app",
    700: "apps: read",
    8: "pixel",
    800: "pixels: read",
    802: "pixel statistics",
    9: "catalogs",
    900: "catalogs: read",
    910: "catalog products",
    920: "catalog sets",
    940: "catalog videos",
    960: "catalog event sources",
    970: "catalog feeds",
    10000: "reach and frequency",
    12000000: "leads",
    12010000: "leads: read",
    12020000: "test leads",
    13000000: "creator marketplace",
    14000000: "creator",
    15000000: "ad comments",
    15010000: "comments: read",
    15020000: "blocked words",
    16000000: "plugin",
    17000000: "automated rules",
    17020000: "automated rules: read",
    18000000: "TikTok accounts",
    19000000: "store",
    7043626160646946818: "offline events",
    7050363942434013185: "diagnosis",
    7294180478502830081: "CRM events",
}
# Two ids do not begin with their parent's.
_PARENTS = {7078191955347259394: 1, 7133464587805999106: 2}
_SMALLEST_MILLION = 10_000_000


def missing_scopes(granted: Iterable[int], needed: Iterable[str | int]) -> list[int]:
    """The needed scopes that neither they themselves nor a parent of theirs were granted, in order."""
    have = set(granted)
    return [scope for scope in map(int, needed) if not have & {scope, *parents_of(scope)}]


def parents_of(scope: int) -> list[int]:
    """The scopes that grant this one, nearest first; empty for an unknown or topmost scope."""
    if scope in _PARENTS:
        return [_PARENTS[scope]]
    if _SMALLEST_MILLION <= scope < 100_000_000:
        family = scope // 1_000_000 * 1_000_000
        return [family] if family != scope else []
    if scope < 1000 or scope == 6110100:
        digits = str(scope)
        return [int(digits[:length]) for length in range(len(digits) - 1, 0, -1)]
    return []
