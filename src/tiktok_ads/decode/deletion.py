"""What in a row says that the thing itself, or one that it belongs to, is deleted."""

from __future__ import annotations

from collections.abc import Mapping


def is_deleted(row: Mapping[str, object]) -> bool:
    """Whether the object itself or one that it belongs to is deleted.

    Source: `secondary_status` of campaign, ad group and ad, whose values end in `_DELETE` for both; rules and
    playables say DELETED.
    """
    if str(row.get("secondary_status") or row.get("campaign_secondary_status") or "").endswith("_DELETE"):
        return True
    return "DELETED" in (row.get("operation_status"), row.get("status"))
