"""The logins as the app shows and changes them: list, rename, hand over, disconnect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.concurrency import run_in_threadpool

from tiktok_ads.client.oauth import revoke
from tiktok_ads.config import Settings
from tiktok_ads.config.api_url import PRODUCTION, SANDBOX
from tiktok_ads.config.write import delete_table, rename_table, write_table
from tiktok_ads.credentials import FoundSecret, find_app_secret, find_token, forget, save
from tiktok_ads.errors import ConfigError, InTheWay, TikTokAdsError, UnknownName
from tiktok_ads.signin.calls import client_for
from tiktok_ads.ui.context import Desk

Kind = Literal["TikTok", "sandbox", "simulator"]
_PAGES = ("new", "token", "first", "estimate", "new-report", "connect", "menus", "preview")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Login:
    """A login as the settings file has it, without asking TikTok. `used_by` are the jobs that use it."""

    name: str
    kind: Kind
    app_id: str | None
    used_by: tuple[str, ...]
    has_token: bool


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
        UnknownName: there is none of that name.
    """
    for one in logins(desk):
        if one.name == name:
            return one
    raise UnknownName(f"There is no connection {name[:60]!r}.", "Connections shows those that there are.")


def free_name(desk: Desk, wanted: str) -> str:
    taken = set(desk.settings().connections)
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, 1000) if (name := f"{wanted}-{number}") not in taken)


def rename(desk: Desk, old: str, new: str) -> None:
    """Give a login another name; everything that uses it goes on using it.

    Raises:
        UnknownName: there is no such login.
        InTheWay: the new name is taken.
        ConfigError: the new name cannot be used.
    """
    check_name(new)
    with desk.changing:
        used = login(desk, old).used_by
        if old == new:
            return
        token, secret = find_token(old), find_app_secret(old)
        if token.source == "environment":
            told = "This login's token comes from the environment."
            raise ConfigError(told, "It has no name to change here.")
        rename_table("connections", old, new, path=desk.config)
        save(new, access_token=token.secret, app_secret=secret.secret if secret else None)
        forget(old)
        hand_over(desk, used, new)


def hand_over(desk: Desk, jobs: Sequence[str], to: str) -> None:
    """Let these jobs use another login.

    Raises:
        ConfigError: there is no such login.
    """
    with desk.changing:
        if to not in desk.settings().connections:
            raise ConfigError(f"to: there is no connection {to[:60]!r}.")
        for job in jobs:
            write_table("jobs", job, {"connection": to}, path=desk.config)


async def disconnect(desk: Desk, name: str) -> str:
    """End the token at TikTok, delete it here, take the login out of the file; what is to be said of it.

    Raises:
        UnknownName: there is no such login.
        InTheWay: jobs still use it.
    """
    one = await run_in_threadpool(login, desk, name)
    if one.used_by:
        raise InTheWay(
            f"{', '.join(one.used_by)} still use this connection.", "Hand them over or delete them first."
        )
    said = "The token was ended at TikTok and deleted here."
    try:
        settings, token, secret = await run_in_threadpool(_secrets, desk, name)
        if settings.app_id and secret:
            async with client_for(settings, None) as client:
                await revoke(client, app_id=settings.app_id, secret=secret.secret, token=token.secret)
        else:
            said = "The token was deleted here. End it at TikTok, too: App ID and secret are not known here."
    except TikTokAdsError as error:
        said = f"The token was deleted here; TikTok did not end it: {error}"
    await run_in_threadpool(_drop, desk, name)
    return said


def _secrets(desk: Desk, name: str) -> tuple[Settings, FoundSecret, FoundSecret | None]:
    return desk.settings(connection=name), find_token(name), find_app_secret(name)


def _drop(desk: Desk, name: str) -> None:
    forget(name)
    with desk.changing:
        if name in desk.settings().connections:
            delete_table("connections", name, path=desk.config)


def check_name(name: str) -> None:
    """Raise ConfigError unless it can stand in the settings file."""
    if name in _PAGES:
        raise ConfigError(f"{name!r} cannot be a name: a page of the app is called so.", "Choose another.")
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name[:60]!r} cannot be a name.",
            "Use a letter, then letters, digits, - and _, at most 40 in all.",
        )


def has_secret(name: str) -> bool:
    """Whether the secret of the login's app is kept."""
    return find_app_secret(name) is not None


def _login(desk: Desk, name: str, used_by: list[str]) -> Login:
    settings = desk.settings(connection=name)
    kind: Kind = "TikTok"
    if settings.api_url == SANDBOX:
        kind = "sandbox"
    elif settings.api_url != PRODUCTION:
        kind = "simulator"
    return Login(name, kind, settings.app_id, tuple(used_by), _has_token(name))


def _has_token(name: str) -> bool:
    try:
        find_token(name)
    except ConfigError:
        return False
    return True
