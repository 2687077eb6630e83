"""A person hears once of each cause, hears when all is well again, and is not led astray by what it says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.test_jobs import BEGIN, Desk, report
from tiktok_ads.config.notice import Channel
from tiktok_ads.errors import AuthError, ServerFault
from tiktok_ads.jobs.history import History, JobRun
from tiktok_ads.jobs.notices.memory import sent_lately, sent_of_run
from tiktok_ads.jobs.notices.send import Delivered
from tiktok_ads.jobs.notices.tell import Teller
from tiktok_ads.jobs.notices.text import Notice, notice_of_run
from tiktok_ads.jobs.scheduler import Scheduler
from tiktok_ads.runreport import RunReport, Skipped, Unloaded

CHANNELS = """
[notices.team]
kind = "slack"
[notices.boss]
kind = "slack"
"""
ONE = f'{CHANNELS}[jobs.a]\nnotices = ["team"]\n'
SEVEN = Skipped("The advertiser is closed (code 40001, request r1)", "Ask.", "ads", "7", "", "r1", 40001)
EIGHT = replace(SEVEN, advertiser_id="8")


@dataclass
class Told(Desk):
    """A desk whose notices are kept instead of sent; `broken` are channels that take nothing."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__post_init__()
        teller = Teller(self.history, lambda: self.now, self.deliver)
        self.runner = replace(self.runner, teller=teller)

    async def deliver(self, notice: Notice, name: str, channel: Channel) -> Delivered:
        await asyncio.sleep(0)
        if name in self.broken:
            return Delivered(False, 3, "nobody is there")
        self.heard.append((name, str(notice.event)))
        self.notices.append(notice)
        return Delivered(True, 1)

    def after(self, *ends: RunReport | Exception, text: str = ONE) -> list[str]:
        """What was heard of runs that end so, one after the other."""
        self.heard.clear()
        for end in ends:
            self.ends = [end]
            self.run(text)
        return [event for _, event in self.heard]

    async def wait_for(self, text: str) -> None:
        """Let the scheduler look once, and whatever it begins end."""
        scheduler = Scheduler(self.runner, self.jobs(text), lambda _: None)
        await scheduler.start_what_is_due()
        while scheduler._telling or scheduler._running:
            await asyncio.sleep(0)

    def look(self, text: str) -> list[str]:
        self.heard.clear()
        asyncio.run(self.wait_for(text))
        return [event for _, event in self.heard]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path))
    made = Told(tmp_path)
    yield made
    made.history.close()


def fault(request: str = "r1", code: int = 50000) -> ServerFault:
    return ServerFault("system error", code, "ad/get", request)


def revoked() -> AuthError:
    return AuthError("token revoked", 40105, "ad/get", "r9")


def test_a_failure_is_told_after_its_last_retry_alone(desk: Told) -> None:
    """A passing fault at night wakes nobody."""
    text = f'{CHANNELS}[jobs.a]\nnotices = ["team", "boss"]\nretries = 2\nretry_minutes = 5\n'
    desk.ends = [fault("r1"), fault("r2"), report()]
    desk.run(text)
    assert desk.heard == []
    desk.ends = [fault("r1"), fault("r2"), fault("r3")]
    desk.run(text)
    assert sorted(desk.heard) == [("boss", "failed"), ("team", "failed")]
    assert "request r3" in desk.notices[0].text
    assert "try 3" in desk.notices[0].text


def test_one_cause_is_told_once_until_it_is_over(desk: Told) -> None:
    """A login that was revoked on Friday is one message, not sixty by Monday."""
    assert desk.after(*[revoked() for _ in range(5)]) == ["failed"]
    assert desk.after(fault("a"), fault("b")) == ["failed"]
    assert desk.after(revoked()) == []
    assert desk.after(report(), report()) == ["recovered"]
    assert desk.after(revoked()) == ["failed"]


def test_a_new_cause_is_told_and_an_old_one_beside_it_is_not_repeated(desk: Told) -> None:
    partial = [report("partial", skipped=some) for some in ((SEVEN,), (SEVEN, EIGHT), (EIGHT,), (SEVEN,))]
    assert desk.after(*partial) == ["partial", "partial"]
    assert "Advertiser: 8" in desk.notices[-1].text
    other_words = replace(SEVEN, what="The advertiser is closed (code 40001, request r77)", request_id="r77")
    assert desk.after(report("partial", skipped=(other_words,))) == []


def test_a_failure_after_a_partial_run_is_news(desk: Told) -> None:
    """Whoever last heard «partly» must not believe so when nothing runs any more."""
    partial = report("partial", skipped=(SEVEN,))
    assert desk.after(revoked(), partial, revoked(), report()) == ["failed", "partial", "failed", "recovered"]


def test_recovery_is_told_to_whom_trouble_was(desk: Told) -> None:
    """A channel that could not be reached, or came later, hears nothing of a trouble it never heard of."""
    assert desk.after(report()) == []
    text = f'{CHANNELS}[jobs.a]\nnotices = ["team", "boss"]\n'
    desk.broken = {"boss"}
    desk.after(revoked(), text=text)
    desk.broken = set()
    desk.after(report(), text=text)
    assert desk.heard == [("team", "recovered")]


def test_a_notice_that_could_not_be_sent_is_tried_by_a_later_run(desk: Told) -> None:
    """The mail server is down for an hour; the team still hears, and the run is none the worse."""
    desk.broken = {"team"}
    assert desk.after(revoked()) == []
    run = desk.history.last("a")
    assert run is not None
    (kept,) = sent_of_run(desk.history, run.id)
    assert (kept.arrived, kept.tries, kept.problem) == (False, 3, "nobody is there")
    desk.broken = set()
    assert desk.after(revoked()) == []
    desk.now += timedelta(hours=1)
    assert desk.after(revoked(), revoked()) == ["failed"]


def test_only_the_chosen_events_are_told(desk: Told) -> None:
    text = f'{CHANNELS}[jobs.a]\nnotices = ["team"]\nnotice_events = ["failed"]\n'
    ends = (report("partial", skipped=(SEVEN,)), revoked(), report(), revoked())
    assert desk.after(*ends, text=text) == ["failed", "failed"]
    assert desk.after(revoked(), text="[jobs.b]\n[jobs.a]\n") == []


def test_a_run_that_somebody_stopped_is_told_to_nobody(desk: Told) -> None:
    async def story() -> None:
        running = asyncio.create_task(desk.runner.run("a", desk.jobs(ONE)()["a"], trigger="manual"))
        while not desk.ran:
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(story())
    assert desk.history.runs("a")[0].outcome == "interrupted"
    assert desk.heard == []


def test_money_spent_without_a_row_is_told_though_the_run_was_complete(desk: Told) -> None:
    """The worst silence: all went well, and the numbers are missing."""
    seven = Unloaded("7", "2026-01-01 to 2026-01-02", Decimal("12.50"), "EUR")
    empty = replace(report(), unloaded=(seven,))
    assert desk.after(empty, empty) == ["nothing"]
    assert "12.50 EUR" in desk.notices[0].text
    assert "Advertiser: 7" in desk.notices[0].text
    assert desk.after(replace(report(), unloaded=(seven, replace(seven, advertiser_id="8")))) == ["nothing"]
    assert desk.after(report(), empty) == ["nothing"]


STALE = f'{CHANNELS}[jobs.a]\nnotices = ["team"]\nstale_after_hours = 24\n'


def test_a_stale_job_is_told_once_and_its_recovery_too(desk: Told) -> None:
    """The schedule was switched off by mistake: after a day somebody hears of it, once."""
    assert desk.after(report(), text=STALE) == []
    assert desk.look(STALE) == []
    desk.now += timedelta(hours=23)
    assert desk.look(STALE) == []
    desk.now += timedelta(hours=2)
    assert desk.look(STALE) == ["stale"]
    assert "No run has loaded anything since 2026-01-01 12:" in desk.notices[-1].text
    assert [desk.look(STALE) for _ in range(3)] == [[], [], []]
    assert desk.after(report(), text=STALE) == ["recovered"]
    desk.now += timedelta(hours=25)
    assert desk.look(STALE) == ["stale"]


def test_a_job_that_only_fails_becomes_stale_too(desk: Told) -> None:
    assert desk.after(revoked(), text=STALE) == ["failed"]
    desk.now += timedelta(hours=25)
    assert desk.look(STALE) == ["stale"]
    assert "No run was good since" in desk.notices[-1].text


@pytest.mark.parametrize("more", ["paused = true\n", 'notice_events = ["failed"]\n'])
def test_a_paused_job_is_not_stale_nor_is_one_that_nobody_asked_about(desk: Told, more: str) -> None:
    desk.after(report(), text=STALE)
    desk.now += timedelta(days=9)
    assert desk.look(STALE + more) == []
    assert desk.look(ONE) == []


def test_a_machine_that_slept_makes_up_for_it_before_it_complains(desk: Told) -> None:
    """On Monday morning the missed run begins first; only if it does not help there is something to tell."""
    text = STALE.replace("[jobs.a]", '[jobs.a]\nschedule = "daily at 06:00"')
    desk.after(report(), text=text)
    desk.look(text)
    desk.now += timedelta(days=3)
    desk.takes = timedelta(0)
    assert desk.look(text) == []
    assert len(desk.ran) == 2


def test_two_processes_tell_one_thing_once(desk: Told, tmp_path: Path) -> None:
    """`serve` and a cron job with `tiktok-ads jobs` judge the same job at the same moment."""
    desk.after(report(), text=STALE)
    desk.now += timedelta(days=3)
    settings = desk.jobs(STALE)()["a"]
    other = History(tmp_path)

    async def story() -> None:
        tellers = [Teller(one, lambda: desk.now, desk.deliver) for one in (desk.history, other)]
        await asyncio.gather(*(one.of_staleness("a", settings) for one in tellers))

    asyncio.run(story())
    other.close()
    assert desk.heard == [("team", "stale")]


def test_a_channel_that_breaks_in_an_unknown_way_harms_neither_run_nor_the_others(
    desk: Told, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(notice: Notice, name: str, channel: Channel) -> Delivered:
        if name == "team":
            raise ZeroDivisionError("oops")
        return await desk.deliver(notice, name, channel)

    desk.runner = replace(desk.runner, teller=Teller(desk.history, lambda: desk.now, breaks))
    logging.getLogger("tiktok_ads").propagate = True
    desk.after(revoked(), text=f'{CHANNELS}[jobs.a]\nnotices = ["team", "boss"]\n')
    assert desk.heard == [("boss", "failed")]
    assert "ZeroDivisionError" in caplog.text
    assert [one.channel for one in sent_lately(desk.history)] == ["boss"]


def test_a_history_that_breaks_over_a_notice_harms_no_run(
    desk: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk after the run is no reason to call the run failed."""

    def breaks(*_: object, **__: object) -> list[str]:
        raise OSError("disk full")

    monkeypatch.setattr("tiktok_ads.jobs.notices.memory.claim", breaks)
    desk.after(revoked())
    monkeypatch.setattr("tiktok_ads.jobs.notices.tell.happened", breaks)
    desk.after(revoked())
    assert [run.outcome for run in desk.history.runs("a")] == ["failed", "failed"]
    assert desk.heard == []


def test_a_history_of_the_release_before_is_used_on(tmp_path: Path) -> None:
    """Whoever updates keeps the runs, and hears from then on."""
    import sqlite3

    made = History(tmp_path)
    run = made.begin("a", trigger="manual", attempt=1, due_at=None, now=BEGIN)
    made.close()
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        connection.executescript("DROP TABLE told; DROP TABLE notices; PRAGMA user_version = 1")
    connection.close()
    again = History(tmp_path)
    assert again.run(run.id).job == "a"
    assert sent_lately(again) == []
    again.close()


def failed_with(problem: str, remedy: str = "") -> JobRun:
    return JobRun(
        "r", "a", "manual", 1, None, BEGIN, BEGIN + timedelta(minutes=2), "failed", 3, 0, problem, remedy
    )


def test_a_notice_says_what_happened_where_and_what_to_do(desk: Told) -> None:
    """Whoever gets it at breakfast knows what to do without opening anything."""
    days = "2026-01-01 to 2026-01-30"
    part = Skipped("No access (code 40001)", "Ask for access.", "ads", "7", days, "rq1", 40001)
    desk.after(report("partial", skipped=(part,)), text=f'{ONE}description = "Ads"\n')
    (notice,) = desk.notices
    assert notice.subject == "TikTok Ads: a left something out"
    for line in (
        "Dataset: a (Ads)",
        "What happened: No access (code 40001)",
        "What to do: Ask for access.",
        "Table: ads",
        "Advertiser: 7",
        "Days: 2026-01-01 to 2026-01-30",
        "TikTok's request: rq1",
    ):
        assert line in notice.text.splitlines()
    assert "Started: 2026-01-01 12:" in notice.text


def test_many_things_left_out_make_no_endless_notice(desk: Told) -> None:
    many = tuple(replace(SEVEN, advertiser_id=str(n)) for n in range(200))
    desk.after(report("partial", skipped=many))
    assert "And 190 more" in desk.notices[0].text
    assert len(desk.notices[0].text) < 5_000


@pytest.mark.parametrize(
    "name",
    ["x\r\nBcc: evil@example.com", "\u202egnp.exe", "a\x00b\x1b[31m", "z\u2028next", "w" * 5_000, "\ud800"],
)
def test_what_comes_from_tiktok_stays_on_its_line(name: str) -> None:
    notice = notice_of_run("failed", failed_with(name, name), at=datetime(2026, 1, 2, tzinfo=UTC))
    lines = notice.text.split("\n")
    assert lines == [*notice.text.splitlines(), ""]
    assert not any(one.startswith("Bcc") for one in lines)
    assert all(len(one) < 700 for one in lines)
    assert all(one.isprintable() for one in lines)
    assert notice.text.encode("utf-8")
