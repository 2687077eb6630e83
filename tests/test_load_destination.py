"""Which destinations are taken, and that a wrong one is said before anything is fetched or written."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.loading import AT, ad, ads, landed
from tiktok_ads.errors import ConfigError, DestinationBusy, LoadError, NotOurs
from tiktok_ads.load import check_writable, exists, open_destination
from tiktok_ads.load.duckdb_file import in_words
from tiktok_ads.load.opening import duckdb_path


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("duckdb:///out.duckdb", "out.duckdb"),
        ("duckdb:///folder/out.db", "folder/out.db"),
        ("duckdb:////tmp/out.duckdb", "/tmp/out.duckdb"),
        ("out.duckdb", "out.duckdb"),
        ("/tmp/o ut.duckdb", "/tmp/o ut.duckdb"),
        ("../ä.duckdb", "../ä.duckdb"),
    ],
)
def test_urls_are_read_as_sqlalchemy_reads_them(url: str, path: str) -> None:
    assert duckdb_path(url) == Path(path)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("duckdb://out.duckdb", "duckdb:///out.duckdb?"),
        ("duckdb:/out.duckdb", "duckdb:///out.duckdb?"),
        ("duckdb:out.duckdb", "duckdb:///out.duckdb?"),
        ("duckbd:///out.duckdb", "duckdb:///out.duckdb?"),
        ("DUCKDB:///out", "duckdb:///out.duckdb?"),
        ("out", "duckdb:///out.duckdb?"),
        ("out.db", "duckdb:///out.db.duckdb?"),
        ("duckdb:///", "Write duckdb:///name.duckdb"),
        ("duckdb:///:memory:", "Write duckdb:///name.duckdb"),
        ("", "Write duckdb:///name.duckdb"),
        ("a\0.duckdb", "Write duckdb:///name.duckdb"),
        ("mysql://host/db", "Write duckdb:///name.duckdb"),
    ],
)
def test_any_other_url_is_refused_with_the_nearest(url: str, hint: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_writable(url)
    assert hint in error.value.hint


def test_a_password_in_a_url_is_not_shown() -> None:
    with pytest.raises(ConfigError) as error:
        duckdb_path("postgresql://me:secret-canary@host/db")
    assert "secret-canary" not in str(error.value)
    assert "secret-canary" not in repr(error.value)


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(str(tmp_path / "new.duckdb"))
    assert os.listdir(tmp_path) == []
    assert not exists(str(tmp_path / "new.duckdb"))


def test_a_visit_that_writes_nothing_leaves_no_file(tmp_path: Path) -> None:
    with open_destination(str(tmp_path / "new.duckdb")) as destination:
        assert destination.bookmarks() == {}
        destination.forget(["*"], ["*"])
    assert os.listdir(tmp_path) == []


def test_a_first_load_that_fails_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    with open_destination(str(path)) as destination, pytest.raises(LoadError):
        destination.commit([ads([ad("a"), ad("a")])], run_id="r", at=AT)
    assert os.listdir(tmp_path) == []


def test_folders_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.duckdb").mkdir()
    (tmp_path / "dangling.duckdb").symlink_to(tmp_path / "elsewhere")
    for name, says in {
        "nowhere/x.duckdb": "does not exist",
        "file/x.duckdb": "is no folder",
        "folder.duckdb": "is a folder",
        "dangling.duckdb": "neither a file",
    }.items():
        with pytest.raises(ConfigError, match=says):
            check_writable(str(tmp_path / name))
        with pytest.raises(ConfigError, match=says), open_destination(str(tmp_path / name)):
            pass
    assert sorted(os.listdir(tmp_path)) == ["dangling.duckdb", "file", "folder.duckdb"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write to")
def test_a_folder_that_cannot_be_written_is_named() -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        check_writable("/proc/x.duckdb")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_missing_rights_are_named(tmp_path: Path) -> None:
    path = tmp_path / "out.duckdb"
    duckdb.connect(path).close()
    path.chmod(0o400)
    with pytest.raises(ConfigError, match="may not be written"):
        check_writable(str(path))
    path.chmod(0)
    with pytest.raises(ConfigError, match="may not be read"):
        check_writable(str(path))


@pytest.mark.parametrize("content", [b"", b"hello", b"a,b\n1,2\n" * 1000, b"\0" * 20_000])
def test_a_file_of_another_kind_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "out.duckdb"
    path.write_bytes(content)
    with pytest.raises(NotOurs):
        check_writable(str(path))
    with pytest.raises(NotOurs), open_destination(str(path)):
        pass
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["out.duckdb"]


def test_a_sqlite_file_is_left_alone(tmp_path: Path) -> None:
    """DuckDB itself would try to fetch an extension for it."""
    path = tmp_path / "out.duckdb"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE ads (x)")
    connection.commit()
    connection.close()
    with pytest.raises(NotOurs, match="no DuckDB file"):
        check_writable(str(path))


@pytest.mark.parametrize("foreign", ["ads", "_state", "_tables", "whatever"])
def test_a_schema_of_somebody_else_is_left_alone(tmp_path: Path, foreign: str) -> None:
    path = tmp_path / "out.duckdb"
    connection = duckdb.connect(path)
    connection.execute(f"CREATE SCHEMA tiktok_ads; CREATE TABLE tiktok_ads.{foreign} (x INTEGER)")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(NotOurs, match=foreign):
        check_writable(str(path))
    with pytest.raises(NotOurs, match=foreign), open_destination(str(path)):
        pass
    assert path.read_bytes() == before
    check_writable(str(path), schema="other")


def test_other_schemas_of_a_file_may_hold_anything(tmp_path: Path) -> None:
    path = tmp_path / "out.duckdb"
    connection = duckdb.connect(path)
    connection.execute("CREATE TABLE ads AS SELECT 1 AS x")
    connection.close()
    check_writable(str(path))
    with open_destination(str(path)) as destination:
        destination.commit([ads([ad("a")])], run_id="r", at=AT)
    check_writable(str(path))
    assert landed(path, "SELECT x FROM main.ads") == [(1,)]


HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_process_holds_is_busy(tmp_path: Path) -> None:
    """Two processes on one file: the second is told who has it, and nothing is damaged."""
    path = tmp_path / "out.duckdb"
    with open_destination(str(path)) as destination:
        destination.commit([ads([ad("a")])], run_id="r", at=AT)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "open\n"
        for read_only in (False, True):
            with (
                pytest.raises(DestinationBusy, match=f"process {holder.pid} has the file open"),
                open_destination(str(path), read_only=read_only),
            ):
                pass
        with pytest.raises(DestinationBusy, match=f"process {holder.pid}"):
            check_writable(str(path))
        holder.stdin.close()
        holder.wait(30)
    check_writable(str(path))
    assert landed(path, "SELECT ad_id FROM ads") == [("a",)]


def test_between_runs_the_file_is_free(tmp_path: Path) -> None:
    """Other tools open it, no log lies beside it, and while it is open it is ours."""
    path = tmp_path / "out.duckdb"
    with open_destination(f"duckdb:///{path}") as destination:
        destination.commit([ads([ad("a")])], run_id="r", at=AT)
        code = "import sys, duckdb; duckdb.connect(sys.argv[1], read_only=True)"
        blocked = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=False)
        assert b"lock" in blocked.stderr
    assert os.listdir(tmp_path) == ["out.duckdb"]
    free = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=False)
    assert free.returncode == 0


def test_reading_needs_a_file_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.duckdb"
    with pytest.raises(ConfigError, match="no file"), open_destination(str(path), read_only=True):
        pass
    with open_destination(str(path)) as destination:
        destination.commit([ads([ad("a")])], run_id="r", at=AT)
    before = path.read_bytes()
    with open_destination(str(path), read_only=True) as destination:
        assert destination.count_rows("ads", "1", None) == 1
        with pytest.raises(LoadError, match="read-only"):
            destination.commit([ads([])], run_id="r", at=AT)
    assert path.read_bytes() == before


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    """The database and its log, also where the shell would make everything world-writable."""
    path = tmp_path / "out.duckdb"
    before = os.umask(0)
    try:
        with open_destination(str(path)) as destination:
            destination.commit([ads([ad("a")])], run_id="r", at=AT)
            modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in os.listdir(tmp_path)}
        assert os.umask(0) == 0, "the process keeps its own umask"
    finally:
        os.umask(before)
    assert modes == {"out.duckdb": 0o600, "out.duckdb.wal": 0o600}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "out.duckdb"
    duckdb.connect(path).close()
    path.chmod(0o640)
    with open_destination(str(path)) as destination:
        destination.commit([ads([ad("a")])], run_id="r", at=AT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (duckdb.IOException("IO Error: Could not write: No space left on device"), "disk is full"),
        (duckdb.OutOfMemoryException("Out of Memory Error"), "memory"),
        (duckdb.IOException("IO Error: Could not read from file"), "check the disk"),
        (duckdb.Error("INTERNAL Error: Failure while replaying WAL file"), "Do not delete"),
        (duckdb.ConversionException("Conversion Error: x"), "refused"),
    ],
)
def test_errors_of_the_database_say_what_to_do(tmp_path: Path, error: duckdb.Error, says: str) -> None:
    assert says in str(in_words(error, tmp_path / "out.duckdb"))


def test_too_little_memory_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.duckdb"
    with open_destination(str(path)) as destination:
        destination.commit([ads([ad("a")])], run_id="r", at=AT)
    big = ads([ad(str(i), ad_name="x" * 60_000) for i in range(300)])
    with (
        open_destination(str(path), memory_limit="1MB") as destination,
        pytest.raises(LoadError, match="memory"),
    ):
        destination.commit([big], run_id="r2", at=AT)
    assert landed(path, "SELECT ad_id, is_deleted FROM ads") == [("a", False)]


def test_looking_at_a_file_that_is_written_lets_nobody_else_in(tmp_path: Path) -> None:
    """A second look by the process that writes must not take the lock off: two writers ruin the file."""
    path = tmp_path / "out.duckdb"
    program = f"import duckdb; duckdb.connect({str(path)!r})"
    with open_destination(str(path)) as opened:
        opened.commit([ads([ad("1")])], run_id="r1", at=AT)
        with pytest.raises(DestinationBusy):
            check_writable(str(path))
        with pytest.raises(DestinationBusy), open_destination(str(path), read_only=True):
            pass
        other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert "Could not set lock" in other.stderr
