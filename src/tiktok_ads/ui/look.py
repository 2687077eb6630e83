"""What TikTok says of a login now: who signed in, which advertisers it grants, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool

from tiktok_ads.client import remedy_of
from tiktok_ads.client.oauth import granted_advertisers, user_info
from tiktok_ads.config import Settings
from tiktok_ads.credentials import find_app_secret, find_token
from tiktok_ads.errors import ApiError, AuthError, ConfigError, TikTokAdsError, TransportError
from tiktok_ads.signin.calls import advertisers_told, client_for
from tiktok_ads.ui.context import Desk

Status = Literal["verified", "broken", "revoked"]


@dataclass(frozen=True)
class Account:
    """An advertiser that a login grants, as TikTok tells it."""

    advertiser_id: str
    name: str
    zone: str
    currency: str
    status: str


@dataclass(frozen=True)
class Look:
    """What TikTok says of a login now. `who` is the person that signed in."""

    status: Status
    who: str = ""
    accounts: tuple[Account, ...] = ()
    told: str = ""
    remedy: str = ""
    request_id: str = ""


async def look(desk: Desk, name: str) -> Look:
    """Ask TikTok what a login may do. Nothing is raised; what is wrong is told."""
    try:
        settings, token, secret = await run_in_threadpool(_kept, desk, name)
        async with client_for(settings, token) as client:
            user = await user_info(client)
            accounts: list[Account] = []
            if settings.app_id and secret and settings.effective_tier != "sandbox":
                listed = await granted_advertisers(client, app_id=settings.app_id, secret=secret)
                told = {
                    str(row.get("advertiser_id")): row
                    for row in await advertisers_told(client, [one.advertiser_id for one in listed])
                }
                accounts = [_account(one.advertiser_id, one.name, told) for one in listed]
    except AuthError as error:
        return Look("revoked", told=error.message, remedy=remedy_of(error), request_id=error.request_id)
    except ConfigError as error:
        return Look("broken", told=error.message, remedy=error.hint)
    except TikTokAdsError as error:
        known = remedy_of(error) if isinstance(error, (ApiError, TransportError)) else ""
        return Look("broken", told=str(error), remedy=known, request_id=getattr(error, "request_id", ""))
    who = " ".join(filter(None, (user.display_name, f"({user.email})" if user.email else "")))
    return Look("verified", who, tuple(accounts))


def _kept(desk: Desk, name: str) -> tuple[Settings, SecretStr, SecretStr | None]:
    """Settings, token and the app's secret of a login; files and keyring may take their time."""
    secret = find_app_secret(name)
    return desk.settings(connection=name), find_token(name).secret, secret.secret if secret else None


def _account(advertiser_id: str, name: str, told: dict[str, dict[str, object]]) -> Account:
    row = told.get(advertiser_id, {})
    said = str(row.get("status") or "not told").removeprefix("STATUS_").replace("_", " ").lower()
    status = {"enable": "enabled", "disable": "disabled"}.get(said, said)
    return Account(
        advertiser_id,
        str(row.get("name") or name),
        str(row.get("display_timezone") or row.get("timezone") or ""),
        str(row.get("currency") or ""),
        status,
    )
