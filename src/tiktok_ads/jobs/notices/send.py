"""Sends a notice by a channel, a few times if need be; that it cannot be sent is an answer, not an error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr

from tiktok_ads.config import Settings
from tiktok_ads.config.notice import Channel, MailChannel, WebhookChannel
from tiktok_ads.config.values import nearest
from tiktok_ads.credentials.notice import WHAT, find_notice_secret, variable_of
from tiktok_ads.errors import ConfigError
from tiktok_ads.jobs.notices.mail import send_mail
from tiktok_ads.jobs.notices.outward import Resolve, look_up, post
from tiktok_ads.jobs.notices.problem import NotSent
from tiktok_ads.jobs.notices.slack import slack_body
from tiktok_ads.jobs.notices.text import Notice, clean, notice_to_try
from tiktok_ads.jobs.notices.webhook import webhook_body, webhook_headers

PAUSES = (5.0, 20.0)
"""Seconds between the tries; there is one try more."""
_MAIL_SECONDS = 60.0
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Delivered:
    """What came of a notice after so many tries. One that arrived may have a `problem`, too."""

    arrived: bool
    tries: int
    problem: str = ""


Deliver = Callable[[Notice, str, Channel], Awaitable[Delivered]]


async def deliver(
    notice: Notice,
    name: str,
    channel: Channel,
    *,
    sleep: Sleep = asyncio.sleep,
    resolve: Resolve = look_up,
    pauses: tuple[float, ...] = PAUSES,
) -> Delivered:
    """Send it, again after each pause while that may help.

    Args:
        notice: what.
        name: of the channel.
        channel: by which.
        sleep: waits between the tries.
        resolve: looks names up.
        pauses: how long to wait before each further try.
    """
    for tries, pause in enumerate((*pauses, None), start=1):
        try:
            return Delivered(True, tries, await _once(notice, name, channel, resolve))
        except NotSent as error:
            if not error.again or pause is None:
                return Delivered(False, tries, clean(str(error)))
            await sleep(pause)
        except ConfigError as error:
            return Delivered(False, tries, clean(str(error)))
    raise AssertionError("unreachable")


async def send_test(settings: Settings, name: str, *, resolve: Resolve = look_up) -> Delivered:
    """Send a test by a channel of the settings file, once.

    Raises:
        ConfigError: there is no such channel.
    """
    channel = settings.notices.get(name)
    if channel is None:
        hint = nearest(name, settings.notices) or "The settings file names the channels as [notices.NAME]."
        raise ConfigError(f"There is no channel {name[:60]!r}.", hint)
    notice = notice_to_try(name, at=datetime.now(UTC))
    return await deliver(notice, name, channel, resolve=resolve, pauses=())


async def _once(notice: Notice, name: str, channel: Channel, resolve: Resolve) -> str:
    """Send it once; what is worth knowing although it was taken."""
    if isinstance(channel, MailChannel):
        password = _secret(name, channel) if channel.user else None
        # What the system waits for a name is not in smtplib's hands.
        try:
            return await asyncio.wait_for(
                asyncio.to_thread(send_mail, notice, channel, password), timeout=_MAIL_SECONDS
            )
        except TimeoutError:
            raise NotSent(f"{channel.host} took longer than {_MAIL_SECONDS:g} seconds.") from None
    secret = _secret(name, channel)
    if isinstance(channel, WebhookChannel):
        url, body = channel.url, webhook_body(notice)
        headers = webhook_headers(notice, body, secret, now=datetime.now(UTC))
    else:
        url, body = secret.get_secret_value(), slack_body(notice)
        headers = {"Content-Type": "application/json"}
    await post(url, body, headers, allow_private=channel.allow_private, resolve=resolve)
    return ""


def _secret(name: str, channel: Channel) -> SecretStr:
    found = find_notice_secret(name, channel.kind)
    if found is None:
        raise ConfigError(
            f"The {WHAT[channel.kind]} of {name} is missing.",
            f"Give it under Notices in the app, by `tiktok-ads notices secret {name}`, or in "
            f"{variable_of(name)}.",
        )
    return found.secret
