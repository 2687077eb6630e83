"""Every list of the catalog against the simulator: declared well, read, decoded, loaded twice, and true."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.list_truth import list_truth, owners, spelled
from tests.worlds import TOKEN, Desk, desk
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import EntityObject
from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.runreport import RunReport
from tiktok_ads.simulator.presets import IDLE, PLACES, Plot, Size

CORE = catalog().core
LISTS = [one for name, one in catalog().entities.items() if name not in CORE]
NAMES = [one.name for one in LISTS]
SPECIAL = Size(campaigns=6, adgroups_per_campaign=1, ads_per_adgroup=2, history_days=40, specials=True)
PLAIN = Size(campaigns=2, adgroups_per_campaign=1, ads_per_adgroup=1, history_days=40)
# The last advertiser has nothing of anything.
WORLD = (Plot(PLACES[0], SPECIAL), Plot(PLACES[5], PLAIN), Plot(PLACES[3], IDLE))
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("reset", {"every": 31}),
    ("drift", {"every": 6, "path": "*/get"}),
]
if os.environ.get("TIKTOK_ADS_BATTERY") == "full":
    FAULTS += [
        ("code", {"code": 50000, "every": 7}),
        ("http", {"status": 502, "every": 9}),
        ("truncated_json", {"every": 11}),
        ("empty_body", {"every": 13}),
        ("html", {"status": 503, "every": 8}),
    ]
# Lists whose rows come in files: their truth is told in tests of their own.
FILES = {"leads", "change_log"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, RunReport, RunReport]]:
    """All lists, loaded twice."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
        made = desk(tmp_path_factory.mktemp("lists"), WORLD, tables=tuple(NAMES))
        first, second = made.sync(), made.sync()
        with made.looking():
            yield made, first, second


@pytest.mark.parametrize("stream", LISTS, ids=lambda s: s.name)
def test_a_list_is_declared_as_its_endpoint_takes_it(stream: EntityStream) -> None:
    """Every parameter that is sent is documented, and every one that must be sent is."""
    endpoint = catalog().endpoints[stream.endpoint]
    known = {one.name for one in endpoint.params}
    always = {stream.owner_column} if stream.sends_owner else set()
    always |= {name.partition(".")[0] for name, _ in stream.params}
    if stream.dated:
        always |= {name.partition(".")[0] for name in (stream.dated.first, stream.dated.last)}
    for ask in stream.every_ask:
        sent = always | {name.partition(".")[0] for name, _ in ask.params}
        sent |= {each.objects or name.partition(".")[0] for each in ask.each for name, _ in each.send}
        assert sent <= known
        needed = {one.name for one in endpoint.params if one.required} - {"rule_id", "exec_id", "keyword_id"}
        assert needed - {"page", "page_size"} <= sent
    assert endpoint.method == "GET" or stream.reader != "list"
    largest = endpoint.max_page_size
    assert stream.paging != "page_number" or largest is None or stream.page_size <= largest
    assert {"task": stream.reader != "list"}.get(endpoint.paging.removeprefix("async_"), True)
    assert stream.group
    assert stream.scopes[: len(endpoint.scope_ids)] == endpoint.scope_ids
    if stream.scopes:
        needed = {scope for name in stream.parents for scope in catalog().entities[name].scopes}
        assert needed <= {*stream.scopes}


@pytest.mark.parametrize("stream", LISTS, ids=lambda s: s.name)
def test_no_more_ids_are_sent_than_a_call_takes(stream: EntityStream) -> None:
    """TikTok refuses calls with too many ids."""
    params = {one.name: one for one in catalog().endpoints[stream.endpoint].params}
    for ask in stream.every_ask:
        for each in ask.each:
            name = each.objects or each.send[0][0]
            most = params[name].max_items if "." not in name else None
            assert most is None or each.batch <= most


@pytest.mark.parametrize("stream", LISTS, ids=lambda s: s.name)
def test_ids_come_from_tables_that_hold_them(stream: EntityStream) -> None:
    """What a list is asked for with is a column of a table of the same owner that is read before it."""
    order = list(catalog().entities)
    for ask in stream.every_ask:
        for each in ask.each:
            if not each.table:
                continue
            parent = catalog().entities[each.table]
            assert parent.owner == stream.owner
            assert order.index(parent.name) < order.index(stream.name)
            columns = {field.name for field in parent.fields}
            roots = [path.partition(".")[0].partition("[")[0] for _, path in (*each.send, *each.keep)]
            assert {*roots, *(name for name, _ in each.where)} <= columns


@pytest.mark.parametrize("thing", list(catalog().objects.values()), ids=lambda o: o.name)
def test_every_documented_field_is_a_column(thing: EntityObject) -> None:
    """Whatever is known of a thing stands in one of its tables, but for contacts."""
    if thing.name == "advertiser_authorized":
        return  # The menu of accounts: each of them is a row of `advertisers`.
    tables = [
        s for s in catalog().entities.values() if s.endpoint in (thing.endpoint, *thing.other_endpoints)
    ]
    columns = {field.name for one in tables for field in one.fields}
    kept_out = {name for one in tables for name in (*one.unwrap, *one.drop)}
    documented = {one.name for one in thing.fields if {*one.source} - {"airbyte", "singer"}}
    assert documented - kept_out <= columns
    assert kept_out <= {"item_info", "bc_info", "audience_details", "contact_name", "contact_email"}


@pytest.mark.parametrize("stream", LISTS, ids=lambda s: s.name)
def test_links_that_expire_are_no_keys(stream: EntityStream) -> None:
    """A link that is new every hour never makes a row a new one."""
    expiring = {field.name for field in stream.fields if field.expires}
    assert not expiring & {*stream.primary_key, stream.replication_key}
    assert {name for name, _ in stream.expiries} <= expiring
    assert {link for _, link in stream.expiries} <= expiring


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_read_and_loaded(loaded: tuple[Desk, RunReport, RunReport], name: str) -> None:
    """Every list arrives complete, and nothing of it is left over."""
    desk, first, _ = loaded
    lines = [line for line in first.lines if line.table == name]
    assert lines
    assert {line.outcome for line in lines} == {"complete"}
    assert [one for one in first.skipped if one.table == name] == []
    assert desk.rows(f'SELECT _extra FROM "{name}" WHERE _extra IS NOT NULL LIMIT 1') == []


@pytest.mark.parametrize("name", NAMES)
def test_a_second_run_changes_nothing(loaded: tuple[Desk, RunReport, RunReport], name: str) -> None:
    """Running again writes no row and doubles none, and costs what the plan said."""
    desk, _, second = loaded
    lines = [line for line in second.lines if line.table == name]
    assert [(line.inserted, line.updated, line.deleted) for line in lines] == [(0, 0, 0)] * len(lines)
    keys = ", ".join(f'"{key}"' for key in catalog().entities[name].uniqueness)
    doubled = desk.rows(f'SELECT {keys} FROM "{name}" GROUP BY ALL HAVING count(*) > 1')
    assert doubled == []


def test_the_plan_of_a_second_run_is_right(loaded: tuple[Desk, RunReport, RunReport]) -> None:
    """What a run costs is known once it was done before; only files and ids of other tables may take more."""
    _, _, second = loaded
    planned, made = second.planned.by_purpose, second.made.by_purpose
    assert {name: made[name] - planned[name] for name in made if name not in ("task", "ids")} == {
        name: 0 for name in planned if name not in ("task", "ids")
    }
    assert all(planned[name] <= made[name] <= 2 * planned[name] for name in ("task", "ids"))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in FILES])
def test_a_list_is_what_the_simulator_holds(loaded: tuple[Desk, RunReport, RunReport], name: str) -> None:
    """Every thing once, with its values; nothing else."""
    desk, _, _ = loaded
    stream = catalog().entities[name]
    wanted = [row for owner in owners(desk, stream) for row in list_truth(desk, stream, owner)]
    held = desk.rows(f'SELECT count(*) FROM "{name}"')[0][0]
    keys = [key for key in stream.primary_key if key != "row_id"]
    if stream.fingerprint:
        assert held == len(wanted)
    columns = ", ".join(f'"{key}"::VARCHAR' for key in keys)
    stored = sorted(desk.rows(f'SELECT {columns} FROM "{name}"'))
    told = [tuple(spelled(row.get(key)) for key in keys) for row in wanted]
    assert stored == sorted(told if stream.fingerprint else set(told))
    _same_values(desk, stream, wanted, keys)


def _same_values(
    desk: Desk, stream: EntityStream, wanted: Sequence[Mapping[str, Any]], keys: list[str]
) -> None:
    plain = [
        f.name for f in stream.fields if f.kind in ("id", "text", "name") and not f.is_list and not f.expires
    ]
    plain = [name for name in plain if name not in keys and name != "row_id"]
    if not plain or stream.fingerprint:
        return
    picked = ", ".join(f'"{name}"' for name in (*keys, *plain))
    held = {
        tuple(str(value) for value in row[: len(keys)]): row[len(keys) :]
        for row in desk.rows(f'SELECT {picked} FROM "{stream.name}"')
    }
    for row in wanted:
        values = held[tuple(str(spelled(row.get(key))) for key in keys)]
        for name, value in zip(plain, values, strict=True):
            if isinstance(row.get(name), str) and row[name]:
                assert value == row[name]


@pytest.mark.parametrize(("kind", "said"), FAULTS)
def test_faults_leave_no_trace(
    loaded: tuple[Desk, RunReport, RunReport],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    said: dict[str, Any],
) -> None:
    """Calls that fail, answers that are cut and pages that move end in the same rows, complete."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    undisturbed, _, _ = loaded
    disturbed = replace(undisturbed, folder=tmp_path, opened=None)
    disturbed.fault(kind, times=None, **said)
    try:
        report = disturbed.sync()
    finally:
        disturbed.heal()
    assert report.outcome == "complete"
    wanted = undisturbed.content("_synced_at", "_run_id", tables=NAMES)
    got = disturbed.content("_synced_at", "_run_id", tables=NAMES)
    assert [name for name in NAMES if got.get(name) != wanted.get(name)] == []
