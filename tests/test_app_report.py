"""Report datasets in the app: menus that follow the choices, first rows before saving, the file as it is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from tests.app_desk import Browser, app_at
from tests.worlds import EAST_AND_WEST
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.config import load_settings
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.reports import Preview
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running
from tiktok_ads.ui import reports

Form = dict[str, str | list[str]]
FORM: Form = {
    "is_new": "yes",
    "name": "by_day",
    "description": "For Mondays",
    "connection": "shop",
    "advertisers": "all",
    "report_type": "",
    "data_level": "",
    "dimensions": ["campaign_id", "stat_time_day"],
    "metrics": ["spend", "clicks"],
    "filter_field": "",
    "filter_operator": "",
    "filter_value": "",
    "order_by": "",
    "order": "desc",
    "days": "kept",
    "start_date": "2026-09-01",
    "day": "yesterday",
    "range_first": "10",
    "range_last": "5",
    "period": "last 7 days",
    "period_begins": "monday",
    "roll_up": "",
    "roll_up_begins": "monday",
    "update_method": "",
    "include_deleted": "yes",
    "lookback_days": "28",
    "destination": "duckdb:///ads.duckdb",
    "schedule": "daily at 6:00",
    "zone": "Europe/Berlin",
    "retries": "2",
    "retry_minutes": "10",
}
HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}"


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None)) as simulator:
        yield simulator


@pytest.fixture
def browser(tmp_path: Path, served: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    with app_at(served, tmp_path, monkeypatch) as made:
        yield made


def text_of(browser: Browser) -> str:
    return browser.desk.config.read_text(encoding="utf-8")


def report_in(browser: Browser, name: str) -> ReportSettings:
    return load_settings({"job": name}, config=browser.desk.config).reports[name]


def box(html: str, field: str, value: str) -> str:
    """The input of one choice, as it stands in the page."""
    found = re.search(rf'<input type="(?:checkbox|radio)" name="{field}" value="{value}"[^>]*>', html)
    assert found, f"{field} {value} is not offered"
    return found[0]


def test_a_report_made_in_the_browser_is_the_one_of_the_file(browser: Browser) -> None:
    """The same section, whoever wrote it, and the same form for both; nothing usual clutters the file."""
    made = browser.post("/reports", data=FORM)
    assert made.headers["location"] == "/datasets/by_day", made.text
    written = text_of(browser)
    assert written.split("[reports.by_day]")[1].split("[")[0].splitlines()[1] == 'description = "For Mondays"'
    form = browser.get("/reports/by_day/edit").text
    by_hand = f"""{written.split("[reports.")[0]}
[reports.by_day]
description = "For Mondays"
dimensions = ["campaign_id", "stat_time_day"]
metrics = ["spend", "clicks"]

[jobs.by_day]
description = "For Mondays"
connection = "shop"
tables = ["by_day"]
start_date = 2026-09-01
destination = "duckdb:///ads.duckdb"
schedule = "daily at 06:00"
zone = "Europe/Berlin"
retries = 2
"""
    before = load_settings({"job": "by_day"}, config=browser.desk.config)
    browser.desk.config.write_text(by_hand, encoding="utf-8")
    assert load_settings({"job": "by_day"}, config=browser.desk.config) == before
    assert browser.get("/reports/by_day/edit").text == form
    assert browser.get("/datasets/by_day/edit").headers["location"] == "/reports/by_day/edit"


@pytest.mark.parametrize(
    ("said", "key", "written"),
    [
        ({"days": "day"}, "dates", "yesterday"),
        ({"days": "day", "day": "2026-09-02"}, "dates", "2026-09-02"),
        ({"days": "range"}, "dates", "today-10..today-5"),
        ({"days": "range", "range_first": "2026-01-01", "range_last": "yesterday"}, "dates", None),
        ({"days": "period", "period": "last 28 days"}, "dates", "last 28 days"),
        (
            {"days": "period", "period": "last week", "period_begins": "sunday"},
            "dates",
            "last week from sunday",
        ),
        ({"days": "lifetime", "dimensions": ["ad_id"]}, "dates", "lifetime"),
        (
            {"roll_up": "week", "roll_up_begins": "sunday", "dimensions": ["ad_id"]},
            "roll_up",
            "week from sunday",
        ),
        ({"roll_up": "month", "dimensions": ["ad_id"]}, "roll_up", "month"),
        ({"update_method": "append"}, "update_method", "append"),
        (
            {"filter_field": "campaign_ids", "filter_operator": "IN", "filter_value": "12, 34"},
            "filters",
            ("campaign_ids in 12, 34",),
        ),
        ({"order_by": "spend"}, "order_by", "spend desc"),
        ({"order_by": "clicks", "order": "asc"}, "order_by", "clicks asc"),
        ({"report_type": "AUDIENCE", "dimensions": ["campaign_id", "age"]}, "report_type", "AUDIENCE"),
        ({"data_level": "AUCTION_CAMPAIGN"}, "data_level", "AUCTION_CAMPAIGN"),
        ({"force_metrics": "new_one, other_one"}, "force_metrics", ("new_one", "other_one")),
        ({"changes": "yes"}, "store_changes", True),
    ],
)
def test_everything_that_the_form_says_is_written_and_read_back(
    browser: Browser, said: Form, key: str, written: object
) -> None:
    """Saving the form of what was written changes nothing."""
    answer = browser.post("/reports", data={**FORM, **said})
    assert answer.status_code == 303, re.findall(r'class="bad"[^<]*<|role="alert">.*', answer.text)
    assert getattr(report_in(browser, "by_day"), key) == (written or "2026-01-01..yesterday")
    before = text_of(browser)
    again = browser.post("/reports/by_day", data={**FORM, **said})
    assert again.status_code == 303
    assert text_of(browser) == before


@pytest.mark.parametrize(
    ("said", "field", "told"),
    [
        ({"name": "my report"}, "name", "cannot be a name"),
        ({"name": "preview"}, "name", "a page of the app"),
        ({"name": "ads"}, "name", "There is a table ads already"),
        ({"dimensions": []}, "dimensions", "needs dimensions"),
        ({"dimensions": ["campaign_id", "ad_id"]}, "dimensions", "one ID dimension"),
        ({"dimensions": ["campain_id"]}, "dimensions", "campaign_id"),
        ({"metrics": ["spent"]}, "metrics", "spend"),
        ({"data_level": "AUCTION_AD"}, "dimensions", "campaign_id does not belong to the ad level"),
        ({"report_type": "NONSENSE"}, "report_type", "no report type NONSENSE"),
        ({"days": "day", "day": "31.02.2026"}, "dates", "Did you mean"),
        ({"days": "day", "day": ""}, "dates", "empty"),
        ({"days": "range", "range_first": "5", "range_last": "10"}, "dates", "ends before it begins"),
        ({"days": "period", "period": "last fortnight"}, "dates", "last fortnight"),
        ({"days": "lifetime"}, "dimensions", "stat_time_day"),
        ({"days": "someday"}, "dates", "someday"),
        ({"roll_up": "decade"}, "roll_up", "not a roll-up"),
        ({"roll_up": "week", "roll_up_begins": "someday"}, "roll_up", "day of the week"),
        ({"order_by": "reach"}, "order_by", "none of the report"),
        ({"filter_field": "campaign_ids", "filter_operator": "IN", "filter_value": "a"}, "filters", "digits"),
        ({"filter_field": "campaign_ids", "filter_operator": "NEAR", "filter_value": "1"}, "filters", "near"),
        ({"update_method": "partition", "dimensions": ["campaign_id"]}, "update_method", "Without a day"),
        ({"update_method": "magic"}, "update_method", "append"),
        ({"force_metrics": "Spend!"}, "force_metrics", "small letters"),
        ({"start_date": ""}, "start_date", "choose the first day"),
        ({"start_date": "2026-02-30"}, "start_date", "calendar"),
        ({"advertisers": "7000-0000"}, "advertisers", "digits only"),
        ({"schedule": "dayly"}, "schedule", "cannot be read"),
        ({"zone": "Europe/Berln"}, "zone", "Europe/Berlin"),
        ({"retries": "99"}, "retries", "20"),
        ({"lookback_days": "many"}, "lookback_days", "no whole number"),
    ],
)
def test_wrong_input_is_told_at_its_field_and_nothing_is_written(
    browser: Browser, said: Form, field: str, told: str
) -> None:
    """What was typed stays in the form."""
    before = browser.desk.config.read_bytes()
    answer = browser.post("/reports", data={**FORM, **said})
    assert answer.status_code == 422
    found = re.search(rf'id="{field}-problem">([^<]*)<', answer.text)
    assert found, re.findall(r'id="[a-z_]*-problem">[^<]*<|role="alert">.*', answer.text)
    assert told in found[1].replace("&#39;", "'")
    assert "For Mondays" in answer.text
    for name, value in said.items():
        # A choice that is none cannot be shown as chosen.
        for one in [value] if isinstance(value, str) else value:
            assert one in answer.text or name in ("update_method", "report_type", "roll_up", "roll_up_begins")
    assert browser.desk.config.read_bytes() == before


def test_everything_wrong_is_told_at_once(browser: Browser) -> None:
    answer = browser.post("/reports", data={**FORM, "metrics": ["spent"], "schedule": "dayly", "name": "a b"})
    for field in ("metrics", "schedule", "name"):
        assert f'id="{field}-problem"' in answer.text


def test_menus_follow_the_choices_and_say_why_not(browser: Browser) -> None:
    """After each choice the server says what still goes with it."""
    first = browser.post("/reports/menus", data=FORM).text
    assert "disabled" not in box(first, "dimensions", "age")
    assert "checked" in box(first, "metrics", "spend")
    assert "now BASIC by campaign" in first
    aged = browser.post("/reports/menus", data={**FORM, "dimensions": ["campaign_id", "age"]}).text
    assert "now AUDIENCE by campaign" in aged
    assert "disabled" in box(aged, "dimensions", "country_code")
    assert "leave out age or country_code" in aged
    assert "disabled" not in box(aged, "dimensions", "gender")
    assert "disabled" in box(aged, "report_type", "BASIC")


def test_another_id_is_offered_in_place_of_the_one_that_is_chosen(browser: Browser) -> None:
    """There is one ID; to take the next one nobody has to take the first one away."""
    shown = browser.post("/reports/menus", data=FORM).text
    assert 'data-instead="campaign_id"' in box(shown, "dimensions", "ad_id")
    assert 'data-instead="stat_time_day"' in box(shown, "dimensions", "stat_time_hour")
    assert 'data-instead="stat_time_day"' in box(shown, "days", "lifetime")


def test_metrics_come_with_their_meaning(browser: Browser) -> None:
    """Unit, whether they add up, and how late they come, where the search finds them."""
    shown = browser.post("/reports/menus", data=FORM).text
    line = shown[shown.index(box(shown, "metrics", "reach")) :].split("</label>")[0]
    assert "does not add up" in line
    line = shown[shown.index(box(shown, "metrics", "spend")) :].split("</label>")[0]
    assert "account currency" in line
    assert len(re.findall('name="metrics" value', shown)) == len(catalog().metrics)


def test_the_order_of_what_was_chosen_is_kept(browser: Browser) -> None:
    """Columns stand as the file has them, whatever the order of the boxes."""
    said = {"metrics": ["spend", "impressions", "clicks"], "metrics_order": "clicks,spend"}
    browser.post("/reports", data={**FORM, **said})
    assert report_in(browser, "by_day").metrics == ("clicks", "spend", "impressions")


@pytest.mark.parametrize("kind", ["BASIC", "AUDIENCE", "CATALOG", *catalog().special, "TERM"])
def test_each_kind_of_report_has_a_form(browser: Browser, kind: str) -> None:
    """Also when what is chosen does not go with it: it can be begun anew."""
    shown = browser.get(f"/datasets/new-report?report_type={kind}")
    assert shown.status_code == 200
    assert "checked" in box(shown.text, "report_type", kind)
    if kind == "TERM":
        assert "report_type=BASIC" in shown.text
    strange = browser.post("/reports/menus", data={**FORM, "report_type": kind, "metrics": ["spend", "nope"]})
    assert strange.status_code == 200
    if kind != "TERM":
        assert "checked" in box(strange.text, "metrics", "nope")


def test_agreements_are_a_report_too(browser: Browser) -> None:
    """By term type and language; they have no dimensions and no days."""
    said = {"report_type": "TERM", "term_type": ["LeadAds"], "language": ["JA"], "start_date": ""}
    assert browser.post("/reports", data={**FORM, **said}).status_code == 303
    made = report_in(browser, "by_day")
    assert (made.report_type, made.term_type, made.language) == ("TERM", ("LeadAds",), ("JA",))
    assert made.dimensions == ()
    edit = browser.get("/reports/by_day/edit").text
    assert "checked" in box(edit, "language", "JA")
    assert "checked" not in box(edit, "language", "EN")
    wrong = browser.post("/reports/by_day", data={**FORM, **said, "language": ["KLINGON"]})
    assert 'id="language-problem"' in wrong.text
    preview = browser.post("/reports/preview", data={**FORM, **said}).text
    assert "LeadAds" in preview


def test_first_rows_are_shown_before_anything_is_saved(browser: Browser) -> None:
    """With types, each row's currency, what all of it costs; the name need not be right yet."""
    before = browser.desk.config.read_bytes()
    said = {"name": "not yet", "days": "period", "order_by": "spend"}
    shown = browser.post("/reports/preview", data={**FORM, **said}).text
    assert "spend<small>number</small>" in shown
    assert re.search(r"<td>[A-Z]{3}</td>", shown)
    assert "All of it takes about" in shown
    assert browser.desk.config.read_bytes() == before


def test_what_a_row_lacks_is_shown_as_null(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is missing looks like a nought, and each row has its own currency."""
    rows = pa.table({"spend": [None, Decimal("0.10")], "name": ["null", None], "currency": ["USD", "JPY"]})

    async def seen(*_: object, **__: object) -> Preview:
        return Preview("report", "", rows, "1", "2026-09-01", 1, 1.0, None, 2, (), ())

    monkeypatch.setattr(reports, "preview_report", seen)
    shown = browser.post("/reports/preview", data=FORM).text
    cells = re.findall(r"<td.*?</td>", shown)
    null = '<td class="null">null</td>'
    assert cells == [null, "<td>null</td>", "<td>USD</td>", '<td class="num">0.10</td>', null, "<td>JPY</td>"]


def test_a_preview_says_what_is_wrong_in_words(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a call where that is known; else with the remedy and TikTok's own id of the request."""
    wrong = browser.post("/reports/preview", data={**FORM, "metrics": ["spent"]})
    assert (wrong.status_code, "no metric spent" in wrong.text) == (200, True)
    assert "no connection" in browser.post(
        "/reports/preview", data={**FORM, "connection": "shup"}
    ).text.replace("there is no &#39;shup&#39;", "no connection")
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "f" * 40)
    refused = browser.post("/reports/preview", data=FORM).text
    assert "There are no rows to show" in refused
    assert re.search(r"Request id \w+", refused)
    assert "tiktok-ads connect" in refused or "Connect" in refused or "ign in" in refused


def test_a_report_runs_is_shown_and_is_deleted_whole(browser: Browser) -> None:
    """It is a dataset like any other: rows, freshness, and both of its sections go with it."""
    browser.post("/reports", data={**FORM, "days": "period"})
    desk = browser.desk

    async def story() -> str:
        await desk.start("by_day")
        while desk.scheduler.is_running("by_day"):
            await asyncio.sleep(0.05)
        last = desk.history.last("by_day")
        assert last is not None
        return last.outcome

    assert asyncio.run(asyncio.wait_for(story(), 60)) == "complete"
    held = browser.get("/datasets/by_day/freshness").text
    assert "by_day" in held
    assert "by_day" in browser.get("/datasets").text
    assert browser.post("/datasets/by_day/delete").status_code == 303
    assert "by_day" not in text_of(browser)


def test_a_report_that_another_job_loads_stays(browser: Browser) -> None:
    """Deleting a dataset takes nothing from another one."""
    browser.post("/reports", data=FORM)
    browser.desk.config.write_text(
        text_of(browser) + '\n[jobs.both]\ntables = ["by_day", "ads"]\nstart_date = 2026-09-01\n',
        encoding="utf-8",
    )
    browser.post("/datasets/by_day/delete")
    assert "[reports.by_day]" in text_of(browser)
    assert "[jobs.by_day]" not in text_of(browser)


def test_what_the_file_says_of_the_report_itself_stays_there(browser: Browser) -> None:
    """Comments too; the job's own name may be another."""
    head = text_of(browser)
    browser.desk.config.write_text(
        f"""{head}
[reports.ages]
# By whom it is read.
dimensions = ["campaign_id", "age"]
metrics = ["spend"]
dates = "last 5 days"
advertisers = ["7000000000000000002"]
lookback_days = 3

[jobs.monday]
connection = "shop"
tables = ["ages"]
""",
        encoding="utf-8",
    )
    form = browser.get("/reports/monday/edit").text
    assert 'value="7000000000000000002"' in form
    assert "<option selected>last 5 days</option>" in form
    said: Form = {
        **FORM,
        "dimensions": ["campaign_id", "age"],
        "metrics": ["spend"],
        "days": "period",
        "period": "last 5 days",
        "advertisers": "7000000000000000002",
        "lookback_days": "4",
    }
    assert browser.post("/reports/monday", data=said).headers["location"] == "/datasets/monday"
    made = load_settings({"job": "monday"}, config=browser.desk.config)
    assert made.reports["ages"].advertisers == ("7000000000000000002",)
    assert (made.reports["ages"].lookback_days, made.lookback_days) == (4, 28)
    assert "# By whom it is read." in text_of(browser)


def test_hostile_words_are_text(browser: Browser) -> None:
    """Wherever they were typed."""
    said: Form = dict.fromkeys(
        ("description", "metrics", "dimensions", "order_by", "day", "period", "report_type"), HOSTILE
    )
    filters = {"filter_field": HOSTILE, "filter_operator": HOSTILE, "filter_value": HOSTILE}
    for path in ("/reports", "/reports/menus", "/reports/preview"):
        for more in (said, {"description": HOSTILE}, filters, {"metrics": HOSTILE}, {"dimensions": HOSTILE}):
            text = browser.post(path, data={**FORM, **more, "metrics_order": HOSTILE}).text
            assert "<img src=x" not in text
    assert browser.get(f"/datasets/new-report?report_type={HOSTILE}").status_code == 200


def test_programs_do_the_same_by_the_api(browser: Browser) -> None:
    """Menus, first rows, make, read and change; the section is written as in the file."""
    menus = browser.post("/api/v1/reports/menus", json={"dimensions": ["campaign_id", "age"]}).json()
    closed = {one["name"]: one["reason"] for one in menus if one["state"] == "closed"}
    assert "leave out age or country_code" in closed["country_code"]
    report = {"dimensions": ["campaign_id", "stat_time_day"], "metrics": ["spend"], "dates": "last 7 days"}
    asked = {"connection": "shop", "report": report}
    seen = browser.post("/api/v1/reports/preview", json=asked).json()
    assert seen["problems"] == []
    assert re.fullmatch(r"\d+\.\d{6}", seen["preview"]["rows"][0]["spend"])
    wrong = browser.post(
        "/api/v1/reports/preview", json={**asked, "report": {**report, "metrics": ["spent"]}}
    )
    assert "no metric spent" in wrong.json()["problems"][0]
    made = browser.post("/api/v1/reports", json={**asked, "name": "weekly", "schedule": "weekdays at 6:00"})
    assert (made.status_code, made.json()["name"]) == (201, "weekly"), made.text
    held = browser.get("/api/v1/reports/weekly").json()
    assert held == made.json()
    assert browser.get("/api/v1/reports").json()["items"] == [held]
    assert held["report"]["dates"] == "last 7 days"
    assert held["schedule"] == "weekdays at 06:00"
    before = text_of(browser)
    assert browser.ask("PUT", "/api/v1/reports/weekly", json=held).status_code == 200
    assert report_in(browser, "weekly").dimensions == ("campaign_id", "stat_time_day")
    assert "[reports.weekly]" in before
    assert "checked" in box(browser.get("/reports/weekly/edit").text, "days", "period")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": "a b"}, "cannot be a name"),
        ({"report": {"dimensions": ["ad_id"], "dates": "someday"}}, "someday"),
        ({"report": {"dimensions": ["ad_id"], "metrics": ["spent"]}}, "no metric spent"),
        ({"report": {"dimensions": ["ad_id"]}}, "choose the first day"),
        ({"report": {}}, "needs dimensions"),
        ({"report": {"dimensions": ["ad_id"], "dates": "7", "description": "x"}}, "beside its report"),
        ({"schedule": "dayly"}, "cannot be read"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_the_api_refuses_what_the_form_refuses(browser: Browser, body: dict[str, object], told: str) -> None:
    before = browser.desk.config.read_bytes()
    usual = {"name": "weekly", "connection": "shop", "report": {"dimensions": ["ad_id"], "dates": "7"}}
    answer = browser.post("/api/v1/reports", json={**usual, **body})
    assert (answer.status_code, told in answer.text) == (422, True), answer.text
    assert browser.desk.config.read_bytes() == before
