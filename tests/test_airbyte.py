"""The Airbyte source: messages by the protocol, rows as `sync` loads them, errors with remedies."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.emitting import SECRET, config_of, handed, in_order, said, stored, world_of, written
from tests.worlds import EAST_AND_WEST, TABLES, TOKEN, Desk, days_asked, desk
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.emit.airbyte.command import source

Messages = list[dict[str, Any]]
REPORTED = "ad_insights"
NUMBER, TEXT, FLAG, OBJECT = ({"type": one} for one in ("number", "string", "boolean", "object"))
NAMES = {"type": "array", "items": TEXT}


def _object(required: str, **properties: object) -> dict[str, object]:
    return {"type": "object", "required": required.split(), "properties": properties}


DESCRIPTOR = _object("name", name=TEXT, namespace=TEXT)
STREAM = _object(
    "name json_schema supported_sync_modes",
    name=TEXT,
    json_schema=OBJECT,
    supported_sync_modes={"type": "array", "items": {"enum": ["full_refresh", "incremental"]}},
    source_defined_cursor=FLAG,
    default_cursor_field=NAMES,
    source_defined_primary_key={"type": "array", "items": NAMES},
    is_resumable=FLAG,
)
PROTOCOL = {
    "SPEC": (
        "spec",
        _object("connectionSpecification", connectionSpecification=OBJECT, supportsIncremental=FLAG),
    ),
    "CONNECTION_STATUS": (
        "connectionStatus",
        _object("status", status={"enum": ["SUCCEEDED", "FAILED"]}, message=TEXT),
    ),
    "CATALOG": ("catalog", _object("streams", streams={"type": "array", "items": STREAM})),
    "RECORD": (
        "record",
        _object("stream data emitted_at", stream=TEXT, data=OBJECT, emitted_at={"type": "integer"}),
    ),
    "STATE": (
        "state",
        _object(
            "type stream",
            type={"const": "STREAM"},
            stream=_object("stream_descriptor", stream_descriptor=DESCRIPTOR, stream_state=OBJECT),
            sourceStats=_object("", recordCount=NUMBER),
        ),
    ),
    "LOG": (
        "log",
        _object("level message", level={"enum": ["INFO", "WARN", "ERROR"]}, message=TEXT),
    ),
    "TRACE": (
        "trace",
        {
            **_object("type emitted_at", type={"enum": ["ERROR", "STREAM_STATUS"]}, emitted_at=NUMBER),
            "oneOf": [
                _object(
                    "error",
                    error=_object(
                        "message",
                        message=TEXT,
                        internal_message=TEXT,
                        failure_type={"enum": ["system_error", "config_error", "transient_error"]},
                    ),
                ),
                _object(
                    "stream_status",
                    stream_status=_object(
                        "stream_descriptor status",
                        stream_descriptor=DESCRIPTOR,
                        status={"enum": ["STARTED", "RUNNING", "COMPLETE", "INCOMPLETE"]},
                    ),
                ),
            ],
        },
    ),
}
"""The messages of Airbyte's protocol that a source writes: their part's name, and its shape."""


def check(messages: Messages) -> None:
    for one in messages:
        name, schema = PROTOCOL[one["type"]]
        assert set(one) == {"type", name}
        Draft7Validator(schema).validate(json.loads(json.dumps(one[name], default=float)))


def run(desk: Desk, *more: str, code: int = 0, **changed: object) -> Messages:
    out = io.BytesIO()
    config = written(desk.folder, "config.json", config_of(desk, **changed))
    assert source([more[0], "--config", config, *more[1:]], out=out, world=world_of(desk)) == code
    found = said(out)
    check(found)
    return found


def chosen(desk: Desk, *names: str, mode: str = "incremental") -> str:
    streams = [
        {"stream": one, "sync_mode": mode, "destination_sync_mode": "append_dedup"}
        for one in discovered()
        if one["name"] in names
    ]
    return written(desk.folder, "catalog.json", {"streams": streams})


@cache
def discovered() -> Messages:
    """All streams; found out once, since nobody is asked."""
    with tempfile.TemporaryDirectory() as folder:
        out = io.BytesIO()
        assert source(["discover", "--config", written(Path(folder), "config.json", {})], out=out) == 0
    found = said(out)
    check(found)
    return list(found[0]["catalog"]["streams"])


def read(desk: Desk, catalog_file: str, state: str = "", *, code: int = 0, **changed: object) -> Messages:
    more = ["--state", state] if state else []
    return run(desk, "read", "--catalog", catalog_file, *more, code=code, **changed)


def rows(messages: Messages, stream: str) -> Messages:
    found = [one["record"] for one in messages if one["type"] == "RECORD"]
    return [one["data"] for one in found if one["stream"] == stream]


def states(messages: Messages) -> Messages:
    """The last state of each stream, as Airbyte hands them back."""
    told = [one["state"] for one in messages if one["type"] == "STATE"]
    return list({one["stream"]["stream_descriptor"]["name"]: one for one in told}.values())


def statuses(messages: Messages, stream: str) -> list[str]:
    told = [one["trace"].get("stream_status") for one in messages if one["type"] == "TRACE"]
    return [one["status"] for one in told if one and one["stream_descriptor"]["name"] == stream]


def errors(messages: Messages) -> Messages:
    return [one["trace"]["error"] for one in messages if one["type"] == "TRACE" and "error" in one["trace"]]


@pytest.fixture
def world(tmp_path: Path) -> Desk:
    return desk(tmp_path, EAST_AND_WEST)


def test_the_specification_hides_secrets_and_explains_each_option(world: Desk) -> None:
    """Airbyte draws a form of it, and keeps what is marked as secret."""
    out = io.BytesIO()
    assert source(["spec"], out=out) == 0
    check(said(out))
    told = said(out)[0]["spec"]["connectionSpecification"]
    Draft7Validator.check_schema(told)
    assert told["required"] == ["access_token", "start_date"]
    hidden = {name for name, one in told["properties"].items() if one.get("airbyte_secret")}
    assert hidden == {"access_token", "app_secret"}
    assert all(one["description"] and one["title"] for one in told["properties"].values())
    Draft7Validator(told).validate(config_of(world))


def test_a_check_says_whether_the_login_works_and_what_helps(world: Desk) -> None:
    """A refused token, a wrong option and a missing day are told in words; a good login succeeds."""
    assert run(world, "check")[0]["connectionStatus"] == {"status": "SUCCEEDED"}
    told = run(world, "check", start_date=None)[0]["connectionStatus"]
    assert (told["status"], "start date" in told["message"]) == ("FAILED", True)
    refused = run(world, "check", access_token="somebody-elses-token-98765")[0]["connectionStatus"]
    assert refused["status"] == "FAILED"
    assert "token" in refused["message"]
    assert "98765" not in refused["message"]


def test_everything_is_discovered_without_a_login() -> None:
    """Keys, modes and Airbyte's own types of moments."""
    streams = {one["name"]: one for one in discovered()}
    assert set(streams) == set(catalog().streams)
    report = streams[REPORTED]
    assert report["supported_sync_modes"] == ["full_refresh", "incremental"]
    assert report["source_defined_primary_key"] == [["advertiser_id"], ["ad_id"], ["stat_time_day"]]
    assert report["default_cursor_field"] == ["stat_time_day"]
    moment = streams["campaigns"]["json_schema"]["properties"]["modify_time"]
    assert moment["airbyte_type"] == "timestamp_with_timezone"
    for one in streams.values():
        Draft7Validator.check_schema(one["json_schema"])
        assert ("incremental" in one["supported_sync_modes"]) == one["source_defined_cursor"]


def test_records_are_what_a_sync_loads(world: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row, with the status of each stream told, and each record fitting its schema."""
    picked = chosen(world, *TABLES)
    schemas = {one["name"]: Draft7Validator(one["json_schema"]) for one in discovered()}
    messages = read(world, picked)
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    assert world.sync().outcome == "complete"
    for table in TABLES:
        found = rows(messages, table)
        assert in_order(handed(found)) == in_order(stored(world, table)), table
        assert statuses(messages, table) == ["STARTED", *(["RUNNING"] if found else []), "COMPLETE"]
        schemas[table].validate(found[0])
    assert errors(messages) == []
    assert SECRET not in json.dumps(messages, default=str)


def test_states_count_their_records(world: Desk) -> None:
    """Airbyte adds them up, to know that nothing was lost on the way."""
    messages = read(world, chosen(world, "ads", REPORTED))
    for stream in ("ads", REPORTED):
        counted = sum(
            one["state"]["sourceStats"]["recordCount"]
            for one in messages
            if one["type"] == "STATE" and one["state"]["stream"]["stream_descriptor"]["name"] == stream
        )
        assert counted == len(rows(messages, stream)) > 0
    last = {one: at for at, one in enumerate(map(_what, messages))}
    assert last["STATE", REPORTED] > last["RECORD", REPORTED]


def _what(message: Mapping[str, Any]) -> tuple[str, str]:
    if message["type"] == "RECORD":
        return "RECORD", message["record"]["stream"]
    if message["type"] == "STATE":
        return "STATE", message["state"]["stream"]["stream_descriptor"]["name"]
    return message["type"], ""


def test_a_second_run_reads_only_what_is_due(world: Desk) -> None:
    """Incremental streams go on from their own state; one that is refreshed in full does not."""
    picked = chosen(world, REPORTED)
    first = read(world, picked, lookback_days=3)
    state = written(world.folder, "state.json", json.loads(json.dumps(states(first), default=float)))
    world.pass_days(1)
    asked = len(world.asked)
    read(world, picked, state, lookback_days=3)
    owner = world.advertisers[0]
    today = world.today(owner)
    due = [today - timedelta(days=back) for back in range(4, -1, -1)]
    assert sorted(set(days_asked(world, REPORTED, owner, since=asked))) == due
    asked = len(world.asked)
    read(world, chosen(world, REPORTED, mode="full_refresh"), state, lookback_days=3)
    assert len(set(days_asked(world, REPORTED, owner, since=asked))) > len(due)


def test_what_is_left_out_fails_the_run_with_a_remedy_and_keeps_the_rest(world: Desk) -> None:
    """The stream is incomplete, the reason stands in the error, and other streams are complete."""
    owner = world.advertisers[0]
    world.fault("code", code=40001, advertiser_id=owner, path="report/integrated/get", times=None)
    messages = read(world, chosen(world, REPORTED, "campaigns"), code=1)
    assert statuses(messages, REPORTED)[-1] == "INCOMPLETE"
    assert statuses(messages, "campaigns")[-1] == "COMPLETE"
    (error,) = errors(messages)
    assert REPORTED in error["message"]
    assert owner in error["message"]
    assert rows(messages, REPORTED)


@pytest.mark.parametrize(
    ("fault", "kind"), [({"code": 40105}, "config_error"), ({"code": 50000}, "transient_error")]
)
def test_an_error_says_who_must_act(world: Desk, fault: dict[str, Any], kind: str) -> None:
    """Airbyte tries again by itself what passes, and asks its user about the rest; no token is told."""
    picked = chosen(world, REPORTED)
    world.fault("code", times=None, **fault)
    messages = read(world, picked, code=1)
    (error,) = errors(messages)
    assert error["failure_type"] == kind
    assert error["message"]
    assert SECRET not in json.dumps(messages, default=str)
    assert statuses(messages, REPORTED)[-1] == "INCOMPLETE"


@pytest.mark.parametrize("state", [{"ad_insights": "2026-01-01"}, [{"type": "GLOBAL"}]])
def test_a_state_of_somebody_else_is_refused(world: Desk, state: object) -> None:
    picked = chosen(world, REPORTED)
    messages = read(world, picked, written(world.folder, "state.json", state), code=1)
    (error,) = errors(messages)
    assert error["failure_type"] == "config_error"


def test_an_unknown_stream_is_refused_in_words(world: Desk) -> None:
    picked = written(world.folder, "c.json", {"streams": [{"stream": {"name": "nothing"}, "sync_mode": "x"}]})
    (error,) = errors(read(world, picked, code=1))
    assert "no stream 'nothing'" in error["message"]
