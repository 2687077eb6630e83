"""Back from TikTok: what it sent back, by itself or pasted, becomes a login."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.signin.consent import read_pasted
from tiktok_ads.ui import signins as signing
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.pages.signin_forms import (
    Asking,
    OnDesk,
    OnSignIns,
    Returned,
    Text,
    as_config,
    is_first,
    new_form,
    session_of,
)
from tiktok_ads.ui.render import page
from tiktok_ads.ui.signins import CALLBACK, SignIns

router = APIRouter(include_in_schema=False)


@router.get(CALLBACK)
def returned(request: Request) -> Response:
    """TikTok sends the browser here. Nothing is done yet: only a page of ours can show who is signed in."""
    query = {
        name: value for name, value in request.query_params.items() if name in ("auth_code", "code", "state")
    }
    return page(request, "connection_returned.html", Returned("Back from TikTok", "connections", query))


@router.post("/connections/finish")
async def finish(
    request: Request,
    desk: OnDesk,
    signins: OnSignIns,
    auth_code: Text = "",
    code: Text = "",
    state: Text = "",
    name: Text = "",
    pasted: Text = "",
) -> Response:
    """Exchange what came back by itself."""
    session = session_of(request, desk)
    if name:
        return await _pasted(request, desk, signins, name, pasted, session)
    try:
        pending = signins.take(state, session)
        done = await signing.finish(desk, pending, f"?auth_code={auth_code or code}&state={state}")
    except TikTokAdsError as error:
        form = new_form(desk, name, error=as_config(error))
        return page(request, "connection_new.html", form, status=422)
    return RedirectResponse(f"/connections/{done}", 303)


async def _pasted(
    request: Request, desk: Desk, signins: SignIns, name: str, pasted: str, session: str
) -> Response:
    """Exchange what was pasted; what cannot be one leaves the sign-in as it was, to be tried again."""
    begun = signins.newest(name, session)
    if begun is None:
        error = ConfigError("No sign-in of this browser is under way.", "Begin again with Connect.")
        return page(request, "connection_new.html", new_form(desk, name, error=error), status=422)
    try:
        read_pasted(pasted, begun.consent)
    except ConfigError as error:
        asking = Asking(
            "Sign in at TikTok",
            "connections",
            name,
            begun.consent.link,
            is_first(desk),
            pasted[:2000],
            {"pasted": str(error)},
        )
        return page(request, "connection_asking.html", asking, status=422)
    try:
        done = await signing.finish(desk, signins.take(begun.consent.state, session), pasted)
    except TikTokAdsError as error:
        form = new_form(desk, name, error=as_config(error))
        return page(request, "connection_new.html", form, status=422)
    return RedirectResponse(f"/connections/{done}", 303)
