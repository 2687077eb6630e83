"""The change log of an advertiser: a task whose answer is the printed form of a file."""

from __future__ import annotations

import ast
import csv
import io

import msgspec

from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import page_of
from tiktok_ads.errors import DecodeError, TransportError
from tiktok_ads.extract.lists.one import Called
from tiktok_ads.extract.lists.requests import Request
from tiktok_ads.extract.lists.waiting import Created, finished, repeated
from tiktok_ads.extract.pages import Rows, stacked

CREATE, CHECK, FILE = "changelog/task/create", "changelog/task/check", "changelog/task/download"


class _Told(msgspec.Struct):
    changelog: str | dict[str, object] | None = None


async def read_change_log(called: Called, request: Request) -> Rows:
    """The changes of one window.

    Raises:
        ServerFault, ReportTimeout: TikTok could not prepare the file.
        DecodeError: the file is not a change log.
    """
    client, tally = called.client, called.tally
    made = await repeated(
        lambda: tally.counted("task", lambda meter: client.post(CREATE, request.params, meter=meter)),
        on=TransportError,
    )
    task_id = msgspec.json.decode(made.data, type=Created, strict=False).task_id
    asked = {called.stream.owner_column: called.piece.advertiser_id, "task_id": task_id}

    async def check(meter: Meter) -> Answer:
        return await client.get(CHECK, asked, meter=meter)

    await finished(CHECK, check, tally=tally, sleep=called.sleep)
    answer = await tally.counted("task", lambda meter: client.get(FILE, asked, meter=meter))
    told = msgspec.json.decode(answer.data, type=_Told).changelog
    page = page_of(
        records_in(told, called.stream.name),
        called.stream,
        fields=called.fields,
        owner_id=called.piece.advertiser_id,
        onto=request.onto,
    )
    called.ticket.add(page.batch.nbytes)
    return Rows(stacked([page.batch]), page.unfit, page.unknown, answer.request_id)


def records_in(told: object, table: str) -> list[dict[str, object]]:
    """The lines of the file by column; the counts that stand above them are left out.

    Raises:
        DecodeError: there is no line of headings.
    """
    lines = _text(told).splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if "object id" in line.lower()), None)
    if first is None:
        if not any(line.strip() for line in lines):
            return []
        raise DecodeError("the change log has no headings", table, "changelog", told)
    reader = csv.DictReader(io.StringIO("".join(lines[first:]), newline=""))
    records: list[dict[str, object]] = []
    for line in reader:
        record: dict[str, object] = {_plain(name): value for name, value in line.items() if name}
        record["activity_details"] = _details(record.get("activity_details"))
        records.append(record)
    return records


def _text(told: object) -> str:
    """The file itself, however often it was printed: the text of a dictionary that holds bytes is usual."""
    for _ in range(4):
        if isinstance(told, bytes):
            return told.decode("utf-8-sig", "replace")
        if isinstance(told, dict):
            told = max(told.values(), key=lambda value: len(str(value)), default="")
        elif isinstance(told, str) and told.lstrip()[:2] in ("{'", '{"', "b'", 'b"'):
            try:
                told = ast.literal_eval(told.strip())
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                break
        else:
            break
    return told if isinstance(told, str) else ""


def _details(cell: object) -> object:
    """The list of what was changed; as it came where it is no list."""
    if not isinstance(cell, str) or cell.lstrip()[:1] not in ("[", "{"):
        return cell
    try:
        return msgspec.json.decode(cell)
    except msgspec.DecodeError:
        pass
    try:
        return ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return cell


def _plain(heading: str) -> str:
    return "_".join(heading.strip().lower().split())
