"""Holds the simulator's faults, quota and penalties to what they promise."""

from __future__ import annotations

import json
from dataclasses import dataclass

import httpx2
import pytest

from tests.simulator_caller import FIRST, NOW, SECOND, Caller, caller
from tiktok_ads.simulator.faults import EDITS, KINDS, ON_THE_WIRE, SPOILS
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import running

HEADERS = {"Access-Token": "simulator-token"}


@dataclass
class Seconds:
    """A clock for the quota that only a test moves; it starts at a full minute and day."""

    now: float = 1_790_000_000 // 86_400 * 86_400

    def __call__(self) -> float:
        return self.now


def limited(tier: str = "basic", *, sliding: bool = False) -> tuple[Caller, Seconds]:
    seconds = Seconds()
    return caller(options=Options(tier=tier, sliding=sliding, quota_time=seconds)), seconds


def codes(api: Caller, calls: int) -> list[int]:
    return [api.get("user/info")["code"] for _ in range(calls)]


def test_the_eleventh_call_in_a_second_is_refused() -> None:
    """Ten pass; the rest of that second is refused; the next second is open again."""
    api, seconds = limited()
    assert codes(api, 12) == [0] * 10 + [40100] * 2
    seconds.now += 1
    assert codes(api, 1) == [0]
    counted = api.control("counters")
    assert counted["violations"] == {"second": 2}
    assert counted["most"]["fixed_second"] == 12
    assert counted["calls"] == {"user/info": 13}
    assert counted["answers_by_code"] == {"0": 11, "40100": 2}


def test_a_second_can_also_slide() -> None:
    """Counted from each call, nine at the end of a second and two at the start of the next are too many."""
    for sliding, expected in ((False, [0, 0]), (True, [0, 40100])):
        api, seconds = limited(sliding=sliding)
        seconds.now += 0.9
        assert codes(api, 9) == [0] * 9
        seconds.now += 0.2
        assert codes(api, 2) == expected
        assert api.control("counters")["most"]["sliding_second"] == 11


def test_a_crossed_minute_costs_five() -> None:
    """The sandbox takes 30 calls a minute: the next is refused, and all for five minutes after it."""
    api, seconds = limited("sandbox")
    for _ in range(30):
        assert codes(api, 1) == [0]
        seconds.now += 1
    assert codes(api, 1) == [40100]
    seconds.now += 299
    assert codes(api, 1) == [40100]
    seconds.now += 2
    assert codes(api, 1) == [0]
    assert api.control("counters")["violations"] == {"minute": 1, "during_penalty": 1}


def test_a_crossed_day_lasts_until_midnight() -> None:
    """The sandbox takes a thousand calls a day, until 00:00 UTC."""
    api, seconds = limited("sandbox")
    for _ in range(1000):
        assert codes(api, 1) == [0]
        seconds.now += 2
    assert codes(api, 1) == [40100]
    seconds.now += 86_400
    assert codes(api, 1) == [0]


def test_creating_tasks_has_a_quota_of_its_own() -> None:
    """Two a second at every tier."""
    api, _ = limited("ultimate")
    got = [api.post("report/task/create", advertiser_id=FIRST)["code"] for _ in range(3)]
    assert got == [40002, 40002, 40100]


def test_time_outs_slow_an_app_down() -> None:
    """Ten in ten seconds leave five calls a second; a request that timed out thrice is blocked."""
    api, seconds = limited("advanced")
    api.simulator.options = Options(
        quota_time=seconds, broken=lambda kind: httpx2.ReadTimeout(f"simulated {kind}")
    )
    api.control("faults", add=[{"kind": "hang", "path": "report/*", "times": None}])
    for n in range(10):
        with pytest.raises(httpx2.ReadTimeout):
            api.get("report/integrated/get", advertiser_id=FIRST, page=n)
    seconds.now += 1
    assert codes(api, 6) == [0] * 5 + [40100]
    seconds.now += 301
    assert codes(api, 6) == [0] * 6

    for _ in range(2):
        seconds.now += 1
        with pytest.raises(httpx2.ReadTimeout):
            api.get("report/integrated/get", advertiser_id=FIRST, page=0)
    seconds.now += 1
    assert "blocked" in api.get("report/integrated/get", advertiser_id=FIRST, page=0)["message"]
    assert api.control("counters")["violations"]["repeated_after_timeout"] == 3


def test_a_fault_hits_what_it_names() -> None:
    """By path, advertiser, parameters and window; after some calls, so many times, then no more."""
    api = caller()
    api.control(
        "faults",
        add=[
            {"kind": "code", "code": 51010, "path": "ad/*", "advertiser_id": SECOND, "after": 1, "times": 2},
            {"kind": "code", "code": 40067, "path": "report/*", "min_days": 8, "times": None},
            {"kind": "code", "code": 40133, "path": "campaign/get", "params": {"page": "3"}},
        ],
    )
    assert [api.get("ad/get", advertiser_id=FIRST)["code"] for _ in range(3)] == [0, 0, 0]
    assert [api.get("ad/get", advertiser_id=SECOND)["code"] for _ in range(5)] == [0, 51010, 51010, 0, 0]
    assert api.report()["code"] == 0
    assert [api.report(start_date="2026-09-10")["code"] for _ in range(2)] == [40067, 40067]
    assert api.get("campaign/get", advertiser_id=FIRST, page=2)["code"] == 0
    assert api.get("campaign/get", advertiser_id=FIRST, page=3)["code"] == 40133
    assert [one["hit"] for one in api.control("faults")] == [2, 2, 1]
    api.control("faults", clear=True)
    assert api.report(start_date="2026-09-10")["code"] == 0


@pytest.mark.parametrize("kind", sorted(EDITS))
def test_a_fault_changes_the_answer(kind: str) -> None:
    """Every fault of an answer's content leaves JSON that differs from the good one, once."""
    api = caller()
    path = "/open_api/v1.3/report/integrated/get/"
    params = {
        "advertiser_id": FIRST,
        "report_type": "BASIC",
        "data_level": "AUCTION_AD",
        "dimensions": '["ad_id","stat_time_day"]',
        "metrics": '["campaign_id","objective_type","advertiser_id","spend"]',
        "start_date": "2026-09-14",
        "end_date": "2026-09-20",
    }
    good = api.http.get(path, params=params, headers=HEADERS).json()
    fault: dict[str, object] = {"kind": kind, "path": "report/*"}
    if kind in ("set_field", "missing_field"):
        fault |= {"field": "spend", "value": "N/A"}
    if kind == "huge_string":
        fault["size"] = 100_000
    api.control("faults", add=[fault])
    bad = api.http.get(path, params=params, headers=HEADERS)
    if kind == "order_change":
        assert bad.json()["data"] == good["data"]
        names = list(bad.json()["data"]["list"][0]["metrics"])
        assert names == list(reversed(good["data"]["list"][0]["metrics"]))
    else:
        assert {**bad.json(), "request_id": ""} != {**good, "request_id": ""}
    again = api.http.get(path, params=params, headers=HEADERS).json()
    assert again["data"] == good["data"]


@pytest.mark.parametrize("kind", sorted(SPOILS))
def test_a_fault_spoils_the_json(kind: str) -> None:
    """Repeated keys, values that are no JSON, bytes that are no text."""
    api = caller()
    api.control("faults", add=[{"kind": kind}])
    body = api.http.get("/open_api/v1.3/user/info/", headers=HEADERS).content
    if kind == "duplicate_keys":
        assert body.count(b'"code"') == 2
    elif kind == "nan":
        assert b"NaN" in body
    else:
        with pytest.raises(UnicodeDecodeError):
            body.decode()


@pytest.mark.parametrize(
    ("fault", "status", "starts"),
    [
        ({"kind": "http", "status": 429, "value": "slow down"}, 429, b"slow down"),
        ({"kind": "html", "status": 504}, 504, b"<html>"),
        ({"kind": "html", "status": 200}, 200, b"<html>"),
        ({"kind": "empty_body"}, 200, b""),
        ({"kind": "redirect"}, 301, b""),
        ({"kind": "truncated_json"}, 200, b'{"code":0'),
    ],
)
def test_a_fault_answers_instead(fault: dict[str, object], status: int, starts: bytes) -> None:
    """A gateway's page, an empty body, a redirect to elsewhere, half an answer."""
    api = caller()
    api.control("faults", add=[fault])
    answer = api.http.get("/open_api/v1.3/user/info/", headers=HEADERS)
    assert answer.status_code == status
    assert answer.content.startswith(starts)
    if fault["kind"] == "redirect":
        assert answer.headers["location"] == "https://redirected.invalid/"
    if fault["kind"] == "truncated_json":
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_a_header_can_claim_a_cut() -> None:
    """The 20,000-ads header comes on request, on a report that is whole."""
    api = caller()
    api.control("faults", add=[{"kind": "throttle_header"}])
    answer = api.http.get("/open_api/v1.3/user/info/", headers=HEADERS)
    assert answer.headers["X-Tt-Ads-Throttle"]


def test_connections_break_over_tcp() -> None:
    """On a real port: silence, a cut in the middle, a length that lies, a drip, a bomb; then all is well."""
    with (
        running("tiny", clock=NOW) as server,
        httpx2.Client(base_url=server.url, headers=HEADERS, timeout=0.3) as http,
    ):
        path = "/open_api/v1.3/user/info/"
        good = http.get(path).json()["data"]
        for kind in sorted({*ON_THE_WIRE, "hang"} - {"truncated_json"}):
            fault = {"kind": kind, "seconds": 0.2 if kind == "slow_body" else 5, "size": 1_000_000}
            http.post("/_simulator/faults", json={"add": [fault]}).raise_for_status()
            if kind == "hang":
                with pytest.raises(httpx2.ReadTimeout):
                    http.get(path)
            elif kind in ("reset", "wrong_content_length"):
                with pytest.raises(httpx2.RemoteProtocolError):
                    http.get(path)
            elif kind == "gzip_bomb":
                assert len(http.get(path).content) > 1_000_000
            else:
                assert http.get(path).json()["data"] == good
            assert http.get(path).json()["data"] == good


def test_every_kind_of_fault_is_tried_here() -> None:
    """The tests of this file leave no kind out."""
    answered = {"code", "http", "html", "empty_body", "redirect", "hang", "throttle_header", "drift"}
    assert answered | EDITS.keys() | SPOILS.keys() | ON_THE_WIRE == KINDS


@pytest.mark.parametrize("moved", [1, -1])
@pytest.mark.parametrize("lists", ["ad", "report"])
def test_rows_can_move_between_pages(lists: str, moved: int) -> None:
    """A row that comes in repeats one of the page before; a row that goes away hides one; the total tells."""
    api = caller("demo")

    def read() -> tuple[list[str], list[int]]:
        seen, totals = [], []
        for page in range(1, 4):
            if lists == "ad":
                data = api.get("ad/get", advertiser_id=FIRST, page=page, page_size=4)["data"]
                seen += [row["ad_id"] for row in data["list"]]
            else:
                data = api.report(page=page, page_size=4)["data"]
                seen += [str(row["dimensions"]) for row in data["list"]]
            totals.append(data["page_info"]["total_number"])
        return seen, totals

    calm, total = read()
    api.control("faults", add=[{"kind": "drift", "rows": moved, "after": 1, "times": None}])
    moving, totals = read()
    assert totals == [total[0], total[0] + moved, total[0] + moved]
    assert moving[:4] == calm[:4]
    if moved > 0:
        assert moving[4] == calm[3]
        assert set(moving) <= set(calm)
    else:
        assert calm[4] not in moving


def test_parameters_that_nobody_documents_are_counted() -> None:
    """They are ignored, as TikTok ignores them, but whoever tests a client can see them."""
    api = caller()
    api.report(filters="[]", page=1)
    assert api.control("counters")["ignored_parameters"] == {"report/integrated/get: filters": 1}


def test_a_strict_simulator_refuses_them() -> None:
    """With `strict` an undocumented parameter is an error."""
    api = caller(options=Options(strict=True))
    assert api.report()["code"] == 0
    assert api.report(filters="[]")["code"] == 40002


def test_the_server_answers_to_its_own_name_only() -> None:
    """It listens on 127.0.0.1, refuses foreign host names, and a taken port is an error at once."""
    with running("tiny", clock=NOW) as server, httpx2.Client(base_url=server.url, headers=HEADERS) as http:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert http.get("/_simulator/state").status_code == 200
        assert http.get("/_simulator/state", headers={"Host": "evil.example"}).status_code == 400
        with pytest.raises(OSError, match="in use"), running("tiny", port=server.port):
            pass


def test_answers_can_be_late() -> None:
    """Latency is waited for each call, by the sleep that was handed in."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    api = caller(options=Options(latency_ms=200, sleep=sleep))
    codes(api, 3)
    assert waited == [0.2] * 3
