"""The Singer tap: what `sync` would load, as messages; resumed, selected, interrupted, without secrets."""

from __future__ import annotations

import copy
import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.emitting import SECRET, config_of, handed, in_order, said, stored, world_of, written
from tests.worlds import EAST_AND_WEST, NOW, TABLES, TOKEN, Desk, days_asked, desk
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.emit.singer.command import tap
from tiktok_ads.errors import AuthError, ConfigError
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import running

REPORTED = "ad_insights"
MESSAGES = {"SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION"}
Messages = list[dict[str, Any]]


def run(desk: Desk, *more: str, code: int = 0, **changed: object) -> Messages:
    """The messages of a run; each schema, record and state is checked."""
    out = io.BytesIO()
    config = written(desk.folder, "config.json", config_of(desk, **changed))
    assert tap(["--config", config, *more], out=out, world=world_of(desk)) == code
    found = said(out)
    check(found)
    return found


def check(messages: Messages) -> None:
    """What a target may rely on: a schema before rows, rows that fit it, whole keys, a state at the end."""
    schemas: dict[str, dict[str, Any]] = {}
    validators: dict[str, Draft7Validator] = {}
    counted: Counter[str] = Counter()
    for one in messages:
        assert one["type"] in MESSAGES
        if one["type"] == "SCHEMA":
            Draft7Validator.check_schema(one["schema"])
            schemas[one["stream"]] = one
            validators[one["stream"]] = Draft7Validator(one["schema"])
        if one["type"] == "RECORD":
            if (numbers := counted[one["stream"]]) % 10 == 0:
                validators[one["stream"]].validate(one["record"])
            counted[one["stream"]] = numbers + 1
            keys = schemas[one["stream"]]["key_properties"]
            assert all(one["record"][key] is not None for key in keys)
            assert set(one["record"]) <= set(schemas[one["stream"]]["schema"]["properties"])
    assert messages[-1]["type"] == "STATE"


def records(messages: Messages, stream: str) -> Messages:
    return [one["record"] for one in messages if one["type"] == "RECORD" and one["stream"] == stream]


def selecting(desk: Desk, *names: str, **top: object) -> str:
    """A catalog file in which these streams are selected and no others."""
    found = copy.deepcopy(discovered())
    for entry in found["streams"]:
        entry["metadata"][0]["metadata"] |= {"selected": entry["stream"] in names, **top}
    return written(desk.folder, "catalog.json", found)


@cache
def discovered() -> dict[str, Any]:
    """The catalog; found out once, since nobody is asked."""
    out = io.BytesIO()
    assert tap(["--discover"], out=out) == 0
    return dict(said(out)[0])


@pytest.fixture
def world(tmp_path: Path) -> Desk:
    return desk(tmp_path, EAST_AND_WEST)


def test_records_are_what_a_sync_loads(world: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row and value by value, for lists and reports, with nothing twice and nothing missing."""
    messages = run(world)
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    assert world.sync().outcome == "complete"
    for table in TABLES:
        assert in_order(handed(records(messages, table))) == in_order(stored(world, table)), table


def test_everything_can_be_discovered_without_a_login() -> None:
    """All streams with keys, types and methods; the usual ones are selected by default."""
    streams = {one["stream"]: one for one in discovered()["streams"]}
    assert set(streams) == set(catalog().streams)
    usual = {name for name, one in streams.items() if one["metadata"][0]["metadata"]["selected-by-default"]}
    assert usual == set(catalog().core)
    report = streams[REPORTED]
    assert report["key_properties"] == ["advertiser_id", "ad_id", "stat_time_day"]
    assert (report["replication_method"], report["replication_key"]) == ("INCREMENTAL", "stat_time_day")
    assert report["schema"]["properties"]["spend"]["type"] == ["null", "number"]
    assert report["schema"]["properties"]["ad_id"]["type"] == ["string"]
    for one in streams.values():
        Draft7Validator.check_schema(one["schema"])
        assert set(one["key_properties"]) <= set(one["schema"]["properties"])


def test_a_second_run_reads_only_what_is_due(world: Desk) -> None:
    """From the state alone: the lookback again, new days, and nothing before them."""
    first = run(world, lookback_days=3)
    state = written(world.folder, "state.json", first[-1]["value"])
    world.pass_days(2)
    asked = len(world.asked)
    second = run(world, "--state", state, lookback_days=3)
    for owner in world.advertisers:
        today = world.today(owner)
        days = days_asked(world, REPORTED, owner, since=asked)
        # Three days before the last run's today had not settled, and two have come.
        assert sorted(set(days)) == [today - timedelta(days=back) for back in range(5, -1, -1)]
    told = {one["stat_time_day"] for one in records(second, REPORTED)}
    assert min(told) >= str(min(map(world.today, world.advertisers)) - timedelta(days=5))
    settled = {one["_synced_at"] for one in records(second, REPORTED)}
    assert settled == {world.world.now().isoformat().replace("+00:00", "Z")}


def test_restated_days_come_again_with_their_new_numbers(world: Desk) -> None:
    """A target that replaces by key ends with what TikTok says now."""
    owner = world.advertisers[0]
    first = run(world)
    day = world.today(owner) - timedelta(days=3)
    world.restate(owner, day, day, permille=1500)
    state = written(world.folder, "state.json", first[-1]["value"])
    second = run(world, "--state", state)

    def spent(messages: Messages) -> Decimal:
        rows = [one for one in records(messages, REPORTED) if one["stat_time_day"] == str(day)]
        return Decimal(sum(one["spend"] for one in rows if one["advertiser_id"] == owner))

    assert spent(second) > spent(first) > 0


def test_only_what_is_selected_is_read(world: Desk) -> None:
    """No call for other tables, no column that was taken out, keys in any case."""
    found = json.loads(Path(selecting(world, REPORTED)).read_text())
    for entry in found["streams"]:
        for one in entry["metadata"][1:]:
            if one["breadcrumb"][1] in ("clicks", "ad_id", "ctr"):
                one["metadata"]["selected"] = False
    messages = run(world, "--catalog", written(world.folder, "catalog.json", found))
    assert {one.get("stream") for one in messages if one["type"] != "STATE"} == {REPORTED}
    row = records(messages, REPORTED)[0]
    assert {"clicks", "ctr"}.isdisjoint(row)
    assert {"ad_id", "spend", "_synced_at"} <= set(row)
    assert not [path for path, _ in world.asked if path == "ad/get"]


def test_full_tables_say_which_version_is_whole(world: Desk) -> None:
    """What vanished at TikTok goes from a target that knows versions: a later one is whole without it."""
    picked = selecting(world, "campaigns", **{"replication-method": "FULL_TABLE"})
    first = run(world, "--catalog", picked)
    gone = records(first, "campaigns")[0]["campaign_id"]
    versions = {one["version"] for one in first if one["type"] == "RECORD"}
    assert [one["version"] for one in first if one["type"] == "ACTIVATE_VERSION"] == list(versions)
    world.vanish("campaign", gone)
    world.pass_days(0.01)
    state = written(world.folder, "state.json", first[-1]["value"])
    second = run(world, "--catalog", picked, "--state", state)
    assert gone not in {one["campaign_id"] for one in records(second, "campaigns")}
    assert len(records(second, "campaigns")) == len(records(first, "campaigns")) - 1
    (activated,) = [one["version"] for one in second if one["type"] == "ACTIVATE_VERSION"]
    assert activated > min(versions)


def test_a_table_that_was_not_read_whole_is_never_called_so(world: Desk) -> None:
    """One advertiser refuses: its rows of before must not be taken for gone."""
    world.fault("code", code=40001, advertiser_id=world.advertisers[0], path="campaign/get", times=None)
    picked = selecting(world, "campaigns", **{"replication-method": "FULL_TABLE"})
    messages = run(world, "--catalog", picked, code=3)
    assert records(messages, "campaigns")
    assert not [one for one in messages if one["type"] == "ACTIVATE_VERSION"]


def test_deleted_objects_come_marked(world: Desk) -> None:
    world.delete("campaign", records(run(world), "campaigns")[0]["campaign_id"])
    rows = records(run(world), "campaigns")
    assert {one["is_deleted"] for one in rows} == {True, False}


def test_what_is_left_out_is_told_and_read_later(world: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code says so, stderr says what and what helps, and the state leaves the days open."""
    owner = world.advertisers[0]
    world.fault("code", code=40001, advertiser_id=owner, path="report/integrated/get", times=None)
    picked = selecting(world, REPORTED)
    first = run(world, "--catalog", picked, code=3)
    assert f"Left out {REPORTED} {owner}" in capsys.readouterr().err
    world.heal()
    state = written(world.folder, "state.json", first[-1]["value"])
    second = run(world, "--catalog", picked, "--state", state)
    assert {one["advertiser_id"] for one in records(first, REPORTED)} == set(world.advertisers) - {owner}
    days = {one["stat_time_day"] for one in records(second, REPORTED) if one["advertiser_id"] == owner}
    assert min(days) == str(world.settings().start_date)


def test_no_secret_stands_in_a_message_or_on_stderr(world: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Not in records, states or schemas, nor when the login is refused."""
    messages = run(world)
    assert SECRET not in json.dumps(messages, default=str)
    world.fault("code", code=40105, times=None)
    with pytest.raises(AuthError) as refused:
        run(world)
    assert SECRET not in str(refused.value) + "".join(capsys.readouterr())
    assert SECRET not in "".join(path.read_text() for path in world.folder.glob("*.log"))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"start_dat": "2026-01-01"}, "start_dat"),
        ({"start_date": "soon"}, "start_date"),
        ({"start_date": None}, "start date is missing"),
        ({"tables": ["ad_insihgts"]}, "ad_insights"),
        ({"access_token": 7}, "access_token must be text"),
    ],
)
def test_a_wrong_configuration_is_told_before_anything_is_asked(
    world: Desk, changed: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        run(world, **changed)
    assert world.asked == []


@pytest.mark.parametrize(
    "state",
    [
        {"bookmarks": []},
        {"bookmarks": {REPORTED: {"replication_key_value": "2026-01-01"}, "ads": 3}},
        {"bookmarks": {REPORTED: {"partitions": [{"context": {"advertiser_id": "7"}, "format": 99}]}}},
    ],
)
def test_a_state_of_somebody_else_is_refused(world: Desk, state: dict[str, object]) -> None:
    """Better to be told than to skip days by a guess."""
    with pytest.raises(ConfigError, match="Start without a state"):
        run(world, "--state", written(world.folder, "state.json", state))


def test_a_state_is_small_beside_the_rows(world: Desk) -> None:
    """It names every advertiser, and so is not told after each slice."""
    messages = run(world)
    sizes: Counter[str] = Counter()
    for one in messages:
        sizes[one["type"]] += len(json.dumps(one, default=str))
    assert sizes["STATE"] < 1.5 * (sizes["RECORD"] + sizes["SCHEMA"])


def test_ctrl_c_leaves_a_state_that_speaks_for_every_row_before_it(tmp_path: Path) -> None:
    """The next run from that state, and the rows so far, come to all the rows there are."""
    with running("tiny", options=Options(tier=None, latency_ms=30), clock=NOW) as api:
        advertisers = list(api.simulator.world.advertisers)
        config = written(
            tmp_path,
            "config.json",
            {
                "access_token": TOKEN,
                "api_url": api.url,
                "advertisers": advertisers,
                "tables": ["ad_insights", "campaign_insights_by_province"],
                "start_date": "2026-07-20",
                "end_date": "2026-09-20",
                "state_dir": str(tmp_path),
                "tier": "ultimate",
                "concurrency": 2,
                # What was read is not read again but for these days.
                "lookback_days": 2,
            },
        )
        command = [sys.executable, "-m", "tiktok_ads.cli.tap", "--config", config]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        with (
            (tmp_path / "errors.txt").open("w") as errors,
            subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, env=environment, cwd=tmp_path
            ) as tapping,
        ):
            assert tapping.stdout
            lines = []
            for line in tapping.stdout:
                lines.append(line)
                if b'"stream":"ad_insights",' in line and b'"RECORD"' in line:
                    break
            tapping.send_signal(signal.SIGINT)
            lines += tapping.stdout
        assert tapping.returncode == 130, (tmp_path / "errors.txt").read_text()
        first = said(io.BytesIO(b"".join(lines)))
        check(first)
        state = written(tmp_path, "state.json", first[-1]["value"])
        second, whole = (
            said(io.BytesIO(subprocess.run(asked, capture_output=True, env=environment, check=True).stdout))
            for asked in ([*command, "--state", state], command)
        )
    for table in ("ad_insights", "campaign_insights_by_province"):
        keys = [
            {tuple(row[key] for key in catalog().reports[table].uniqueness) for row in records(one, table)}
            for one in (first, second, whole)
        ]
        assert keys[0] | keys[1] == keys[2]
    assert len(records(second, "ad_insights")) < len(records(whole, "ad_insights"))


def test_the_tap_says_what_it_is_and_whether_its_login_works(
    world: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    out = io.BytesIO()
    assert tap(["--about"], out=out) == 0
    told = said(out)[0]
    assert told["settings"]["properties"]["access_token"]["secret"] is True
    assert "state" in told["capabilities"]
    config = written(world.folder, "config.json", config_of(world))
    assert tap(["--config", config, "--test"], out=out, world=world_of(world)) == 0
    assert "reaches 2 advertisers" in capsys.readouterr().err


def test_reports_of_ones_own_are_streams(world: Desk) -> None:
    """A report in the configuration is discovered and read like any other."""
    mine = {"by_campaign": {"dimensions": ["campaign_id", "stat_time_day"], "metrics": ["spend", "clicks"]}}
    out = io.BytesIO()
    config = config_of(world, reports=mine)
    tap(["--config", written(world.folder, "c.json", config), "--discover"], out=out)
    assert "by_campaign" in {one["stream"] for one in said(out)[0]["streams"]}
    messages = run(world, reports=copy.deepcopy(mine), tables=["by_campaign"])
    rows = records(messages, "by_campaign")
    assert rows
    assert {"spend", "clicks"} <= set(rows[0])
    assert {one["stream"] for one in messages if one["type"] == "RECORD"} == {"by_campaign"}
    assert date.fromisoformat(rows[0]["stat_time_day"])
