"""Batches → tables; knows no HTTP."""

from tiktok_ads.load.destination import ALL, Destination, Load, Outcome, TableSpec
from tiktok_ads.load.opening import check_spelling, check_writable, exists, open_destination

__all__ = [
    "ALL",
    "Destination",
    "Load",
    "Outcome",
    "TableSpec",
    "check_spelling",
    "check_writable",
    "exists",
    "open_destination",
]
