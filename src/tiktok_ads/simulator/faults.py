"""Faults on request: which calls they hit, and what they do to the answer."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import msgspec

Json = dict[str, Any]


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault.

    It hits calls whose endpoint fits `path` (a glob such as `ad/get` or `report/*`), whose `advertiser_id`
    and parameters fit, and whose window has at least `min_days` days: not the first `after` of them, and
    then `times` in all (None: always). `every` hits only each n-th of them.

    `kind` is one of KINDS. `code`, `message`, `status`, `seconds`, `size`, `field`, `value` and `rows` say
    more where the kind has a use for them. `drift` moves the pages that it hits as if `rows` rows had come
    in before them (below 0: had gone), the total with them.
    """

    kind: str
    path: str = "*"
    advertiser_id: str | None = None
    params: dict[str, str] = {}
    min_days: int | None = None
    after: int = 0
    times: int | None = 1
    every: int = 1
    code: int = 50000
    message: str = "Simulated fault."
    status: int = 500
    seconds: float | None = None
    size: int = 10_000_000
    field: str = ""
    value: Any = None
    rows: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind}; there are: {', '.join(sorted(KINDS))}")


@dataclass
class Armed:
    """A fault with its count of calls that fitted and calls that it hit."""

    fault: Fault
    fitted: int = 0
    hit: int = 0

    def strikes(self, endpoint: str, params: Mapping[str, object]) -> bool:
        fault = self.fault
        if not _fits(fault, endpoint, params):
            return False
        self.fitted += 1
        if self.fitted <= fault.after or (self.fitted - fault.after - 1) % fault.every:
            return False
        if fault.times is not None and self.hit >= fault.times:
            return False
        self.hit += 1
        return True


@dataclass(eq=False)
class Faults:
    armed: list[Armed] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.armed.append(Armed(fault))

    def clear(self) -> None:
        self.armed.clear()

    def pick(self, endpoint: str, params: Mapping[str, object]) -> Fault | None:
        """The first fault that strikes this call."""
        return next((one.fault for one in self.armed if one.strikes(endpoint, params)), None)


def _fits(fault: Fault, endpoint: str, params: Mapping[str, object]) -> bool:
    if not fnmatchcase(endpoint, fault.path):
        return False
    if fault.advertiser_id is not None:
        named = f"{params.get('advertiser_id', '')} {params.get('advertiser_ids', '')}"
        if fault.advertiser_id not in named:
            return False
    if any(wanted not in str(params.get(name, "")) for name, wanted in fault.params.items()):
        return False
    if fault.min_days is not None:
        try:
            first = date.fromisoformat(str(params.get("start_date")))
            last = date.fromisoformat(str(params.get("end_date")))
        except ValueError:
            return False
        return (last - first).days + 1 >= fault.min_days
    return True


# Faults that need no answer of the endpoint, or spoil the connection; `app` carries them out.
INSTEAD = {"code", "http", "html", "empty_body", "redirect", "hang"}
ON_THE_WIRE = {"truncated_json", "wrong_content_length", "reset", "gzip_bomb", "slow_body"}


def _rows(body: Json) -> list[Any]:
    """The rows of an answer, whatever they are called; data itself where it has none."""
    data = body.get("data")
    if not isinstance(data, dict):
        return []
    name = _list_name(data)
    return [data] if name is None else data[name]


def _list_name(data: Json) -> str | None:
    if isinstance(data.get("list"), list):
        return "list"
    return next(
        (
            name
            for name, value in data.items()
            if isinstance(value, list) and all(isinstance(row, dict) for row in value)
        ),
        None,
    )


def _info(body: Json) -> Json:
    data = body.get("data")
    info = data.get("page_info") if isinstance(data, dict) else None
    return info if isinstance(info, dict) else {}


def _parts(row: Json) -> list[Json]:
    """Where the values of a row stand: in dimensions and metrics for a report, else in the row."""
    if isinstance(row.get("metrics"), dict):
        return [row["metrics"], row["dimensions"]]
    return [row]


def data_null(body: Json, fault: Fault) -> None:
    body["data"] = None


def no_data(body: Json, fault: Fault) -> None:
    body.pop("data", None)


def no_page_info(body: Json, fault: Fault) -> None:
    body["data"].pop("page_info", None)


def no_list(body: Json, fault: Fault) -> None:
    body["data"].pop(_list_name(body["data"]) or "list", None)


def partial(body: Json, fault: Fault) -> None:
    body["code"], body["message"] = 20001, "Partially successful."


def page_short(body: Json, fault: Fault) -> None:
    del _rows(body)[-fault.rows :]


def page_empty(body: Json, fault: Fault) -> None:
    _rows(body).clear()


def page_repeated(body: Json, fault: Fault) -> None:
    """The rows of a page come twice in it, in place of as many others."""
    rows = _rows(body)
    rows[-fault.rows :] = rows[: fault.rows]


def more_pages(body: Json, fault: Fault) -> None:
    _info(body)["total_page"] = _info(body).get("total_page", 0) + 1


def fewer_pages(body: Json, fault: Fault) -> None:
    _info(body)["total_page"] = max(_info(body).get("total_page", 0) - 1, 0)


def wrong_total(body: Json, fault: Fault) -> None:
    _info(body)["total_number"] = _info(body).get("total_number", 0) + fault.rows


def blank_parents(body: Json, fault: Fault) -> None:
    for row in _rows(body):
        for part in _parts(row)[:1]:
            for name in ("campaign_id", "adgroup_id"):
                if name in part:
                    part[name] = "-" if fault.value is None else fault.value


def unknown_field(body: Json, fault: Fault) -> None:
    for row in _rows(body):
        _parts(row)[0][fault.field or "brand_new_field"] = (
            {"nested": [1, "two"]} if fault.value is None else fault.value
        )


def unknown_enum(body: Json, fault: Fault) -> None:
    for row in _rows(body):
        for part in _parts(row):
            for name in (fault.field,) if fault.field else ("secondary_status", "objective_type"):
                if name in part:
                    part[name] = "SOMETHING_NEW"


def type_flip(body: Json, fault: Fault) -> None:
    """A field changes its type: by default the first numbers become text and the first text a number."""
    for row in _rows(body):
        for part in _parts(row)[:1]:
            name = fault.field or next(iter(part))
            if name in part:
                old = part[name]
                part[name] = fault.value if fault.value is not None else _flipped(old)


def _flipped(old: object) -> object:
    if isinstance(old, bool) or not isinstance(old, int | float | str):
        return [old]
    return str(old) if not isinstance(old, str) else int(old) if old.isdecimal() else {"was": old}


def set_field(body: Json, fault: Fault) -> None:
    """Any value, in the first `rows` rows."""
    for row in _rows(body)[: fault.rows]:
        for part in _parts(row):
            if fault.field in part:
                part[fault.field] = fault.value


def missing_field(body: Json, fault: Fault) -> None:
    for row in _rows(body):
        for part in _parts(row):
            part.pop(fault.field, None)


def order_change(body: Json, fault: Fault) -> None:
    for row in _rows(body):
        for part in _parts(row):
            for name in reversed(list(part)):
                part[name] = part.pop(name)


def huge_string(body: Json, fault: Fault) -> None:
    for row in _rows(body)[:1]:
        part = _parts(row)[0]
        part[fault.field or next(iter(part))] = "x" * fault.size


def wrong_advertiser(body: Json, fault: Fault) -> None:
    for row in _rows(body)[: fault.rows]:
        for part in _parts(row):
            if "advertiser_id" in part:
                part["advertiser_id"] = "7999999999999999999"


EDITS: dict[str, Callable[[Json, Fault], None]] = {
    "data_null": data_null,
    "no_data": no_data,
    "no_page_info": no_page_info,
    "no_list": no_list,
    "partial": partial,
    "page_short": page_short,
    "page_empty": page_empty,
    "page_repeated": page_repeated,
    "more_pages": more_pages,
    "fewer_pages": fewer_pages,
    "wrong_total": wrong_total,
    "blank_parents": blank_parents,
    "unknown_field": unknown_field,
    "unknown_enum": unknown_enum,
    "type_flip": type_flip,
    "set_field": set_field,
    "missing_field": missing_field,
    "order_change": order_change,
    "huge_string": huge_string,
    "wrong_advertiser": wrong_advertiser,
}


def duplicate_keys(body: bytes, fault: Fault) -> bytes:
    """The envelope names its code twice; the second time it is an error."""
    return b'{"code":50000,' + body[1:] if fault.value == "first" else body[:-1] + b',"code":50000}'


def nan(body: bytes, fault: Fault) -> bytes:
    """A value that is no JSON stands in the envelope."""
    return body[:-1] + b',"extra":NaN}'


def not_utf8(body: bytes, fault: Fault) -> bytes:
    return body.replace(b'"message":"OK"', b'"message":"\xff\xfe"', 1)


SPOILS: dict[str, Callable[[bytes, Fault], bytes]] = {
    "duplicate_keys": duplicate_keys,
    "nan": nan,
    "not_utf8": not_utf8,
}
KINDS = INSTEAD | ON_THE_WIRE | EDITS.keys() | SPOILS.keys() | {"throttle_header", "drift"}


def spoiled(body: bytes, fault: Fault) -> bytes:
    """The body of an answer after a fault that changes it."""
    if fault.kind in EDITS:
        decoded = msgspec.json.decode(body)
        EDITS[fault.kind](decoded, fault)
        return msgspec.json.encode(decoded)
    if fault.kind in SPOILS:
        return SPOILS[fault.kind](body, fault)
    return body


def bomb(size: int) -> bytes:
    """A few kilobytes that unpack to `size` bytes."""
    return gzip.compress(b'{"code":0,"data":{"list":[],"x":"' + b"0" * size + b'"}}', compresslevel=9)
