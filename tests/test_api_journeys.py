"""What programs do by calls alone: sign in, make datasets, run them, hand them over, and clean up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from tests.api_world import Api, api_in
from tiktok_ads.config import load_settings
from tiktok_ads.credentials import find_token, save
from tiktok_ads.simulator.logins import APP_ID, APP_SECRET, TOKEN

REPORT = {"dimensions": ["campaign_id", "stat_time_day"], "metrics": ["spend"], "dates": "last 7 days"}


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with api_in(tmp_path, monkeypatch) as made:
        yield made


def agreed(address: str) -> str:
    """Confirm on the simulator's page; the address that it sends the browser to."""
    back = httpx2.get(address.replace("/portal/auth?", "/portal/auth/allow?"), follow_redirects=False)
    assert urlsplit(back.headers["location"]).path == "/oauth/callback"
    return back.headers["location"]


def test_a_program_connects_and_takes_the_connection_away_again(api: Api) -> None:
    """A person opens one address; the program does the rest, and nothing secret comes back."""
    begun = api.ask("POST", "/simulator/sign-in").json()
    name = begun["connection"]
    assert begun["redirect_uri"].endswith("/oauth/callback")
    pasted = agreed(begun["address"])
    answers = [
        api.ask("POST", f"/connections/{name}/sign-in/finish", {"pasted": pasted}),
        api.ask("GET", f"/connections/{name}"),
        api.ask("POST", f"/connections/{name}/check"),
        api.ask("GET", "/connections"),
    ]
    assert [one.status_code for one in answers] == [200] * 4, answers[0].text
    assert answers[0].json()["kind"] == "simulator"
    assert answers[0].json()["scopes"]
    check = answers[2].json()
    assert check["status"] == "verified"
    assert {one["advertiser_id"] for one in check["advertisers"]} == set(
        api.served.simulator.world.advertisers
    )
    assert all(one["zone"] and one["currency"] for one in check["advertisers"])
    token = find_token(name).secret.get_secret_value()
    for answer in answers:
        assert token not in answer.text
        assert APP_SECRET not in answer.text
    again = api.ask("POST", f"/connections/{name}/sign-in/finish", {"pasted": pasted})
    assert again.status_code == 409, "a sign-in ends once"
    assert "ended at TikTok" in api.ask("DELETE", f"/connections/{name}").json()["said"]
    assert api.served.simulator.logins.tokens[token].revoked
    assert api.ask("GET", f"/connections/{name}").status_code == 404


def test_a_sign_in_belongs_to_whoever_began_it(api: Api) -> None:
    """Neither another program nor a browser that was lured can end it."""
    begun = api.ask("POST", "/simulator/sign-in").json()
    back = agreed(begun["address"])
    path = f"/connections/{begun['connection']}/sign-in/finish"
    other = api.browser.desk.tokens.add("other").get_secret_value()
    assert api.ask("POST", path, {"pasted": back}, Authorization=f"Bearer {other}").status_code == 409
    assert api.browser.post(f"/api/v1{path}", json={"pasted": back}).status_code == 409
    query = dict(part.split("=") for part in urlsplit(back).query.split("&"))
    assert api.browser.post("/connections/finish", data=query).status_code == 422


def test_what_answers_another_sign_in_is_refused(api: Api) -> None:
    """Its state tells; the sign-in goes on, and the right one ends it."""
    begun = api.ask("POST", "/simulator/sign-in").json()
    path = f"/connections/{begun['connection']}/sign-in/finish"
    right = agreed(begun["address"])
    foreign = re.sub("state=[^&]+", "state=guessed", right)
    answer = api.ask("POST", path, {"pasted": foreign})
    assert (answer.status_code, "another sign-in" in answer.text) == (422, True)
    assert api.ask("POST", path, {"pasted": right}).status_code == 200


def test_a_wrong_code_is_the_callers_mistake(api: Api) -> None:
    begun = api.ask("POST", "/simulator/sign-in").json()
    path = f"/connections/{begun['connection']}/sign-in/finish"
    answer = api.ask("POST", path, {"pasted": "nonsense"})
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["field"] == "pasted"


def test_a_pasted_token_is_tried_before_it_is_kept(api: Api) -> None:
    body = {"access_token": TOKEN, "app_id": APP_ID, "app_secret": APP_SECRET, "sandbox": True}
    wrong = api.ask("PUT", "/connections/lent/token", {**body, "access_token": "not-a-token"})
    assert (wrong.status_code, wrong.json()["error"]["fields"][0]["field"]) == (422, "access_token")
    assert api.ask("GET", "/connections/lent").status_code == 404
    right = api.ask("PUT", "/connections/lent/token", body)
    assert right.status_code == 200, right.text
    assert right.json()["has_token"]
    assert TOKEN not in right.text


def test_datasets_are_made_read_changed_and_deleted(api: Api) -> None:
    """What GET gives, PUT takes, and the file says the same."""
    made = api.ask(
        "POST",
        "/replications",
        {"name": "morning", "connection": "shop", "tables": ["campaigns"], "schedule": "weekdays at 6:00"},
    )
    assert made.status_code == 201, made.text
    assert made.json()["schedule"] == "weekdays at 06:00"
    held = api.ask("GET", "/replications/morning").json()
    assert held == made.json()
    before = api.browser.desk.config.read_text()
    assert api.ask("PUT", "/replications/morning", held).json() == held
    assert api.browser.desk.config.read_text() == before
    changed = api.ask("PUT", "/replications/morning", {**held, "zone": "Europe/Berlin", "name": "morning"})
    assert changed.json()["zone"] == "Europe/Berlin"
    settings = load_settings({"job": "morning"}, config=api.browser.desk.config)
    assert settings.tables == ("campaigns",)
    assert settings.jobs["morning"].zone == "Europe/Berlin"
    assert api.ask("PUT", "/replications/morning", {**held, "name": "evening"}).status_code == 422
    assert api.ask("POST", "/replications", held).status_code == 409
    assert api.ask("PUT", "/replications/nothing", {**held, "name": "nothing"}).status_code == 404
    assert api.ask("PUT", "/replications/weekly", {**held, "name": "weekly"}).status_code == 404, "a report"
    assert api.ask("GET", "/reports/morning").status_code == 404, "no report"
    wrong = api.ask("PUT", "/replications/morning", {**held, "zone": "Nowhere", "tables": ["no_such"]})
    assert wrong.status_code == 422
    assert {"zone", "tables"} <= {one["field"] for one in wrong.json()["error"]["fields"]}, wrong.text
    assert api.ask("DELETE", "/replications/morning").status_code == 200
    assert api.ask("GET", "/datasets/morning").status_code == 404


def test_reports_are_listed_duplicated_and_deleted_with_their_sections(api: Api) -> None:
    made = api.ask("POST", "/reports", {"name": "spend", "connection": "shop", "report": REPORT})
    assert made.status_code == 201, made.text
    assert {one["name"] for one in api.ask("GET", "/reports").json()["items"]} == {"weekly", "spend"}
    copied = api.ask("POST", "/datasets/spend/duplicate", {"new_name": "spend_2"}).json()
    assert (copied["kind"], copied["paused"], copied["next_times"]) == ("report", True, [])
    assert api.ask("POST", "/datasets/spend_2/resume").json()["paused"] is False
    assert api.ask("POST", "/datasets/spend/duplicate", {"new_name": "spend_2"}).status_code == 409
    assert api.ask("DELETE", "/reports/spend").status_code == 200
    text = api.browser.desk.config.read_text()
    assert "[reports.spend]" not in text
    assert "[reports.spend_2]" in text


def test_connections_are_renamed_and_their_datasets_handed_over(api: Api) -> None:
    """Nothing that uses them notices."""
    assert api.ask("POST", "/connections/shop/rename", {"name": "agency"}).json()["datasets"] == [
        "nine",
        "weekly",
    ]
    assert api.ask("GET", "/connections/shop").status_code == 404
    assert api.ask("POST", "/connections/agency/rename", {"name": "other"}).status_code == 409
    moved = api.ask("POST", "/connections/agency/transfer", {"to": "other", "datasets": ["weekly"]})
    assert moved.json() == {"to": "other", "datasets": ["weekly"]}
    assert api.ask("DELETE", "/connections/agency").status_code == 409, "nine still uses it"
    assert api.ask("POST", "/datasets/nine/transfer", {"to": "other"}).json()["connection"] == "other"
    assert api.ask("POST", "/datasets/nine/transfer", {"to": "nobody"}).status_code == 422
    assert (
        api.ask("POST", "/connections/agency/transfer", {"to": "other", "datasets": ["x"]}).status_code == 422
    )
    assert api.ask("DELETE", "/connections/agency").status_code == 200


def test_schedules_show_their_next_times_before_they_are_saved(api: Api) -> None:
    """In the zone that was meant, through the change of clocks."""
    said = api.ask(
        "POST", "/schedules/preview", {"schedule": "daily at 6:00", "zone": "Europe/Berlin"}
    ).json()
    assert said["schedule"] == "daily at 06:00"
    assert len(said["times"]) == 5
    assert api.ask("POST", "/schedules/preview", {"schedule": "manual"}).json()["times"] == []
    wrong = api.ask("POST", "/schedules/preview", {"schedule": "dayly"}).json()["error"]
    assert wrong["fields"][0]["field"] == "schedule"
    wrong = api.ask("POST", "/schedules/preview", {"schedule": "daily at 6:00", "zone": "Berlin"}).json()
    assert "Europe/Berlin" in wrong["error"]["hint"]


def test_tables_are_searched_with_keys_and_cost(api: Api) -> None:
    found = api.ask("GET", "/tables?q=ad+group&kind=list&limit=2").json()
    assert found["total"] >= len(found["items"]) == 2
    ads = api.ask("GET", "/tables/ads").json()
    assert (ads["key"], ads["core"], ads["kind"]) == (["advertiser_id", "ad_id"], True, "list"), ads
    assert ads["cost"]
    assert ads["scopes"]
    assert {"ad_id", "campaign_id"} <= {one["name"] for one in ads["columns"]}
    insights = api.ask("GET", "/tables/ad_insights").json()
    assert {"spend", "stat_time_day", "ad_id"} <= {one["name"] for one in insights["columns"]}
    every = [
        one["name"]
        for page in range(4)
        for one in api.ask("GET", f"/tables?offset={page * 100}").json()["items"]
    ]
    assert len(every) == len(set(every)) == api.ask("GET", "/tables").json()["total"]
    for name in every[::40]:
        assert api.ask("GET", f"/tables/{name}").json()["columns"]
    assert api.ask("GET", "/tables/no_such").status_code == 404


def test_no_answer_holds_a_secret(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither tokens nor the password of a database, whichever call is made."""
    hidden = ["canary-token-5d1f", "canary-secret-91ab", "canary-password-77"]
    save("shop", access_token=SecretStr(hidden[0]), app_secret=SecretStr(hidden[1]))
    monkeypatch.setenv("TIKTOK_ADS_DESTINATION", f"postgresql://me:{hidden[2]}@127.0.0.1:1/ads")
    names = {
        "connections": "shop",
        "datasets": "nine",
        "replications": "nine",
        "reports": "weekly",
        "tables": "ads",
    }
    described = api.browser.get("/api/openapi.json").json()["paths"]
    asked = 0
    for path, calls in described.items():
        part = path.split("/")[3]
        place = path.replace("{name}", names.get(part, "nothing")).replace("{table}", "ads")
        for method in calls:
            if method == "delete":
                continue
            answer = api.browser.ask(
                method.upper(),
                place,
                headers=api.headers,
                signed_in=False,
                json={} if method != "get" else None,
            )
            asked += 1
            for one in hidden:
                assert one not in answer.text, (method, place)
    assert asked > 40


def test_many_writers_lose_nothing(api: Api) -> None:
    """Twenty programs make a dataset each at once; all are there, and one name is given once."""
    from concurrent.futures import ThreadPoolExecutor

    def make(number: int) -> int:
        body = {
            "name": f"d{number % 10}",
            "connection": "shop",
            "tables": ["campaigns"],
            "schedule": "manual",
        }
        return int(api.ask("POST", "/replications", body).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(make, range(20)))
    assert (statuses.count(201), statuses.count(409)) == (10, 10)
    names = {one["name"] for one in api.ask("GET", "/replications").json()["items"]}
    assert {f"d{number}" for number in range(10)} <= names
