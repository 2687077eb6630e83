"""From a code or a token to what it grants: exchanged, tried, its advertisers listed."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from tiktok_ads.client import Client
from tiktok_ads.client.oauth import exchange, granted_advertisers, user_info
from tiktok_ads.client.scopes import missing_scopes
from tiktok_ads.config.settings import Settings
from tiktok_ads.signin.calls import client_for

# Advertisers, campaigns, ad groups, ads, reports. Source: the portal's page on permissions.
NEEDED = (100, 200, 210, 220, 44)


@dataclass(frozen=True)
class Login:
    """A token and what it may do; `advertisers` is None and `scopes` empty where TikTok did not tell."""

    token: SecretStr
    advertisers: dict[str, str] | None
    scopes: tuple[int, ...] = ()

    @property
    def missing(self) -> list[int]:
        """Permissions that the tables need and the login lacks; empty where TikTok did not tell."""
        return missing_scopes(self.scopes, NEEDED) if self.scopes else []


async def by_code(settings: Settings, secret: SecretStr, code: SecretStr) -> Login:
    """Exchange a code, which works once and for an hour."""
    async with client_for(settings, None) as client:
        got = await exchange(client, app_id=str(settings.app_id), secret=secret, auth_code=code)
    login = await by_token(settings, got.access_token, secret)
    return Login(login.token, login.advertisers, got.scope)


async def by_token(settings: Settings, token: SecretStr, secret: SecretStr | None) -> Login:
    """Try a token, and list its advertisers where App ID and secret are known."""
    async with client_for(settings, token) as client:
        await user_info(client)
        return Login(token, await _advertisers(client, settings, secret))


async def _advertisers(client: Client, settings: Settings, secret: SecretStr | None) -> dict[str, str] | None:
    # The sandbox does not have the list.
    if settings.app_id is None or secret is None or settings.effective_tier == "sandbox":
        return None
    listed = await granted_advertisers(client, app_id=settings.app_id, secret=secret)
    return {one.advertiser_id: one.name for one in listed}
