"""A person's rows are forgotten: gone from table, changes and history, and never loaded again unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from tests.loading import AD_COLUMNS, ad, ads, column, landed, later, report, spent, window
from tiktok_ads.cli.main import app
from tiktok_ads.errors import ConfigError
from tiktok_ads.load import Load, Outcome, open_destination

NAME = "Somebody's name"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "out.duckdb"


def commit(path: Path, *loads: Load, days_later: int = 0) -> list[Outcome]:
    with open_destination(str(path)) as destination:
        return destination.commit(loads, run_id="r", at=later(days_later))


def forget(path: Path, table: str = "ads", **keys: str) -> dict[str, int]:
    with open_destination(str(path)) as destination:
        return destination.forget_keys(table, keys, at=later(5))


def held(path: Path) -> list[object]:
    return [name for (name,) in landed(path, "SELECT ad_id FROM ads ORDER BY 1")]


def test_a_row_goes_with_its_changes_and_history(path: Path) -> None:
    commit(path, ads([ad("a", ad_name=NAME), ad("b")]))
    commit(path, ads([ad("a", ad_name="new"), ad("b")]), days_later=1)

    with open_destination(str(path)) as destination:
        counted = destination.count_keys("ads", {"ad_id": "a"})
    assert counted == {"ads": 1, "ads__changes": 2}
    assert forget(path, ad_id="a") == counted

    for name in ("ads", "ads__changes", "ads__history"):
        assert landed(path, f"SELECT count(*) FROM {name} WHERE ad_id = 'a'") == [(0,)]
    assert held(path) == ["b"]
    for name in ("_state", "_tables", "_forgotten", "_runs", "_daily_sums"):
        assert NAME not in str(landed(path, f"SELECT * FROM {name}"))


def test_a_forgotten_row_stays_out(path: Path) -> None:
    """TikTok still tells it: it is left out of each load and counted, whatever happened meanwhile."""
    told = ads([ad("a", ad_name=NAME), ad("b")])
    commit(path, told)
    forget(path, ad_id="a")

    assert commit(path, told, days_later=1) == [Outcome(2, 0, 0, 0, left_out=1)]
    assert held(path) == ["b"]
    with open_destination(str(path)) as destination:
        destination.forget(["ads"], ["1"])
    assert commit(path, told, days_later=2) == [Outcome(2, 1, 0, 0, left_out=1)]
    assert held(path) == ["b"]
    assert landed(path, "SELECT count(*) FROM ads__changes WHERE ad_id = 'a'") == [(0,)]


def test_what_was_forgotten_can_be_let_back_in(path: Path) -> None:
    told = ads([ad("a"), ad("b")])
    commit(path, told)
    forget(path, ad_id="a")
    forget(path, ad_id="a")
    with open_destination(str(path)) as destination:
        assert destination.let_back_in("ads", {"ad_id": "b"}) == 0
        assert destination.let_back_in("ads", {"ad_id": "a"}) == 1
    commit(path, told, days_later=1)
    assert held(path) == ["a", "b"]


def test_several_columns_must_all_match(path: Path) -> None:
    schema = pa.schema([*AD_COLUMNS, column("size", pa.int64(), "count")])
    told = ads([ad("a", size=1), ad("b", size=1), ad("c")], schema=schema)
    commit(path, told)
    assert forget(path, ad_id="a", size="1") == {"ads": 1, "ads__changes": 0}
    assert forget(path, ad_id="c", size="1") == {"ads": 0, "ads__changes": 0}
    commit(path, told, days_later=1)
    assert held(path) == ["b", "c"]


def test_what_is_no_key_is_refused_in_words(path: Path) -> None:
    commit(path, ads([ad("a")]), report([spent("a", 1)], window(1, 1)))
    for table, column_name, says in (
        ("adds", "ad_id", "no table adds"),
        ("ads", "ad_ids", "no column 'ad_ids'. Near: ad_id"),
        ("ads", "_run_id", "no column"),
        ("ads", "tags", "no key"),
        ("ad_insights", "spend", "no key"),
    ):
        with pytest.raises(ConfigError, match=says):
            forget(path, table, **{column_name: "1"})


def test_a_hostile_value_is_a_value(path: Path) -> None:
    hostile = "'; DROP TABLE ads; --"
    commit(path, ads([ad("a"), ad(hostile)]))
    assert forget(path, ad_id=hostile)["ads"] == 1
    commit(path, ads([ad("a"), ad(hostile)]), days_later=1)
    assert held(path) == ["a"]


def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
    ran = CliRunner().invoke(app, ["forget", *arguments, "--destination", "out.duckdb"], input=typed)
    return ran.exit_code, ran.stdout, ran.stderr


def test_the_command_counts_asks_and_deletes(path: Path) -> None:
    """First the number, then the question; nothing goes without a yes."""
    spec_of = ads([ad("a"), ad("b")])
    commit(path, _as_advertisers(spec_of))
    key = ["advertisers", "--key", "ad_id=a"]

    assert run(*key, "--dry-run")[:2] == (0, "1 row of advertisers would be deleted.\n")
    code, _, asked = run(*key, typed="n\n")
    assert code == 130
    assert "Delete 1 row of advertisers for good?" in asked
    assert run(*key, "--json")[0] == 2
    code, out, _ = run(*key, "--json", "--yes")
    assert (code, json.loads(out)) == (0, {"forgotten": {"advertisers": 1}, "kept_out": True})
    assert landed(path, "SELECT ad_id FROM advertisers") == [("b",)]
    assert "Deleted 0 rows" in run(*key, "--yes")[1]
    assert "loaded again" in run(*key, "--undo")[1]
    assert "Nothing was forgotten" in run(*key, "--undo")[1]


def _as_advertisers(load: Load) -> Load:
    """The same rows in a table that holds personal data."""
    from dataclasses import replace

    spec = replace(load.spec, name="advertisers", store_changes=False)
    return replace(load, spec=spec, bookmark=replace(load.bookmark, stream="advertisers"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ad_insights", "--key", "ad_id=a"], "holds no personal data"),
        (["leeds", "--key", "lead_id=1"], "leads"),
        (["leads", "--key", "lead_id"], "COLUMN=VALUE"),
        (["leads", "--key", "lead_id=1", "--key", "lead_id=2"], "twice"),
        (["leads", "--key", "lead_id=1"], "no table leads"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(path: Path, arguments: list[str], says: str) -> None:
    commit(path, ads([ad("a")]))
    code, _, told = run(*arguments, "--yes")
    assert code == 2
    assert says in told
