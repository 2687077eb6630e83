"""What is kept of the past does not grow without end, and nothing is lost that anybody still needs."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tiktok_ads.jobs.history import History, JobRun, RunOutcome
from tiktok_ads.jobs.keeping import forget_old
from tiktok_ads.jobs.notices.memory import Sent, note, sent_lately, sent_of_run
from tiktok_ads.jobs.runlog import RunLog, keep_log, kept_log

START = datetime(2026, 3, 1, tzinfo=UTC)


def past(history: History, job: str, outcomes: list[RunOutcome]) -> list[JobRun]:
    """Runs of a job, a day apart, each with a line of log and a notice."""
    made = []
    for day, outcome in enumerate(outcomes):
        at = START + timedelta(days=day)
        run = history.begin(job, trigger="schedule", attempt=1, due_at=at, now=at)
        if outcome != "running":
            run = history.finish(run, outcome, now=at + timedelta(minutes=1))
        keep_log(history, RunLog(run.id, lambda: START, [(at, f"line {day}")]))
        note(history, Sent(job, run.id, "failed", "team", at, 1, True, ""))
        made.append(run)
    return made


def test_the_newest_runs_stay_with_what_belongs_to_them(tmp_path: Path) -> None:
    """Old runs go with their logs and notices; other datasets keep theirs."""
    with closing(History(tmp_path)) as history:
        runs = past(history, "nine", ["complete"] * 8)
        others = past(history, "other", ["complete"] * 5)
        forget_old(history, "nine", kept=3)
        assert [one.id for one in history.runs("nine", limit=20)] == [one.id for one in runs[:4:-1]]
        assert history.count("other") == len(others)
        assert [sent_of_run(history, one.id) == [] for one in runs] == [True] * 5 + [False] * 3
        assert [kept_log(history, one.id) == [] for one in runs] == [True] * 5 + [False] * 3
        forget_old(history, "nine", kept=3)
        assert history.count("nine") == 3


def test_since_when_nothing_was_loaded_is_not_forgotten(tmp_path: Path) -> None:
    """However often a dataset failed since, its last good run is still known; or its first, if none was."""
    with closing(History(tmp_path)) as history:
        good, *_ = past(history, "nine", ["complete", *["failed"] * 9])  # type: ignore[list-item]
        first, *_ = past(history, "never", ["failed"] * 10)
        for job in ("nine", "never"):
            forget_old(history, job, kept=4)
            assert history.count(job) == 5
        assert history.last_good("nine") == good
        assert history.first("never") == first


def test_a_run_that_goes_on_is_not_forgotten(tmp_path: Path) -> None:
    """Nothing is deleted under the feet of a run."""
    with closing(History(tmp_path)) as history:
        running, *_ = past(history, "nine", ["running", *["complete"] * 6])  # type: ignore[list-item]
        forget_old(history, "nine", kept=2)
        assert history.run(running.id).outcome == "running"
        assert history.count("nine") == 3


def test_notices_about_no_run_are_bounded_too(tmp_path: Path) -> None:
    """A dataset that is late is told about without a run."""
    with closing(History(tmp_path)) as history:
        for hour in range(12):
            note(history, Sent("nine", "", "stale", "team", START + timedelta(hours=hour), 1, True, ""))
        forget_old(history, "nine", kept=5)
        assert [one.at.hour for one in sent_lately(history, limit=50)] == [11, 10, 9, 8, 7]
