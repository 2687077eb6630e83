"""Notices in the app: channels are made, tried, chosen and deleted there, and no page shows their secrets."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app_desk import Browser, app_at
from tests.receivers import Post, Web, post_office, web, without_keyring
from tests.test_app_datasets import FORM, HOSTILE
from tests.worlds import EAST_AND_WEST
from tiktok_ads.config import load_settings
from tiktok_ads.config.notice import MailChannel
from tiktok_ads.credentials.notice import find_notice_secret
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running

CANARY = "canary-51f7aa02c9"
KEY = base64.b64encode(CANARY.encode() * 2).decode()


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None)) as simulator:
        yield simulator


@pytest.fixture
def browser(tmp_path: Path, served: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with without_keyring(), app_at(served, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Web]:
    with web() as made:
        yield made


@pytest.fixture
def office() -> Iterator[Post]:
    with post_office() as made:
        yield made


def mail(office: Post, **said: str) -> dict[str, str]:
    return {
        "kind": "mail",
        "name": "team",
        "to": "ana@example.com, ben@example.com",
        "from": "app@example.com",
        "host": "127.0.0.1",
        "port": str(office.port),
        "security": "none",
        "user": "me",
        "secret": CANARY,
    } | said


def hook(receiver: Web, **said: str) -> dict[str, str]:
    form = {"kind": "webhook", "name": "pager", "url": receiver.url(), "secret": KEY, "allow_private": "yes"}
    return form | said


def every_page(browser: Browser) -> str:
    paths = [
        "/notices",
        "/notices/new?kind=slack",
        "/api/v1/notices",
        "/api/v1/notices/sent",
        "/datasets/new",
    ]
    paths += [f"/notices/{name}" for name in browser.desk.settings().notices]
    paths += [f"/api/v1/notices/{name}" for name in browser.desk.settings().notices]
    return "\n".join(browser.get(path).text for path in paths)


def test_the_page_says_what_to_do_first(browser: Browser) -> None:
    shown = browser.get("/notices").text
    assert "Nobody hears yet" in shown
    assert "/notices/new?kind=mail" in shown
    assert 'href="/notices"' in browser.get("/datasets/new").text


def test_a_channel_made_in_the_browser_is_the_one_of_the_file(browser: Browser, office: Post) -> None:
    """The file has everything but the secret, and somebody else can write the same by hand."""
    assert browser.post("/notices", data=mail(office)).headers["location"] == "/notices"
    text = browser.desk.config.read_text(encoding="utf-8")
    assert "[notices.team]" in text
    assert CANARY not in text
    made = load_settings(config=browser.desk.config).notices["team"]
    assert isinstance(made, MailChannel)
    assert made.to == ("ana@example.com", "ben@example.com")
    kept = find_notice_secret("team", "mail")
    assert kept is not None
    assert kept.secret.get_secret_value() == CANARY


def test_secrets_go_in_and_never_come_out(browser: Browser, office: Post, receiver: Web) -> None:
    """Neither a page nor a call shows them, not even after a wrong form or a failed test."""
    browser.post("/notices", data=mail(office))
    browser.post("/notices", data=hook(receiver))
    slack = {
        "kind": "slack",
        "name": "chat",
        "secret": receiver.url(f"/services/{CANARY}"),
        "allow_private": "y",
    }
    browser.post("/notices", data=slack)
    assert set(browser.desk.settings().notices) == {"team", "pager", "chat"}
    wrong = browser.post("/notices/team", data=mail(office, to="nobody")).text
    office.password = "another"
    receiver.answers = [500, 404]
    receiver.text = f"{CANARY} {KEY}".encode()
    tried = [browser.post(f"/notices/{name}/test").text for name in ("team", "pager", "chat")]
    assert all("could not be sent" in one for one in tried)
    for text in (wrong, *tried, every_page(browser)):
        assert CANARY not in text
        assert KEY not in text


def test_an_empty_secret_leaves_the_one_that_is_kept(browser: Browser, office: Post) -> None:
    browser.post("/notices", data=mail(office))
    office.password = CANARY
    browser.post("/notices/team", data=mail(office, to="new@example.com", secret=""))
    assert "A test was sent by team" in browser.post("/notices/team/test").text
    assert office.recipients == [["new@example.com"]]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"name": "a b"}, "cannot be a name"),
        ({"to": "nobody"}, "is no mail address"),
        ({"from": "x@example.com, y@example.com"}, "is no mail address"),
        ({"host": ""}, "name of the mail server"),
        ({"port": "x"}, "whole number"),
        ({"port": "70000"}, "less than or equal to 65535"),
        ({"secret": "", "name": "without"}, "password of the mail server is missing"),
        ({"host": "mail.example.com"}, "would travel readable"),
        ({"to": f"{HOSTILE}@example.com"}, "is no mail address"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    browser: Browser, office: Post, said: dict[str, str], told: str
) -> None:
    """Nothing is written, and what was typed is still there."""
    answer = browser.post("/notices", data=mail(office, **said))
    assert answer.status_code == 422
    assert told in answer.text
    assert 'class="bad"' in answer.text
    assert HOSTILE not in answer.text
    assert "app@example.com" in answer.text or "from" in said
    assert browser.desk.settings().notices == {}


def test_all_that_is_wrong_is_told_at_once(browser: Browser) -> None:
    """Nobody wants to send a form five times."""
    answer = browser.post("/notices", data={"kind": "mail", "name": "a b", "port": "x", "user": "me"})
    for field in ("name", "to", "from", "host", "port", "secret"):
        assert f'id="{field}-problem"' in answer.text


def test_a_test_says_what_came_of_it(browser: Browser, receiver: Web) -> None:
    browser.post("/notices", data=hook(receiver))
    assert "A test was sent by pager" in browser.post("/notices/pager/test").text
    assert json.loads(receiver.calls[0].body)["type"] == "test"
    browser.post("/notices/pager", data=hook(receiver, url="https://localhost/x", allow_private=""))
    assert "own network" in browser.post("/notices/pager/test").text


def test_a_channel_that_is_used_is_not_deleted(browser: Browser, receiver: Web) -> None:
    """Otherwise the settings file could not be read any more, and nobody would hear of that."""
    browser.post("/notices", data=hook(receiver))
    assert browser.post("/datasets", data={**FORM, "notices": "pager", "notice_events": "failed"}).is_redirect
    refused = browser.post("/notices/pager/delete")
    assert (refused.status_code, "is used by nine" in refused.text) == (422, True)
    browser.post("/datasets/nine/delete")
    assert browser.post("/notices/pager/delete").is_redirect
    assert browser.desk.settings().notices == {}
    assert find_notice_secret("pager", "webhook") is None


def test_a_dataset_chooses_who_hears_of_what(browser: Browser, receiver: Web) -> None:
    browser.post("/notices", data=hook(receiver))
    chosen: dict[str, str | list[str]] = {
        **FORM,
        "notices": ["pager"],
        "notice_events": ["failed", "partial"],
        "stale_after_hours": "30",
    }
    assert browser.post("/datasets", data=chosen).is_redirect
    job = browser.desk.settings().jobs["nine"]
    assert (job.notices, job.notice_events) == (("pager",), ("failed", "partial", "stale"))
    assert job.stale_after_hours == 30
    form = browser.get("/datasets/nine/edit").text
    assert 'name="notices" value="pager" checked' in form
    assert 'name="notice_events" value="failed" checked' in form
    assert 'name="notice_events" value="recovered" checked' not in form
    everything = {**chosen, "notice_events": ["failed", "partial", "nothing", "recovered"]}
    browser.post("/datasets/nine", data={**everything, "stale_after_hours": ""})
    text = browser.desk.config.read_text(encoding="utf-8")
    assert ("notice_events" in text, "stale_after_hours" in text) == (False, False)
    for wrong, told in (
        ({"stale_after_hours": "x"}, "whole number"),
        ({"notice_events": []}, "tick of what"),
    ):
        answer = browser.post("/datasets/nine", data={**everything, "stale_after_hours": "", **wrong})
        assert (answer.status_code, told in answer.text) == (422, True)


def test_a_failed_run_is_told_and_its_page_shows_to_whom(
    browser: Browser, receiver: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journey: choose, run, it fails, the notice goes out, the page says so."""
    browser.post("/notices", data=hook(receiver))
    form = {**FORM, "retries": "0", "notices": "pager", "notice_events": ["failed", "recovered"]}
    assert browser.post("/datasets", data=form).is_redirect
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "x" * 40)
    failed = ran(browser, "nine")
    assert failed.outcome == "failed"
    shown = browser.get(f"/runs/{failed.id}").text
    assert "Who was told" in shown
    assert json.loads(receiver.calls[0].body)["data"]["run"] == failed.id
    assert "nine" in browser.get("/notices").text
    (sent,) = browser.get("/api/v1/notices/sent").json()["items"]
    assert (sent["event"], sent["channel"], sent["arrived"]) == ("failed", "pager", True)


def ran(browser: Browser, name: str) -> JobRun:
    desk = browser.desk

    async def story() -> JobRun:
        await desk.start(name)
        while desk.scheduler.is_running(name):
            await asyncio.sleep(0.05)
        last = desk.history.last(name)
        assert last is not None
        return last

    return asyncio.run(asyncio.wait_for(story(), 60))


def test_programs_do_the_same(browser: Browser, receiver: Web) -> None:
    """Put, list, try, delete; the secret is taken and not given back."""
    body = {"kind": "webhook", "url": receiver.url(), "allow_private": True, "secret": KEY}
    made = browser.ask("PUT", "/api/v1/notices/pager", json=body)
    assert made.status_code == 200
    assert (made.json()["has_secret"], "secret" in made.json()) == (True, False)
    assert KEY not in made.text
    assert browser.get("/api/v1/notices").json()["total"] == 1
    assert browser.post("/api/v1/notices/pager/test").json() == {"arrived": True, "problem": ""}
    wrong = browser.ask("PUT", "/api/v1/notices/pager", json={"kind": "mail", "secret": CANARY})
    assert wrong.status_code == 422
    assert CANARY not in wrong.text
    assert browser.ask("DELETE", "/api/v1/notices/pager").status_code == 200
    assert browser.get("/api/v1/notices/pager").status_code == 404
