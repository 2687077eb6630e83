"""A list as the calls that it takes: parameters built from scratch, and what belongs on the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from tiktok_ads.catalog.streams import Ask, Each, EntityStream
from tiktok_ads.extract.lists.parents import Row, chosen
from tiktok_ads.plan import DAY, Window


@dataclass(frozen=True)
class Request:
    """One list to be read, page by page: what is sent without the page, and what is put on its rows.

    With `may_refuse` a refusal means that there are no rows.
    """

    params: Mapping[str, object]
    onto: Mapping[str, object]
    may_refuse: bool = False


def requests_of(
    stream: EntityStream,
    owner_id: str,
    held: Mapping[str, Sequence[Row]],
    *,
    include_deleted: bool,
    modified_after: datetime | None = None,
    asked: Window | None = None,
) -> list[Request]:
    """Every call's parameters, pages left out.

    Args:
        stream: the list.
        owner_id: the advertiser or Business Center.
        held: rows of the tables that it is asked for with.
        include_deleted: ask for all statuses, where deleted things are listed at all.
        modified_after: ask only for what changed since then.
        asked: the days that are sent, of a list of things that happened.
    """
    made: list[Request] = []
    for ask in stream.every_ask:
        for combined in product(*(_choices(each, held.get(each.table, ())) for each in ask.each)):
            params = _base(stream, owner_id, ask)
            onto: dict[str, object] = {}
            for sent, kept in combined:
                for name, value in sent:
                    _put(params, name, value)
                onto.update(kept)
            if include_deleted and stream.deletable:
                _put(params, "filtering.primary_status", "STATUS_ALL")
            if modified_after is not None:
                _put(params, "filtering.modified_after", modified_after.strftime("%Y-%m-%d %H:%M:%S"))
            if asked is not None:
                _put_days(params, stream, asked)
            made.append(Request(params, onto, ask.may_refuse))
    return made


def padded(stream: EntityStream, window: Window, today_or_later: Window | None = None) -> Window:
    """The days that are asked for so that every row of the window is among what comes."""
    pad = stream.dated.pad_days if stream.dated else 0
    last = window.last + pad * DAY
    if today_or_later is not None:
        last = max(min(last, today_or_later.last), window.last)
    return Window(window.first - pad * DAY, last)


def _base(stream: EntityStream, owner_id: str, ask: Ask) -> dict[str, object]:
    params: dict[str, object] = {stream.owner_column: owner_id} if stream.sends_owner else {}
    for name, value in (*stream.params, *ask.params):
        _put(params, name, value)
    if stream.paging == "page_number":
        params["page_size"] = stream.page_size
    elif stream.paging == "cursor":
        params["count"] = stream.page_size
    return params


Choice = tuple[list[tuple[str, object]], dict[str, object]]


def _choices(each: Each, rows: Sequence[Row]) -> list[Choice]:
    """What one `each` sends and keeps, call by call."""
    found = chosen(each, [{"value": value} for value in each.values] if each.values else rows)
    if each.objects:
        constants = dict(each.constants)
        objects = [{**{name: one[path] for name, path in each.send}, **constants} for one in found]
        return [
            ([(each.objects, objects[cut : cut + each.batch])], _kept(each, found[cut]))
            for cut in range(0, len(found), each.batch)
        ]
    if each.batch > 1 or each.as_list:
        name, path = each.send[0]
        return [
            ([(name, [one[path] for one in found[cut : cut + each.batch]])], _kept(each, found[cut]))
            for cut in range(0, len(found), each.batch)
        ]
    return [([(name, one[path]) for name, path in each.send], _kept(each, one)) for one in found]


def _kept(each: Each, one: Mapping[str, object]) -> dict[str, object]:
    return {name: one[path] for name, path in each.keep}


def _put(params: dict[str, object], path: str, value: object) -> None:
    """Set a parameter; dots reach into objects, and what is blank is not sent."""
    if value is None or value == "":
        return
    *outer, name = path.split(".")
    for one in outer:
        inner = params.setdefault(one, {})
        assert isinstance(inner, dict)  # noqa: S101  (only we put objects there)
        params = inner
    params[name] = list(value) if isinstance(value, tuple) else value


def _put_days(params: dict[str, object], stream: EntityStream, asked: Window) -> None:
    dated = stream.dated
    assert dated is not None  # noqa: S101
    first, last = asked.first.isoformat(), asked.last.isoformat()
    if dated.seconds:
        first, last = f"{first} 00:00:00", f"{last} 23:59:59"
    _put(params, dated.first, first)
    _put(params, dated.last, last)
