"""Notices from the command line: channels are shown and tried, secrets kept unseen, and cron's runs told."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.receivers import Web, web, without_keyring
from tests.test_cli import Ran
from tests.worlds import EAST_AND_WEST
from tiktok_ads.jobs.history import History
from tiktok_ads.simulator.logins import TOKEN
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running

KEY = base64.b64encode(b"canary-9a1be7c0d2" * 2).decode()
FILE = Path("tiktok_ads.toml")


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None)) as simulator:
        yield simulator


@pytest.fixture
def receiver() -> Iterator[Web]:
    with web() as made:
        yield made


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder, a state and secrets of the test's own."""
    for name in list(os.environ):
        if name.startswith("TIKTOK_ADS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    with without_keyring():
        yield


def write(receiver: Web, *, served: Running | None = None, job: str = "") -> None:
    start = (datetime.now(UTC) - timedelta(days=3)).date()
    general = [f"start_date = {start}", 'tables = ["ads"]', 'destination = "duckdb:///ads.duckdb"']
    if served is not None:
        advertisers = json.dumps(list(served.simulator.world.advertisers))
        general += [f'api_url = "{served.url}"', f"advertisers = {advertisers}"]
    channel = f'[notices.pager]\nkind = "webhook"\nurl = "{receiver.url()}"\nallow_private = true\n'
    own = f'[jobs.a]\nnotices = ["pager"]\n{job}'
    FILE.write_text("\n".join([*general, channel, own]) + "\n", encoding="utf-8")


def events(receiver: Web) -> list[str]:
    return [json.loads(call.body)["data"]["event"] for call in receiver.calls]


def test_a_secret_is_given_unseen_and_a_test_goes_out(receiver: Web) -> None:
    """Three commands from nothing to a channel that works; none of them shows the secret."""
    write(receiver)
    refused = Ran("notices", "test", "pager")
    assert (refused.code, "is missing" in refused.err) == (1, True)
    kept = Ran("notices", "secret", "pager", "--stdin", typed=f"{KEY}\n")
    assert kept.code == 0
    sent = Ran("notices", "test", "pager")
    assert (sent.code, "Sent by pager" in sent.out) == (0, True)
    assert events(receiver) == ["test"]
    told = Ran("notices", "--json")
    assert told.json["channels"][0]["secret"] == "file"
    assert told.json["channels"][0]["jobs"] == ["a"]
    for ran in (refused, kept, sent, told, Ran("notices")):
        assert KEY not in ran.out + ran.err
    Ran("notices", "secret", "pager", "--forget")
    assert Ran("notices", "--json").json["channels"][0]["secret"] is None


def test_what_is_wrong_is_told(receiver: Web) -> None:
    write(receiver)
    ran = Ran("notices", "test", "pagr")
    assert (ran.code, "Did you mean pager?" in ran.err) == (2, True)
    ran = Ran("notices", "secret", "nobody", "--stdin", typed=KEY)
    assert (ran.code, "no [notices.nobody]" in ran.err) == (2, True)
    ran = Ran("notices", "secret", "pager", "--stdin", typed="weak")
    assert (ran.code, "24 to 64 bytes" in ran.err, "weak" in ran.err) == (2, True, False)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('password = "x"', "notices.b.password is a secret"),
        ('kind = "slack"\nurl = "https://hooks.slack.com/x"', "notices.b.url is a secret"),
        ('kind = "pigeon"', "notices.b.kind: must be 'mail', 'webhook' or 'slack'"),
        ('kind = "webhook"\nurl = "http://example.com"', "notices.b.url: must begin with https://"),
        ('kind = "slack"\nallow_privat = true', "Did you mean allow_private?"),
        (
            'kind = "slack"\n[jobs.c]\nnotices = ["bb"]',
            "jobs.c.notices: there is no [notices.bb]. Did you mean b?",
        ),
        ('kind = "slack"\n[jobs.c]\nnotice_events = ["faild"]', "Did you mean failed?"),
        ('kind = "slack"\n[jobs.c]\nnotice_events = ["stale"]', "stale needs stale_after_hours"),
    ],
)
def test_a_wrong_section_is_told_before_anything_runs(lines: str, told: str) -> None:
    FILE.write_text(f"[notices.b]\n{lines}\n", encoding="utf-8")
    ran = Ran("notices")
    assert ran.code == 2
    assert told in ran.err


def test_a_run_of_cron_is_told_after_its_last_try(
    receiver: Web, served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code and what stands on stdout are those of the run, whatever came of the notice."""
    write(receiver, served=served)
    monkeypatch.setenv("TIKTOK_ADS_NOTICE_PAGER", KEY)
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "wrong-token")
    assert Ran("sync", "a").code == 2
    assert events(receiver) == ["failed"]
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    receiver.answers = [400]
    ran = Ran("sync", "a", "--json")
    assert (ran.code, ran.json["outcome"]) == (0, "complete")
    assert "A notice of a by pager: 127.0.0.1 answered 400" in ran.err
    sent = Ran("notices", "--json").json["sent"]
    assert [(one["event"], one["arrived"]) for one in sent] == [("recovered", False), ("failed", True)]


def test_looking_at_jobs_tells_a_stale_one_once(receiver: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cron runs it beside the sync: a sync that never starts cannot tell of itself."""
    write(receiver, job="stale_after_hours = 24\n")
    monkeypatch.setenv("TIKTOK_ADS_NOTICE_PAGER", KEY)
    long_ago = datetime.now(UTC) - timedelta(days=3)
    with closing(History(Path(os.environ["TIKTOK_ADS_STATE_DIR"]))) as history:
        run = history.begin("a", trigger="manual", attempt=1, due_at=None, now=long_ago)
        history.finish(run, "complete", now=long_ago)
    assert (Ran("jobs").code, Ran("jobs").code) == (0, 0)
    assert events(receiver) == ["stale"]
