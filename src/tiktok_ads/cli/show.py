"""Prints plans and run reports for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tiktok_ads.cli.progress import duration
from tiktok_ads.runreport import CAUSES, Agreement, Note, PlanReport, RunReport, Skipped, TableLine

_MANY = 60
_WIDE = 140
_OUTCOMES = {
    "complete": "[green]Complete.[/]",
    "partial": "[yellow]Partial: something was left out; it is named above.[/]",
    "failed": "[red]Failed.[/]",
}
_PURPOSES = {
    "ids": "ids that reports are asked with",
    "compare": "comparisons with what is loaded",
    "first_page": "reports and lists",
    "more_pages": "pages of more rows than expected",
    "top_view": "TopView",
    "reread": "lists that moved while they were read",
    "confirm": "answers asked twice",
    "split": "parts of reports too large for one call",
    "task": "asynchronous reports",
    "settle": "what a refusal meant",
    "retry": "passing faults",
    "outside": "spend that no table covers",
    "probe": "probes",
    "reconcile": "agreement with the advertisers' totals",
}


def console(*, stderr: bool = False) -> Console:
    """Stdout or stderr; a file or pipe gets lines long enough for whole tables."""
    plain = Console(highlight=False, stderr=stderr)
    return plain if plain.is_terminal else Console(highlight=False, stderr=stderr, width=_WIDE)


def grid(*columns: str, right: Sequence[str] = (), wrap: Sequence[str] = ()) -> Table:
    """A plain table; the columns in `right` hold numbers, those in `wrap` may take several lines."""
    made = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", no_wrap=name not in wrap)
    return made


def show_plan(report: PlanReport) -> None:
    out = console()
    table = grid("table", "advertiser", "days", "slices", "calls", "why", right=("slices", "calls"))
    for line in report.lines[:_MANY]:
        days = "" if line.first_day is None else f"{line.first_day} to {line.last_day}"
        table.add_row(
            line.table,
            line.advertiser_id,
            days,
            f"{line.slices:,}",
            f"{line.calls:,}",
            ", ".join(line.reasons),
        )
    out.print(table)
    if len(report.lines) > _MANY:
        out.print(f"… and {len(report.lines) - _MANY:,} more lines; --json has all of them.")
    show_left_out(out, report.skipped)
    show_notes(out, report.notes)
    purposes = ", ".join(
        f"{n:,} {what.replace('_', ' ')}" for what, n in report.calls.by_purpose.items() if n
    )
    out.print(f"\n{report.calls.total:,} calls expected ({escape(purposes or 'none')})")
    out.print(f"{report.least_calls:,} if every probe finds nothing to fetch")
    share = report.calls.total / report.quota.per_day
    out.print(
        f"{share:.2%} of a day's quota (tier {report.quota.tier}, {report.quota.per_second} calls a second), "
        f"about {duration(report.seconds)}"
    )


def show_run(report: RunReport) -> None:
    out = console()
    out.print(_lines_of(report.lines))
    if len(report.lines) > _MANY:
        out.print("Sums over advertisers; --json and `tiktok-ads status` have each of them.")
    show_left_out(out, report.skipped)
    show_notes(out, report.notes)
    show_agreement(out, report.agreement)
    seconds = (report.finished_at - report.started_at).total_seconds()
    out.print(
        f"\n{report.made.total:,} calls made in {duration(seconds)}; {report.planned.total:,} were planned, "
        + ", ".join([f"{report.saved_calls:,} saved by probes", *_beyond(report.beyond_plan())])
    )
    if report.quota.used_today is not None:
        out.print(
            f"{report.quota.used_today:,} of {report.quota.per_day:,} calls of the day's quota used "
            f"(tier {report.quota.tier})"
        )
    out.print(f"{_OUTCOMES[report.outcome]} Run {report.run_id}, in {escape(report.destination)}")


def _beyond(difference: Mapping[str, int]) -> list[str]:
    """Why a run took other calls than planned, each in a few words."""
    return [
        f"{abs(calls):,} {'more' if calls > 0 else 'fewer'} for {_PURPOSES.get(purpose, purpose)}"
        for purpose, calls in difference.items()
    ]


def _lines_of(lines: Sequence[TableLine]) -> Table:
    """A row for each table, and under it one for each advertiser unless there are too many of them."""
    sums = list(_summed(lines))
    # Retries and splits are rare: their columns take room only when there is something to show.
    numbers = ["read", "new", "changed", "deleted", "calls"]
    numbers += [name for name in ("retries", "splits") if any(getattr(line, name) for line in lines)]
    table = grid("table", *numbers, "complete to", right=numbers)
    single = len({line.advertiser_id for line in lines}) == 1
    for total in sums:
        table.add_row(f"[bold]{total.table}[/]", *_numbers(total, numbers), _complete_to(total))
        for line in () if single or len(lines) > _MANY else lines:
            if line.table == total.table:
                table.add_row(f"  {line.advertiser_id}", *_numbers(line, numbers), _complete_to(line))
    return table


def _numbers(line: TableLine, names: Sequence[str]) -> list[str]:
    fields = {"read": "rows_read", "new": "inserted", "changed": "updated"}
    return [f"{getattr(line, fields.get(name, name)):,}" for name in names]


def _complete_to(line: TableLine) -> str:
    mark = "" if line.outcome == "complete" else f" ({line.outcome})"
    return f"{line.complete_to or '–'}{mark}"


def _summed(lines: Sequence[TableLine]) -> Iterable[TableLine]:
    for name in dict.fromkeys(line.table for line in lines):
        of_table = [line for line in lines if line.table == name]
        days = [line.complete_to for line in of_table]
        whole = all(line.outcome == "complete" for line in of_table)
        yield TableLine(
            table=name,
            advertiser_id=f"{len(of_table)} advertisers",
            outcome="complete" if whole else "partial",
            rows_read=sum(line.rows_read for line in of_table),
            inserted=sum(line.inserted for line in of_table),
            updated=sum(line.updated for line in of_table),
            deleted=sum(line.deleted for line in of_table),
            calls=sum(line.calls for line in of_table),
            retries=sum(line.retries for line in of_table),
            splits=sum(line.splits for line in of_table),
            complete_to=None if None in days else min(day for day in days if day is not None),
        )


def show_agreement(out: Console, agreement: Sequence[Agreement]) -> None:
    """In a line how the tables add up, and under it each cause of what does not."""
    days, agreed = sum(one.days for one in agreement), sum(one.agreed for one in agreement)
    if not days:
        return
    out.print(f"\n{agreed:,} of {days:,} table days agree with the advertisers' own totals.")
    for cause, text in CAUSES.items():
        count = sum(one.causes.get(cause, 0) for one in agreement)
        if count:
            tables = ", ".join(sorted({one.table for one in agreement if cause in one.causes}))
            out.print(f"  {count:,} {cause}: {escape(f'{text} ({tables})')}")


def show_left_out(out: Console, skipped: Sequence[Skipped]) -> None:
    if not skipped:
        return
    out.print("\n[bold]Left out[/]")
    for one in skipped[:_MANY]:
        advertiser = f"advertiser {one.advertiser_id}" if one.advertiser_id else ""
        where = ", ".join(part for part in (one.table, advertiser, one.window) if part)
        is_told = not one.request_id or one.request_id in one.what
        request = "" if is_told else f" (request {one.request_id})"
        out.print(f"  [yellow]{escape(where or 'run')}[/]: {escape(one.what + request)}")
        if one.remedy:
            out.print(f"    {escape(one.remedy)}")
    if len(skipped) > _MANY:
        out.print(f"  … and {len(skipped) - _MANY:,} more; --json has all of them.")


def show_notes(out: Console, notes: Sequence[Note]) -> None:
    if not notes:
        return
    out.print("\n[bold]Worth knowing[/]")
    for note in notes[:_MANY]:
        advertiser = f"advertiser {note.advertiser_id}" if note.advertiser_id else ""
        where = ", ".join(part for part in (note.table, advertiser) if part)
        out.print(f"  {escape(f'{where}: ' if where else '')}{escape(note.text)}")
    if len(notes) > _MANY:
        out.print(f"  … and {len(notes) - _MANY:,} more; --json has all of them.")
