"""Calls the simulator in process, the way that a client would, for its own tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.testclient import TestClient

from tiktok_ads.simulator.app import create_app
from tiktok_ads.simulator.inside import Simulator
from tiktok_ads.simulator.logins import TOKEN
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.presets import Plot

NOW = datetime(2026, 9, 22, 15, 10, tzinfo=UTC)
FIRST = "7000000000000000001"
SECOND = "7000000000000000002"
Json = dict[str, Any]


@dataclass(frozen=True)
class Caller:
    http: TestClient
    simulator: Simulator

    def get(self, path: str, *, token: Any = TOKEN, **params: object) -> Json:
        """The whole envelope of a GET; lists and objects go as JSON text."""
        texts = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()
        }
        headers = {} if token is None else {"Access-Token": token}
        answer = self.http.get(f"/open_api/v1.3/{path}/", params=texts, headers=headers)
        assert answer.status_code == 200
        got: Json = answer.json()
        return got

    def post(self, path: str, *, token: Any = TOKEN, **body: object) -> Json:
        headers = {} if token is None else {"Access-Token": token}
        answer = self.http.post(f"/open_api/v1.3/{path}/", json=body, headers=headers)
        assert answer.status_code == 200
        got: Json = answer.json()
        return got

    def control(self, action: str, **body: object) -> Any:
        answer = self.http.post(f"/_simulator/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def report(self, advertiser_id: Any = FIRST, **changed: object) -> Json:
        """A daily ad report of a week, all statuses, unless changed; None leaves a parameter out."""
        params: dict[str, object] = {
            "advertiser_id": advertiser_id,
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": ["ad_id", "stat_time_day"],
            "metrics": ["spend", "impressions", "clicks", "conversion"],
            "start_date": "2026-09-14",
            "end_date": "2026-09-20",
            "filtering": [status("ad")],
            "page_size": 1000,
        }
        params.update(changed)
        return self.get("report/integrated/get", **{n: v for n, v in params.items() if v is not None})

    def rows(self, advertiser_id: Any = FIRST, **changed: object) -> list[Json]:
        """Every row of a report, whatever its number of pages."""
        return list(self._pages(advertiser_id, changed))

    def _pages(self, advertiser_id: str, changed: Mapping[str, object]) -> Iterator[Json]:
        page, last = 1, 1
        while page <= last:
            body = self.report(advertiser_id, **{**changed, "page": page})
            assert body["code"] == 0, body["message"]
            yield from body["data"]["list"]
            last = body["data"]["page_info"]["total_page"]
            page += 1

    def items(self, level: str, advertiser_id: Any = FIRST, **filtering: object) -> list[Json]:
        body = self.get(
            f"{level}/get",
            advertiser_id=advertiser_id,
            page_size=100,
            filtering={"primary_status": "STATUS_ALL", **filtering},
        )
        assert body["code"] == 0, body["message"]
        rows: list[Json] = body["data"]["list"]
        return rows


def caller(
    preset: str | Sequence[Plot] = "tiny", *, options: Options | None = None, now: datetime | None = NOW
) -> Caller:
    app = create_app(preset, options=options, clock=now)
    return Caller(TestClient(app, follow_redirects=False), app.state.simulator)


def status(level: str, value: str = "STATUS_ALL") -> Json:
    return one_filter(f"{level}_status", [value])


def one_filter(name: str, values: list[str]) -> Json:
    return {"field_name": name, "filter_type": "IN", "filter_value": json.dumps(values)}
