"""Explore in the app: a typed SELECT gives what the database holds; whatever else is typed does nothing."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import httpx2
import pytest

from tests.app_desk import URL, Browser, app_in
from tests.loading import ad, ads, later, report, spent, window
from tiktok_ads.load import open_destination

HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}</textarea></script>"
LARGE = "9007199254740993"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two days and a list with a hostile name."""
    path = tmp_path_factory.mktemp("loaded") / "ads.duckdb"
    with open_destination(str(path)) as opened:
        rows = [spent(LARGE, 1, "1.25"), spent(LARGE, 2, "0.000001")]
        opened.commit([report(rows, window(1, 2))], run_id="r1", at=later(0))
        opened.commit([ads([ad(LARGE, ad_name=HOSTILE)])], run_id="r1", at=later(0))
    return path


@pytest.fixture
def file(loaded: Path, tmp_path: Path) -> Path:
    """A copy of the test's own."""
    return Path(shutil.copy(loaded, tmp_path))


@pytest.fixture
def browser(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.chdir(tmp_path)
    with app_in(tmp_path, settings=settings_for(f"duckdb:///{file.name}")) as made:
        yield made


def settings_for(*destinations: str) -> str:
    jobs = (
        f'[jobs.job{n}]\nconnection = "shop"\ntables = ["ads"]\nstart_date = 2026-01-01\n'
        f'destination = "{destination}"\nschedule = "manual"\n'
        for n, destination in enumerate(destinations)
    )
    return '[connections.shop]\napi_url = "http://127.0.0.1:1"\nadvertisers = ["1"]\n' + "".join(jobs)


def asked(browser: Browser, sql: str, **more: str) -> httpx2.Response:
    return browser.post("/explore/answer", data={"sql": sql, **more})


def test_an_answer_is_what_the_database_says(browser: Browser, file: Path) -> None:
    """The same rows as DuckDB gives to a person's own program, with nothing rounded."""
    sql = "SELECT ad_id, stat_time_day, spend, NULL AS nothing, '' AS blank FROM ad_insights ORDER BY 2"
    answer = browser.post("/api/v1/query", json={"sql": sql}).json()
    with duckdb.connect(str(file), read_only=True) as direct:
        direct.execute("SET schema = 'tiktok_ads'")
        expected = direct.execute(sql).fetchall()
    got = [(row[0], date.fromisoformat(row[1]), Decimal(row[2]), row[3], row[4]) for row in answer["rows"]]
    assert got == expected
    assert [one["kind"] for one in answer["columns"]] == ["text", "day", "number", "text", "text"]
    assert answer["is_cut"] is False


def test_a_page_tells_null_from_blank_and_keeps_ids_whole(browser: Browser) -> None:
    shown = asked(browser, f"SELECT ad_id, spend, NULL AS a, {LARGE} AS n FROM ad_insights LIMIT 1").text
    assert f"<td>{LARGE}</td>" in shown
    assert '<td class="num">1.25</td>' in shown
    assert '<td class="null">null</td>' in shown
    assert f'<td class="num">{LARGE}</td>' in shown


def test_large_numbers_keep_their_digits_in_json(browser: Browser) -> None:
    sql = f"SELECT {LARGE} AS a, 1 AS b, 2::HUGEINT ** 100 AS c, 'NaN'::DOUBLE AS d, [{LARGE}] AS e"
    answer = browser.post("/api/v1/query", json={"sql": sql}).json()
    assert answer["rows"][0][0] == LARGE
    assert answer["rows"][0][1] == 1
    assert answer["rows"][0][3:] == ["nan", [LARGE]]


def test_more_rows_than_are_shown_are_told(browser: Browser) -> None:
    answer = browser.post("/api/v1/query", json={"sql": "SELECT * FROM range(5000)"}).json()
    assert (len(answer["rows"]), answer["is_cut"]) == (1000, True)
    exact = browser.post("/api/v1/query", json={"sql": "SELECT * FROM range(1000)"}).json()
    assert (len(exact["rows"]), exact["is_cut"]) == (1000, False)
    assert "there are more" in asked(browser, "SELECT * FROM range(1001)").text
    assert "No row fits" in asked(browser, "SELECT 1 WHERE false").text


def test_what_is_wrong_is_told_with_its_place(browser: Browser) -> None:
    """The text stays in the box of a browser without scripts."""
    answer = asked(browser, "SELECT *\nFROM ads\nWHER ad_id = 1")
    assert "Line 3, column" in answer.text
    assert 'data-line="3"' in answer.text
    missing = asked(browser, "SELECT nothing_such FROM ads").text
    assert "Line 1, column 8" in missing
    whole = browser.post("/explore", data={"sql": "SELECT nothing_such FROM ads"}).text
    assert "<textarea" in whole
    assert "SELECT nothing_such FROM ads</textarea>" in whole
    told = browser.post("/api/v1/query", json={"sql": "SELEC 1"})
    assert (told.status_code, told.json()["error"]["kind"]) == (422, "QueryError")


def test_hostile_names_are_text_everywhere(browser: Browser) -> None:
    """In cells, in the names of columns, in what was typed and in what is said about it."""
    name = HOSTILE.replace('"', '""')
    for shown in (
        asked(browser, "SELECT ad_name FROM ads").text,
        asked(browser, f'SELECT 1 AS "{name}"').text,
        asked(browser, f'SELECT "{name}" FROM ads').text,
        browser.post("/explore", data={"sql": f"SELECT '{HOSTILE}"}).text,
        browser.get(
            "/explore",
        ).text,
    ):
        assert "<img src=x" not in shown
        assert "</textarea></script>" not in shown


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "jsonl"])
def test_all_rows_come_as_a_file(browser: Browser, kind: str) -> None:
    sent = browser.post("/explore/file", data={"sql": "SELECT * FROM range(5000)", "kind": kind})
    assert sent.headers["content-disposition"] == f'attachment; filename="answer.{kind}"'
    if kind == "csv":
        assert len(sent.text.splitlines()) == 5001
    by_call = browser.post("/api/v1/query/file", json={"sql": "SELECT 1 AS a", "kind": kind})
    assert by_call.headers["content-disposition"] == f'attachment; filename="answer.{kind}"'


def test_a_file_of_formulas_is_harmless(browser: Browser) -> None:
    sql = "SELECT '=cmd|'' /C calc''!A0' AS \"=a\", '@x'::ENUM('@x') AS b, ['=1'] AS c"
    text = browser.post("/explore/file", data={"sql": sql, "kind": "csv"}).content.decode("utf-8-sig")
    header, row = text.splitlines()
    assert header.startswith("'=a")
    assert row.startswith("'=cmd")
    assert ",'@x," in row


def test_a_file_that_cannot_be_made_is_told_on_the_page(browser: Browser) -> None:
    answer = browser.post("/explore/file", data={"sql": "SELEC", "kind": "csv"})
    assert answer.status_code == 422
    assert "SELEC</textarea>" in answer.text
    assert browser.post("/explore/file", data={"sql": "SELECT 1", "kind": "exe"}).status_code == 422


def test_what_is_there_stands_beside_the_box_with_examples_that_run(browser: Browser) -> None:
    shown = browser.get("/explore/tables").text
    assert "What spend says." in shown
    assert 'data-name="ad_insights"' in shown
    examples = [part.split('"')[0] for part in shown.split('data-sql="')[1:]]
    assert len(examples) >= 3
    for one in examples:
        import html

        sql = html.unescape(one)
        answer = browser.post("/api/v1/query", json={"sql": sql})
        assert answer.status_code == 200, (sql, answer.text)


def test_only_databases_of_datasets_can_be_opened(browser: Browser, tmp_path: Path) -> None:
    """No other file of the machine, whatever a form or call says."""
    with open_destination(str(tmp_path / "other.duckdb")) as opened:
        opened.commit([ads([ad("1")])], run_id="r1", at=later(0))
    for wrong in (
        "duckdb:///other.duckdb",
        "/etc/passwd",
        "../ads.duckdb",
        "ads.duckdb",
        ":memory:",
        "x" * 9999,
    ):
        answer = browser.post("/api/v1/query", json={"sql": "SELECT 1", "database": wrong})
        assert answer.status_code == 404
        assert "no dataset with this database" in asked(browser, "SELECT 1", place=wrong).text
        assert (
            browser.get(
                "/api/v1/query/tables",
            ).status_code
            == 200
        )
    known = browser.get("/api/v1/query/databases").json()
    assert [one["id"] for one in known] == ["duckdb:///ads.duckdb"]


def test_nothing_is_loaded_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is made by looking, and the page says what to do."""
    monkeypatch.chdir(tmp_path)
    with app_in(tmp_path, settings=settings_for("duckdb:///none.duckdb")) as browser:
        assert browser.get("/explore").status_code == 200
        assert "Nothing is loaded yet" in browser.get("/explore/tables").text
        assert "no file" in asked(browser, "SELECT 1").text
    assert not (tmp_path / "none.duckdb").exists()


def test_nothing_is_set_up_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with app_in(tmp_path) as browser:
        for path in ("/explore", "/explore/tables"):
            assert browser.get(path).status_code == 200
        browser.desk.config.write_text("[jobs.a\n", encoding="utf-8")
        assert "settings file cannot be used" in browser.get("/explore").text


def test_a_busy_file_is_said_politely(browser: Browser, file: Path) -> None:
    with open_destination(str(file)) as opened:
        opened.commit([ads([ad("2")])], run_id="r2", at=later(1))
        assert "has the database open" in asked(browser, "SELECT 1").text
        assert browser.post("/api/v1/query", json={"sql": "SELECT 1"}).status_code == 409
        assert "has the database open" in browser.get("/explore/tables").text
    assert "1 row." in asked(browser, "SELECT 1").text


def test_a_server_is_asked_elsewhere_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    server = "postgresql://owner@127.0.0.1:1/x"
    with app_in(tmp_path, settings=settings_for(server)) as browser:
        assert "DuckDB files only" in browser.get("/explore").text
        answer = browser.post("/api/v1/query", json={"sql": "SELECT 1"})
        assert (answer.status_code, "Only DuckDB files" in answer.text) == (422, True)
        assert browser.get("/api/v1/query/databases").json()[0]["can_be_asked"] is False
    with app_in(tmp_path, settings=settings_for(server, "duckdb:///ads.duckdb")) as browser:
        shown = browser.get("/explore").text
        assert "disabled>" in shown
        assert 'value="duckdb:///ads.duckdb" selected' in shown


def test_whoever_goes_away_stops_the_question(browser: Browser) -> None:
    """The process that answers ends at once, not when its time is up."""
    body = json.dumps({"sql": "SELECT count(*) FROM range(100000000000)"}).encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/query",
        "raw_path": b"/api/v1/query",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "server": ("127.0.0.1", 8321),
        "client": ("127.0.0.1", 1),
        "headers": [
            (b"host", URL.removeprefix("http://").encode()),
            (b"content-type", b"application/json"),
            (b"sec-fetch-site", b"same-origin"),
            (b"cookie", f"{browser.desk.doors.cookie}={browser.cookie}".encode()),
        ],
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
    }
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, object]:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: object) -> None:
        pass

    async def story() -> float:
        began = asyncio.get_running_loop().time()
        await browser.app(scope, receive, send)
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(story()) < 5
