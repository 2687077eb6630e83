"""What a run changed can be looked at, and a table can be seen as it stood after any run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.app_desk import Browser, app_in
from tests.loading import ad, ads, later, report, spent, window
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.load import Load, open_destination
from tiktok_ads.ui.data.as_of import AsOfWanted, as_of

SETTINGS = """
start_date = 2026-03-01
destination = "duckdb:///ads.duckdb"
store_changes = "all"
[jobs.all]
tables = ["ads", "ad_insights", "campaigns"]
"""
"""Reports store their changes here, too."""


@dataclass
class Desk:
    """The app, and runs that are made by hand: each commits what it is given and is noted."""

    browser: Browser
    path: Path

    def run(self, day: int, *loads: Load, report: bool = True) -> JobRun:
        """A run on day `day` that commits these."""
        with open_destination(str(self.path)) as destination:
            destination.commit(loads, run_id=f"r{day}", at=later(day))
        at = later(day)
        begun = self.browser.desk.history.begin("all", trigger="manual", attempt=1, due_at=None, now=at)
        told = {"run_id": f"r{day}", "started_at": at.isoformat()} if report else None
        outcome = "complete" if report else "failed"
        end = at + timedelta(minutes=5)
        return self.browser.desk.history.finish(begun, outcome, now=end, report=told)  # type: ignore[arg-type]

    def json(self, path: str) -> Any:
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    with app_in(tmp_path, settings=SETTINGS) as browser:
        yield Desk(browser, tmp_path / "ads.duckdb")


def stands(path: Path, table: str, keys: str) -> list[tuple[object, ...]]:
    """The table as it is, without what the loader notes of each row."""
    with duckdb.connect(str(path), read_only=True) as db:
        return db.sql(
            f"SELECT * EXCLUDE (_synced_at, _run_id) FROM tiktok_ads.{table} ORDER BY {keys}"
        ).fetchall()


def test_a_table_is_seen_as_it_stood_after_each_run(desk: Desk) -> None:
    """Whatever came, changed, went and came back: each run's table comes back row by row, value by value."""
    stood: dict[str, dict[str, list[tuple[object, ...]]]] = {}
    for day in range(9):
        things = [
            ad(str(i), ad_name=f"{(i + day) % 3}", link=f"expires {day}")
            for i in range(9)
            if (i * day) % 5 != 1
        ]
        figures = [
            spent(str(i), number, str((i + number * day) % 4))
            for i in range(4)
            for number in range(1, 8)
            if (i + number + day) % 6
        ]
        run = desk.run(
            day, ads(things, drop_deleted=day > 6), report(figures, window(1, 7), store_changes=True)
        )
        stood[run.id] = {
            "ads": stands(desk.path, "ads", "advertiser_id, ad_id"),
            "ad_insights": stands(desk.path, "ad_insights", "advertiser_id, ad_id, stat_time_day"),
        }
    quiet = desk.run(9)
    stood[quiet.id] = stood[run.id]
    settings = desk.browser.desk.jobs()["all"]
    for run_id, tables in stood.items():
        for name, rows in tables.items():
            wanted = AsOfWanted(name, desk.browser.desk.history.run(run_id), limit=1000)
            seen = as_of(settings, wanted)
            links = [at for at, column in enumerate(seen.columns) if column == "link"]
            now = [tuple(v for at, v in enumerate(row) if at not in links) for row in seen.rows]
            then = [tuple(v for at, v in enumerate(row) if at not in links) for row in rows]
            assert now == then, (run_id, name)
            assert seen.found == len(rows)


def test_before_the_first_load_there_was_nothing(desk: Desk) -> None:
    desk.run(0, ads([ad("a")]))
    told = desk.json("/api/v1/datasets/all/as-of/ads?at=2026-02-01T00:00:00Z")
    assert (told["total"], told["items"]) == (0, [])
    assert desk.json("/api/v1/datasets/all/as-of/campaigns?at=2026-03-02T00:00:00Z")["total"] == 0


def test_what_a_run_changed_is_told_with_what_was_before(desk: Desk) -> None:
    """Of a changed row only what differs, of a new one what it holds, of a deleted one what it held."""
    desk.run(0, ads([ad("a"), ad("b"), ad("c")]))
    run = desk.run(1, ads([ad("a", ad_name="new name"), ad("b"), ad("d")], drop_deleted=True))
    counts = {one["table"]: one for one in desk.json(f"/api/v1/runs/{run.id}/changes")}
    assert counts["ads"] == {"table": "ads", "is_kept": True, "inserted": 1, "updated": 1, "deleted": 1}
    rows = {one["key"]["ad_id"]: one for one in desk.json(f"/api/v1/runs/{run.id}/changes/ads")["items"]}
    assert rows.keys() == {"a", "c", "d"}
    assert rows["a"]["values"] == [{"column": "ad_name", "before": "Ad a", "after": "new name"}]
    assert {"column": "ad_name", "before": None, "after": "Ad d"} in rows["d"]["values"]
    assert {"column": "ad_name", "before": "Ad c", "after": None} in rows["c"]["values"]
    only = desk.json(f"/api/v1/runs/{run.id}/changes/ads?change=delete")
    assert (only["total"], only["items"][0]["key"]["ad_id"]) == (1, "c")
    assert desk.json(f"/api/v1/runs/{run.id}/changes/ads?advertiser=2")["total"] == 0
    # The run before it changed nothing: it saw these rows for the first time.
    assert {one["inserted"] for one in desk.json(f"/api/v1/runs/{run.id}/changes")} >= {0}


def test_each_change_is_compared_with_the_version_before_it(desk: Desk) -> None:
    """Not with today's, and not with the first one."""
    runs = [desk.run(day, ads([ad("a", ad_name=f"name {day}")])) for day in range(5)]
    for day, run in enumerate(runs[1:], start=1):
        (row,) = desk.json(f"/api/v1/runs/{run.id}/changes/ads")["items"]
        assert row["values"] == [{"column": "ad_name", "before": f"name {day - 1}", "after": f"name {day}"}]


def test_a_run_that_broke_off_shows_what_it_had_committed(desk: Desk) -> None:
    desk.run(0, ads([ad("a")]))
    broken = desk.run(1, ads([ad("a", ad_name="2")]), report=False)
    desk.run(2, ads([ad("a", ad_name="3")]))
    told = desk.json(f"/api/v1/runs/{broken.id}/changes/ads")
    assert [value["after"] for row in told["items"] for value in row["values"]] == ["2"]


def test_changes_are_taken_along_as_a_file(desk: Desk) -> None:
    """A spreadsheet shows each value beside the one before, and runs no formula of an advertiser's."""
    desk.run(0, ads([ad("a"), ad("b")]))
    run = desk.run(1, ads([ad("a", ad_name="=1+1"), ad("b")]))
    answer = desk.browser.get(f"/api/v1/runs/{run.id}/changes/ads/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["_change"], row["ad_id"], row["ad_name before"]) == ("update", "a", "Ad a")
    assert row["ad_name"].startswith("'=")
    assert "campaign_id before" not in row
    for kind in ("xlsx", "parquet", "jsonl"):
        assert desk.browser.get(f"/api/v1/runs/{run.id}/changes/ads/{kind}").status_code == 200
    stood = desk.browser.get(f"/api/v1/datasets/all/as-of/ads/csv?run={run.id}")
    assert stood.text.count("\n") == 3


def test_where_changes_are_not_stored_it_says_how_to_store_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with app_in(tmp_path, settings=SETTINGS.replace('"all"', '"none"')) as browser:
        desk = Desk(browser, tmp_path / "ads.duckdb")
        run = desk.run(0, report([spent("a", 1)], window(1, 1)))
        told = browser.get(f"/api/v1/datasets/all/as-of/ads?run={run.id}")
        shown = browser.get(f"/runs/{run.id}/changes").text
    assert told.status_code == 422
    assert "store_changes = true" in told.json()["error"]["hint"]
    assert "stores no changes" in shown


def test_pages_show_changes_and_earlier_states_as_text(desk: Desk) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    desk.run(0, ads([ad("a")]))
    run = desk.run(1, ads([ad("a", ad_name=hostile)]))
    desk.run(2, ads([ad("a", ad_name="third")]))
    for path in (
        f"/runs/{run.id}/changes",
        f"/runs/{run.id}/changes?table=ads",
        f"/datasets/all/as-of?table=ads&run={run.id}",
    ):
        answer = desk.browser.get(path)
        assert answer.status_code == 200, path
        assert hostile not in answer.text
    assert "&lt;img src=x" in answer.text
    assert "third" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/runs/none/changes",
        "/api/v1/datasets/none/as-of/ads",
        "/api/v1/datasets/all/as-of/ads?run=none",
        "/api/v1/datasets/all/as-of/none",
    ],
)
def test_what_there_is_not_is_told_as_such(desk: Desk, path: str) -> None:
    assert desk.browser.get(path).status_code == 404
