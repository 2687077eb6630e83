"""The leads of a form: TikTok prepares a file of them, once for each region in which it keeps leads."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping

import msgspec

from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import page_of
from tiktok_ads.errors import (
    AccessDenied,
    ApiError,
    DecodeError,
    InvalidRequest,
    NotAvailable,
    TransportError,
)
from tiktok_ads.extract.lists.one import Called
from tiktok_ads.extract.lists.requests import Request
from tiktok_ads.extract.lists.waiting import Created, finished, repeated
from tiktok_ads.extract.pages import Rows, stacked

TASK = "page/lead/task"
FILE = "page/lead/task/download"
REGIONS = ("", "eu", "us")
"""Leads of the EEA, the United Kingdom and Switzerland, those of the United States, and all others."""
_REFUSED = (AccessDenied, NotAvailable, InvalidRequest)
_MOST_BYTES = 512 * 2**20
_SPELLINGS = {"created_time": "create_time", "ad_group_id": "adgroup_id", "ad_group_name": "adgroup_name"}


async def read_leads(called: Called, request: Request) -> Rows:
    """The leads of one form from all regions; a region that TikTok refuses has none.

    Raises:
        ApiError: every region was refused.
        DecodeError: the file is not one of leads.
    """
    records: dict[str, dict[str, object]] = {}
    refused: list[ApiError] = []
    request_id = ""
    for region in REGIONS:
        try:
            found, request_id = await _of_region(called, request, region)
        except _REFUSED as error:
            refused.append(error)
            continue
        for record in found:
            records.setdefault(str(record["lead_id"]), {**record, "lead_region": region or None})
    if len(refused) == len(REGIONS):
        raise refused[0]
    page = page_of(
        list(records.values()),
        called.stream,
        fields=called.fields,
        owner_id=called.piece.advertiser_id,
        onto=request.onto,
    )
    called.ticket.add(page.batch.nbytes)
    return Rows(stacked([page.batch]), page.unfit, page.unknown, request_id)


async def _of_region(called: Called, request: Request, region: str) -> tuple[list[dict[str, object]], str]:
    headers = {"x-lead-region": region} if region else {}
    client, tally = called.client, called.tally

    async def post(body: Mapping[str, object], meter: Meter) -> Answer:
        return await repeated(
            lambda: client.post(TASK, body, meter=meter, headers=headers), on=TransportError
        )

    async def fetch() -> list[dict[str, object]]:
        content = await tally.counted(
            "task", lambda meter: client.download(FILE, asked, meter=meter, headers=headers)
        )
        return records_in(content, called.stream.name, {field.name for field in called.stream.fields})

    made = await tally.counted("task", lambda meter: post(request.params, meter))
    task_id = msgspec.json.decode(made.data, type=Created, strict=False).task_id
    body = {**request.params, "task_id": task_id}
    # The call that makes the task also tells how it stands.
    request_id = await finished(TASK, lambda meter: post(body, meter), tally=tally, sleep=called.sleep)
    asked = {called.stream.owner_column: called.piece.advertiser_id, "task_id": task_id}
    # A file that was cut on its way is fetched again.
    return await repeated(fetch, on=DecodeError), request_id


def records_in(content: bytes, table: str, known: set[str]) -> list[dict[str, object]]:
    """The file's leads: what the catalog knows as columns, all answers together as `lead_data`.

    Raises:
        DecodeError: it is no CSV, or names no lead.
    """
    records: list[dict[str, object]] = []
    try:
        for text in _texts(content):
            reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            names = {name: _plain(name) for name in reader.fieldnames or ()}
            if names and "lead_id" not in names.values():
                raise DecodeError("the file of leads has no lead_id", table, "lead_id", sorted(names))
            for line in reader:
                if None in line or None in line.values():
                    raise DecodeError("a lead has too many or too few values", table, "lead_id")
                told = {name: line.get(name) for name in names}
                record: dict[str, object] = {
                    names[name]: value for name, value in told.items() if names[name] in known
                }
                record["lead_data"] = {
                    name: value for name, value in told.items() if names[name] not in known
                }
                records.append(record)
    except (UnicodeDecodeError, csv.Error, zipfile.BadZipFile) as error:
        raise DecodeError(f"the file of leads cannot be read ({error})", table) from error
    return records


def _texts(content: bytes) -> list[str]:
    if not content.startswith(b"PK\x03\x04"):
        return [content.decode("utf-8-sig")]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        inside = [one for one in packed.infolist() if one.filename.lower().endswith(".csv")]
        if sum(one.file_size for one in inside) > _MOST_BYTES:
            raise zipfile.BadZipFile("it is too large unpacked")
        return [packed.read(one).decode("utf-8-sig") for one in inside]


def _plain(heading: str) -> str:
    """A heading as a column is called: `Lead ID` is lead_id."""
    name = "_".join(heading.replace("-", " ").lower().split())
    return _SPELLINGS.get(name, name)
