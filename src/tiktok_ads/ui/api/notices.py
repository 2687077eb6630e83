"""Notices by the JSON API: the channels, what they sent, a try. Secrets go in and never come out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, SecretStr

from tiktok_ads.config.job import Event
from tiktok_ads.config.notice import MailChannel, Security
from tiktok_ads.credentials.notice import ChannelKind
from tiktok_ads.jobs.notices.memory import Sent, sent_lately
from tiktok_ads.ui import notices as doing
from tiktok_ads.ui.api.call import Asked, Done, OnDesk
from tiktok_ads.ui.notices import ChannelTold, WantedChannel
from tiktok_ads.ui.paging import Limit, Offset, Part, part

router = APIRouter(prefix="/api/v1/notices", tags=["notices"])
Name = Annotated[str, Path(description="Name of a channel.")]


class NoticeSent(BaseModel):
    """A notice that went out, or could not; `run` is empty if it is about no run."""

    at: datetime
    job: str
    run: str
    event: Event
    channel: str
    tries: int
    arrived: bool
    problem: str


class ChannelSaid(BaseModel):
    """A channel without its secret. What its kind does not have is null."""

    name: str
    kind: ChannelKind
    host: str | None = None
    port: int | None = None
    user: str | None = None
    security: Security | None = None
    sender: str | None = None
    to: list[str] | None = None
    url: str | None = None
    allow_private: bool | None = None
    has_secret: bool
    used_by: list[str]
    last: NoticeSent | None


class ChannelAsked(Asked):
    """What a channel is to be.

    Mail has `host`, `port`, `user`, `security`, `sender` and `to`; a webhook has `url`; a webhook and Slack
    have `allow_private`. `secret` is the password, the signing key or the address of the Slack webhook;
    null leaves the one that is kept.
    """

    kind: Literal["mail", "webhook", "slack"]
    host: str = ""
    port: int | None = Field(default=None, ge=1, le=65535)
    user: str = ""
    security: Security = "starttls"
    sender: str = ""
    to: tuple[str, ...] = ()
    url: str = ""
    allow_private: bool = False
    secret: SecretStr | None = None


class Tried(BaseModel):
    """What came of a test; one that arrived may have a problem, too."""

    arrived: bool
    problem: str


@router.get("", name="list")
def listed(desk: OnDesk, limit: Limit = 100, offset: Offset = 0) -> Part[ChannelSaid]:
    """All channels."""
    return part(doing.channels(desk), _told, limit=limit, offset=offset)


@router.get("/sent")
def sent(desk: OnDesk, limit: Limit = 100, offset: Offset = 0) -> Part[NoticeSent]:
    """What was sent, the newest first."""
    return part(sent_lately(desk.history, limit=limit + offset), _sent, limit=limit, offset=offset)


@router.get("/{name}", name="get")
def show(desk: OnDesk, name: Name) -> ChannelSaid:
    """One channel."""
    return _told(doing.channel(desk, name))


@router.put("/{name}")
def put(desk: OnDesk, name: Name, wanted: ChannelAsked) -> ChannelSaid:
    """Make a channel, or change it to this."""
    doing.save(
        desk,
        WantedChannel(
            name=name,
            kind=wanted.kind,
            host=wanted.host,
            port=str(wanted.port or ""),
            user=wanted.user,
            security=wanted.security,
            sender=wanted.sender,
            to=", ".join(wanted.to),
            url=wanted.url,
            allow_private=wanted.allow_private,
            secret=wanted.secret or SecretStr(""),
        ),
        new=None,
    )
    return _told(doing.channel(desk, name))


@router.delete("/{name}")
def delete(desk: OnDesk, name: Name) -> Done:
    """Take a channel away that no dataset uses, and its secret."""
    doing.delete(desk, name)
    return Done(said=f"{name} is deleted.")


@router.post("/{name}/test")
async def test(desk: OnDesk, name: Name) -> Tried:
    """Send a test now, once."""
    came = await doing.try_channel(desk, name)
    return Tried(arrived=came.arrived, problem=came.problem)


def _told(one: ChannelTold) -> ChannelSaid:
    own = one.channel.model_dump(mode="json", exclude={"port"})
    port = one.channel.at_port if isinstance(one.channel, MailChannel) else None
    return ChannelSaid(
        name=one.name,
        **own,
        port=port,
        has_secret=one.has_secret,
        used_by=list(one.used_by),
        last=_sent(one.last) if one.last else None,
    )


def _sent(one: Sent) -> NoticeSent:
    return NoticeSent.model_validate(vars(one))
