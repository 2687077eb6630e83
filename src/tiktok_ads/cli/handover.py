"""Lets the app that is open run a job, and follows it as if it ran here."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Literal

import httpx2

from tiktok_ads import errors
from tiktok_ads.cli.boundary import FAILED, exit_code_of_kind, print_json, say_error
from tiktok_ads.cli.progress import Tally, shown
from tiktok_ads.cli.show import show_run
from tiktok_ads.cli.told_report import read_report
from tiktok_ads.config.settings import Settings
from tiktok_ads.credentials.masking import mask
from tiktok_ads.errors import TikTokAdsError
from tiktok_ads.jobs.handover import AppGone, OpenApp, marks_of, open_app, own_version
from tiktok_ads.jobs.history import History, JobRun
from tiktok_ads.jobs.runner import JobRunning
from tiktok_ads.runreport import ProgressEvent

_SECONDS_BETWEEN = 0.3
_SECONDS_TO_ANSWER = 10.0
_SECONDS_TO_STOP = 60.0
_TRIES = 5
Told = Mapping[str, Any]


def handed_over(settings: Settings, *, json: bool) -> int | None:
    """Let the app run the job, and follow it to its end; None if it has to run here.

    It runs here where no app answers, or one that means something else by the job: an option of the command
    line, another settings file or folder, another login, another release.

    Gives the exit code that the run would have had here.

    Raises:
        JobRunning: it runs already.
        AppGone: the app ended before the run was over.
        KeyboardInterrupt: somebody stopped it; the app was told to stop the run.
    """
    app = open_app(settings.state_dir)
    if app is None:
        return None
    # A proxy of the environment must not get the token.
    with httpx2.Client(
        base_url=app.url,
        headers={"Authorization": f"Bearer {app.token}"},
        timeout=_SECONDS_TO_ANSWER,
        trust_env=False,
    ) as client:
        if not _answers(client, app):
            return None
        begun = _start(client, app, settings)
        if begun is None:
            return None
        _say("The app is open, so it runs this job. Ctrl-C stops the run there.")
        return _told(_follow(client, settings, begun), settings, json=json)


def _answers(client: httpx2.Client, app: OpenApp) -> bool:
    """Whether the app is there. A file that a killed app left behind leads nowhere, or to somebody else."""
    try:
        answer = client.get("/api/v1/health")
        told = answer.json() if answer.status_code == 200 else {}
    except (httpx2.HTTPError, ValueError):
        return False
    if not isinstance(told, dict) or told.get("pid") != app.pid:
        return False
    if told.get("version") != own_version():
        _say("The app that is open is of another release, so the job runs here.")
        return False
    return True


def _start(client: httpx2.Client, app: OpenApp, settings: Settings) -> str | None:
    """The id of the run; None if the app means another job by this name."""
    marks = marks_of(settings, key=app.key)
    try:
        asked = {"settings": marks.settings, "token": marks.token}
        answer = client.post(f"/api/v1/datasets/{settings.job}/run", json=asked)
        told = answer.json()
    except (httpx2.HTTPError, ValueError):
        raise AppGone(settings.job) from None
    if answer.status_code == 202:
        return str(told["id"])
    kind = told.get("error", {}).get("kind")
    if kind == "JobRunning":
        raise JobRunning(settings.job)
    why = (
        "The app that is open has other settings or another login for this job"
        if kind == "OtherSettings"
        else f"The app that is open does not run this job ({told.get('error', {}).get('message', kind)})"
    )
    _say(f"{why}, so it runs here.")
    return None


def _follow(client: httpx2.Client, settings: Settings, run_id: str) -> Told:
    """How the run ended. The first Ctrl-C stops it; the second one does not wait for that."""
    tally = Tally(started=time.monotonic())
    stopped_at: float | None = None
    with shown(tally) as moved:
        while True:
            try:
                seen = _asked(client, settings, run_id)
                if seen["over"]:
                    break
                moved(_moved(tally, seen))
                if stopped_at is not None and time.monotonic() - stopped_at > _SECONDS_TO_STOP:
                    raise KeyboardInterrupt
                time.sleep(_SECONDS_BETWEEN)
            except KeyboardInterrupt:
                if stopped_at is not None:
                    raise
                stopped_at = time.monotonic()
                _cancel(client, run_id)
    if stopped_at is not None:
        raise KeyboardInterrupt
    return seen


def _asked(client: httpx2.Client, settings: Settings, run_id: str) -> Told:
    """How far the run is; from the history, if the app has ended meanwhile."""
    for attempt in range(_TRIES):
        try:
            answer = client.get(f"/api/v1/runs/{run_id}/progress")
            if answer.status_code == 200:
                told: dict[str, Any] = answer.json()
                return told
        except (httpx2.HTTPError, ValueError):
            pass
        time.sleep(0.2 * 2**attempt)
    with closing(History(settings.state_dir)) as history:
        run = history.run(run_id)
    if run.outcome == "running":
        raise AppGone(settings.job)
    return {"over": True, "run": _as_told(run), "report": run.report, "failure": None}


def _as_told(run: JobRun) -> Told:
    return {"outcome": run.outcome, "problem": run.problem, "remedy": run.remedy}


def _moved(tally: Tally, seen: Told) -> ProgressEvent:
    """Take over how far the run is; the event that shows it."""
    kind: Literal["planned", "wait", "slice"] = "slice"
    if seen["waiting_seconds"]:
        kind = "wait"
    elif seen["parts"] and not tally.total:
        kind = "planned"
    event = ProgressEvent(
        kind,
        done=seen["parts_done"],
        total=seen["parts"],
        rows=seen["rows"],
        calls=seen["calls"],
        calls_expected=seen["calls_expected"],
        seconds=seen["waiting_seconds"],
    )
    tables = {name: (one["parts"], one["rows"]) for name, one in seen["tables"].items()}
    tally.set(event, tables, now=time.monotonic())
    return event


def _cancel(client: httpx2.Client, run_id: str) -> None:
    _say("Stopping the run in the app; Ctrl-C again leaves without waiting.")
    try:
        client.post(f"/api/v1/runs/{run_id}/cancel")
    except httpx2.HTTPError:
        _say("The app does not answer.")


def _told(seen: Told, settings: Settings, *, json: bool) -> int:
    """Tell how the run ended as a run that was here tells it; its exit code."""
    run, failure = seen["run"], seen["failure"]
    if seen["report"] is not None:
        report = read_report(seen["report"])
        if json:
            print_json(seen["report"])
        else:
            show_run(report)
        return report.exit_code
    if failure is None:
        say_error(json, "Interrupted", run["problem"] or str(AppGone(settings.job)), run["remedy"], FAILED)
        return FAILED
    kind = getattr(errors, failure["kind"], TikTokAdsError)
    code = exit_code_of_kind(kind)
    said = {"code": failure["code"], "request_id": failure["request_id"] or None}
    say_error(json, failure["kind"], failure["message"], failure["hint"], code, **said)
    return code


def _say(line: str) -> None:
    sys.stderr.write(f"{mask(line)}\n")
    sys.stderr.flush()
