"""Tokens by the JSON API: which programs may use it; made by people, removed by anybody who is let in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from tiktok_ads.ui.api.call import Asked, Done, OnCaller, OnDesk
from tiktok_ads.ui.paging import Limit, Offset, Part, part
from tiktok_ads.ui.tokens import MOST_DAYS, USUAL_DAYS
from tiktok_ads.ui.tokens import Token as OwnToken

router = APIRouter(prefix="/api/v1/tokens", tags=["access"])
Name = Annotated[str, Path(description="Name of a token.")]


class Token(BaseModel):
    """A token without itself, which nobody can tell again. `used_at` is right to a minute."""

    name: str
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class NewToken(Asked):
    """What a token is for, and for how many days it is good; null until it is removed."""

    name: str
    days: int | None = Field(default=USUAL_DAYS, ge=1, le=MOST_DAYS)


class MadeToken(BaseModel):
    """A token that was made. Keep it now: it is told this once."""

    name: str
    token: str


@router.get("", name="list")
def listed(desk: OnDesk, limit: Limit = 100, offset: Offset = 0) -> Part[Token]:
    """All tokens, the newest first."""
    return part(desk.tokens.listed(), _told, limit=limit, offset=offset)


@router.post("", status_code=201)
def create(desk: OnDesk, caller: OnCaller, wanted: NewToken) -> MadeToken:
    """Make a token. One token cannot make another: who finds one could keep the door open otherwise."""
    if caller.kind == "token":
        raise HTTPException(403, "Tokens are made by people: on the page Access or by `tiktok-ads access`.")
    made = desk.tokens.add(wanted.name, days=wanted.days)
    return MadeToken(name=wanted.name, token=made.get_secret_value())


@router.delete("/{name}")
def remove(desk: OnDesk, name: Name) -> Done:
    """Let nobody in with this token from now on."""
    desk.tokens.remove(name)
    return Done(said=f"The token {name} opens nothing any more.")


def _told(one: OwnToken) -> Token:
    return Token(**vars(one))
