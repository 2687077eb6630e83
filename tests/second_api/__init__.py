"""A second, smaller TikTok Marketing API for tests, written from its documentation alone."""

from tests.second_api.asked import Asked, days_asked_twice
from tests.second_api.server import SecondApi

__all__ = ["Asked", "SecondApi", "days_asked_twice"]
