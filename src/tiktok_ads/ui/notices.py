"""Channels of notices as the app shows and changes them: who hears when something is wrong, and how."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from tiktok_ads.config.notice import Channel, MailChannel, WebhookChannel
from tiktok_ads.config.write import delete_table, write_table
from tiktok_ads.credentials.notice import (
    WHAT,
    ChannelKind,
    check_notice_secret,
    find_notice_secret,
    forget_notice_secret,
    save_notice_secret,
)
from tiktok_ads.errors import ConfigError, InTheWay, UnknownName
from tiktok_ads.jobs.notices.memory import Sent, sent_lately
from tiktok_ads.jobs.notices.send import Delivered, send_test
from tiktok_ads.ui.connections import check_name
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.dataset_form import try_out

KINDS: Mapping[ChannelKind, str] = {"mail": "mail", "slack": "Slack", "webhook": "webhook"}
_PAGES = ("new",)


@dataclass(frozen=True)
class ChannelTold:
    """A channel of the settings file. `used_by` are the datasets whose notices it sends."""

    name: str
    channel: Channel
    used_by: tuple[str, ...]
    has_secret: bool
    last: Sent | None

    @property
    def where(self) -> str:
        """Where its notices go, as far as that is no secret."""
        if isinstance(self.channel, MailChannel):
            return ", ".join(self.channel.to)
        return self.channel.url if isinstance(self.channel, WebhookChannel) else ""


@dataclass(frozen=True)
class WantedChannel:
    """What the form of a channel says, as typed. An empty secret leaves the one that is kept."""

    name: str = ""
    kind: ChannelKind = "mail"
    host: str = ""
    port: str = ""
    user: str = ""
    security: str = "starttls"
    sender: str = ""
    to: str = ""
    url: str = ""
    allow_private: bool = False
    secret: SecretStr = field(default=SecretStr(""), repr=False)


FIELDS = ("name", "kind", "host", "port", "user", "security", "from", "to", "url", "allow_private", "secret")
"""The fields of the form, as the settings file calls them."""


def channels(desk: Desk) -> list[ChannelTold]:
    """Every channel. Raises ConfigError if the settings file cannot be used."""
    return [_told(desk, name, one) for name, one in desk.settings().notices.items()]


def channel(desk: Desk, name: str) -> ChannelTold:
    """One channel.

    Raises:
        UnknownName: there is none of that name.
    """
    found = desk.settings().notices.get(name)
    if found is None:
        raise UnknownName(f"There is no channel {name[:60]!r}.", "Notices shows those that there are.")
    return _told(desk, name, found)


def wanted_of(one: ChannelTold) -> WantedChannel:
    """The form of a channel that exists, without its secret."""
    own = one.channel
    if isinstance(own, MailChannel):
        port = str(own.port or "")
        to = ", ".join(own.to)
        return WantedChannel(one.name, "mail", own.host, port, own.user, own.security, own.sender, to)
    url = own.url if isinstance(own, WebhookChannel) else ""
    return WantedChannel(one.name, own.kind, url=url, allow_private=own.allow_private)


def save(desk: Desk, wanted: WantedChannel, *, new: bool | None) -> None:
    """Write the channel into the settings file and keep its secret, once all of it can be used.

    Args:
        desk: whose settings file.
        wanted: what the form says.
        new: whether there must be none of that name; None takes either.

    Raises:
        InTheWay: there is one of that name already.
        UnknownName: there is none that could be changed.
        ConfigError: with a line for each thing that is wrong, each begun by the name of its field.
    """
    with desk.changing:
        known = desk.settings().notices.get(wanted.name)
        if new and known:
            raise InTheWay(f"name: there is a channel {wanted.name!r} already.", "Choose another name.")
        if new is False and not known:
            raise UnknownName(f"There is no channel {wanted.name[:60]!r}.")
        values = _values(wanted)
        _raise_all(
            lambda: _check_name(wanted.name),
            lambda: _check_port(wanted.port),
            lambda: try_out(desk, "", [("notices", "tried", values)]),
            lambda: _check_secret(wanted, known),
        )
        if known and known.kind != wanted.kind:
            forget_notice_secret(wanted.name)
        if wanted.secret.get_secret_value():
            save_notice_secret(wanted.name, wanted.kind, wanted.secret)
        write_table("notices", wanted.name, values, path=desk.config, whole=True)


def delete(desk: Desk, name: str) -> None:
    """Take the channel out of the settings file, and its secret from where it is kept.

    Raises:
        UnknownName: there is none of that name.
        InTheWay: datasets use it.
    """
    with desk.changing:
        used_by = channel(desk, name).used_by
        if used_by:
            raise InTheWay(f"{name} is used by {', '.join(used_by)}.", "Choose another channel there first.")
        delete_table("notices", name, path=desk.config)
        forget_notice_secret(name)


async def try_channel(desk: Desk, name: str) -> Delivered:
    """Send a test now, once.

    Raises:
        UnknownName: there is none of that name.
    """
    channel(desk, name)
    return await send_test(desk.settings(), name)


def _told(desk: Desk, name: str, one: Channel) -> ChannelTold:
    jobs = desk.settings().jobs
    used_by = tuple(job for job, own in jobs.items() if name in own.notices)
    last = sent_lately(desk.history, channel=name, limit=1)
    return ChannelTold(name, one, used_by, _has_secret(name, one.kind), last[0] if last else None)


def _has_secret(name: str, kind: ChannelKind) -> bool:
    try:
        return find_notice_secret(name, kind) is not None
    except ConfigError:
        # What is there cannot be used, so it is wanted anew.
        return False


def _raise_all(*checks: Callable[[], None]) -> None:
    """Run all checks, and raise what is wrong in all of them at once."""
    told: list[str] = []
    for check in checks:
        try:
            check()
        except ConfigError as error:
            told += [*error.message.splitlines(), *([error.hint] if error.hint else [])]
    if told:
        raise ConfigError("\n".join(told))


def _check_name(name: str) -> None:
    if name in _PAGES:
        raise ConfigError("name: a page of the app is called so, choose another.")
    try:
        check_name(name)
    except ConfigError as error:
        raise ConfigError(f"name: {error}") from None


def _check_port(text: str) -> None:
    if text and _port(text) is None:
        raise ConfigError("port: it is a whole number, such as 587.")


def _check_secret(wanted: WantedChannel, known: Channel | None) -> None:
    try:
        if wanted.secret.get_secret_value():
            check_notice_secret(wanted.secret, wanted.kind)
            return
    except ConfigError as error:
        raise ConfigError(f"secret: {error}") from None
    is_kept = (known is None or known.kind == wanted.kind) and _has_secret(wanted.name, wanted.kind)
    if not is_kept and (wanted.kind != "mail" or wanted.user):
        raise ConfigError(f"secret: the {WHAT[wanted.kind]} is missing.")


def _values(wanted: WantedChannel) -> dict[str, object]:
    """The keys of the channel's table, None for what is as usual and left out."""
    if wanted.kind == "mail":
        return {
            "kind": "mail",
            "host": wanted.host,
            "port": _port(wanted.port),
            "user": wanted.user or None,
            "security": None if wanted.security == "starttls" else wanted.security,
            "from": wanted.sender,
            "to": [one for one in re.split(r"[,;\s]+", wanted.to) if one],
        }
    values: dict[str, object] = {"kind": wanted.kind, "allow_private": wanted.allow_private or None}
    return {**values, "url": wanted.url} if wanted.kind == "webhook" else values


def _port(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
