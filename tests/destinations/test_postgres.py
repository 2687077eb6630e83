"""What is Postgres' own: logins, rights, values that it holds otherwise, and a server that goes away."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.destinations.places import PASSWORD, Place, ask_server, tell_server
from tests.loading import REPORT_COLUMNS, ad, ads, column, later, report, spent, window, with_columns
from tests.test_load_kill import round_of
from tiktok_ads.errors import ConfigError, LoadError
from tiktok_ads.load import check_writable, open_destination
from tiktok_ads.load.postgres import Postgres
from tiktok_ads.load.relational import Relational


def test_a_wrong_password_is_said_and_never_shown(postgres: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "wrong-" + PASSWORD)
    with pytest.raises(ConfigError, match="refused the login") as caught:
        check_writable(postgres.url)
    assert PASSWORD not in str(caught.value)
    assert PASSWORD not in repr(caught.value.__cause__)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("owner@", "nobody@"), "refused the login"),
        (("127.0.0.1:", "127.0.0.1:1"), "cannot be reached|is no URL|names no"),
        (("/db", "/nowhere"), "no such database"),
    ],
)
def test_a_server_that_cannot_be_used_is_said_in_words(
    postgres: Place, change: tuple[str, str], says: str
) -> None:
    with pytest.raises((ConfigError, LoadError), match=says):
        check_writable(postgres.url.replace(*change))


def test_without_the_driver_it_is_said_what_to_install(
    postgres: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with pytest.raises(ConfigError, match=r"tiktok-ads-connector\[postgres\]"):
        check_writable(postgres.url)


def test_few_rights_are_enough(postgres: Place) -> None:
    """A user who owns one schema and may do nothing else; one who only reads sees every table."""
    tell_server(
        postgres.url,
        f"CREATE ROLE loader LOGIN PASSWORD '{PASSWORD}'",
        f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    )
    theirs = postgres.url.replace("owner@", "loader@")
    with pytest.raises(ConfigError, match="may not make the schema tiktok_ads"):
        check_writable(theirs)
    tell_server(
        postgres.url,
        "CREATE SCHEMA tiktok_ads AUTHORIZATION loader",
        "GRANT USAGE ON SCHEMA tiktok_ads TO reader",
        "ALTER DEFAULT PRIVILEGES FOR ROLE loader IN SCHEMA tiktok_ads GRANT SELECT ON TABLES TO reader",
    )
    check_writable(theirs)
    with open_destination(theirs) as destination:
        for number in range(3):
            destination.commit(round_of(number), run_id=f"r{number}", at=later(number))
    reading = postgres.url.replace("owner@", "reader@")
    assert ask_server(reading, "SELECT count(*) > 0 FROM ads__history") == [(True,)]
    with open_destination(reading, read_only=True) as destination:
        assert destination.count_rows("ads", "1", None) == 7
    with pytest.raises(ConfigError, match="may not make tables"):
        check_writable(reading)
    for role in ("reader", "loader"):
        tell_server(postgres.url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_numbers_that_are_none_stop_nothing(postgres: Place) -> None:
    """NaN, infinity and the widest amounts are kept; what adds up leaves out what is no amount."""
    schema = pa.schema(
        [
            field if field.name != "spend" else column("spend", pa.float64(), "ratio")
            for field in REPORT_COLUMNS
        ]
    )
    rows = [
        {**spent(name, 1), "spend": value}
        for name, value in (("a", 1.5), ("nan", float("nan")), ("inf", float("inf")), ("low", -2.25))
    ]
    with open_destination(postgres.url) as destination:
        destination.commit([with_columns(report([], window(1, 1)), schema, rows)], run_id="r", at=later(0))
        total = destination.totals("ad_insights", "1", window(1, 1), ["spend"])["spend"]
        assert total == Decimal("-0.75")
        assert destination.spend_without_ad() == []
        big = Decimal("999999999999.999999")
        destination.commit([report([{**spent("a", 2), "spend": big}], window(2, 2))], run_id="r", at=later(1))
    assert ask_server(postgres.url, "SELECT count(*) FROM ad_insights") == [(5,)]


class FailingCursor:
    """A cursor whose statement number `at` is refused after it did its work."""

    def __init__(self, cursor: Any, at: int) -> None:
        self._cursor, self._left = cursor, at

    def execute(self, sql: str) -> None:
        self._cursor.execute(sql)
        self._count()

    def adbc_ingest(self, *arguments: object, **options: object) -> None:
        self._cursor.adbc_ingest(*arguments, **options)
        self._count()

    def _count(self) -> None:
        from adbc_driver_manager import AdbcStatusCode, OperationalError

        self._left -= 1
        if self._left == 0:
            raise OperationalError("disk", status_code=AdbcStatusCode.IO, sqlstate="53100")

    def __getattr__(self, name: str) -> object:
        return getattr(self._cursor, name)


def test_a_statement_that_fails_changes_nothing(postgres: Place) -> None:
    """Every third statement of a load in turn; then the load succeeds in the same process."""
    everything = [
        f"SELECT * FROM {name} ORDER BY CAST({name} AS TEXT)"
        for name in ("ad_insights", "ads", "ads__changes", "ad_insights__changes", "_daily_sums", "_state")
    ]
    with Postgres(postgres.url, schema="tiktok_ads", read_only=False) as database:
        destination = Relational(database)
        for number in (0, 1):
            destination.commit(round_of(number), run_id=f"r{number}", at=later(number))
        before = [postgres.ask(sql) for sql in everything]
        real = database._cursor
        for at in range(1, 500, 3):
            database._cursor = FailingCursor(real, at)
            try:
                destination.commit(round_of(5), run_id="r5", at=later(5))
                break
            except LoadError as error:
                said = str(error)
            finally:
                database._cursor = real
            assert "disk is full" in said
            if at % 5 == 0:
                assert [postgres.ask(sql) for sql in everything] == before, f"after statement {at} failed"
        assert at > 40
    assert postgres.ask("SELECT DISTINCT ad_name FROM ads WHERE NOT is_deleted") == [("5",)]
    assert postgres.ask("SELECT DISTINCT run_id FROM _state") == [("r5",)]


def test_a_connection_that_is_lost_is_said_and_made_again(postgres: Place) -> None:
    """What was under way fails and leaves nothing; the next load of the same run has a new connection."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
    with open_destination(postgres.url) as destination:
        destination.commit([ads([ad("a")])], run_id="r0", at=later(0))
        ask_server(postgres.url, others + "AND datname = current_database()")
        with pytest.raises(LoadError):
            destination.commit([ads([ad("b")])], run_id="r1", at=later(1))
        assert postgres.ask("SELECT ad_id FROM ads") == [("a",)]
        destination.commit([ads([ad("c")])], run_id="r2", at=later(2))
        ask_server(postgres.url, others + "AND datname = current_database()")
        with pytest.raises(LoadError):
            destination.bookmarks()
        destination.commit([ads([ad("d")])], run_id="r3", at=later(3))
        assert len(destination.bookmarks()) == 1
    assert postgres.ask("SELECT ad_id FROM ads WHERE NOT is_deleted") == [("d",)]


def test_a_view_of_yours_stands_in_the_way_in_words(postgres: Place) -> None:
    """Widening a column that somebody's view shows is refused, and everything stays."""
    schemas = [pa.schema([*REPORT_COLUMNS, column("m", kind, "count")]) for kind in (pa.int64(), pa.string())]
    with open_destination(postgres.url) as destination:
        load = with_columns(report([], window(1, 1)), schemas[0], [spent("a", 1) | {"m": 1}])
        destination.commit([load], run_id="r0", at=later(0))
        tell_server(postgres.url, "CREATE VIEW public.mine AS SELECT m FROM tiktok_ads.ad_insights")
        wider = with_columns(report([], window(1, 1)), schemas[1], [spent("a", 1) | {"m": "x"}])
        with pytest.raises(LoadError, match="depends on one of our"):
            destination.commit([wider], run_id="r1", at=later(1))
        tell_server(postgres.url, "DROP VIEW public.mine")
        destination.commit([wider], run_id="r1", at=later(1))
    assert postgres.ask("SELECT m FROM ad_insights") == [("x",)]
