"""Signing in from the browser: a state for each sign-in under way, the link to TikTok, and what came back."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field

from fastapi import Request
from pydantic import SecretStr

from tiktok_ads.config import Connection, Settings
from tiktok_ads.config.api_url import PRODUCTION, SANDBOX
from tiktok_ads.config.write import write_connection
from tiktok_ads.credentials import clean_secret, find_app_secret, save
from tiktok_ads.errors import ConfigError
from tiktok_ads.signin.consent import STATE_SECONDS, Consent, ask_consent, read_pasted
from tiktok_ads.signin.grant import Login as Grant
from tiktok_ads.signin.grant import by_code, by_token
from tiktok_ads.ui.connections import check_name
from tiktok_ads.ui.context import Desk

CALLBACK = "/oauth/callback"
_MOST_PENDING = 100


@dataclass(frozen=True)
class Pending:
    """A sign-in under way: the consent that was asked for, and the browser session that asked."""

    name: str
    settings: Settings
    secret: SecretStr = field(repr=False)
    consent: Consent = field(repr=False)
    session: str = field(repr=False)


@dataclass
class SignIns:
    """The sign-ins under way, by state. A state works once, for ten minutes, in the session that made it."""

    _pending: dict[str, Pending] = field(default_factory=dict)

    def begin(self, pending: Pending) -> None:
        now = time.monotonic()
        young = [
            (state, one) for state, one in self._pending.items() if now - one.consent.made_at <= STATE_SECONDS
        ]
        # A program that begins one after the other must not fill the memory.
        self._pending = dict(young[-_MOST_PENDING:])
        self._pending[pending.consent.state] = pending

    def take(self, state: str, session: str) -> Pending:
        """The sign-in of this state, which is used up thereby.

        Raises:
            ConfigError: it is unknown, used, too old, or belongs to another browser.
        """
        found = self._pending.pop(state, None)
        if found is None or found.session != mark(session):
            raise ConfigError(
                "This answer belongs to no sign-in of this browser.",
                "Begin again with Connect; it takes a minute.",
            )
        return found

    def newest(self, name: str, session: str) -> Pending | None:
        """The last sign-in that this browser began for a login."""
        own = [one for one in self._pending.values() if one.name == name and one.session == mark(session)]
        return own[-1] if own else None


def signins_of(request: Request) -> SignIns:
    """The sign-ins under way; they live as long as the process."""
    state = request.app.state
    if not hasattr(state, "signins"):
        state.signins = SignIns()
    found = state.signins
    assert isinstance(found, SignIns)  # noqa: S101
    return found


def mark(session: str) -> str:
    """What is kept of a session's cookie to know it again."""
    return hashlib.sha256(session.encode()).hexdigest()


def begin(
    desk: Desk, signins: SignIns, *, name: str, app_id: str, secret: str, api_url: str, session: str
) -> str:
    """Ask for consent: the link to TikTok's page.

    Raises:
        ConfigError: with a line for each value that TikTok would not take, each begun by its field.
    """
    redirect = desk.url + CALLBACK
    told, settings = _checked(desk, name, app_id, api_url, redirect)
    if not app_id.strip():
        told.append("app_id: it is missing.")
    said = _secret(name, secret, told)
    if told or settings is None or said is None:
        raise ConfigError("\n".join(told))
    consent = ask_consent(settings.api_url, str(settings.app_id), redirect)
    signins.begin(Pending(name, settings, said, consent, mark(session)))
    return consent.link


async def finish(desk: Desk, pending: Pending, pasted: str) -> str:
    """Exchange the code, look what it grants, keep it; the login's name.

    Raises:
        ConfigError: there is no code, or no advertiser was granted; nothing is kept then.
        AuthError: TikTok does not take code, App ID and secret together.
    """
    code = read_pasted(pasted, pending.consent)
    granted = await by_code(pending.settings, pending.secret, code)
    return _kept(desk, pending.name, pending.settings, granted, pending.secret)


async def by_pasted_token(
    desk: Desk, *, name: str, token: str, app_id: str, secret: str, sandbox: bool
) -> str:
    """Try a token that was made elsewhere, such as in TikTok's sandbox, and keep it; the login's name.

    Raises:
        ConfigError: with a line for each value that cannot be used, each begun by its field.
        AuthError: TikTok does not take the token.
    """
    told, settings = _checked(desk, name, app_id, SANDBOX if sandbox else PRODUCTION, None)
    try:
        given = clean_secret(SecretStr(token), "access token")
    except ConfigError as error:
        told.append(f"token: {error}")
    own = _secret(name, secret, told) if secret else None
    if told or settings is None:
        raise ConfigError("\n".join(told))
    return _kept(desk, name, settings, await by_token(settings, given, own), own)


def _checked(
    desk: Desk, name: str, app_id: str, api_url: str, redirect: str | None
) -> tuple[list[str], Settings | None]:
    """What is wrong by field, and the settings that the login would have."""
    told: list[str] = []
    try:
        check_name(name)
    except ConfigError as error:
        told.append(f"name: {error}")
    values: dict[str, object] = {
        "connection": name,
        "app_id": app_id.strip() or None,
        "redirect_uri": redirect,
        "api_url": api_url or PRODUCTION,
    }
    try:
        return told, desk.new_login(**values)
    except ConfigError as error:
        return [*told, *str(error).splitlines()], None


def _secret(name: str, said: str, told: list[str]) -> SecretStr | None:
    """The secret that was typed, or the one that is kept; what is wrong with it goes to `told`."""
    known = find_app_secret(name) if not said else None
    if known is not None:
        return known.secret
    try:
        return clean_secret(SecretStr(said), "app secret")
    except ConfigError as error:
        told.append(f"secret: {error}")
        return None


def _kept(desk: Desk, name: str, settings: Settings, granted: Grant, secret: SecretStr | None) -> str:
    if granted.advertisers is not None and not granted.advertisers:
        raise ConfigError(
            "TikTok granted no advertiser, so nothing was kept.",
            "Connect again and tick the advertisers on TikTok's page. If it shows none, another TikTok login "
            "may be signed in there: sign out at TikTok first.",
        )
    save(name, access_token=granted.token, app_secret=secret)
    written = Connection(
        app_id=settings.app_id,
        redirect_uri=settings.redirect_uri,
        api_url=None if settings.api_url == PRODUCTION else settings.api_url,
        scopes=granted.scopes or None,
    )
    write_connection(name, written, path=desk.config)
    return name
