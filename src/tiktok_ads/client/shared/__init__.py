"""The book of calls that all machines of an app share, on a Redis or a Postgres server."""

from tiktok_ads.client.shared.book import SharedBook
from tiktok_ads.client.shared.opening import server_maker

__all__ = ["SharedBook", "server_maker"]
