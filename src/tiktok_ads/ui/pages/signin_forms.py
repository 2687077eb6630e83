"""What the pages of signing in show, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Form, Request

from tiktok_ads.client import remedy_of
from tiktok_ads.errors import ApiError, ConfigError, TikTokAdsError, TransportError
from tiktok_ads.ui import connections as doing
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.render import Shown
from tiktok_ads.ui.signins import CALLBACK, SignIns, signins_of
from tiktok_ads.ui.told import by_field

OnDesk = Annotated[Desk, Depends(desk_of)]
Text = Annotated[str, Form()]
FIELDS = ("name", "app_id", "secret", "token", "pasted")


@dataclass(frozen=True)
class New(Shown):
    """The form of a new login, with what was typed; `problems` are by field, `other` those of none.

    `first` is whether nothing is set up yet, `again` whether the login exists.
    """

    callback: str
    simulator: bool
    first: bool
    name: str = "tiktok"
    app_id: str = ""
    again: bool = False
    has_secret: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)
    other: str = ""


@dataclass(frozen=True)
class ByToken(Shown):
    """The form of a login by a token that was made elsewhere; secrets that were typed are not repeated."""

    name: str
    app_id: str = ""
    sandbox: bool = True
    problems: Mapping[str, str] = field(default_factory=dict)
    other: str = ""


@dataclass(frozen=True)
class Asking(Shown):
    """The link to TikTok's page, and the field for what it sends back where the browser cannot return."""

    name: str
    link: str
    first: bool
    pasted: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    other: str = ""


@dataclass(frozen=True)
class Returned(Shown):
    """What TikTok sent back; a page of ours hands it on, since cookies do not come from another site."""

    query: dict[str, str]


OnSignIns = Annotated[SignIns, Depends(signins_of)]


def new_form(
    desk: Desk,
    name: str,
    *,
    app_id: str = "",
    again: bool | None = None,
    error: ConfigError | None = None,
) -> New:
    known = desk.settings().connections.get(name)
    is_again = known is not None if again is None else again and known is not None
    problems, other = by_field(error, FIELDS)
    return New(
        "Connect again" if is_again else "Connect",
        "connections",
        desk.url + CALLBACK,
        desk.simulator is not None,
        is_first(desk),
        name or doing.free_name(desk, "tiktok"),
        app_id or str((known.app_id or "") if known else ""),
        is_again,
        is_again and doing.has_secret(name),
        problems,
        other,
    )


def is_first(desk: Desk) -> bool:
    return not desk.settings().connections


def not_taken(name: str, taken: bool) -> None:
    if taken:
        raise ConfigError(f"name: there is a connection {name!r} already, choose another name.")


def as_config(error: TikTokAdsError, field: str = "") -> ConfigError:
    """What TikTok refused, with its remedy, as something wrong in the form."""
    if isinstance(error, ConfigError):
        return error
    told = error.message if isinstance(error, ApiError) else str(error)
    remedy = remedy_of(error) if isinstance(error, (ApiError, TransportError)) else ""
    return ConfigError(f"{field}: {told} {remedy}" if field else told, "" if field else remedy)


def session_of(request: Request, desk: Desk) -> str:
    return request.cookies.get(desk.doors.cookie, "")
