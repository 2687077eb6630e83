"""The dbt package over tables that were synced from the simulator, in DuckDB and in Postgres."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest

from tests.destinations.places import PASSWORD, Place, ask_server, server, tell_server
from tests.examples.tools import programs
from tests.worlds import Desk, desk
from tiktok_ads.simulator.presets import PLACES, Plot, Size

ROOT = Path(__file__).parent.parent.parent
TABLES = (
    "advertisers",
    "campaigns",
    "adgroups",
    "ads",
    "ad_insights",
    "adgroup_insights",
    "campaign_insights",
)
SOME = Size(campaigns=5, adgroups_per_campaign=1, ads_per_adgroup=2, history_days=40, specials=True)
PLOTS = (Plot(PLACES[0], SOME), Plot(PLACES[1], SOME), Plot(PLACES[2], SOME))
DAILY = ("ads", "adgroups", "campaigns", "advertisers")
SUMS = "sum(spend), sum(impressions), sum(clicks), sum(conversion), sum(likes)"


@dataclass(frozen=True)
class Built:
    """What several dbt commands did: their answers by name, the DuckDB file, Postgres while it runs."""

    answers: dict[str, dict[str, Any]]
    desk: Desk
    postgres: Place
    target: Path


def rows(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def unwell(answer: dict[str, Any]) -> dict[str, str]:
    """What is other than well, with its message."""
    fine = {"success", "pass"}
    return {name: one["message"] for name, one in answer["nodes"].items() if one["status"] not in fine}


@contextmanager
def synced(folder: Path) -> Iterator[Desk]:
    """Three advertisers in three currencies and zones; an ad was deleted after it had spent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
        one = desk(folder, PLOTS, tables=TABLES)
        assert one.sync().exit_code == 0
        ((spender,),) = one.rows(
            "SELECT ad_id FROM ad_insights JOIN ads USING (ad_id) "
            "WHERE NOT is_deleted GROUP BY 1 ORDER BY sum(spend) DESC LIMIT 1"
        )
        one.delete("ad", spender)
        assert one.sync().exit_code == 0
        yield one


@contextmanager
def built(synced: Desk, folder: Path) -> Iterator[Built]:
    """The example's project, built into DuckDB and Postgres; and what it says of things that are wrong."""
    for part in ("dbt", "examples/dbt"):
        shutil.copytree(ROOT / part, folder / part)
    project = folder / "examples" / "dbt"
    doubled = folder / "doubled.duckdb"
    shutil.copy(synced.file, doubled)
    with duckdb.connect(str(doubled)) as connection:
        connection.execute("INSERT INTO tiktok_ads.ad_insights SELECT * FROM tiktok_ads.ad_insights LIMIT 1")
    with pytest.MonkeyPatch.context() as patch, server() as url:
        patch.setenv("PGPASSWORD", PASSWORD)
        tell_server(f"{url}/postgres", "CREATE DATABASE marketing")
        postgres = Place("postgres", f"{url}/marketing")
        assert synced.sync(destination=postgres.url).exit_code == 0
        file = {"ADS_FILE": str(synced.file), "DBT_TARGET": "duckdb"}
        on_server = {
            "DBT_TARGET": "postgres",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(urlsplit(url).port),
            "PGUSER": "owner",
            "PGDATABASE": "marketing",
        }
        few = ["run", "--select", "tiktok_ads__daily_ads"]
        asked: dict[str, tuple[list[str], dict[str, str], dict[str, object]]] = {
            "deps": (["deps"], file, {}),
            "build": (["build"], file, {"tiktok_ads_compare_levels": True}),
            "docs": (["docs", "generate"], file, {}),
            "freshness": (["source", "freshness"], file, {}),
            "typo": (few, file, {"tiktok_ads_metrics": ["likes", "lieks"]}),
            "our schema": (few, file, {"tiktok_ads_schema": "analytics"}),
            "doubled": (["test", "--select", "stg_tiktok_ads__ad_insights"], {"ADS_FILE": str(doubled)}, {}),
            "postgres": (["build"], on_server, {}),
        }
        answers = _run(folder, project, asked)
        yield Built(answers, synced, postgres, project / "target")


def _run(
    folder: Path, project: Path, asked: dict[str, tuple[list[str], dict[str, str], dict[str, object]]]
) -> dict[str, dict[str, Any]]:
    """Run the commands in one process, for dbt takes seconds to start."""
    steps = [
        {
            "arguments": [*words, "--project-dir", str(project), "--profiles-dir", str(project)]
            + (["--vars", json.dumps(variables)] if variables else []),
            "env": env,
        }
        for words, env, variables in asked.values()
    ]
    questions, told = folder / "asked.json", folder / "told.json"
    questions.write_text(json.dumps(steps), encoding="utf-8")
    driver = ROOT / "tests" / "examples" / "dbt_driver.py"
    done = subprocess.run(
        [str(programs("dbt") / "python"), str(driver), str(questions), str(told)],
        cwd=folder,
        env={**os.environ, "DO_NOT_TRACK": "1", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return dict(zip(asked, json.loads(told.read_text(encoding="utf-8")), strict=True))


def all_models_are_made_and_all_their_tests_pass(built: Built) -> None:
    """Keys, parents, currencies and sums are right, on DuckDB and on Postgres."""
    for where in ("build", "postgres"):
        answer = built.answers[where]
        assert unwell(answer) == {}
        assert answer["success"], answer["complaints"]
        assert len(answer["nodes"]) >= 60


def each_level_adds_up_to_what_was_loaded_currency_by_currency(built: Built) -> None:
    """No money is lost or doubled on any level, and none of one currency stands among another's."""
    file = built.desk.file
    by = "GROUP BY advertiser_id, stat_time_day, currency ORDER BY ALL"
    head = f"SELECT advertiser_id, stat_time_day, currency, {SUMS} FROM"
    loaded = rows(file, f"{head} tiktok_ads.ad_insights {by}")
    assert {row[2] for row in loaded} == {"USD", "EUR", "JPY"}
    for level in DAILY:
        assert rows(file, f"{head} analytics.tiktok_ads__daily_{level} {by}") == loaded, level


def what_was_deleted_or_never_listed_keeps_its_spend(built: Built) -> None:
    """Deleted ads, and creatives that no list has, stay with their names, marked."""
    found = rows(
        built.desk.file,
        "SELECT is_listed, coalesce(is_deleted, false), sum(spend) > 0, count(ad_name) = count(*) "
        "FROM analytics.tiktok_ads__daily_ads GROUP BY 1, 2 ORDER BY 1, 2",
    )
    assert found == [(False, False, True, True), (True, False, True, True), (True, True, True, True)]


def days_name_their_zone(built: Built) -> None:
    """Each row tells in whose calendar its day is."""
    told = rows(
        built.desk.file,
        "SELECT DISTINCT d.timezone, display_timezone FROM analytics.tiktok_ads__daily_campaigns AS d "
        "JOIN tiktok_ads.advertisers USING (advertiser_id)",
    )
    assert len(told) == 3
    assert all(ours == theirs for ours, theirs in told)


def ratios_are_reckoned_from_sums(built: Built) -> None:
    """A campaign's cost per click is its spend by its clicks, not the mean of its ads'."""
    for spend, clicks, cpc in rows(
        built.desk.file, "SELECT spend, clicks, cpc FROM analytics.tiktok_ads__daily_campaigns"
    ):
        assert (cpc is None) == (clicks == 0)
        assert cpc is None or cpc == pytest.approx(float(spend) / clicks)


def every_column_of_every_model_is_described(built: Built) -> None:
    """What dbt's docs show says what it is; nothing is described that is not there."""
    assert built.answers["docs"]["success"]
    # The last build was of Postgres, and it describes the same.
    told, there = (
        json.loads((built.target / f"{name}.json").read_text())["nodes"] for name in ("manifest", "catalog")
    )
    models = {key: one["columns"] for key, one in there.items() if key.startswith("model.tiktok_ads")}
    assert len(models) == len(DAILY)
    for key, columns in models.items():
        said = {name for name, one in told[key]["columns"].items() if one["description"]}
        assert said == set(columns), key
        assert told[key]["description"]


def when_a_table_was_last_read_is_told(built: Built) -> None:
    """Freshness has an answer for each table. (It is old: the simulator's clock stands in September.)"""
    nodes = built.answers["freshness"]["nodes"]
    assert set(nodes) == {"advertisers", "campaigns", "adgroups", "ads", "ad_insights"}
    assert {one["status"] for one in nodes.values()} <= {"pass", "warn"}


def what_is_wrong_is_said_in_words(built: Built) -> None:
    """A metric that was not loaded, models in the sync's own schema, a row that stands twice."""
    for wrong, says in (
        ("typo", "has no metric lieks"),
        ("our schema", "analytics, which belongs to tiktok-ads"),
        ("doubled", "tiktok_ads_one_row_each_stg_tiktok_ads__ad_insights"),
    ):
        answer = built.answers[wrong]
        assert not answer["success"]
        assert says in "\n".join([*answer["complaints"], *unwell(answer)])


def postgres_holds_what_duckdb_holds(built: Built) -> None:
    """The same package gives the same rows on both."""
    query = (
        "SELECT advertiser_id, campaign_id, stat_time_day, currency, timezone, campaign_name, is_listed, "
        "is_deleted, CAST(spend AS VARCHAR), impressions, clicks, conversion, likes, ads_with_rows "
        "FROM analytics.tiktok_ads__daily_campaigns ORDER BY 1, 2, 3"
    )
    held = ask_server(built.postgres.url, query)
    assert len(held) > 50
    assert held == rows(built.desk.file, query)


def a_sync_after_the_build_goes_on(built: Built) -> None:
    """Models beside our schema are no hindrance, and are left alone."""
    for destination in (f"duckdb:///{built.desk.file}", built.postgres.url):
        assert built.desk.sync(destination=destination).exit_code == 0
    assert rows(built.desk.file, "SELECT count(*) > 0 FROM analytics.tiktok_ads__daily_ads") == [(True,)]


CLAIMS = (
    all_models_are_made_and_all_their_tests_pass,
    each_level_adds_up_to_what_was_loaded_currency_by_currency,
    what_was_deleted_or_never_listed_keeps_its_spend,
    days_name_their_zone,
    ratios_are_reckoned_from_sums,
    every_column_of_every_model_is_described,
    when_a_table_was_last_read_is_told,
    what_is_wrong_is_said_in_words,
    postgres_holds_what_duckdb_holds,
    a_sync_after_the_build_goes_on,
)


@pytest.mark.timeout(600)
def test_the_dbt_package_keeps_its_claims(tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Synced from the simulator, built by the example's project on DuckDB and on Postgres."""
    programs("dbt")
    with synced(tmp_path) as loaded, built(loaded, tmp_path) as done:
        for claim in CLAIMS:
            with subtests.test(claim.__name__):
                claim(done)
