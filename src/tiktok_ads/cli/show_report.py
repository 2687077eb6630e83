"""Prints reports and previews for people, or hands them to machines as JSON."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from tiktok_ads.cli.progress import counted, duration
from tiktok_ads.cli.show import console, show_left_out, show_notes, show_run
from tiktok_ads.output.terminal import as_terminal_table
from tiktok_ads.reports import Preview, Report


def as_json(made: Report, destination: str | None) -> dict[str, Any]:
    """The report for machines: its rows, or where they went, and the run report."""
    told = {"name": made.name, "description": made.description, "rows": made.count}
    if made.written:
        told["file"] = str(Path(made.written.path).resolve())
    elif destination is None:
        told |= {"columns": made.arrow.column_names, "data": made.arrow.to_pylist()}
    else:
        told["rows"] = sum(line.inserted + line.updated for line in made.run.lines)
    return {**told, "run": made.run.to_json()}


def show_report(made: Report, place: str | None, destination: str | None) -> None:
    """The rows unless they went elsewhere, and what is to be said of them.

    Args:
        made: the report.
        place: the file that holds the rows; `-` for stdout, None where none was named.
        destination: the database that holds them, if they went there.
    """
    if destination is not None:
        show_run(made.run)
        return
    out = console()
    if place is None and made.outcome != "failed":
        shown = as_terminal_table(made.arrow, width=_width())
        out.print(shown.table)
        for note in shown.notes:
            out.print(note, markup=False)
    if place == "-":
        # Stdout holds the rows alone.
        out = console(stderr=True)
    show_left_out(out, made.skipped)
    show_notes(out, made.notes)
    where = "" if place in (None, "-") else f" in {place}"
    out.print(f"{counted(made.count, 'row')}{where}, {counted(made.run.made.total, 'call')}.", markup=False)


def show_preview(seen: Preview) -> None:
    """The first rows with their types, and what all of it would take."""
    out = console()
    shown = as_terminal_table(seen.rows, width=_width())
    out.print(shown.table)
    for note in shown.notes:
        out.print(note, markup=False)
    types = ", ".join(f"{field.name} {field.type}" for field in seen.rows.schema)
    out.print(f"\nTypes: {types}", markup=False)
    if seen.advertiser_id:
        more = "" if seen.more_rows is None else f"; {seen.more_rows:,} more rows of these"
        out.print(f"Shown: advertiser {seen.advertiser_id}, {seen.days}{more}.", markup=False)
    show_left_out(out, seen.skipped)
    show_notes(out, seen.notes)
    out.print(
        f"All of it takes about {seen.calls:,} calls, {duration(seen.seconds)}; "
        f"this look took {seen.spent_calls:,}."
    )


def _width() -> int:
    return get_terminal_size().columns if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "140"))
