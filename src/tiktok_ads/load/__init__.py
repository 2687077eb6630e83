"""Batches → tables; knows no HTTP."""

from tiktok_ads.load.destination import (
    Destination,
    Load,
    Outcome,
    TableSpec,
    check_writable,
    exists,
    open_destination,
)

__all__ = ["Destination", "Load", "Outcome", "TableSpec", "check_writable", "exists", "open_destination"]
