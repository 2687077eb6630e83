"""The command that answers one SELECT about what is loaded, as the web app's Explore does."""

from __future__ import annotations

import asyncio
import os
import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import WHERE, AsJson, with_settings

if TYPE_CHECKING:
    import pyarrow as pa

    from tiktok_ads.config.settings import Settings
    from tiktok_ads.explore import Query
    from tiktok_ads.output import Target

_PRINTED_ROWS = 1_000


@with_settings(*WHERE)
def query(
    settings: Settings,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT; - reads it from stdin.")],
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="A file: .csv, .jsonl, .parquet or .xlsx."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if there is one.")] = False,
    json: AsJson = False,
) -> int:
    """Ask a DuckDB file what is loaded, with one SELECT that can change nothing.

    \b
    Example:
      tiktok-ads query "SELECT stat_time_day, sum(spend) FROM ad_insights GROUP BY ALL" -o spend.xlsx
    """
    from tiktok_ads.explore import Query
    from tiktok_ads.output import Target, check_target

    text = sys.stdin.read() if sql == "-" else sql
    asked = Query(text, settings.destination, settings.schema_name)
    if output:
        check_target(output, overwrite=overwrite)
        asyncio.run(_save(asked, Target(output, overwrite=overwrite)))
        return COMPLETE
    rows, is_cut = asyncio.run(_first(asked, _PRINTED_ROWS))
    if json:
        print_json({"columns": rows.column_names, "data": rows.to_pylist(), "is_cut": is_cut})
        return COMPLETE
    _show(rows, is_cut)
    return COMPLETE


async def _first(asked: Query, rows: int) -> tuple[pa.Table, bool]:
    from dataclasses import replace

    from tiktok_ads.explore import ask

    async with ask(replace(asked, rows=rows)) as found:
        return found.table(), found.is_cut


async def _save(asked: Query, target: Target) -> None:
    from tiktok_ads.cli.progress import counted
    from tiktok_ads.explore import ask
    from tiktok_ads.output import write_to

    async with ask(asked) as found:
        written = write_to(target, found.reader(), name="query", description=" ".join(asked.sql.split()))
        notes = [
            *written.notes,
            *(["There are more rows: these are all that one answer may have."] * found.is_cut),
        ]
    for note in notes:
        typer.echo(note, err=True)
    typer.echo(f"{counted(written.rows, 'row')} in {written.path}.")


def _show(rows: pa.Table, is_cut: bool) -> None:
    from tiktok_ads.cli.show import console
    from tiktok_ads.output.terminal import as_terminal_table

    out = console()
    width = get_terminal_size().columns if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "140"))
    shown = as_terminal_table(rows, width=width)
    out.print(shown.table)
    for note in shown.notes:
        out.print(note, markup=False)
    if is_cut:
        out.print(f"Only the first {rows.num_rows:,} rows were read; --output has more.", markup=False)
