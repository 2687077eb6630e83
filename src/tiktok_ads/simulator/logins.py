"""Who may call: apps, authorization codes, tokens, what they were granted; and the sign-in endpoints."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Answer, Refused
from tiktok_ads.simulator.centers import Center, centers
from tiktok_ads.simulator.world import Advertiser, World

APP_ID = "7400000000000000001"
APP_SECRET = "simulator-secret"  # noqa: S105  a documented value of the simulator, worth nothing elsewhere
TOKEN = "simulator-token"  # noqa: S105  likewise
CODE_LIVES = timedelta(hours=1)
OFFLINE, DIAGNOSIS, CRM = 7043626160646946818, 7050363942434013185, 7294180478502830081
READ_SCOPES = (
    *(1, 2, 3, 4, 5, 6, 7, 8, 9, 100),
    *(12_000_000, 15_000_000, 17_000_000, 19_000_000, OFFLINE, DIAGNOSIS, CRM),
)
# Parents of scopes whose number does not begin with that of the parent.
PARENTS = {
    6110100: 6,
    7078191955347259394: 1,
    7153155400966176769: 1,
    7133464587805999106: 2,
    7231011733974859777: 6,
    7224195155857833986: OFFLINE,
    7050363942434029569: DIAGNOSIS,
    7294180478502846465: CRM,
}
# Any one of these scopes opens the endpoint; a parent opens what is under it.
NEEDS = {
    "advertiser/info": {1, 10, 100},
    "oauth2/advertiser/get": {1, 10, 100},
    "campaign/get": {2, 20, 200},
    "adgroup/get": {2, 21, 210},
    "ad/get": {2, 22, 220},
    "report/integrated/get": {4, 44},
    "report/task/create": {4, 44},
    "report/task/check": {4, 44},
    "report/task/download": {4, 44},
    "report/task/cancel": {4, 44},
}


@dataclass
class Login:
    """One token. `advertiser_ids` None stands for every advertiser of the world.

    `scopes_on` holds other scopes for some owners (advertisers or Business Centers), by id.
    """

    token: str
    app_id: str = APP_ID
    advertiser_ids: tuple[str, ...] | None = None
    scopes: tuple[int, ...] = READ_SCOPES
    revoked: bool = False
    scopes_on: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def granted(self, world: World) -> list[str]:
        if self.advertiser_ids is not None:
            return list(self.advertiser_ids)
        return [a.id for a in world.advertisers.values() if not a.removed]

    def open(self, world: World, advertiser_id: str) -> Advertiser:
        """The advertiser, if this login may read it."""
        advertiser = world.advertisers.get(advertiser_id)
        if advertiser is None or advertiser.removed or advertiser_id not in self.granted(world):
            raise Refused(40001, f"No permission to operate advertiser {advertiser_id}.")
        return advertiser

    def open_center(self, world: World, bc_id: str) -> Center:
        """The Business Center, if this login may read one of its advertisers."""
        center = centers(world).get(bc_id)
        granted = set(self.granted(world))
        if center is None or not any(one.id in granted for one in center.advertisers):
            raise Refused(40001, f"No permission to operate Business Center {bc_id}.")
        return center

    def allow(self, endpoint: str, owners: Sequence[str] = ()) -> None:
        """Refuse an endpoint that needs a scope which was not granted, or not for one of the owners."""
        needed = needs(endpoint)
        if not needed:
            return
        for scopes in (self.scopes, *(self.scopes_on[one] for one in owners if one in self.scopes_on)):
            if not needed & set(scopes):
                raise Refused(40001, f"Permission error: the access token lacks the scope for /{endpoint}/.")


def needs(endpoint: str) -> set[int]:
    """Scopes any one of which opens an endpoint; none where no scope is documented."""
    if endpoint in NEEDS:
        return NEEDS[endpoint]
    known = catalog().endpoints.get(endpoint)
    opening: set[int] = set()
    for text in known.scope_ids if known else ():
        scope = int(text)
        opening.add(scope)
        if scope in PARENTS:
            opening.add(PARENTS[scope])
        elif scope >= 1_000_000:
            opening.add(scope // 1_000_000 * 1_000_000)
        else:
            opening |= {scope // 10, scope // 100} - {0}
    return opening


@dataclass
class Logins:
    """All apps (id and secret), codes that wait to be exchanged, and tokens."""

    apps: dict[str, str] = field(default_factory=lambda: {APP_ID: APP_SECRET})
    tokens: dict[str, Login] = field(default_factory=lambda: {TOKEN: Login(TOKEN)})
    codes: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def of(self, token: str | None) -> Login:
        if not token:
            raise Refused(40104, "Access token is empty.")
        login = self.tokens.get(token)
        if login is None or login.revoked:
            raise Refused(40105, "Access token is incorrect or has been revoked.")
        return login

    def app_of(self, token: str | None) -> str:
        """The app whose quota a call uses up."""
        login = self.tokens.get(token or "")
        return APP_ID if login is None else login.app_id

    def new_code(self, app_id: str, now: datetime) -> str:
        code = secrets.token_hex(20)
        self.codes[code] = (app_id, now)
        return code

    def check_app(self, params: Mapping[str, object]) -> str:
        app_id, secret = read.text(params, "app_id"), read.text(params, "secret")
        if app_id not in self.apps:
            raise Refused(40113, "The app does not exist or has been blocked.")
        if not secrets.compare_digest(self.apps[app_id].encode(), secret.encode()):
            raise Refused(40101, "The app_id and secret do not match.")
        return app_id


def access_token(logins: Logins, world: World, body: Mapping[str, object]) -> Answer:
    """Exchange a code, which works once and for an hour, for a token that does not expire."""
    app_id = logins.check_app(body)
    code = read.text(body, "auth_code")
    found = logins.codes.pop(code, None)
    if found is None or found[0] != app_id or world.now() - found[1] > CODE_LIVES:
        raise Refused(40110, "The auth_code is used, expired or cancelled.")
    login = Login(secrets.token_hex(20), app_id)
    logins.tokens[login.token] = login
    data: dict[str, object] = {"access_token": login.token, "scope": list(login.scopes)}
    if read.flag(body, "return_advertiser_ids", default=True):
        data["advertiser_ids"] = login.granted(world)
    return Answer(data)


def advertiser_get(logins: Logins, world: World, login: Login, params: Mapping[str, object]) -> Answer:
    if logins.check_app(params) != login.app_id:
        raise Refused(40113, "The app_id and secret do not belong to the access token.")
    rows = [
        {"advertiser_id": one, "advertiser_name": world.advertisers[one].name}
        for one in login.granted(world)
        if one in world.advertisers
    ]
    return Answer({"list": rows})


def revoke_token(logins: Logins, world: World, body: Mapping[str, object]) -> Answer:
    app_id = logins.check_app(body)
    login = logins.of(read.text(body, "access_token"))
    if login.app_id != app_id:
        raise Refused(40113, "The app_id and secret do not belong to the access token.")
    login.revoked = True
    return Answer({"app_id": app_id, "advertiser_ids": login.granted(world)})


def subscriptions(logins: Logins, params: Mapping[str, object]) -> Answer:
    """Webhooks of an app. The token of a subscription stands in the answer."""
    logins.check_app(params)
    page = read.page_of(params, most=1000)
    entity = read.text(params, "subscribe_entity", required=False)
    found = [
        {
            "subscription_id": "7460000000000000001",
            "subscribe_entity": "LEAD",
            "callback_url": "https://example.com/hook",
            "subscription_detail": {"access_token": "a-token-of-nobody"},
        }
    ]
    shown = [one for one in found if entity in ("", one["subscribe_entity"])]
    return Answer({"subscriptions": page.cut(shown), "page_info": page.info(len(shown))})


def user_info(world: World) -> Answer:
    return Answer(
        {
            "core_user_id": "7000000000000009999",
            "display_name": "Simulator user",
            "email": "s***r@example.com",
            "avatar_url": "https://example.com/avatar.png",
            "create_time": int(datetime(world.anchor.year, 1, 1, tzinfo=UTC).timestamp()),
        }
    )
