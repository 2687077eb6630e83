"""Signing in from the browser: a state for each sign-in under way, the link to TikTok, and what came back."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field

from pydantic import SecretStr

from tiktok_ads.config import Connection, Settings
from tiktok_ads.config.api_url import PRODUCTION
from tiktok_ads.config.write import write_connection
from tiktok_ads.credentials import clean_secret, find_app_secret, save
from tiktok_ads.errors import ConfigError
from tiktok_ads.signin.consent import STATE_SECONDS, Consent, ask_consent, read_pasted
from tiktok_ads.signin.grant import by_code
from tiktok_ads.ui.connections import check_name
from tiktok_ads.ui.context import Desk

CALLBACK = "/oauth/callback"


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
        self._pending = {
            state: one for state, one in self._pending.items() if now - one.consent.made_at <= STATE_SECONDS
        }
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


def mark(session: str) -> str:
    """What is kept of a session's cookie to know it again."""
    return hashlib.sha256(session.encode()).hexdigest()


def begin(
    desk: Desk, signins: SignIns, *, name: str, app_id: str, secret: str, api_url: str, session: str
) -> str:
    """Ask for consent: the link to TikTok's page.

    Raises:
        ConfigError: a value is not what TikTok would take.
    """
    check_name(name)
    redirect = desk.url + CALLBACK
    known = find_app_secret(name)
    said = clean_secret(SecretStr(secret), "app secret") if secret or known is None else known.secret
    values: dict[str, object] = {"connection": name, "app_id": app_id.strip(), "redirect_uri": redirect}
    settings = desk.new_login(**values, api_url=api_url or PRODUCTION)
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
    if granted.advertisers is not None and not granted.advertisers:
        raise ConfigError(
            "TikTok granted no advertiser, so nothing was kept.",
            "Connect again and tick the advertisers on TikTok's page. If it shows none, another TikTok login "
            "may be signed in there: sign out at TikTok first.",
        )
    save(pending.name, access_token=granted.token, app_secret=pending.secret)
    settings = pending.settings
    written = Connection(
        app_id=settings.app_id,
        redirect_uri=settings.redirect_uri,
        api_url=None if settings.api_url == PRODUCTION else settings.api_url,
    )
    write_connection(pending.name, written, path=desk.config)
    return pending.name
