"""The logins as the app shows and changes them: connect, look, rename, hand over, disconnect."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

from tiktok_ads.client import remedy_of
from tiktok_ads.client.oauth import granted_advertisers, revoke, user_info
from tiktok_ads.config import Connection, Settings
from tiktok_ads.config.api_url import PRODUCTION, SANDBOX
from tiktok_ads.config.write import delete_table, rename_table, write_connection, write_table
from tiktok_ads.credentials import clean_secret, find_app_secret, find_token, forget, save
from tiktok_ads.errors import ApiError, AuthError, ConfigError, TikTokAdsError, TransportError
from tiktok_ads.signin.calls import advertisers_told, client_for
from tiktok_ads.signin.consent import STATE_SECONDS, Consent, ask_consent, read_pasted
from tiktok_ads.signin.grant import by_code
from tiktok_ads.ui.context import Desk

Kind = Literal["TikTok", "sandbox", "simulator"]
Status = Literal["verified", "broken", "revoked"]
CALLBACK = "/oauth/callback"
_PAGES = ("new", "new-report", "connect", "menus", "preview")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Login:
    """A login as the settings file has it, without asking TikTok. `used_by` are the jobs that use it."""

    name: str
    kind: Kind
    app_id: str | None
    used_by: tuple[str, ...]
    has_token: bool


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


def logins(desk: Desk) -> list[Login]:
    """Every login of the settings file, and `default` where a token lies ready for it."""
    settings = desk.settings()
    jobs = desk.jobs()
    names = list(settings.connections)
    if "default" not in names and _has_token("default") and not names:
        names.append("default")
    return [
        _login(desk, name, [job for job, own in jobs.items() if own.connection == name]) for name in names
    ]


def login(desk: Desk, name: str) -> Login:
    """One login.

    Raises:
        ConfigError: there is none of that name.
    """
    for one in logins(desk):
        if one.name == name:
            return one
    raise ConfigError(f"There is no connection {name[:60]!r}.", "Connections shows those that there are.")


def free_name(desk: Desk, wanted: str) -> str:
    taken = set(desk.settings().connections)
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, 1000) if (name := f"{wanted}-{number}") not in taken)


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


async def look(desk: Desk, name: str) -> Look:
    """Ask TikTok what a login may do. Nothing is raised; what is wrong is told."""
    try:
        settings = desk.settings(connection=name)
        token = find_token(name).secret
        secret = find_app_secret(name)
        async with client_for(settings, token) as client:
            user = await user_info(client)
            accounts: list[Account] = []
            if settings.app_id and secret and settings.effective_tier != "sandbox":
                listed = await granted_advertisers(client, app_id=settings.app_id, secret=secret.secret)
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


def rename(desk: Desk, old: str, new: str) -> None:
    """Give a login another name; everything that uses it goes on using it.

    Raises:
        ConfigError: the new name is taken or cannot be used.
    """
    check_name(new)
    if old == new:
        return
    used = login(desk, old).used_by
    token, secret = find_token(old), find_app_secret(old)
    if token.source == "environment":
        raise ConfigError("This login's token comes from the environment.", "It has no name to change here.")
    rename_table("connections", old, new, path=desk.config)
    save(new, access_token=token.secret, app_secret=secret.secret if secret else None)
    forget(old)
    hand_over(desk, used, new)


def hand_over(desk: Desk, jobs: Sequence[str], to: str) -> None:
    """Let these jobs use another login.

    Raises:
        ConfigError: there is no such login.
    """
    if to not in desk.settings().connections:
        raise ConfigError(f"There is no connection {to[:60]!r}.")
    for job in jobs:
        write_table("jobs", job, {"connection": to}, path=desk.config)


async def disconnect(desk: Desk, name: str) -> str:
    """End the token at TikTok, delete it here, take the login out of the file; what is to be said of it.

    Raises:
        ConfigError: jobs still use it.
    """
    one = login(desk, name)
    if one.used_by:
        raise ConfigError(
            f"{', '.join(one.used_by)} still use this connection.", "Hand them over or delete them first."
        )
    said = "The token was ended at TikTok and deleted here."
    try:
        settings, token, secret = desk.settings(connection=name), find_token(name), find_app_secret(name)
        if settings.app_id and secret:
            async with client_for(settings, None) as client:
                await revoke(client, app_id=settings.app_id, secret=secret.secret, token=token.secret)
        else:
            said = "The token was deleted here. End it at TikTok, too: App ID and secret are not known here."
    except TikTokAdsError as error:
        said = f"The token was deleted here; TikTok did not end it: {error}"
    forget(name)
    if name in desk.settings().connections:
        delete_table("connections", name, path=desk.config)
    return said


def check_name(name: str) -> None:
    """Raise ConfigError unless it can stand in the settings file."""
    if name in _PAGES:
        raise ConfigError(f"{name!r} cannot be a name: a page of the app is called so.", "Choose another.")
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name[:60]!r} cannot be a name.",
            "Use a letter, then letters, digits, - and _, at most 40 in all.",
        )


def _login(desk: Desk, name: str, used_by: list[str]) -> Login:
    settings = desk.settings(connection=name)
    kind: Kind = "TikTok"
    if settings.api_url == SANDBOX:
        kind = "sandbox"
    elif settings.api_url != PRODUCTION:
        kind = "simulator"
    return Login(name, kind, settings.app_id, tuple(used_by), _has_token(name))


def has_secret(name: str) -> bool:
    """Whether the secret of the login's app is kept."""
    return find_app_secret(name) is not None


def _has_token(name: str) -> bool:
    try:
        find_token(name)
    except ConfigError:
        return False
    return True


def _account(advertiser_id: str, name: str, told: dict[str, dict[str, object]]) -> Account:
    row = told.get(advertiser_id, {})
    status = str(row.get("status") or "not told").removeprefix("STATUS_").replace("_", " ").lower()
    return Account(
        advertiser_id,
        str(row.get("name") or name),
        str(row.get("display_timezone") or row.get("timezone") or ""),
        str(row.get("currency") or ""),
        status,
    )
