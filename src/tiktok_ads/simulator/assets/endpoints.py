"""All endpoints that serve assets: importing this fills the table of who answers what."""

from __future__ import annotations

from tiktok_ads.simulator.assets import (
    audiences,
    creative,
    delivery,
    identities,
    measurement,
    shops,
    smart_plus,
)
from tiktok_ads.simulator.assets.serve import SERVED

__all__ = ["SERVED", "audiences", "creative", "delivery", "identities", "measurement", "shops", "smart_plus"]
