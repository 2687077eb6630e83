"""Notices: who hears when something is wrong, by mail, Slack or webhook; make, try, change, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from tiktok_ads.credentials.notice import ChannelKind
from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.jobs.notices.memory import Sent, sent_lately
from tiktok_ads.jobs.notices.send import Delivered
from tiktok_ads.ui import notices as doing
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.notices import ChannelTold, WantedChannel
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.said import Form, said
from tiktok_ads.ui.told import by_field

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
_LAST = 20


@dataclass(frozen=True)
class All(Shown):
    """`sent` are the newest notices; `problem` says what is wrong with the file, or stands in the way."""

    channels: Sequence[ChannelTold]
    sent: Sequence[Sent]
    problem: str = ""


@dataclass(frozen=True)
class Editing(Shown):
    """The form of a channel, with what was typed but its secret; `problems` are by field."""

    wanted: WantedChannel
    new: bool
    has_secret: bool
    problems: Mapping[str, str] = field(default_factory=dict)
    other: str = ""


@dataclass(frozen=True)
class Tried(Shown):
    """What came of a test."""

    name: str
    came: Delivered


@router.get("/notices")
def show_all(request: Request, desk: OnDesk) -> Response:
    return page(request, "notices.html", _all(desk))


@router.get("/notices/new")
def new(request: Request, kind: str = "mail") -> Response:
    chosen = _kind(kind)
    return page(request, "notice_edit.html", _editing(WantedChannel(kind=chosen), new=True))


@router.get("/notices/{name}")
def edit(request: Request, desk: OnDesk, name: str) -> Response:
    one = doing.channel(desk, name)
    return page(request, "notice_edit.html", _editing(doing.wanted_of(one), new=False, known=one))


@router.post("/notices")
async def create(request: Request, desk: OnDesk) -> Response:
    return await _saved(request, desk, new=True)


@router.post("/notices/{name}")
async def change(request: Request, desk: OnDesk, name: str) -> Response:
    return await _saved(request, desk, new=False, name=name)


@router.post("/notices/{name}/test")
async def test(request: Request, desk: OnDesk, name: str) -> Response:
    """Send a test; the answer stands beside the button."""
    return page(request, "notice_tried.html", Tried("", "notices", name, await doing.try_channel(desk, name)))


@router.post("/notices/{name}/delete")
def delete(request: Request, desk: OnDesk, name: str) -> Response:
    try:
        doing.delete(desk, name)
    except ConfigError as error:
        return page(request, "notices.html", _all(desk, str(error)), status=422)
    return RedirectResponse("/notices", 303)


def _all(desk: Desk, problem: str = "") -> All:
    try:
        found = doing.channels(desk)
    except TikTokAdsError as error:
        found, problem = [], str(error)
    return All("Notices", "notices", found, sent_lately(desk.history, limit=_LAST), problem)


async def _saved(request: Request, desk: Desk, *, new: bool, name: str = "") -> Response:
    wanted = _said(await request.form())
    wanted = replace(wanted, name=name or wanted.name)
    try:
        await run_in_threadpool(doing.save, desk, wanted, new=new)
    except ConfigError as error:
        known = None if new else await run_in_threadpool(doing.channel, desk, name)
        context = _editing(wanted, new=new, known=known, error=error)
        return page(request, "notice_edit.html", context, status=422)
    return RedirectResponse("/notices", 303)


def _said(form: Form) -> WantedChannel:
    return WantedChannel(
        name=said(form, "name"),
        kind=_kind(said(form, "kind")),
        host=said(form, "host"),
        port=said(form, "port"),
        user=said(form, "user"),
        security=said(form, "security") or "starttls",
        sender=said(form, "from"),
        to=said(form, "to"),
        url=said(form, "url"),
        allow_private=bool(said(form, "allow_private")),
        secret=SecretStr(said(form, "secret")),
    )


def _editing(
    wanted: WantedChannel, *, new: bool, known: ChannelTold | None = None, error: ConfigError | None = None
) -> Editing:
    problems, other = by_field(error, doing.FIELDS)
    title = f"New channel: {doing.KINDS[wanted.kind]}" if new else f"Change {wanted.name}"
    has_secret = known is not None and known.has_secret
    return Editing(title, "notices", wanted, new, has_secret, problems, other)


def _kind(text: str) -> ChannelKind:
    return next((kind for kind in doing.KINDS if kind == text), "mail")
