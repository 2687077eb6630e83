"""The asynchronous report: the last resort for what no call can give at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.rules import allowed_metrics
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.decode.countries import country_codes
from tiktok_ads.decode.reports import rows_of_task
from tiktok_ads.errors import DecodeError, ReportTimeout, ServerFault
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.pages import Rows, doubled, stacked
from tiktok_ads.extract.requests import task_body
from tiktok_ads.plan import Window

_WAITS_SECONDS = (2, 3, 5, 10, 15, 20, *[30] * 56)
"""Half an hour in all: tasks are queued, and asking more often only uses up the quota."""


class _Created(msgspec.Struct):
    task_id: str


class _Checked(msgspec.Struct):
    status: str
    message: str | None = None


class TaskReader:
    """Creates an asynchronous report, waits for it and reads its CSV."""

    def __init__(
        self,
        client: Reader,
        advertiser_id: str,
        *,
        tally: Tally,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client, self._advertiser_id, self._tally, self._sleep = client, advertiser_id, tally, sleep

    async def read(
        self,
        stream: ReportStream,
        *,
        window: Window | None,
        metrics: Sequence[str],
        campaign_ids: Sequence[str],
        fields: Sequence[Field],
        currency: str | None,
    ) -> tuple[Rows, set[str]]:
        """The rows, and the metrics that only a synchronous report has.

        Raises:
            ReportTimeout: the task did not end in half an hour.
            ServerFault: TikTok could not make the report.
            DecodeError: the file has other columns than asked, or countries that have no code.
        """
        possible = allowed_metrics(
            stream.report_type, stream.data_level, stream.dimensions, asynchronous=True
        )
        asked = [name for name in metrics if name in possible and name not in stream.dimensions]
        body = task_body(
            stream,
            advertiser_id=self._advertiser_id,
            window=window,
            metrics=asked,
            campaign_ids=campaign_ids,
        )
        answer = await self._tally.counted(
            "task", lambda meter: self._client.post("report/task/create", body, meter=meter)
        )
        task_id = msgspec.json.decode(answer.data, type=_Created, strict=False).task_id
        request_id = await self._finished(task_id)
        text = await self._tally.counted(
            "task",
            lambda meter: self._client.download("report/task/download", self._of(task_id), meter=meter),
        )
        records = _records(text, stream, asked)
        if "country_code" in stream.dimensions:
            records = country_codes(records, stream.name)
        stamps = {"stat_time_day": window.first.isoformat()} if stream.stamped and window else {}
        batch, unfit = rows_of_task(
            records, fields, advertiser_id=self._advertiser_id, currency=currency, stamps=stamps
        )
        table = stacked([batch])
        if doubled(table, stream.uniqueness):
            raise DecodeError("a row came twice in the asynchronous report", stream.name)
        return Rows(table, unfit, (), request_id), set(metrics) - set(asked) - set(stream.dimensions)

    async def _finished(self, task_id: str) -> str:
        for wait in _WAITS_SECONDS:
            answer = await self._tally.counted(
                "task", lambda meter: self._client.get("report/task/check", self._of(task_id), meter=meter)
            )
            told = msgspec.json.decode(answer.data, type=_Checked)
            if told.status == "SUCCESS":
                return answer.request_id
            if told.status in ("FAILED", "CANCELED"):
                why = told.message or f"the asynchronous report ended as {told.status}"
                raise ServerFault(why, 0, "report/task/check", answer.request_id)
            await self._sleep(wait)
        raise ReportTimeout("the asynchronous report was not ready after half an hour", "report/task/check")

    def _of(self, task_id: str) -> dict[str, object]:
        return {"advertiser_id": self._advertiser_id, "task_id": task_id}


def _records(text: bytes, stream: ReportStream, asked: Sequence[str]) -> list[dict[str, object]]:
    """The file's lines by column; refused if a dimension or metric that was asked has no column."""
    try:
        reader = csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True)
        records: list[dict[str, object]] = [dict(line) for line in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DecodeError(f"the asynchronous report is not a CSV file ({error})", stream.name) from error
    missing = {*stream.dimensions, *asked} - set(reader.fieldnames or ())
    if missing:
        raise DecodeError(f"the asynchronous report lacks {', '.join(sorted(missing))}", stream.name)
    if any(None in record or None in record.values() for record in records):
        raise DecodeError("a line of the asynchronous report has too many or too few values", stream.name)
    return records
