"""The command `report`: one report to the terminal, a file or a destination."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tiktok_ads.cli.boundary import COMPLETE, PARTIAL, print_json
from tiktok_ads.cli.options import LOGIN, AsJson, with_settings

if TYPE_CHECKING:
    from tiktok_ads.builder import ReportDefinition
    from tiktok_ads.config.settings import Settings
    from tiktok_ads.output import Target
    from tiktok_ads.reports import Report

_SETTINGS = (*LOGIN, "advertisers", "exclude_advertisers", "include_deleted", "concurrency", "probe")

Text = str | None
Texts = list[str] | None


def _option(*names: str, help: str, metavar: str = "NAME") -> Any:
    return typer.Option(*names, help=help, metavar=metavar)


@with_settings(*_SETTINGS)
def report(
    settings: Settings,
    *,
    table: Annotated[Text, _option("--table", help="Read a table, or a report of the settings file.")] = None,
    kind: Annotated[
        Text, _option("--report", help="basic, audience, gmv_max, term, …; else by the dimensions.")
    ] = None,
    level: Annotated[Text, _option("--level", help="ad, adgroup, campaign or advertiser.")] = None,
    dimension: Annotated[
        Texts, _option("--dimension", help="What rows are split by; repeats, or with commas.")
    ] = None,
    metric: Annotated[
        Texts, _option("--metric", help="A metric or attribute; repeats, or with commas.")
    ] = None,
    force_metric: Annotated[
        Texts, _option("--force-metric", help="A metric that the catalog does not know yet.")
    ] = None,
    filters: Annotated[
        Texts,
        _option("--filter", help="Such as 'campaign_ids in 12, 34'; all must hold.", metavar="CONDITION"),
    ] = None,
    order_by: Annotated[
        Text, _option("--order-by", help="A metric, largest first; 'spend asc' smallest first.")
    ] = None,
    term_type: Annotated[Texts, _option("--term-type", help="Of a term report: such as LeadAds.")] = None,
    language: Annotated[Texts, _option("--language", help="Of a term report: en, ja or zh.")] = None,
    dates: Annotated[
        Text,
        _option(
            "--dates",
            help="yesterday, 7, 10..5, 'last 7 days', 'last week', lifetime. [default: last 7 days]",
            metavar="DAYS",
        ),
    ] = None,
    roll_up: Annotated[
        Text,
        _option("--roll-up", help="week, 'week from sunday', month or quarter.", metavar="PERIOD"),
    ] = None,
    week_start: Annotated[
        Text,
        _option("--week-start", help="The day that weeks begin with. [default: monday]", metavar="WEEKDAY"),
    ] = None,
    output: Annotated[
        Text,
        _option(
            "--output",
            "-o",
            help="A file: .csv, .jsonl, .parquet or .xlsx; - prints.",
            metavar="FILE",
        ),
    ] = None,
    file_format: Annotated[
        Text,
        _option("--format", help="csv, jsonl, parquet or xlsx; else by the file's name."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if there is one.")] = False,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin CSV with the mark by which Excel knows UTF-8.")
    ] = False,
    keep_formulas: Annotated[
        bool,
        typer.Option(
            "--keep-formulas", help="Leave text that a spreadsheet would take for a formula as it is, in CSV."
        ),
    ] = False,
    destination: Annotated[
        Text,
        _option("--destination", help="A database to load into instead.", metavar="URL"),
    ] = None,
    name: Annotated[Text, _option("--name", help="Name of the report and its table.")] = None,
    description: Annotated[Text, _option("--description", help="What it is for.", metavar="TEXT")] = None,
    update_method: Annotated[
        Text,
        _option("--update-method", help="partition, replace, append or merge.", metavar="METHOD"),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only the first rows, in a couple of calls.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only what it would ask: calls and minutes.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Ask although the catalog knows something against it.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Ask for one report and print it, write it to a file, or load it into a database.

    What TikTok cannot give is refused before any call, with the smallest change that helps.

    \b
    Example:
      tiktok-ads report --dimension ad_id,stat_time_day --metric spend,clicks --dates "last 7 days"
      tiktok-ads report --dimension campaign_id,age,gender --metric spend -o ages.csv
      tiktok-ads report --table campaigns -o campaigns.parquet
    """
    from tiktok_ads.reports.define import define

    dates, roll_up = _with_week(dates, roll_up, week_start)
    described = {
        "report_type": kind,
        "data_level": level,
        "dimensions": _names(dimension),
        "metrics": _names(metric),
        "force_metrics": _names(force_metric),
        "filters": filters,
        "order_by": order_by,
        "term_type": _names(term_type),
        "language": _names(language),
        "roll_up": roll_up,
        "description": description,
        "update_method": update_method,
        "force": force,
    }
    said = {key: value for key, value in described.items() if value}
    if table is not None:
        _only_a_table(said)
        asked: ReportDefinition | str = table
    else:
        asked = define(name or "report", dates=dates, **said)
    days = dates if table is not None else None
    if preview:
        return _preview(settings, asked, days, as_json=json)
    if plan:
        return _plan(settings, asked, days, as_json=json)
    place = _place(output, file_format, destination)
    if json and place == "-":
        raise typer.BadParameter("rows or one JSON object, not both on stdout", param_hint="--json")
    how = {"overwrite": overwrite, "bom": bom, "keep_formulas": keep_formulas}
    made = _run(settings, asked, days, destination, _target(place, file_format, **how))
    for note in made.written.notes if made.written else ():
        sys.stderr.write(f"{note}\n")
    from tiktok_ads.cli.show_report import as_json, show_report

    if json:
        print_json(as_json(made, destination))
    else:
        show_report(made, place, destination)
    return made.exit_code


def _with_week(dates: Text, roll_up: Text, week_start: Text) -> tuple[Text, Text]:
    """The dates and the roll-up with the day that weeks begin with, where they are about weeks."""
    if week_start is None:
        return dates, roll_up
    from tiktok_ads.plan.date_text import format_dates, parse_dates, parse_weekday
    from tiktok_ads.plan.rollup import parse_roll_up

    begins = parse_weekday(week_start)
    if dates is not None:
        dates = format_dates(parse_dates(dates, week_start=begins))
    return dates, str(parse_roll_up(roll_up, week_start=begins)) if roll_up else roll_up


def _names(said: Texts) -> list[str]:
    return [name.strip() for one in said or () for name in one.split(",") if name.strip()]


def _only_a_table(said: dict[str, Any]) -> None:
    if said:
        names = ", ".join(f"--{key.replace('_', '-')}" for key in said)
        raise typer.BadParameter(f"a table is read as it is: leave out {names}", param_hint="--table")


def _place(output: Text, file_format: Text, destination: Text) -> str | None:
    """Where rows are written; None prints a table, or they go into a database."""
    if destination is not None:
        if output is not None or file_format is not None:
            raise typer.BadParameter(
                "rows go into a file or into a database, not both", param_hint="--output"
            )
        return None
    return output or ("-" if file_format else None)


def _target(place: str | None, file_format: Text, **how: bool) -> Target | None:
    if place is None:
        return None
    from tiktok_ads.output import Target

    return Target(place, file_format or "", stdout=sys.stdout.buffer, **how)


def _run(
    settings: Settings, asked: ReportDefinition | str, days: Text, destination: Text, target: Target | None
) -> Report:
    from tiktok_ads.cli.progress import live_progress
    from tiktok_ads.reports import report_async

    told: dict[str, Any] = {"settings": settings, "destination": destination, "output": target, "dates": days}
    with live_progress() as progress:
        return asyncio.run(report_async(asked, progress=progress, **told))


def _preview(settings: Settings, asked: ReportDefinition | str, days: Text, *, as_json: bool) -> int:
    from tiktok_ads.reports import preview_report

    seen = asyncio.run(preview_report(asked, settings=settings, dates=days))
    if as_json:
        print_json(seen.to_json())
    else:
        from tiktok_ads.cli.show_report import show_preview

        show_preview(seen)
    return PARTIAL if seen.skipped else COMPLETE


def _plan(settings: Settings, asked: ReportDefinition | str, days: Text, *, as_json: bool) -> int:
    from tiktok_ads.reports import plan_report

    planned = asyncio.run(plan_report(asked, settings=settings, dates=days))
    if as_json:
        print_json(planned.to_json())
    else:
        from tiktok_ads.cli.show import show_plan

        show_plan(planned)
    return planned.exit_code
