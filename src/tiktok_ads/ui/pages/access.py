"""Access: which programs may use the app's calls; a token is made, shown once, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from tiktok_ads.errors import ConfigError, UnknownName
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.tokens import USUAL_DAYS, Token
from tiktok_ads.ui.told import by_field

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Text = Annotated[str, Form()]
SPANS = (("30", "30 days"), ("90", "90 days"), (str(USUAL_DAYS), "a year"), ("0", "until it is removed"))


@dataclass(frozen=True)
class Access(Shown):
    """The tokens; `made` is the one that was just made, shown this once."""

    tokens: Sequence[Token]
    url: str
    now: datetime
    name: str = ""
    days: str = str(USUAL_DAYS)
    spans: Sequence[tuple[str, str]] = SPANS
    made: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    other: str = ""


@router.get("/access")
def show(request: Request, desk: OnDesk) -> Response:
    try:
        return page(request, "access.html", _access(desk))
    except ConfigError as error:
        told = Access("Access", "access", (), desk.url, datetime.now(UTC), other=str(error))
        return page(request, "access.html", told)


@router.post("/access")
def add(request: Request, desk: OnDesk, name: Text = "", days: Text = "") -> Response:
    """Make a token. The answer shows it, and no other ever does."""
    try:
        span = int(days) if days in dict(SPANS) else USUAL_DAYS
        made = desk.tokens.add(name.strip(), days=span or None).get_secret_value()
    except ConfigError as error:
        problems, other = by_field(error, ("name", "days"))
        said = _access(desk, name=name, days=days, problems=problems, other=other)
        return page(request, "access.html", said, status=422)
    return page(request, "access.html", _access(desk, name=name.strip(), made=made))


@router.post("/access/{name}/remove")
def remove(desk: OnDesk, name: str) -> Response:
    # Whoever presses twice has what was wanted.
    with suppress(UnknownName):
        desk.tokens.remove(name)
    return RedirectResponse("/access", 303)


def _access(
    desk: Desk,
    *,
    name: str = "",
    days: str = str(USUAL_DAYS),
    made: str = "",
    problems: Mapping[str, str] | None = None,
    other: str = "",
) -> Access:
    return Access(
        "Access",
        "access",
        desk.tokens.listed(),
        desk.url,
        datetime.now(UTC),
        name,
        days,
        made=made,
        problems=problems or {},
        other=other,
    )
