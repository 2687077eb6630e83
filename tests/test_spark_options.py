"""What Spark needs no Java for: options, filters, and errors that go through pickling and text."""

from __future__ import annotations

import inspect
import pickle
import sys
import traceback
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import FIRST, SECOND
from tiktok_ads import errors
from tiktok_ads.errors import ConfigError, TikTokAdsError, UnknownStream
from tiktok_ads.plan import Window
from tiktok_ads.spark import error_of, register
from tiktok_ads.spark.carried import packed
from tiktok_ads.spark.failures import told_to_spark
from tiktok_ads.spark.options import Asked, read_options

NOW = datetime(2026, 9, 22, 15, 10, tzinfo=UTC)
ERRORS = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, TikTokAdsError)]
SAMPLES: dict[str, object] = {
    "message": 'It said "no", and 100 %.',
    "hint": "Do that.",
    "code": 40100,
    "path": "report/integrated/get",
    "request_id": "202609221510000000001",
    "until": NOW,
    "attempts": 3,
    "stream": "ad_insights",
    "field": "spend",
    "value": "<5",
    "destination": "duckdb:///out.duckdb",
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(**said: str) -> Asked:
    return read_options({"advertisers": FIRST, "start_date": "2026-09-01", **said}, now=NOW)


def made(kind: type[TikTokAdsError]) -> TikTokAdsError:
    if kind is TikTokAdsError:
        return kind("It said so.")
    return kind(*(SAMPLES[name] for name in inspect.signature(kind).parameters))


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_goes_through_pickling_whole(kind: type[TikTokAdsError]) -> None:
    """Class, text and everything that it knows arrive in the other process."""
    error = made(kind)
    came = pickle.loads(pickle.dumps(error))
    assert type(came) is kind
    assert (came.args, str(came), vars(came)) == (error.args, str(error), vars(error))


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_is_had_again_from_what_spark_says(kind: type[TikTokAdsError]) -> None:
    """Spark hands on a traceback as text; the error is made from it again."""
    error = made(kind)
    try:
        with told_to_spark():
            raise error
    except TikTokAdsError:
        text = traceback.format_exc()
    came = error_of(RuntimeError(f"[PYTHON_EXCEPTION] An exception was thrown: {text} SQLSTATE: 38000"))
    assert type(came) is kind
    assert came is not None
    assert (came.args, str(came)) == (error.args, str(error))


@pytest.mark.parametrize("text", ["", "tiktok_ads error: {", 'tiktok_ads error: {"class": "inspect"}'])
def test_what_is_no_error_of_ours_is_none(text: str) -> None:
    """Nothing is made up, and no other class is called."""
    assert error_of(RuntimeError(text)) is None


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bare install says what to install."""
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql.datasource", None)
    session: Any = object()
    with pytest.raises(ConfigError, match=r"tiktok-ads-connector\[spark\]"):
        register(session)


def test_what_is_carried_shows_no_value() -> None:
    """A repr, in whatever log it ends, tells names alone; destinations and strangers stay at home."""
    environment = {
        "TIKTOK_ADS_ACCESS_TOKEN": "canary-token",
        "TIKTOK_ADS_DESTINATION": "postgresql://user:canary-password@host/database",
        "TIKTOK_ADS_TIER": "basic",
        "HOME": "/home/canary",
        "PGPASSWORD": "canary-pg",
    }
    carried = packed(environment, secrets=True)
    assert "canary" not in repr(carried)
    assert b"canary-token" in pickle.dumps(carried)
    assert b"canary-password" not in pickle.dumps(carried)
    assert [name for name, _ in packed(environment, secrets=False).variables] == ["TIKTOK_ADS_TIER"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "Which table"),
        ({"table": "ad_insights*"}, "not the name of one table"),
        ({"table": "ads", "dimensions": "ad_id"}, "a report of your own"),
        ({"table": "ads", "filters": "spend > 1"}, "belongs to a report"),
        ({"table": "ads", "tabel": "ads"}, "table"),
        ({"table": "ads", "app_secret": "canary"}, "secrets are no options"),
        ({"table": "ads", "password": "canary"}, "secrets are no options"),
        ({"table": "ads", "destination": "duckdb:///x.duckdb"}, "no option 'destination'"),
        ({"table": "ads", "on_closed": "ignore"}, "fail or skip"),
        ({"table": "ads", "refresh_hours": "5"}, "1, 2, 3, 4, 6, 8, 12, 24"),
        ({"table": "ads", "tier": "golden"}, "tier"),
        ({"dimensions": "ad_id", "metrics": "spend", "filters": "["}, "no JSON"),
        ({"dimensions": "ad_id", "metrics": "spends"}, "spend"),
    ],
)
def test_an_option_that_cannot_be_used_is_told(said: dict[str, str], told: str) -> None:
    """Before anything is asked of TikTok, in words, and never with a value that may be secret."""
    with pytest.raises(ConfigError) as raised:
        read(**said)
    assert told in str(raised.value)
    assert "canary" not in str(raised.value)


def test_days_must_be_said() -> None:
    """A report without a first day would read nobody knows what."""
    with pytest.raises(ConfigError, match="start_date"):
        read_options({"table": "ad_insights", "advertisers": FIRST}, now=NOW)


def test_an_unknown_table_is_no_table() -> None:
    """The class says what to do: choose another name."""
    with pytest.raises(UnknownStream, match="ad_insights"):
        read(table="ad_insight")


def test_a_report_of_the_settings_file_is_a_table(tmp_path: Path) -> None:
    """What the file describes can be read by its name."""
    file = tmp_path / "tiktok_ads.toml"
    file.write_text('[reports.mine]\ndimensions = ["ad_id", "stat_time_day"]\nmetrics = ["spend"]\n')
    assert "spend" in [one.name for one in read(table="mine").table.fields]
    assert "spend" in [one.name for one in read(table="mine", config=str(file)).table.fields]
    with pytest.raises(ConfigError, match="says itself"):
        read(table="mine", metrics="clicks")


def test_filters_stand_one_to_a_line() -> None:
    """A comma belongs to the filter."""
    asked = read(
        dimensions="ad_id", metrics="spend", filters="campaign_ids in 12, 34\nbuying_type in AUCTION"
    )
    assert asked.settings.reports["report"].filters == ("campaign_ids in 12, 34", "buying_type in AUCTION")


def test_what_a_where_says_is_heard() -> None:
    """Several conditions hold together; what is not understood narrows nothing."""
    pytest.importorskip("pyspark")
    from pyspark.sql.datasource import (
        EqualTo,
        Filter,
        GreaterThan,
        In,
        LessThan,
        LessThanOrEqual,
        Not,
        StringStartsWith,
    )

    from tiktok_ads.spark.pushed import Narrowed, narrowed

    def heard(*filters: Filter, day: str | None = "stat_time_day") -> Narrowed:
        return narrowed(filters, owner_column="advertiser_id", day_column=day)

    owner, days = ("advertiser_id",), ("stat_time_day",)
    first, last = date(2026, 9, 3), date(2026, 9, 7)
    found = heard(
        In(owner, (FIRST, SECOND)), EqualTo(owner, FIRST), GreaterThan(days, first), LessThan(days, last)
    )
    assert found == Narrowed(frozenset({FIRST}), date(2026, 9, 4), date(2026, 9, 6))
    assert found.cut(Window(date(2026, 9, 1), date(2026, 9, 5))) == Window(date(2026, 9, 4), date(2026, 9, 5))
    assert found.cut(Window(date(2026, 9, 7), date(2026, 9, 9))) is None
    assert heard(EqualTo(owner, FIRST), EqualTo(owner, SECOND)).owners == frozenset()
    assert heard(In(days, (last, first))) == Narrowed(None, first, last)
    assert (
        heard(Not(EqualTo(owner, FIRST)), StringStartsWith(owner, "7"), EqualTo(("spend",), 1)) == Narrowed()
    )
    assert heard(GreaterThan(days, first), day=None) == Narrowed()
    noon = datetime(2026, 9, 3, 12)
    hour = ("stat_time_hour",)
    by_hour = heard(GreaterThan(hour, noon), LessThanOrEqual(hour, noon), day="stat_time_hour")
    assert by_hour == Narrowed(None, first, first)
