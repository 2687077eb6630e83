"""What TikTok can be asked for, as data that checks itself."""

from tiktok_ads.catalog.lookup import Catalog, catalog, pick_streams, stream

__all__ = ["Catalog", "catalog", "pick_streams", "stream"]
