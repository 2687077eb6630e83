"""Lists of things: what each is asked for with, one call after the other, and what came of it."""

from tiktok_ads.extract.lists.parents import Row, columns_used, known_of
from tiktok_ads.extract.lists.reading import ListAnswer, ListQuestion, read_lists

__all__ = ["ListAnswer", "ListQuestion", "Row", "columns_used", "known_of", "read_lists"]
