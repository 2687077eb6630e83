"""The commands about jobs: when they run next, what came of their runs, and pause."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import AsJson

if TYPE_CHECKING:
    from tiktok_ads.config.settings import Settings
    from tiktok_ads.jobs.history import History, JobRun

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
_NEXT = 5

Config = Annotated[
    Path | None,
    typer.Option("--config", help="Settings file. [default: tiktok_ads.toml in this folder]", metavar="FILE"),
]
Name = Annotated[str, typer.Argument(metavar="JOB", help="A job of the settings file.")]


@app.callback()
def jobs(context: typer.Context, *, config: Config = None, json: AsJson = False) -> None:
    """Show the jobs of the settings file: when each runs next and what came of its last run.

    Who is to hear that a job is stale is told, unless they were.

    \b
    Example:
      tiktok-ads jobs
    """
    if context.invoked_subcommand is not None:
        return
    from tiktok_ads.jobs.listed import load_jobs

    found: list[dict[str, Any]] = []
    for name, settings in load_jobs(config).items():
        with closing(_history(settings)) as noted:
            last = noted.last(name)
            found.append({**_told(name, settings, noted), "last_run": last and _line(last)})
            _tell_if_stale(name, settings, noted)
    if json:
        print_json({"jobs": found})
        return
    from tiktok_ads.cli.show import console, grid

    table = grid("job", "schedule", "next", "last run")
    for one in found:
        run = one["last_run"]
        table.add_row(
            "\n".join(filter(None, (one["job"], one["description"]))),
            f"{one['schedule']}\n{one['zone']}",
            _next_words(one),
            f"{run['outcome']}\n{run['started_at']}\n{run['problem']}".strip() if run else "–",
        )
    console().print(table if found else "The settings file has no jobs; docs/jobs.md shows how to write one.")


@app.command(short_help="What came of the runs of jobs.")
def history(
    job: Annotated[str | None, typer.Argument(metavar="JOB", help="One job; without it, all.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 20,
    config: Config = None,
    json: AsJson = False,
) -> int:
    """Show the runs of jobs: when, why, how long, what came of them and what was left out.

    \b
    Example:
      tiktok-ads jobs history every-morning --limit 5
    """
    from tiktok_ads.config.load import load_settings

    settings = load_settings({"job": job} if job else {}, config=config)
    with closing(_history(settings)) as noted:
        runs = [_line(run) for run in noted.runs(job, limit=limit)]
    if json:
        print_json({"runs": runs})
        return COMPLETE
    from tiktok_ads.cli.show import console, grid

    heads = ("job", "started", "why", "took", "outcome", "rows", "calls", "problem")
    table = grid(*heads, right=("took", "rows", "calls"))
    for run in runs:
        table.add_row(
            *(str(run[name] if run[name] is not None else "–") for name in ("job", "started_at", "trigger")),
            "–" if run["seconds"] is None else f"{run['seconds']:,.0f} s",
            *(str(run[name] if run[name] is not None else "–") for name in ("outcome", "rows_read", "calls")),
            str(run["problem"] or ""),
        )
    console().print(table if runs else "No job has run yet.")
    return COMPLETE


@app.command(short_help="Let a job wait until it is resumed.")
def pause(job: Name, *, config: Config = None) -> int:
    """Let a job wait: its schedule does not start it until it is resumed.

    \b
    Example:
      tiktok-ads jobs pause every-morning
    """
    return _set_paused(job, config, paused=True)


@app.command(short_help="Let a paused job go on.")
def resume(job: Name, *, config: Config = None) -> int:
    """Let a paused job go on. What its schedule missed meanwhile is run once.

    \b
    Example:
      tiktok-ads jobs resume every-morning
    """
    return _set_paused(job, config, paused=False)


def _history(settings: Settings) -> History:
    from tiktok_ads.jobs.history import History

    return History(settings.state_dir)


def _tell_if_stale(name: str, settings: Settings, noted: History) -> None:
    if settings.jobs[name].notices:
        import asyncio

        from tiktok_ads.jobs.notices.tell import open_teller

        asyncio.run(open_teller(noted).of_staleness(name, settings))


def _told(name: str, settings: Settings, noted: History) -> dict[str, object]:
    from tiktok_ads.schedules import next_times

    job = settings.jobs[name]
    times = next_times(job.when, datetime.now(UTC), zone=job.zone, account_zones=noted.zones(name))
    following = [] if job.paused else [_shown(at, job.zone) for at in islice(times, _NEXT)]
    return {
        "job": name,
        "description": job.description,
        "schedule": job.schedule,
        "zone": job.zone,
        "paused": job.paused,
        "next": following,
        "tables": list(settings.tables),
        "destination": settings.redacted()["destination"],
    }


def _next_words(told: dict[str, Any]) -> str:
    if told["paused"]:
        return "paused"
    return "\n".join(told["next"]) or "never by itself"


def _shown(at: datetime, zone: str) -> str:
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo(zone)).isoformat(sep=" ", timespec="minutes")


def _line(run: JobRun) -> dict[str, object]:
    return {
        "id": run.id,
        "job": run.job,
        "trigger": run.trigger,
        "attempt": run.attempt,
        "due_at": run.due_at and run.due_at.isoformat(timespec="seconds"),
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "finished_at": run.finished_at and run.finished_at.isoformat(timespec="seconds"),
        "seconds": run.seconds,
        "outcome": run.outcome,
        "rows_read": run.rows_read,
        "calls": run.calls,
        "problem": run.problem,
        "remedy": run.remedy,
    }


def _set_paused(job: str, config: Path | None, *, paused: bool) -> int:
    from tiktok_ads.config.load import load_settings
    from tiktok_ads.config.write import write_job

    load_settings({"job": job}, config=config)
    place = write_job(job, {"paused": paused}, path=config)
    typer.echo(f"{job} is {'paused' if paused else 'resumed'} ({place}).")
    return COMPLETE
