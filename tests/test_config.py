"""Settings: where they come from, what is refused, and in which words."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.config import (
    PRODUCTION,
    SANDBOX,
    Connection,
    Settings,
    TableSettings,
    check_api_url,
    load_settings,
    write_connection,
)
from tiktok_ads.config.table import OF_A_CONNECTION, OF_A_TABLE, SETTINGS
from tiktok_ads.errors import ConfigError

NOW = datetime(2026, 9, 22, 12, tzinfo=UTC)
ID = "7000000000000000001"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder and none of our variables."""
    for name in list(os.environ):
        if name.startswith("TIKTOK_ADS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def load(file: str = "", **arguments: object) -> Settings:
    if file:
        Path("tiktok_ads.toml").write_text(file, encoding="utf-8")
    return load_settings(arguments, now=NOW)


def refusal(file: str = "", **arguments: object) -> str:
    with pytest.raises(ConfigError) as refused:
        load(file, **arguments)
    return str(refused.value)


def test_arguments_come_before_environment_before_file_before_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What I say last and nearest wins."""
    file = 'lookback_days = 7\nschema = "from_file"\ntier = "premium"\nstore_changes = "all"\n'
    monkeypatch.setenv("TIKTOK_ADS_LOOKBACK_DAYS", "14")
    monkeypatch.setenv("TIKTOK_ADS_SCHEMA", "from_variable")
    got = load(file, lookback_days="21")
    assert (got.lookback_days, got.schema_name, got.tier, got.concurrency) == (
        21,
        "from_variable",
        "premium",
        8,
    )
    assert got.store_changes == "all"


def test_without_any_settings_the_defaults_of_the_table_hold() -> None:
    """The page of settings tells the truth about defaults."""
    got = load().model_dump(by_alias=True)
    for row in SETTINGS:
        if row.default is not None:
            assert got[row.name] == row.default, row.name


def test_the_table_of_settings_names_each_field_and_no_other() -> None:
    """Every setting is in the table from which help and documentation are made."""
    names = [field.alias or name for name, field in Settings.model_fields.items()]
    assert sorted(names) == sorted(row.name for row in SETTINGS)
    assert list(TableSettings.model_fields) == [row.name for row in OF_A_TABLE]
    assert list(Connection.model_fields) == [row.name for row in OF_A_CONNECTION]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-01-02", date(2026, 1, 2)),
        ("01/02/2026", date(2026, 1, 2)),
        ("1/2/2026", date(2026, 1, 2)),
        (" 2026-01-02 ", date(2026, 1, 2)),
        (date(2026, 1, 2), date(2026, 1, 2)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_a_day_may_be_written_both_ways(said: object, day: date) -> None:
    """ISO, and month first as the replication product has it."""
    assert load(start_date=said).start_date == day


def test_a_day_in_the_file_needs_no_quotes() -> None:
    """TOML has days of its own."""
    assert load("start_date = 2026-01-02\n").start_date == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("2026-02-30", "not a day of the calendar"),
        ("31/12/2025", "not a day of the calendar"),
        ("2025-13-01", "not a day of the calendar"),
        ("yesterday", "YYYY-MM-DD or MM/DD/YYYY"),
        ("2026-1-2", "YYYY-MM-DD or MM/DD/YYYY"),
        ("20260102", "YYYY-MM-DD or MM/DD/YYYY"),
        ("٢٠٢٦-٠١-٠٢", "YYYY-MM-DD or MM/DD/YYYY"),
        ("2026-01-02T00:00:00Z", "YYYY-MM-DD or MM/DD/YYYY"),
        ("0001-01-01", "cannot be meant"),
        ("2026-09-24", "in the future"),
        ("2999-01-01", "in the future"),
        (20260102, "YYYY-MM-DD or MM/DD/YYYY"),
    ],
)
def test_a_day_that_cannot_be_meant_is_refused(said: object, words: str) -> None:
    """A slip in a date is told at once."""
    assert words in refusal(start_date=said)


def test_tomorrow_is_allowed_where_the_day_begins_first() -> None:
    """At 12:00 UTC it is already the 23rd at UTC+14."""
    assert load(start_date="2026-09-23").start_date == date(2026, 9, 23)


def test_reversed_days_are_refused_and_equal_ones_are_not() -> None:
    """One day is a range; less is a mistake."""
    told = refusal(start_date="2026-05-02", end_date="2026-05-01")
    assert "before start_date 2026-05-02: choose a later day, or an earlier start_date" in told
    assert "leave it out to load up to today" in refusal(end_date="2999-01-01")
    assert load(start_date="2026-05-01", end_date="2026-05-01").end_date == date(2026, 5, 1)


@pytest.mark.parametrize(
    "said", [ID, "1", "9" * 20, "Advertiser 3", "Müller & Sohn", "24h shop", "all", "ALL"]
)
def test_ids_and_names_of_advertisers_are_accepted(said: str) -> None:
    """Accounts are named as people know them."""
    assert load(advertisers=[said]).advertisers == (said.lower() if said == "ALL" else said,)


@pytest.mark.parametrize(
    "said",
    ["9" * 21, "7000-0000", "7,000", "+7000", "7e18", "7000.0", "7 000", "-", "٧٠٠٠", "7000\n7001", "a\0b"],
)
def test_malformed_ids_are_refused(said: str) -> None:
    """A broken id is told before TikTok is asked."""
    assert "advertisers" in refusal(advertisers=[said])


def test_lists_in_variables_are_separated_by_commas_or_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable holds several values; a name with a comma goes as JSON."""
    monkeypatch.setenv("TIKTOK_ADS_ADVERTISERS", f"{ID}, 7000000000000000002")
    monkeypatch.setenv("TIKTOK_ADS_TABLES", '["ads","ad_insights*"]')
    got = load()
    assert got.advertisers == (ID, "7000000000000000002")
    assert got.tables == ("ads", "ad_insights*")
    monkeypatch.setenv("TIKTOK_ADS_ADVERTISERS", '["Shop, Inc"]')
    assert load().advertisers == ("Shop, Inc",)


BAD: list[tuple[dict[str, object], str]] = [
    ({"tables": ["add_insights"]}, "ad_insights"),
    ({"tables": []}, "names no table"),
    ({"advertisers": []}, "names no advertiser"),
    ({"tier": "basik"}, "Did you mean basic?"),
    ({"store_changes": "entitys"}, "Did you mean entities?"),
    ({"lookback_days": 366}, "less than or equal to 365"),
    ({"lookback_days": -1}, "greater than or equal to 0"),
    ({"lookback_days": "many"}, "valid integer"),
    ({"concurrency": 0}, "greater than or equal to 1"),
    ({"timeout_seconds": "nan"}, "timeout_seconds"),
    ({"include_deleted": "perhaps"}, "include_deleted"),
    ({"api_url": "https://example.com"}, "not TikTok's"),
    ({"api_url": "http://business-api.tiktok.com"}, "not TikTok's"),
    ({"schema": "drop table;"}, "one word"),
    ({"connection": "../x"}, "one word"),
    ({"app_id": "12x"}, "digits only"),
    ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
    ({"destination": " "}, "destination"),
    ({"strat_date": "2026-01-01"}, "Did you mean start_date?"),
    ({"table_settings": {"ad_insihgts": {}}}, "Did you mean ad_insights"),
    ({"table_settings": {"ad_insights": {"extra_metrics": ["spnd"]}}}, "Did you mean spend"),
    ({"table_settings": {"ad_insights": {"extra_metrcs": []}}}, "Did you mean extra_metrics"),
    ({"table_settings": {"ad_insights": {"columns": ["spend"]}}}, "a report takes metrics"),
    ({"table_settings": {"ad_insights": {"metrics": []}}}, "names no metric"),
    ({"table_settings": {"ad_insights": {"lookback_days": 400}}}, "tables.ad_insights.lookback_days"),
    ({"table_settings": {"ads": {"metrics": ["spend"]}}}, "has no metrics"),
    ({"table_settings": {"ads": {"columns": ["ad_nmae"]}}}, "Did you mean ad_name"),
    ({"connections": {"main": {"app_di": "1"}}}, "Did you mean app_id"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=[f"{next(iter(a))}-{w[:20]}" for a, w in BAD])
def test_bad_values_are_refused_with_the_nearest_right_one(arguments: dict[str, object], words: str) -> None:
    """A typing error never becomes a silent default."""
    with pytest.raises(ConfigError) as refused:
        load_settings(arguments, now=NOW)
    assert words in str(refused.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """I correct the file once, not ten times."""
    told = refusal(
        'lookback = 3\ntier = "gold"\nstart_date = "soon"\n[tables.ads]\ncolumns = ["nme"]\n[tables.adz]\n'
    )
    for words in ("lookback_days", "tier", "start_date", "nme", "adz"):
        assert words in told, told


def test_misspelt_variables_are_told_and_strange_ones_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """TIKTOK_ADS_STRAT_DATE is not silently nothing."""
    monkeypatch.setenv("TIKTOK_ADS_SOMEBODY_ELSES", "x")
    load()
    monkeypatch.setenv("TIKTOK_ADS_STRAT_DATE", "2026-01-01")
    assert "TIKTOK_ADS_START_DATE" in refusal()


@pytest.mark.parametrize(
    "line",
    [
        'access_token = "canary-1234567890"',
        'app_secret = "canary-1234567890"',
        '[connections.main]\nsecret = "canary-1234567890"',
        '[connections.main]\nAccess-Token = "canary-1234567890"',
        'destination = "postgresql://me:canary-1234567890@host/db"',
    ],
)
def test_a_secret_in_the_file_is_refused_with_the_place_for_it(line: str) -> None:
    """Files get committed; the message says where secrets go, and does not repeat it."""
    told = refusal(line)
    assert "canary" not in told
    assert "TIKTOK_ADS_" in told


def test_a_password_in_the_destination_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printed settings are safe to paste into an issue."""
    monkeypatch.setenv("TIKTOK_ADS_DESTINATION", "postgresql://me:canary-123@host/db?sslpassword=canary-123")
    got = load()
    for shown in (repr(got), str(got), str(got.redacted()), f"{got}"):
        assert "canary" not in shown
        assert "me:***@host/db" in shown


def test_a_login_of_the_file_lies_over_its_general_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two apps stand in one file; choosing one takes its tier, address and advertisers."""
    file = f"""
connection = "one"
tier = "basic"
[connections.one]
app_id = "111"
advertisers = ["{ID}"]
[connections.two]
app_id = "222"
tier = "premium"
api_url = "{SANDBOX}"
"""
    one, two = load(file), load(file, connection="two")
    assert (one.app_id, one.tier, one.advertisers) == ("111", "basic", (ID,))
    assert (two.app_id, two.tier, two.advertisers, two.api_url) == ("222", "premium", ("all",), SANDBOX)
    assert two.effective_tier == "sandbox"
    monkeypatch.setenv("TIKTOK_ADS_APP_ID", "333")
    assert load(file).app_id == "333"
    assert "Did you mean" in refusal(file, connection="tow")


def test_tables_are_chosen_by_list_or_beside_their_own_settings() -> None:
    """`tables = [...]`, or `[tables] select = [...]` where tables also have settings."""
    assert load('tables = ["ads"]').tables == ("ads",)
    got = load('[tables]\nselect = ["ads", "ad_insights"]\n[tables.ads]\nstore_changes = false\n')
    assert got.tables == ("ads", "ad_insights")
    assert got.stores_changes(catalog().streams["ads"]) is False
    assert got.stores_changes(catalog().streams["campaigns"]) is True
    assert got.stores_changes(catalog().streams["ad_insights"]) is False


def test_metrics_replace_or_add_and_the_key_is_always_asked() -> None:
    """A narrowed report still knows whose row a row is."""
    insights = catalog().streams["ad_insights"]
    usual = load().metrics_for(insights)
    assert {"campaign_id", "adgroup_id", "spend", "campaign_automation_type"} <= set(usual)
    few = load('[tables.ad_insights]\nmetrics = ["spend"]\nextra_metrics = ["clicks"]').metrics_for(insights)
    assert few == ("campaign_id", "adgroup_id", "spend", "clicks")
    more = load('[tables.ad_insights]\nextra_metrics = ["complete_payment"]').metrics_for(insights)
    assert set(more) == {*usual, "complete_payment"}
    assert len(more) == len(set(more))
    assert load().metrics_for(catalog().streams["ads"]) == ()


def test_a_metric_that_may_not_stand_beside_the_tables_dimensions_is_refused() -> None:
    """TikTok would refuse it; we know before asking."""
    from tiktok_ads.catalog.rules import allowed_metrics

    table = catalog().reports["campaign_insights_by_province"]
    allowed = allowed_metrics(table.report_type, table.data_level, table.dimensions)
    never = next(name for name in catalog().metrics if name not in allowed)
    told = refusal(table_settings={table.name: {"extra_metrics": [never]}})
    assert table.name in told
    assert never in told


def test_columns_narrow_an_entity_table_but_never_its_key() -> None:
    """The rows stay themselves."""
    got = load('[tables.ads]\ncolumns = ["ad_name"]')
    assert got.columns_for(catalog().streams["ads"]) == ("advertiser_id", "ad_id", "modify_time", "ad_name")
    assert got.columns_for(catalog().streams["campaigns"]) is None


def test_the_lookback_of_a_table_comes_before_the_general_one() -> None:
    """An expensive table may look back less."""
    got = load("lookback_days = 10\n[tables.ad_insights]\nlookback_days = 0\n")
    assert (got.lookback_for("ad_insights"), got.lookback_for("ad_insights_by_country")) == (0, 10)


def test_a_start_date_is_needed_for_reports_only() -> None:
    """Entities have no beginning."""
    load_settings({"tables": ["ads"]}, now=NOW, needs_start_date=True)
    with pytest.raises(ConfigError, match="--start-date"):
        load_settings({"tables": ["ad*"]}, now=NOW, needs_start_date=True)
    with pytest.raises(ConfigError):
        load().first_day()


@pytest.mark.parametrize(
    "content", ["a = [", "tables = 3", "connections = 1", "[tables.ads.x]\ny=1", "advertisers = [1]"]
)
def test_a_broken_file_is_told_in_words(content: str) -> None:
    """Whatever stands in the file, it is no traceback."""
    assert refusal(content)


def test_a_file_that_was_named_must_exist() -> None:
    """--config of a missing file is a mistake; no file at all is not."""
    with pytest.raises(ConfigError, match=r"no settings file nowhere\.toml"):
        load_settings(config=Path("nowhere.toml"))
    load_settings()


@given(
    st.dictionaries(
        st.sampled_from([row.name for row in SETTINGS if row.option]), st.text(max_size=40), max_size=4
    )
)
def test_any_text_gives_settings_or_a_refusal(arguments: dict[str, str]) -> None:
    """No input is a crash."""
    with contextlib.suppress(ConfigError):
        load_settings(arguments, config=Path(os.devnull), now=NOW)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (PRODUCTION, PRODUCTION),
        (PRODUCTION + "/", PRODUCTION),
        (PRODUCTION + "/open_api/v1.3/", PRODUCTION),
        (SANDBOX + ":443", SANDBOX),
        ("HTTPS://Business-API.TikTok.com", PRODUCTION),
        ("http://127.0.0.1:8390", "http://127.0.0.1:8390"),
        ("http://localhost:1/", "http://localhost:1"),
        ("http://[::1]:8390", "http://[::1]:8390"),
        ("http://127.9.9.9", "http://127.9.9.9"),
    ],
)
def test_tiktok_and_this_machine_may_be_sent_a_token(said: str, meant: str) -> None:
    """Production, sandbox, simulator."""
    assert check_api_url(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "business-api.tiktok.com",
        "http://business-api.tiktok.com",
        "https://business-api.tiktok.com:8443",
        "https://business-api.tiktok.com.example.com",
        "https://business-api.tiktok.com@example.com",
        "https://example.com/business-api.tiktok.com",
        "https://example.com#business-api.tiktok.com",
        "https://example.com\\@127.0.0.1",
        "https://business-api.tiktok.com/open_api/v1.2",
        "https://business-api.tiktok.com/?x=1",
        "http://user:canary@127.0.0.1",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://0.0.0.0:8390",
        "http://[::ffff:127.0.0.1]",
        "http://2130706433",
        "http://127.1",
        "http://169.254.169.254",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://127.0.0.1\n.example.com",
        "http://127.0.0.1%2eexample.com",
        "http://[",
    ],
)
def test_no_other_address_is_sent_a_token(said: str) -> None:
    """A token goes to TikTok or stays here."""
    with pytest.raises(ConfigError) as refused:
        check_api_url(said)
    assert "canary" not in str(refused.value)


def test_writing_a_login_keeps_the_rest_of_the_file() -> None:
    """My comments are mine."""
    before = (
        '# mine\ntier = "basic"  # for now\n\n[connections.main]\napp_id = "1"  # old\ntier = "premium"\n'
    )
    Path("tiktok_ads.toml").write_text(before, encoding="utf-8")
    write_connection("main", Connection(app_id="2"))
    write_connection("other", Connection(app_id="3", redirect_uri="https://example.com/back"))
    after = Path("tiktok_ads.toml").read_text(encoding="utf-8")
    assert "# mine" in after
    assert "# for now" in after
    got = load()
    assert got.connections["main"] == Connection(app_id="2", tier="premium")
    assert got.connections["other"].redirect_uri == "https://example.com/back"


def test_writing_a_login_makes_the_file_if_there_is_none() -> None:
    """`connect` in an empty folder."""
    write_connection("default", Connection(app_id="2"))
    assert load().app_id == "2"


def test_a_file_that_cannot_be_understood_is_not_overwritten() -> None:
    """Rather nothing than a lost file."""
    Path("tiktok_ads.toml").write_text("a = [", encoding="utf-8")
    with pytest.raises(ConfigError):
        write_connection("default", Connection(app_id="2"))
    assert Path("tiktok_ads.toml").read_text(encoding="utf-8") == "a = ["
