"""One world with everything around it: logins, quota, faults, reports, tasks; and which path leads where."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import logins as signing
from tiktok_ads.simulator.answers import Answer, wrong
from tiktok_ads.simulator.assets import serve
from tiktok_ads.simulator.assets.endpoints import SERVED
from tiktok_ads.simulator.faults import Faults
from tiktok_ads.simulator.items import Level
from tiktok_ads.simulator.lists import advertiser_info, item_list
from tiktok_ads.simulator.logins import Login, Logins
from tiktok_ads.simulator.options import TIERS, Options
from tiktok_ads.simulator.quota import Quota
from tiktok_ads.simulator.reports import Reports
from tiktok_ads.simulator.sandbox import without_status
from tiktok_ads.simulator.special import special_reports
from tiktok_ads.simulator.tasks import Tasks
from tiktok_ads.simulator.world import World

Params = Mapping[str, object]


@dataclass(eq=False)
class Simulator:
    """One world with everything around it that an app of the API sees."""

    world: World
    options: Options
    logins: Logins = field(default_factory=Logins)
    faults: Faults = field(default_factory=Faults)
    serials: itertools.count[int] = field(default_factory=itertools.count)
    busy: threading.Lock = field(default_factory=threading.Lock)
    quota: Quota = field(init=False)
    reports: Reports = field(init=False)
    tasks: Tasks = field(init=False)
    special: dict[str, Callable[[Login, Params], Answer]] = field(init=False)

    def __post_init__(self) -> None:
        if self.options.tier is not None and self.options.tier not in TIERS:
            raise ValueError(self.options.tier)
        self.quota = Quota(self.options.tier, self.options.sliding, self.options.quota_time)
        self.reports = Reports(self.world, self.options)
        self.tasks = Tasks(self.world, self.reports)
        self.special = special_reports(self.world, refuse_future=self.options.refuse_future)

    def request_id(self) -> str:
        return f"{self.world.now():%Y%m%d%H%M%S}{next(self.serials):018X}"

    def alone(self, work: Callable[[Login, Params], Answer], login: Login, params: Params) -> Answer:
        """Work on the world while nobody else does."""
        with self.busy:
            return work(login, params)

    def note_undocumented(self, name: str, params: Params) -> None:
        """TikTok ignores what it does not know; here it is counted, and refused if the options say so."""
        known = {param.name for param in catalog().endpoints[name].params}
        unknown = [param for param in params if param not in known]
        for param in unknown:
            self.quota.ignored[f"{name}: {param}"] += 1
        if unknown and self.options.strict:
            raise wrong(f"Unknown field: {', '.join(unknown)}.")

    def listed(self, level: Level, login: Login, params: Params) -> Answer:
        """Campaigns, ad groups or ads; the sandbox does not say how they stand."""
        answer = item_list(level)(self.world, login, params)
        return without_status(answer) if self.options.sandbox else answer

    def endpoint(self, name: str) -> tuple[str, Callable[[Login, Params], Answer]] | None:
        """Method and function of an endpoint that needs a token."""
        world, reports, tasks = self.world, self.reports, self.tasks
        known: dict[str, tuple[str, Callable[[Login, Params], Answer]]] = {
            "advertiser/info": ("GET", lambda login, p: advertiser_info(world, login, p)),
            "campaign/get": ("GET", lambda login, p: self.listed("campaign", login, p)),
            "adgroup/get": ("GET", lambda login, p: self.listed("adgroup", login, p)),
            "ad/get": ("GET", lambda login, p: self.listed("ad", login, p)),
            "report/integrated/get": ("GET", reports.answer),
            "report/task/create": ("POST", tasks.create),
            "report/task/check": ("GET", tasks.check),
            "report/task/download": ("GET", tasks.download),
            "report/task/cancel": ("POST", tasks.cancel),
            "user/info": ("GET", lambda login, p: signing.user_info(world)),
            "oauth2/advertiser/get": (
                "GET",
                lambda login, p: signing.advertiser_get(self.logins, world, login, p),
            ),
        }
        known |= {path: ("GET", answer) for path, answer in self.special.items()}
        if name not in known and name in SERVED:
            method = catalog().endpoints[name].method
            return method, lambda login, p: serve.answer(world, name, login, p, options=self.options)
        return known.get(name)

    def open_endpoint(self, name: str) -> Callable[[Params], Answer] | None:
        """The two endpoints that are called with app id and secret instead of a token."""
        if name == "oauth2/access_token":
            return lambda body: signing.access_token(self.logins, self.world, body)
        if name == "subscription/get":
            return lambda query: signing.subscriptions(self.logins, query)
        if name == "oauth2/revoke_token":
            return lambda body: signing.revoke_token(self.logins, self.world, body)
        return None
