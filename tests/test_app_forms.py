"""The forms of the app: what is wrong stands beside its field, and native fields say what the file says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import keyring
import pytest

from tests.app_desk import Browser, app_at, app_in
from tests.test_credentials import MemoryKeyring
from tests.worlds import EAST_AND_WEST
from tiktok_ads.config import load_settings
from tiktok_ads.schedules import FORMS, parse_schedule
from tiktok_ads.simulator.logins import APP_ID, APP_SECRET
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running
from tiktok_ads.ui.permissions import permissions
from tiktok_ads.ui.told import in_app
from tiktok_ads.ui.when import text_of, when_of

Form = dict[str, str | list[str]]
REPLICATION: Form = {
    "name": "nine",
    "description": "For the team",
    "connection": "shop",
    "tables": "campaigns",
    "advertisers": "all",
    "start_date": "2026-01-01",
    "lookback_days": "28",
    "store_changes": "entities",
    "destination": "duckdb:///ads.duckdb",
    "schedule": "daily at 06:00",
    "zone": "UTC",
    "retries": "2",
    "retry_minutes": "10",
}
LOGIN: Form = {"name": "mine", "app_id": APP_ID, "secret": APP_SECRET}


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None)) as simulator:
        yield simulator


@pytest.fixture
def browser(tmp_path: Path, served: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """An app with a connection `shop`."""
    with app_at(served, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path, served: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """An app with nothing set up, and the simulator to try."""
    monkeypatch.delenv("TIKTOK_ADS_ACCESS_TOKEN", raising=False)
    monkeypatch.delenv("TIKTOK_ADS_APP_SECRET", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    with app_in(tmp_path) as made:
        yield Browser(replace(made.desk, simulator=lambda: served.url, simulator_app=(APP_ID, APP_SECRET)))
    keyring.set_keyring(before)


def is_told_at(text: str, field: str, told: str) -> None:
    """Beside the field, tied to it for screen readers, and linked from above the form."""
    beside = re.search(rf'id="{field}-problem">([^<]*)<', text)
    assert beside, re.findall(r'id="[a-z_]*-problem">[^<]*', text)
    assert told in unescape(beside[1])
    described = re.search(rf'<[^>]*aria-describedby="[^"]*\b{field}-problem[^>]*>', text)
    assert described
    assert "aria-invalid" in described[0] or "wrong" in described[0]
    assert f'href="#field-{field}"' in text
    assert f'id="field-{field}"' in text
    assert 'role="alert"' in text


@pytest.mark.parametrize(
    ("path", "form", "field", "told"),
    [
        ("connect", {**LOGIN, "name": "my shop"}, "name", "cannot be a name"),
        ("connect", {**LOGIN, "name": "shop"}, "name", "already"),
        ("connect", {**LOGIN, "app_id": "abc"}, "app_id", "digits only"),
        ("connect", {**LOGIN, "app_id": ""}, "app_id", "missing"),
        ("connect", {**LOGIN, "secret": ""}, "secret", "empty"),
        ("connect", {**LOGIN, "secret": "two words"}, "secret", "do not belong"),
        ("token", {"name": "shop", "token": "t"}, "name", "already"),
        ("token", {"name": "mine", "token": ""}, "token", "empty"),
        ("token", {"name": "mine", "token": "t", "app_id": "x"}, "app_id", "digits only"),
        ("shop/rename", {"new_name": "no way"}, "new_name", "cannot be a name"),
        ("shop/hand-over", {"to": "nobody", "some": "yes", "jobs": "nine"}, "to", "no connection"),
        ("shop/hand-over", {"to": "far", "some": "yes"}, "jobs", "tick"),
    ],
)
def test_each_form_of_connections_tells_beside_the_field(
    browser: Browser, path: str, form: Form, field: str, told: str
) -> None:
    """Which field, what is wrong with it, and nothing that was typed is lost but secrets."""
    file = browser.desk.config
    file.write_text(
        file.read_text(encoding="utf-8") + '\n[connections.far]\napp_id = "1"\n', encoding="utf-8"
    )
    browser.post("/datasets", data=REPLICATION)
    before = file.read_bytes()
    answer = browser.post(f"/connections/{path}", data=form)
    assert answer.status_code == 422
    is_told_at(answer.text, field, told)
    for name in ("name", "app_id", "new_name"):
        if value := form.get(name):
            assert f'value="{value}"' in answer.text
    assert APP_SECRET not in answer.text
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("said", "field", "told"),
    [
        ({"name": "my data"}, "name", "cannot be a name"),
        ({"schedule": "dayly at 06:00"}, "schedule", "no day of the week"),
        ({"when_kind": "week", "when_time": "06:00"}, "schedule", "Tick a day of the week"),
        ({"when_kind": "days", "when_time": ""}, "schedule", "Choose a time of the day"),
        ({"when_kind": "nth", "when_every": "x", "when_time": "06:00"}, "schedule", "whole number"),
        ({"when_kind": "cron", "when_cron": "0 6"}, "schedule", "five fields"),
        ({"when_kind": "steps", "when_every": "0", "when_unit": "hours"}, "schedule", "steps are"),
        ({"start_date": "2026-02-30"}, "start_date", "not a day of the calendar"),
        ({"tables": "nonsense"}, "tables", "nonsense"),
        ({"lookback_days": "many"}, "lookback_days", "no whole number"),
        ({"advertisers": "7000-0000"}, "advertisers", "digits only"),
        ({"zone": "Europe/Berln"}, "zone", "Europe/Berlin"),
        ({"retries": "99"}, "retries", "20"),
        ({"retry_minutes": "x"}, "retry_minutes", "no whole number"),
        ({"connection": "shup"}, "connection", "shup"),
        ({"destination": "nowhere:///x"}, "destination", "nowhere"),
    ],
)
@pytest.mark.parametrize("path", ["/datasets", "/reports"])
def test_each_field_of_a_dataset_has_its_problem_beside_it(
    browser: Browser, path: str, said: Form, field: str, told: str
) -> None:
    """In the form of tables and in that of a report alike."""
    form: Form = {**REPLICATION, "dimensions": ["ad_id", "stat_time_day"], "metrics": ["spend"], **said}
    if path == "/reports" and field == "tables":
        pytest.skip("a report has no tables to choose")
    answer = browser.post(path, data={**form, "tables": said.get("tables", "ad_insights")})
    assert answer.status_code == 422
    is_told_at(answer.text, field, told)
    assert "For the team" in answer.text


def test_everything_that_is_wrong_is_told_at_once(browser: Browser) -> None:
    """Nobody mends one field only to hear of the next."""
    wrong: Form = {"name": "a b", "when_kind": "week", "when_time": "06:00", "lookback_days": "x"}
    text = browser.post("/datasets", data={**REPLICATION, **wrong}).text
    for field in ("name", "schedule", "lookback_days"):
        assert f'id="{field}-problem"' in text
    assert re.search(r'<option value="week" selected>', text)


def test_a_wrong_paste_leaves_the_sign_in_as_it_was(fresh: Browser) -> None:
    """The person looks again, and pastes the right address; nothing begins anew."""
    shown = fresh.post("/connections/simulator").text
    state = re.search(r"state=([\w-]+)", shown)
    assert state
    wrong = fresh.post("/connections/finish", data={"name": "simulator", "pasted": "not a code"})
    assert wrong.status_code == 422
    is_told_at(wrong.text, "pasted", "not an authorization code")
    assert state[1] in wrong.text


def test_a_token_that_was_made_elsewhere_is_a_connection(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TikTok's sandbox hands out tokens; what TikTok refuses is told beside the token."""
    monkeypatch.delenv("TIKTOK_ADS_ACCESS_TOKEN")
    assert "sandbox" in browser.get("/connections/token").text

    async def refused(*_: object, **__: object) -> object:
        from tiktok_ads.errors import AuthError

        raise AuthError("Access token is incorrect or has been revoked.", 40105, "user/info", "r1")

    monkeypatch.setattr("tiktok_ads.ui.signins.by_token", refused)
    answer = browser.post("/connections/token", data={"name": "mine", "token": "abc", "sandbox": "yes"})
    assert answer.status_code == 422
    is_told_at(answer.text, "token", "revoked")
    assert "tiktok-ads connect" not in answer.text
    assert "abc" not in answer.text


@pytest.mark.parametrize("text", [*FORMS, "weekends at 07:00", "every 20 minutes on sat, sun"])
def test_native_fields_say_every_schedule(text: str) -> None:
    """What the file says is shown in fields that mean the same, whichever form it has."""
    assert str(parse_schedule(text_of(when_of(text)))) == str(parse_schedule(text))


@pytest.mark.parametrize(
    ("fields", "schedule"),
    [
        ({"when_kind": "manual"}, "manual"),
        (
            {"when_kind": "days", "when_every": "1", "when_time": ["06:00", "", "18:30"]},
            "daily at 06:00, 18:30",
        ),
        ({"when_kind": "weekdays", "when_time": "07:00"}, "weekdays at 07:00"),
        (
            {"when_kind": "week", "when_every": "1", "when_weekday": ["mon", "thu"], "when_time": "06:00"},
            "mon, thu at 06:00",
        ),
        (
            {
                "when_kind": "week",
                "when_every": "2",
                "when_weekday": "mon",
                "when_time": "06:00",
                "when_since": "2026-01-05",
            },
            "every 2 weeks on mon since 2026-01-05 at 06:00",
        ),
        (
            {
                "when_kind": "month",
                "when_every": "1",
                "when_month_days": "1, 15",
                "when_last_day": "yes",
                "when_time": "06:00",
            },
            "monthly on day 1, 15, last day at 06:00",
        ),
        (
            {
                "when_kind": "nth",
                "when_every": "1",
                "when_nth": "first",
                "when_nth_weekday": "mon",
                "when_time": "06:00",
            },
            "monthly on first mon at 06:00",
        ),
        (
            {
                "when_kind": "steps",
                "when_every": "2",
                "when_unit": "hours",
                "when_begin": "08:00",
                "when_end": "18:00",
            },
            "every 2 hours from 08:00 to 18:00",
        ),
        ({"when_kind": "cron", "when_cron": "0 6 * * mon-fri"}, "cron 0 6 * * mon-fri"),
        ({"when_kind": "final"}, "when yesterday is final"),
        ({"when_kind": "text", "schedule": "daily at 5:00"}, "daily at 05:00"),
    ],
)
def test_a_schedule_chosen_in_fields_stands_in_the_file_as_text(
    browser: Browser, fields: Form, schedule: str
) -> None:
    """Nobody has to know how schedules are written, and whoever reads the file can."""
    shown = browser.get("/schedule/times?" + "&".join(_query({"zone": "UTC", **fields})))
    assert f'value="{schedule}"' in shown.text
    assert shown.text.count("<time") == (0 if schedule == "manual" else 5)
    assert browser.post("/datasets", data={**REPLICATION, **fields}).status_code == 303
    assert load_settings({"job": "nine"}, config=browser.desk.config).jobs["nine"].schedule == schedule


def _query(fields: Form) -> Iterator[str]:
    from urllib.parse import quote

    for name, value in fields.items():
        yield from (f"{name}={quote(one)}" for one in ([value] if isinstance(value, str) else value))


def test_advertisers_are_ticked_by_name(
    browser: Browser, served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With zone and currency; what the file names otherwise stays as it is written."""
    monkeypatch.setenv("TIKTOK_ADS_APP_SECRET", APP_SECRET)
    file = browser.desk.config
    file.write_text(file.read_text(encoding="utf-8") + f'app_id = "{APP_ID}"\n', encoding="utf-8")
    one, other, *_ = served.simulator.world.advertisers.values()
    asked: Form = {"connection": "shop", "whose": "these", "advertisers": f"{one.name}, 9999"}
    listed = browser.post("/connections/advertisers", data=asked).text
    assert re.search(rf'value="{one.id}" checked', listed)
    assert re.search(rf'value="{other.id}">', listed)
    assert other.place.currency in listed
    assert 'value="9999"' in listed
    said: Form = {**REPLICATION, "whose": "these", "advertiser": [one.id, other.id], "advertisers": "all"}
    assert browser.post("/datasets", data=said).status_code == 303
    assert load_settings({"job": "nine"}, config=file).advertisers == (one.id, other.id)
    assert browser.post("/datasets/nine", data={**said, "whose": "all"}).status_code == 303
    jobs = file.read_text(encoding="utf-8").partition("[jobs.nine]")[2]
    assert "advertisers" not in jobs


def test_the_cost_is_told_before_anything_is_saved(browser: Browser) -> None:
    """In calls and time, against what the app may make in a day."""
    before = browser.desk.config.read_bytes()
    told = browser.post("/datasets/estimate", data={**REPLICATION, "tables": "core"}).text
    assert re.search(r"about <strong>[\d,]+ calls</strong>", told)
    assert "calls a day" in told
    wrong = browser.post("/datasets/estimate", data={**REPLICATION, "lookback_days": "many"}).text
    assert "no whole number" in wrong
    assert browser.desk.config.read_bytes() == before


def test_tables_come_with_key_and_cost_and_the_nine_are_named(browser: Browser) -> None:
    """`core` is a word of the file; the form says which nine those are."""
    form = browser.get("/datasets/new").text
    assert "ad_insights (each ad by day)" in unescape(form)
    assert re.search(r"Key: advertiser_id, campaign_id. Calls: ", form)
    assert "Tick all" in form


def test_what_tiktok_demands_of_a_report_is_marked(browser: Browser) -> None:
    """GMV Max is asked of shops; its form says so, and that they are found where none is named."""
    said: Form = {"report_type": "GMV_MAX", "dimensions": ["campaign_id", "item_group_id"], "metrics": []}
    form = browser.post("/reports/menus", data={**REPLICATION, **said}).text
    assert "TikTok needs store_ids and campaign_ids for this report" in form
    assert "store_ids (TikTok needs it)" in form
    assert "TikTok needs" not in browser.post("/reports/menus", data=REPLICATION).text


def test_the_first_page_leads_from_nothing_to_first_rows(fresh: Browser) -> None:
    """Three steps, each with one thing to press; no form has to be understood before there are rows."""
    first = fresh.get("/").text
    assert 'aria-current="step"><span class="number">1<' in first
    assert 'action="/connections/simulator"' in first
    file = fresh.desk.config
    file.write_text('[connections.simulator]\napi_url = "http://127.0.0.1:9"\n', encoding="utf-8")
    second = fresh.get("/").text
    assert 'aria-current="step"><span class="number">2<' in second
    assert 'action="/datasets/first"' in second

    async def story() -> None:
        fresh.desk.scheduler.cancel("every-morning")

    made = fresh.post("/datasets/first", data={"connection": "simulator", "zone": "Europe/Berlin"})
    asyncio.run(story())
    assert made.status_code == 303
    job = load_settings({"job": "every-morning"}, config=file)
    assert (job.tables, job.jobs["every-morning"].zone) == (("core",), "Europe/Berlin")
    third = fresh.get("/").text
    assert 'aria-current="step"><span class="number">3<' in third


def test_missing_permissions_are_told_with_the_tables_that_need_them() -> None:
    """A table that stays empty for want of a permission is named before it is chosen."""
    assert permissions(None) is None
    few = permissions((100, 44))
    assert few is not None
    assert {one.number for one in few.needed} == {200, 210, 220}
    assert any("campaigns" in one.tables for one in few.needed)
    enough = permissions((1, 2, 4))
    assert enough is not None
    assert enough.needed == ()
    assert any(one.number == 30 or "audiences" in one.meaning for one in enough.others)


@pytest.mark.parametrize(
    "text",
    [
        "Run `tiktok-ads connect`, or set TIKTOK_ADS_ACCESS_TOKEN.",
        "Sign in again with `tiktok-ads connect`. A sandbox token works on the sandbox address only.",
        "Check App ID and secret on the TikTok app's page, then run `tiktok-ads connect` again.",
        "Name it by its id; `tiktok-ads check` lists them.",
        "The job a is running already; `tiktok-ads jobs history a` shows since when.",
    ],
)
def test_the_app_sends_nobody_to_a_terminal(text: str) -> None:
    """Where the app can do it, its messages name the place in the app."""
    assert "`" not in in_app(text)
    assert in_app("A campaign called `x`.") == "A campaign called `x`."
