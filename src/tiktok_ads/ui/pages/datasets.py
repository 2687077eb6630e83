"""Datasets: the list of all, with how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tiktok_ads.errors import TikTokAdsError
from tiktok_ads.ui import datasets as doing
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.datasets import Dataset
from tiktok_ads.ui.render import Shown, page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class All(Shown):
    """`connected` is whether there is a connection to load from."""

    datasets: Sequence[Dataset]
    connected: bool
    problem: str = ""


@router.get("/datasets")
def show_all(request: Request, desk: Annotated[Desk, Depends(desk_of)]) -> Response:
    try:
        connected = bool(desk.settings().connections)
        context = All("Datasets", "datasets", doing.datasets(desk), connected)
    except TikTokAdsError as error:
        context = All("Datasets", "datasets", (), True, str(error))
    return page(request, "datasets.html", context)
