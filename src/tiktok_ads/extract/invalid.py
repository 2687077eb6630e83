"""What TikTok's refusal of a report names: the only text of an answer that is ever read."""

from __future__ import annotations

import re

_LIST = re.compile(r"invalid metric fields:\s*\[(?P<names>[^\]]*)\]", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_]+")


def invalid_metrics(message: str) -> set[str]:
    """The metrics that a refusal lists; none if it lists none.

    Source: code 40002, "Invalid metric fields: ['voucher_spend', 'cash_spend']".
    """
    found = _LIST.search(message)
    return set(_NAME.findall(found["names"])) if found else set()
