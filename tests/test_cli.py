"""The command line: exit codes, words, one JSON object, and no secret anywhere."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import keyring
import pytest
import typer
from typer.testing import CliRunner

from tests.test_credentials import MemoryKeyring
from tiktok_ads.cli.main import app
from tiktok_ads.cli.progress import Tally
from tiktok_ads.credentials import find_token
from tiktok_ads.runreport import ProgressEvent
from tiktok_ads.simulator.logins import APP_ID, APP_SECRET, TOKEN, Login
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running

FIRST, SECOND = "7000000000000000001", "7000000000000000002"
START = (datetime.now(UTC) - timedelta(days=6)).date().isoformat()
CANARY = "canary-0d9f3e-secret"
COMMANDS = ["plan", "sync", "backfill", "status", "runs", "reset", "check", "connect", "demo", "simulator"]


class Ran:
    """What a command said and how it ended."""

    def __init__(self, *arguments: str, typed: str = "") -> None:
        result = CliRunner().invoke(app, list(arguments), input=typed)
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr
        self.both = self.out + self.err
        assert "Traceback" not in self.both, self.both

    @property
    def json(self) -> dict[str, Any]:
        told = json.loads(self.out)
        assert isinstance(told, dict)
        return told


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """A folder, a keyring and variables of the test's own."""
    for name in list(os.environ):
        if name.startswith("TIKTOK_ADS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TIKTOK_ADS_TIER", "ultimate")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    before = keyring.get_keyring()
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def server() -> Iterator[Running]:
    with running("tiny", options=Options()) as made:
        yield made


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    return TOKEN


def one_day(url: str, *more: str) -> Sequence[str]:
    """A small sync of two tables."""
    return (
        "sync",
        "--api-url",
        url,
        "--table",
        "ads",
        "--table",
        "ad_insights",
        "--start-date",
        START,
        *more,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_shows_an_example(command: str) -> None:
    """--help is enough to begin."""
    ran = Ran(command, "--help")
    assert ran.code == 0
    assert "Example:\n" in ran.out


def test_without_a_command_the_help_is_shown() -> None:
    """No error for asking what there is."""
    ran = Ran()
    assert ran.code == 0
    assert "Commands:" in ran.out
    assert all(command in ran.out for command in COMMANDS)


@pytest.mark.parametrize("said", ["--help", "--version"])
def test_help_and_version_load_nothing_that_takes_long(said: str) -> None:
    """`tiktok-ads --help` and `--version` are there at once."""
    code = (
        "import sys; from tiktok_ads.cli.main import app\n"
        "heavy = {'pydantic', 'pyarrow', 'duckdb', 'httpx2', 'rich', 'starlette', 'msgspec', 'keyring'}\n"
        f"try: app([{said!r}])\n"
        "except SystemExit as end: print('ended', end.code)\n"
        "print(sorted(m for m in sys.modules if m in heavy or m.startswith('tiktok_ads.catalog')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *_, end, loaded = ran.stdout.splitlines()
    assert (end, loaded) == ("ended 0", "[]")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["snyc"], "Did you mean 'sync'?"),
        (["sync", "--nope"], "--nope"),
        (["sync", "--table", "adz", "--start-date", START], "ads"),
        (["sync", "--start-date", "2026-05-02", "--end-date", "2026-05-01"], "before start_date"),
        (["sync", "--start-date", "2999-01-01"], "in the future"),
        (["sync", "--start-date", START, "--advertiser", "12-34"], "not an advertiser id"),
        (["sync", "--start-date", START, "--advertiser", "9" * 21], "more than 20 digits"),
        (["sync", "--start-date", START, "--api-url", "https://example.com"], "not TikTok's"),
        (["sync", "--start-date", START, "--config", "nowhere.toml"], "nowhere.toml"),
        (["sync"], "start date is missing"),
        (["sync", "--start-date", START], "tiktok-ads connect"),
        (["plan", "--start-date", START, "--tier", "gold"], "tier"),
        (["tables", "describe", "spnd"], "Did you mean spend"),
        (["simulator", "--preset", "huge"], "preset"),
        (["status"], "tiktok.duckdb"),
    ],
)
def test_bad_usage_ends_with_2_in_words_and_writes_nothing(arguments: list[str], words: str) -> None:
    """What I can correct is told before anything happens; for machines as JSON."""
    ran = Ran(*arguments)
    assert ran.code == 2
    assert words in ran.err
    assert not ran.out
    told = Ran(*arguments, "--json")
    assert told.code == 2
    assert words in told.json["error"]["message"] + told.json["error"].get("hint", "")
    assert told.json["error"]["exit_code"] == 2
    assert list(Path().iterdir()) == []


def test_a_sync_lands_rows_and_says_so(server: Running, token: str) -> None:
    """One line from a token to a table."""
    ran = Ran(*one_day(server.url, "--advertiser", FIRST, "--destination", "duckdb:///out.duckdb", "--json"))
    assert ran.code == 0, ran.both
    told = ran.json
    assert told["outcome"] == "complete"
    with duckdb.connect("out.duckdb", read_only=True) as out:
        held = {
            name: out.execute(f"select count(*) from tiktok_ads.{name}").fetchall()[0][0]
            for name in ("ads", "ad_insights")
        }
    assert held["ads"] > 0
    assert told["rows"]["inserted"] == sum(held.values())
    again = Ran(*one_day(server.url, "--advertiser", FIRST, "--destination", "out.duckdb", "--reconcile"))
    assert again.code == 0
    assert "Complete." in again.out
    status = Ran("status", "--destination", "out.duckdb", "--json").json["tables"]
    assert {line["table"] for line in status} == {"ads", "ad_insights"}
    assert all(line["complete_to"] for line in status)
    agrees = {line["table"]: line["agrees"] for line in status}
    assert agrees["ads"] is None
    assert agrees["ad_insights"]["days"] == agrees["ad_insights"]["agreed"] > 0
    days = agrees["ad_insights"]["days"]
    assert f"{days} of {days} days" in Ran("status", "--destination", "out.duckdb").out
    assert len(Ran("runs", "--destination", "out.duckdb", "--json").json["runs"]) == 2
    assert Ran("status", "--destination", "out.duckdb").code == 0
    assert Ran("runs", "--destination", "out.duckdb").code == 0


def test_a_plan_writes_nothing(server: Running, token: str) -> None:
    """I see the cost before I pay it."""
    ran = Ran("plan", *one_day(server.url, "--advertiser", FIRST)[1:], "--json")
    assert ran.code == 0, ran.both
    assert ran.json["calls"]["total"] > 0
    assert "calls expected" in Ran("plan", *one_day(server.url, "--advertiser", FIRST)[1:]).out
    assert list(Path().iterdir()) == []


def test_one_advertiser_that_is_not_granted_makes_it_partial(server: Running, token: str) -> None:
    """The others finish, and the missing one is named with a request id."""
    server.simulator.logins.tokens[TOKEN].advertiser_ids = (FIRST,)
    ran = Ran(*one_day(server.url, "--advertiser", FIRST, "--advertiser", SECOND, "--json"))
    assert ran.code == 3, ran.both
    skipped = ran.json["skipped"]
    assert {one["advertiser_id"] for one in skipped} == {SECOND}
    shown = Ran(*one_day(server.url, "--advertiser", FIRST, "--advertiser", SECOND))
    assert shown.code == 3
    assert SECOND in shown.out
    assert "Partial" in shown.out


def test_only_advertisers_that_are_not_granted_end_with_2(server: Running, token: str) -> None:
    """A wrong list of accounts is a setting to correct."""
    server.simulator.logins.tokens[TOKEN].advertiser_ids = (FIRST,)
    ran = Ran(*one_day(server.url, "--advertiser", SECOND))
    assert ran.code == 2, ran.both
    assert not list(Path().glob("*.duckdb*"))


def test_a_wrong_token_ends_with_2_and_the_way_out(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign in again, nothing else."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", CANARY)
    ran = Ran(*one_day(server.url, "--advertiser", FIRST, "--json"))
    assert ran.code == 2, ran.both
    assert ran.json["error"]["code"] == 40105
    assert ran.json["error"]["request_id"]
    assert CANARY not in ran.both
    assert not list(Path().glob("*.duckdb*"))


@pytest.mark.parametrize("kind", ["foreign", "folder", "no folder", "no scheme"])
def test_a_destination_that_cannot_be_used_ends_with_2(server: Running, token: str, kind: str) -> None:
    """A file of somebody else's is left as it is."""
    target = Path("x.duckdb")
    if kind == "foreign":
        target.write_text("a letter", encoding="utf-8")
    elif kind == "folder":
        target.mkdir()
    said = {"no folder": "duckdb:////proc/nowhere/x.duckdb", "no scheme": "somewhere"}
    ran = Ran(
        *one_day(server.url, "--advertiser", FIRST, "--destination", said.get(kind, f"duckdb:///{target}"))
    )
    assert ran.code == 2, ran.both
    if kind == "foreign":
        assert target.read_text(encoding="utf-8") == "a letter"


def test_a_backfill_reads_loaded_days_again(server: Running, token: str) -> None:
    """On purpose, whatever the bookmarks say."""
    at = ("--api-url", server.url, "--advertiser", FIRST, "--table", "ad_insights")
    days = ("--start-date", START, "--lookback-days", "0")
    assert Ran("sync", *at, *days).code == 0
    ran = Ran("backfill", *at, *days, "--json")
    assert ran.code == 0, ran.both
    assert ran.json["rows"]["read"] > 0
    assert ran.json["rows"]["inserted"] == 0


def test_reset_forgets_what_was_named_after_asking(server: Running, token: str) -> None:
    """Deleting asks first; the next sync loads it anew."""
    assert Ran(*one_day(server.url, "--advertiser", FIRST)).code == 0
    assert Ran("reset", "--table", "ads", typed="n\n").code == 130
    assert len(Ran("status", "--json").json["tables"]) == 2
    assert Ran("reset", "--table", "ads", "--json").code == 2
    assert Ran("reset", "--table", "ads", "--advertiser", "A name", "--yes").code == 2
    assert Ran("reset", "--table", "ads", "--yes").code == 0
    assert [line["table"] for line in Ran("status", "--json").json["tables"]] == ["ad_insights"]


def paste(server: Running, monkeypatch: pytest.MonkeyPatch, *, change: str = "", **said: str) -> Ran:
    """`connect` with a person who agrees on the simulator's page and pastes where it led to."""
    import httpx2

    def prompt(text: str, **_: object) -> str:
        if "Secret" in text:
            return said.get("secret", APP_SECRET)
        link = links[-1].replace("/portal/auth?", "/portal/auth/allow?")
        with httpx2.Client(trust_env=False) as browser:
            back = browser.get(link).headers["Location"]
        codes.append(parse_qs(urlsplit(back).query)["auth_code"][0])
        if change == "state":
            return re.sub(r"state=[^&]+", "state=guessed", back)
        if change == "no state":
            return re.sub(r"&state=[^&]+", "", back)
        return codes[-1] if change == "bare" else back

    from tiktok_ads.signin import consent as page

    links: list[str] = []
    codes: list[str] = []
    ask = page.ask_consent

    def ask_and_note(api_url: str, app_id: str, redirect_uri: str) -> page.Consent:
        consent = ask(api_url, app_id, redirect_uri)
        links.append(consent.link)
        return consent

    monkeypatch.setattr(page, "ask_consent", ask_and_note)
    monkeypatch.setattr(typer, "prompt", prompt)
    ran = Ran(
        *("connect", "--paste", "--api-url", server.url, "--app-id", APP_ID),
        *("--redirect-uri", "http://localhost/back", *(("--json",) if said.get("json") else ())),
    )
    for secret in (APP_SECRET, *codes):
        assert secret not in ran.both
    return ran


@pytest.mark.parametrize("change", ["", "bare"])
def test_connect_takes_the_pasted_address_or_code(
    server: Running, monkeypatch: pytest.MonkeyPatch, alone: MemoryKeyring, change: str
) -> None:
    """From consent to a kept login, and the advertisers that it grants."""
    ran = paste(server, monkeypatch, change=change)
    assert ran.code == 0, ran.both
    assert FIRST in ran.out
    kept = find_token("default")
    assert kept.source == "keyring"
    assert kept.secret.get_secret_value() not in ran.both
    file = Path("tiktok_ads.toml").read_text(encoding="utf-8")
    assert APP_ID in file
    assert APP_SECRET not in file
    assert kept.secret.get_secret_value() not in file
    done = Ran("sync", "--table", "advertisers", "--start-date", START, "--json")
    assert done.code == 0, done.both
    assert {line["advertiser_id"] for line in done.json["tables"]} >= {FIRST, SECOND}


@pytest.mark.parametrize("change", ["state", "no state"])
def test_an_address_of_another_sign_in_is_not_used(
    server: Running, monkeypatch: pytest.MonkeyPatch, alone: MemoryKeyring, change: str
) -> None:
    """Nobody slips me a login of theirs; the code is not even tried."""
    ran = paste(server, monkeypatch, change=change)
    assert ran.code == 2
    assert not alone.held
    assert len(server.simulator.logins.codes) == 1
    assert not Path("tiktok_ads.toml").exists()


def test_a_wrong_app_secret_is_told_and_nothing_kept(
    server: Running, monkeypatch: pytest.MonkeyPatch, alone: MemoryKeyring
) -> None:
    """40101 in words."""
    ran = paste(server, monkeypatch, secret=CANARY)
    assert ran.code == 2
    assert "40101" in ran.err
    assert CANARY not in ran.both
    assert not alone.held


def test_a_grant_without_advertisers_is_told_and_not_kept(
    server: Running, monkeypatch: pytest.MonkeyPatch, alone: MemoryKeyring
) -> None:
    """Nothing was ticked on TikTok's page."""
    for one in server.simulator.world.advertisers.values():
        one.removed = True
    ran = paste(server, monkeypatch)
    assert ran.code == 2
    assert "no advertiser" in ran.err
    assert not alone.held


def test_a_token_comes_by_standard_input(server: Running, alone: MemoryKeyring) -> None:
    """Never as an argument."""
    ran = Ran("connect", "--token-stdin", "--api-url", server.url, "--json", typed=f"{TOKEN}\n")
    assert ran.code == 0, ran.both
    assert ran.json["kept_in"] == "keyring"
    assert find_token().secret.get_secret_value() == TOKEN
    assert TOKEN not in ran.both
    wrong = Ran("connect", "--token-stdin", "--api-url", server.url, typed=CANARY)
    assert wrong.code == 2
    assert CANARY not in wrong.both
    assert find_token().secret.get_secret_value() == TOKEN


def verdicts(ran: Ran) -> dict[str, str]:
    return {one["what"]: one["verdict"] for one in ran.json["findings"]}


def test_check_sees_that_all_is_well(server: Running, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Login, app, advertisers with zone and currency, tables, destination."""
    monkeypatch.setenv("TIKTOK_ADS_APP_ID", APP_ID)
    monkeypatch.setenv("TIKTOK_ADS_APP_SECRET", APP_SECRET)
    ran = Ran("check", "--api-url", server.url, "--start-date", START, "--json")
    assert ran.code == 0, ran.both
    assert set(verdicts(ran).values()) == {"ok"}
    first = next(one for one in ran.json["advertisers"] if one["advertiser_id"] == FIRST)
    assert first["zone"]
    assert first["currency"]
    shown = Ran("check", "--api-url", server.url)
    assert shown.code == 0
    assert first["zone"] in shown.out
    assert list(Path().iterdir()) == []


def test_check_explains_what_is_wrong(server: Running, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each trouble in words, with the way out."""
    at = ("check", "--api-url", server.url, "--json")
    logins = server.simulator.logins

    bare = Ran(*at)
    assert (bare.code, verdicts(bare)["advertisers"]) == (2, "bad")
    assert Ran(*at, "--advertiser", FIRST).code == 0

    monkeypatch.setenv("TIKTOK_ADS_APP_ID", APP_ID)
    monkeypatch.setenv("TIKTOK_ADS_APP_SECRET", "wrong-secret")
    wrong = Ran(*at)
    assert (wrong.code, verdicts(wrong)["app"]) == (2, "bad")
    assert "wrong-secret" not in wrong.both

    monkeypatch.setenv("TIKTOK_ADS_APP_SECRET", APP_SECRET)
    logins.tokens[TOKEN] = Login(TOKEN, advertiser_ids=())
    assert "grants no advertiser" in Ran(*at).out

    logins.tokens[TOKEN] = Login(TOKEN, advertiser_ids=(FIRST,))
    partial = Ran(*at, "--advertiser", FIRST, "--advertiser", SECOND)
    assert (partial.code, verdicts(partial)["advertisers"]) == (3, "partial")
    assert SECOND in partial.out

    logins.tokens[TOKEN] = Login(TOKEN, scopes=(1, 100, 200, 44))
    scope = Ran(*at)
    assert scope.code == 3
    assert "permission 220" in scope.out

    logins.tokens[TOKEN] = Login(TOKEN, revoked=True)
    revoked = Ran(*at)
    assert (revoked.code, verdicts(revoked)["login"]) == (2, "bad")
    assert "40105" in revoked.out

    monkeypatch.delenv("TIKTOK_ADS_ACCESS_TOKEN")
    none = Ran(*at, "--destination", "nonsense")
    assert none.code == 2
    assert verdicts(none) == {"login": "bad", "destination": "bad"}


def test_tables_can_be_listed_described_and_searched() -> None:
    """The catalog is at hand without TikTok."""
    listed = {one["name"]: one for one in Ran("tables", "list", "--json").json["tables"]}
    assert sum(one["read_by_default"] for one in listed.values()) == 9
    hourly = listed["ad_insights_hourly"]
    assert (hourly["update_method"], hourly["replication_key"]) == ("partition", "stat_time_hour")
    assert (hourly["calls"], hourly["scope_ids"]) == ("1 for each day", ["44"])
    described = Ran("tables", "describe", "ad_insights", "--json").json
    assert "spend" in [one["name"] for one in described["columns"]]
    assert "campaign_insights_by_province" in Ran("tables").out
    for name in ("ads", "spend", "country_code"):
        assert Ran("tables", "describe", name).code == 0
    found = Ran("tables", "search", "cost per purchase", "--json").json["found"]
    assert "cost_per_purchase" in [one["name"] for one in found]
    by_facts = Ran("tables", "search", "personal data comment", "--json").json["found"]
    assert "comments" in [one["name"] for one in by_facts]
    assert Ran("tables", "search", "no such thing").code == 0


def test_an_unexpected_error_is_short_and_its_log_holds_no_secret(
    server: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A bug is told in two lines; the traceback is in a file of mine alone, without the token."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", CANARY)

    def explode(*_: object, **__: object) -> None:
        find_token()
        raise RuntimeError(f"a library that shows {CANARY}")

    monkeypatch.setattr("tiktok_ads.sync.run_sync", explode)
    ran = Ran(*one_day(server.url, "--advertiser", FIRST))
    log = tmp_path / "state" / "errors.log"
    assert ran.code == 1
    assert str(log) in ran.err
    assert "RuntimeError" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0
    debug = CliRunner().invoke(app, ["--debug", *one_day(server.url, "--advertiser", FIRST)])
    assert "Traceback" in debug.stderr
    for text in (ran.both, log.read_text(encoding="utf-8"), debug.output):
        assert CANARY not in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_sync_ends_with_130_and_says_that_it_goes_on(
    server: Running, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C, or the scheduler's SIGTERM: what is committed stays."""
    server.simulator.options = Options(latency_ms=400)
    command = [sys.executable, "-m", "tiktok_ads.cli.main", *one_day(server.url, "--advertiser", FIRST)]
    process = subprocess.Popen(
        command,
        env={**os.environ, "TIKTOK_ADS_ACCESS_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    process.send_signal(number)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, first + rest
    assert "run again to go on" in rest
    assert "Traceback" not in first + rest


def test_the_simulator_runs_until_it_is_stopped() -> None:
    """A make-believe TikTok on a port."""
    import socket

    import httpx2

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tiktok_ads.cli.main", "simulator", "--port", str(port), "--json"]
    process = subprocess.Popen(
        [*command, "--preset", "tiny"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    with httpx2.Client(trust_env=False) as http:
        for _ in range(100):
            try:
                answer = http.get(
                    f"{told['url']}/open_api/v1.3/user/info/", headers={"Access-Token": told["access_token"]}
                )
                break
            except httpx2.ConnectError:
                time.sleep(0.1)
    assert answer.json()["code"] == 0
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert "Traceback" not in err
    assert process.returncode == 130


def test_progress_counts_one_row_and_many_rows() -> None:
    """Small numbers are said in good English, too."""
    tally = Tally(started=0.0)
    tally.add(ProgressEvent("slice", table="ads", done=1, total=1, rows=1, calls=1), now=1.0)
    assert tally.in_words(1.0) == "1/1 slice · 1 row · 1 call, 1.0 a second"
    tally.add(ProgressEvent("slice", table="ads", done=2, total=2, rows=2_000, calls=3), now=1.0)
    assert tally.in_words(1.0) == "2/2 slices · 2,000 rows · 3 calls, 3.0 a second"


def test_the_demo_shows_nine_tables_spend_and_a_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make demo`, smaller; the query that it shows runs; a real token of mine goes nowhere."""
    from tiktok_ads.cli import demo

    monkeypatch.setattr(demo, "_PRESET", "tiny")
    monkeypatch.setattr(demo, "_DAYS", 4)
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", CANARY)
    monkeypatch.setenv("TIKTOK_ADS_TABLES", "ads")
    Path("tiktok_ads.toml").write_text("not toml", encoding="utf-8")
    ran = Ran("demo")
    assert ran.code == 0, ran.both
    for name in ("advertisers", "campaign_insights_by_province", "currency"):
        assert name in ran.out
    query = re.search(r"sql\('''(.*)'''\)", ran.out, re.DOTALL)
    assert query is not None
    assert max(len(line) for line in query[0].splitlines()) < 100
    with duckdb.connect("tiktok_ads_demo.duckdb", read_only=True) as held:
        assert held.execute(query[1]).fetchall()
    assert os.environ["TIKTOK_ADS_ACCESS_TOKEN"] == CANARY
    assert CANARY not in ran.both
