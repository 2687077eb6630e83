"""The process that answers one question: it reads one file, has little memory and little time, and ends.

What DuckDB cannot bound by itself (the memory of a single value, a step that heeds no interruption, a crash)
the system bounds here. It gets no secret of ours and writes nothing but the answer.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from tiktok_ads.errors import DestinationBusy, TikTokAdsError
from tiktok_ads.explore.query import MOST_BYTES, QueryError
from tiktok_ads.explore.statement import check_one_select, explained
from tiktok_ads.explore.wire import Told, Wanted
from tiktok_ads.load.duckdb_file import check_path, check_schema
from tiktok_ads.load.duckdb_file import explained as file_explained
from tiktok_ads.load.reading_duckdb import locked
from tiktok_ads.load.sql import quoted, text
from tiktok_ads.output.plain import plain

_MEMORY = "400MB"
_ADDRESSES = 2**31
"""All memory of the process; libraries alone take up some 800 MB of addresses."""
_BATCH_ROWS = 2048


def main() -> None:
    """Read what is wanted from stdin, answer into its file, and tell what came of it on stdout."""
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Wanted)
    _bound(wanted.seconds)
    try:
        told = _answer(wanted)
    except QueryError as error:
        told = Told("QueryError", error.message, error.hint, error.line, error.column)
    except DestinationBusy as error:
        told = Told("DestinationBusy", error.message)
    except TikTokAdsError as error:
        told = Told("LoadError", str(getattr(error, "message", error)))
    except (MemoryError, pa.ArrowMemoryError):
        told = Told("QueryError", "It needs more memory than a question may have.", "Ask for fewer rows.")
    sys.stdout.buffer.write(msgspec.json.encode(told))
    sys.stdout.buffer.flush()
    # Threads of a question that was cut off may still work: nobody waits for them.
    os._exit(0)


def _bound(seconds: float) -> None:
    """Have the system hold this process to what a question may use."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        most = int(seconds) * 2 + 10
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    with suppress(AttributeError, OSError):
        os.nice(5)


def _answer(wanted: Wanted) -> Told:
    with closing(_connection(Path(wanted.path), wanted.schema)) as connection:
        check_one_select(connection, wanted.sql)
        with _stopped_after(connection, wanted.seconds, wanted.sql):
            tables = _tables(connection, wanted.sql)
            rows = connection.sql(wanted.sql).to_arrow_reader(_BATCH_ROWS)
            return msgspec.structs.replace(_written(rows, wanted), tables=tables)


def _connection(path: Path, schema: str) -> duckdb.DuckDBPyConnection:
    check_path(path, read_only=True)
    config = locked(_MEMORY)
    # Names without a schema are ours; that is set first, for afterwards nothing can be set.
    del config["lock_configuration"]
    with file_explained(path):
        connection = duckdb.connect(path, read_only=True, config=config)
        check_schema(connection, schema, path)
        if connection.execute("SELECT 1 FROM duckdb_schemas() WHERE schema_name = ?", [schema]).fetchall():
            connection.execute(f"SET schema = {text(quoted(schema))}")
        # The bar would be drawn on stdout, amid what is told there.
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET errors_as_json = true")
        connection.execute("SET lock_configuration = true")
    return connection


def _tables(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[str, ...]:
    """The tables and views that a statement reads; none where it is wrong, which running it tells."""
    with suppress(duckdb.Error):
        return tuple(sorted(connection.get_table_names(sql)))
    return ()


@contextmanager
def _stopped_after(connection: duckdb.DuckDBPyConnection, seconds: float, sql: str) -> Iterator[None]:
    is_late = threading.Event()

    def stop() -> None:
        is_late.set()
        connection.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        if is_late.is_set():
            raise late(seconds) from error
        if isinstance(error, duckdb.Error):
            raise explained(error, sql) from error
        # What breaks off between two rows comes through Arrow, as a text.
        kind, _, said = str(error).partition(" Error: ")
        made = duckdb.OutOfMemoryException if "Memory" in kind else duckdb.Error
        raise explained(made(f"{kind}: {said}"), sql) from error
    finally:
        timer.cancel()


def late(seconds: float) -> QueryError:
    return QueryError(
        f"It took longer than {seconds:g} seconds and was stopped.", "Ask for fewer rows or days."
    )


def _written(rows: pa.RecordBatchReader, wanted: Wanted) -> Told:
    """The answer's rows into the file, as many as are wanted and fit."""
    schema = plain(pa.Table.from_batches([], rows.schema)).schema
    left, is_cut = wanted.rows, False
    with open(wanted.answer, "wb") as file, pa.ipc.new_stream(file, schema) as writer:
        for batch in rows:
            is_cut = batch.num_rows > left or file.tell() > MOST_BYTES
            if is_cut and not left:
                break
            for ready in plain(pa.Table.from_batches([batch.slice(0, left)], rows.schema)).to_batches():
                writer.write_batch(ready)
            left -= min(left, batch.num_rows)
            if is_cut:
                break
    return Told("", rows=wanted.rows - left, is_cut=is_cut)


if __name__ == "__main__":
    main()
