"""Answers questions that somebody typed as SQL, about one DuckDB file and without any way to do harm."""

from tiktok_ads.explore.asking import Answer, ask
from tiktok_ads.explore.query import MOST_LETTERS, MOST_SECONDS, Query, QueryError, can_be_asked

__all__ = ["MOST_LETTERS", "MOST_SECONDS", "Answer", "Query", "QueryError", "ask", "can_be_asked"]
