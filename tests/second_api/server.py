"""The second API on a loopback port: it answers, refuses, counts the quota and remembers each request."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from tests.second_api import drawing
from tests.second_api.asked import Asked
from tests.second_api.routes import respond
from tests.second_api.rules import Refused, wrong
from tests.second_api.truth import Row, daily_sums, rows_of

DailySums = dict[tuple[str, str], tuple[Decimal, int, int]]
PREFIX = "/open_api/v1.3/"


class SecondApi:
    """The server: `start()`, `url`, then `stop()`; a context manager does both.

    `clock` is what TikTok's clock shows (aware UTC); it stands still until it is moved. `heavy_days` answers
    40067 to longer ad-level windows; `ads_cut` is the number of ads at which a report is cut.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        clock: datetime | None = None,
        token: str = "second-api-token",
        app_id: str = "7300000000000000001",
        secret: str = "second-api-secret",
        per_second: int = 10,
        per_minute: int = 600,
        ads_cut: int = 20_000,
        heavy_days: int | None = None,
        large_ads: int = 1050,
    ) -> None:
        self.clock = clock or datetime.now(UTC)
        self.token, self.app_id, self.secret = token, app_id, secret
        self.per_second, self.per_minute = per_second, per_minute
        self.ads_cut, self.heavy_days = ads_cut, heavy_days
        self.world = drawing.build(seed, self.clock, large_ads=large_ads)
        self.requests: list[Asked] = []
        self.breaches: list[str] = []
        self._random = random.Random(seed + 1)
        self._lock = threading.Lock()
        self._arrivals: deque[float] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.api = self  # type: ignore[attr-defined]  # the handler's only way to its owner
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> SecondApi:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def __enter__(self) -> SecondApi:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def granted(self) -> list[str]:
        return [a.advertiser_id for a in self.world.accounts.values() if a.granted]

    @property
    def refusals(self) -> list[Asked]:
        """Requests that broke a documented rule; missing rights and bad tokens are not among them."""
        return [a for a in self.requests if a.code not in (0, 40001, 40067, 40104, 40105)]

    # What a test does to the world.

    def advance(self, days: float) -> None:
        self.clock += timedelta(days=days)

    def today(self, advertiser_id: str) -> date:
        return self.world.accounts[advertiser_id].local_day(self.clock)

    def delete_ad(self, ad_id: str) -> None:
        ad = self.world.ads[ad_id]
        ad.deleted, ad.modified = True, self.clock.replace(microsecond=0)

    def delete_campaign(self, campaign_id: str) -> None:
        """Its ad groups and ads show it in their status; their modify_time does not move."""
        campaign = self.world.campaigns[campaign_id]
        campaign.deleted, campaign.modified = True, self.clock.replace(microsecond=0)

    def vanish_ad(self, ad_id: str) -> None:
        """Take an ad out of every list without a trace; its days stay in the reports."""
        self.world.ads[ad_id].gone = True

    def restate(self, advertiser_id: str, *, days_ago: Iterable[int]) -> dict[str, int]:
        """Change, drop and add what happened between the oldest and the newest of `days_ago`."""
        ago, today = sorted(days_ago), self.today(advertiser_id)
        first, last = today - timedelta(days=ago[-1]), today - timedelta(days=ago[0])
        return drawing.restate(self.world, self._random, advertiser_id, first, last)

    # What is true.

    def truth(self, table: str, advertisers: Iterable[str] | None = None) -> list[Row]:
        """The rows that a table must hold now; of all granted advertisers unless some are named."""
        chosen = self.granted if advertisers is None else advertisers
        return rows_of(self.world, self.clock, table, chosen)

    def sums(self, table: str, advertisers: Iterable[str] | None = None) -> DailySums:
        """(advertiser, day) → spend, impressions, clicks."""
        return daily_sums(self.truth(table, advertisers))

    # How it answers.

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> _Reply:
        """The reply to one request; HTTP errors only where no API stands at the address."""
        url = urlsplit(target)
        pairs = parse_qsl(url.query, keep_blank_values=True)
        asked = Asked(url.path.removeprefix(PREFIX), dict(pairs), time.monotonic())
        with self._lock:
            self.requests.append(asked)
            if not url.path.startswith(PREFIX) or not url.path.endswith("/"):
                asked.code, asked.message = 404, "404 page not found"
                return _Reply(404, b"404 page not found", "text/plain")
            number = len(self.requests)
            cut = False
            try:
                self._count(asked.at)
                if len(pairs) != len(asked.params):
                    raise wrong("a parameter stands twice")
                if method == "GET" and body:
                    raise wrong("a GET request carries no body")
                data, cut = respond(self, method, asked, headers)
                envelope = {"code": 0, "message": "OK", "request_id": f"REQ{number:08d}", "data": data}
            except Refused as refused:
                asked.code, asked.message = refused.code, refused.message
                envelope = {
                    "code": refused.code,
                    "message": refused.message,
                    "request_id": f"REQ{number:08d}",
                    "data": {},
                }
            text = json.dumps(envelope, ensure_ascii=number % 2 == 0).encode()
            return _Reply(200, text, "application/json; charset=utf-8", cut=cut)

    def _count(self, now: float) -> None:
        """Hold a call against the last second and minute, by when it arrived."""
        while self._arrivals and now - self._arrivals[0] >= 60:
            self._arrivals.popleft()
        within_second = sum(1 for at in self._arrivals if abs(now - at) < 1)
        if within_second >= self.per_second or len(self._arrivals) >= self.per_minute:
            self.breaches.append(f"{within_second + 1} in a second, {len(self._arrivals) + 1} in a minute")
            raise Refused(40100, "You have made too many requests in a short time. Please try again later.")
        self._arrivals.append(now)


@dataclass(frozen=True)
class _Reply:
    status: int
    body: bytes
    kind: str
    cut: bool = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def _reply(self) -> None:
        api: SecondApi = self.server.api  # type: ignore[attr-defined]  # set by SecondApi
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = api.answer(self.command, self.path, self.headers, body)  # type: ignore[arg-type]  # a Message has get and in
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        if reply.cut:
            self.send_header("X-Tt-Ads-Throttle", "true")
        self.end_headers()
        self.wfile.write(reply.body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header shows the API's own clock, as any server's does."""
        api: SecondApi = self.server.api  # type: ignore[attr-defined]  # set by SecondApi
        return format_datetime(api.clock, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test output quiet."""
