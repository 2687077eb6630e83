"""What a list must hold, told by the simulator's own functions, call by call and without its pages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from tests.worlds import BACK, NOW, Desk
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import Each, EntityStream
from tiktok_ads.simulator.answers import Refused
from tiktok_ads.simulator.assets.serve import everything
from tiktok_ads.simulator.items import Level
from tiktok_ads.simulator.lists import item_list

Row = dict[str, Any]
FIRST = NOW.date() - timedelta(days=BACK)
LEVELS: dict[str, Level] = {"campaign/get": "campaign", "adgroup/get": "adgroup", "ad/get": "ad"}


def owners(desk: Desk, stream: EntityStream) -> list[str]:
    """Advertisers or Business Centers."""
    if stream.owner == "advertiser":
        return desk.advertisers
    return [one["bc_info"]["bc_id"] for one in _centers(desk)]


def list_truth(desk: Desk, stream: EntityStream, owner_id: str) -> list[Row]:
    """The rows of an owner's list, flat; each once, unless TikTok gives them no id."""
    found: dict[object, Row] = {}
    for params, kept in _calls(desk, stream, owner_id):
        for days, stamp in _days(desk, stream, owner_id):
            for row in _rows(desk, stream, {**params, **days}):
                flat = {**_flat(row, stream), **kept, **stamp, stream.owner_column: owner_id}
                if stream.dated and not _is_within(
                    flat[stream.dated.day_column], _today(desk, stream, owner_id)
                ):
                    continue
                key = tuple(spelled(flat.get(name)) for name in stream.primary_key)
                found[len(found) if stream.fingerprint else key] = flat
    return list(found.values())


def spelled(value: Any) -> str | None:
    """A value as text, for comparison with a column of text."""
    return None if value is None else str(value)


def _calls(desk: Desk, stream: EntityStream, owner_id: str) -> Iterator[tuple[Row, Row]]:
    for ask in stream.every_ask:
        for combined in product(*(_choices(desk, each, owner_id) for each in ask.each)):
            params: Row = {stream.owner_column: owner_id} if stream.sends_owner else {}
            pairs = [*stream.params, *ask.params, *(pair for sent, _ in combined for pair in sent)]
            for name, value in pairs:
                outer, _, inner = name.partition(".")
                if value in (None, ""):
                    continue
                if inner:
                    params.setdefault(outer, {})[inner] = value
                else:
                    params[outer] = value
            if stream.deletable:
                params.setdefault("filtering", {})["primary_status"] = "STATUS_ALL"
            kept = {name: value for _, one in combined for name, value in one.items()}
            yield {name: _wire(value) for name, value in params.items()}, kept


def _choices(desk: Desk, each: Each, owner_id: str) -> list[tuple[list[tuple[str, Any]], Row]]:
    """What one `each` sends and keeps: once for a value, once for a parent, or once for all ids together."""
    if each.values:
        name = each.send[0][0]
        kept = [column for column, _ in each.keep]
        return [
            ([(name, [value] if each.as_list else value)], dict.fromkeys(kept, value))
            for value in each.values
        ]
    found: list[Row] = []
    for row in list_truth(desk, catalog().entities[each.table], owner_id):
        if _fits(row, each):
            for value in _at(row, each.send[0][1]):
                one = {path: row.get(path, value) for _, path in (*each.send, *each.keep)}
                one[each.send[0][1]] = value
                if value not in ("", None) and one not in found:
                    found.append(one)
    kept_of = [{column: one[path] for column, path in each.keep} for one in found]
    sent_of = [
        [(name, [one[path]] if each.as_list else one[path]) for name, path in each.send] for one in found
    ]
    if each.objects:
        things = [{**dict(sent), **dict(each.constants)} for sent in sent_of]
        if each.batch == 1:
            return [([(each.objects, [thing])], kept) for thing, kept in zip(things, kept_of, strict=True)]
        return [
            ([(each.objects, things[cut : cut + each.batch])], {})
            for cut in range(0, len(things), each.batch)
        ]
    if each.batch > 1:
        name = each.send[0][0]
        ids = [sent[0][1] for sent in sent_of]
        return [([(name, ids[cut : cut + each.batch])], {}) for cut in range(0, len(ids), each.batch)]
    return list(zip(sent_of, kept_of, strict=True))


def _fits(row: Row, each: Each) -> bool:
    if not each.deleted and (
        "DELETED" in row.values() or str(row.get("secondary_status")).endswith("_DELETE")
    ):
        return False
    return all(
        str(row.get(name)) in (*values, *(one.title() for one in values)) for name, values in each.where
    )


def _at(row: Row, path: str) -> list[Any]:
    found: list[Any] = [row]
    for step in path.split("."):
        name, _, condition = step.rstrip("]").partition("[")
        found = [one.get(name) for one in found if isinstance(one, dict)]
        found = [inner for one in found for inner in (one if isinstance(one, list) else [one])]
        if condition:
            key, _, value = condition.partition("=")
            found = [one for one in found if isinstance(one, dict) and one.get(key) == value]
    return [one for one in found if one is not None]


def _rows(desk: Desk, stream: EntityStream, params: Row) -> list[Row]:
    """What the endpoint gives on all its pages; nothing where it refuses."""
    inner: Any
    said: Any
    try:
        if stream.endpoint in LEVELS:
            return [one for top_view in (False, True) for one in _items(desk, stream, params, top_view)]
        said = everything(desk.world, stream.endpoint, _login(desk), params)
    except Refused:
        return []
    whole = (
        said[0] if len(said) == 1 and not {*stream.primary_key} & {*said[0]} - {stream.owner_column} else None
    )
    inner = whole.get(stream.list_key) if whole else None
    if stream.shape == "map" and inner:
        said = [{stream.key_column: key, **row} for key, row in inner.items()]
    elif stream.shape == "values":
        several = isinstance(inner, list)
        said = [{stream.key_column: one} for one in (inner if several else [inner])]
    elif isinstance(inner, list):
        said = inner
    elif isinstance(inner, dict):
        said = [inner]
    elif whole and not stream.list_key and stream.shape == "rows":
        said = next((one for one in whole.values() if isinstance(one, list)), said)
    if stream.explode:
        said = [
            {**{name: row[name] for name in stream.outer}, **one}
            for row in said
            for one in row[stream.explode]
        ]
    return list(said)


def _items(desk: Desk, stream: EntityStream, params: Row, top_view: bool) -> list[Row]:
    """Campaigns, ad groups or ads, of which TopView is told apart."""
    filtering = {"primary_status": "STATUS_ALL"}
    types = {"buying_types": ["RESERVATION_TOP_VIEW"]} if top_view else {}
    asked = {**params, "filtering": _wire({**filtering, **types}), "page_size": "100"}
    answer: Any = item_list(LEVELS[stream.endpoint])(desk.world, _login(desk), asked).data
    assert answer["page_info"]["total_page"] <= 1
    return list(answer["list"])


def _flat(row: Mapping[str, Any], stream: EntityStream) -> Row:
    flat = dict(row)
    for name in stream.unwrap:
        inner = flat.pop(name, None) or {}
        flat = {**inner, **{key: value for key, value in flat.items() if value is not None}}
    for old, new in stream.rename:
        if old in flat:
            flat[new] = flat.pop(old)
    return flat


def _days(desk: Desk, stream: EntityStream, owner_id: str) -> Iterator[tuple[Row, Row]]:
    """The days that are asked for, and what is stamped on rows that name none."""
    if stream.dated is None:
        yield {}, {}
        return
    last = _today(desk, stream, owner_id)
    if not stream.dated.stamped:
        yield _named(stream, FIRST - timedelta(days=2), last), {}
        return
    for after in range((last - FIRST).days + 1):
        day = FIRST + timedelta(days=after)
        yield _named(stream, day, day), {stream.dated.day_column: day.isoformat()}


def _named(stream: EntityStream, first: date, last: date) -> Row:
    assert stream.dated is not None
    begin, end = first.isoformat(), last.isoformat()
    if stream.dated.seconds:
        begin, end = f"{begin} 00:00:00", f"{end} 23:59:59"
    outer, _, inner = stream.dated.first.partition(".")
    if not inner:
        return {stream.dated.first: begin, stream.dated.last: end}
    return {outer: _wire({inner: begin, stream.dated.last.partition(".")[2]: end})}


def _is_within(moment: Any, last: date) -> bool:
    if isinstance(moment, int):
        return FIRST <= datetime.fromtimestamp(moment, UTC).date() <= last
    return FIRST <= datetime.fromisoformat(str(moment)).date() <= last


def _today(desk: Desk, stream: EntityStream, owner_id: str) -> date:
    if stream.owner == "advertiser":
        return desk.today(owner_id)
    for one in _centers(desk):
        if one["bc_info"]["bc_id"] == owner_id:
            return desk.world.now().astimezone(ZoneInfo(one["bc_info"]["timezone"])).date()
    raise AssertionError(owner_id)


def _centers(desk: Desk) -> list[Any]:
    return list(everything(desk.world, "bc/get", _login(desk), {}))


def _login(desk: Desk) -> Any:
    return desk.simulator.logins.tokens["simulator-token"]


def _wire(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, tuple, dict, bool)) else value
