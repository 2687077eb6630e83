"""Reports with an endpoint of their own: the same question, rows and checks as any report."""

from tiktok_ads.extract.special.calls import Call, SpecialQuestion
from tiktok_ads.extract.special.owned import Owned
from tiktok_ads.extract.special.reader import SpecialReader

__all__ = ["Call", "Owned", "SpecialQuestion", "SpecialReader"]
