"""Why a notice could not be sent."""

from __future__ import annotations

from tiktok_ads.errors import TikTokAdsError


class NotSent(TikTokAdsError):
    """A notice did not get through; `again` says whether another try may help."""

    def __init__(self, message: str, again: bool = True) -> None:
        super().__init__(message, again)
        self.message, self.again = message, again

    def __str__(self) -> str:
        return self.message
