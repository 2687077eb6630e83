"""The data source as Spark drives it, without Spark: partitions on the driver, rows on the executors."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.worlds import FIRST, NOW, SECOND, THIRD, TOKEN, Desk, desk
from tiktok_ads.errors import AccessDenied, AuthError, ConfigError, InconsistentPages
from tiktok_ads.simulator.faults import Fault
from tiktok_ads.simulator.server import Running, running
from tiktok_ads.spark.carried import Carried, packed

pytest.importorskip("pyspark")

DAYS = 39
SECRET = "canary-71c3-app-secret"


@dataclass(repr=False)
class Place:
    """A simulated TikTok on a port, and who asks it."""

    desk: Desk
    api: Running
    now: datetime = NOW
    carried: Carried = field(default_factory=Carried)

    def source(self, **said: str) -> Any:
        from tiktok_ads.spark.source import TikTokAds

        class Registered(TikTokAds):
            carried = self.carried
            carries_secrets = True
            pushes = True
            clock = staticmethod(lambda: self.now)

        return Registered(
            {
                "api_url": self.api.url,
                "advertisers": ",".join((FIRST, SECOND, THIRD)),
                "start_date": str(NOW.date() - timedelta(days=DAYS)),
                "tier": "ultimate",
                "state_dir": str(self.desk.folder),
                **said,
            }
        )

    def read(self, **said: str) -> tuple[int, pa.Table]:
        """How many partitions there are, and their rows."""
        source = self.source(**said)
        return taken(source.reader(source.schema()))

    def stream(self, **said: str) -> Any:
        source = self.source(**said)
        return source.streamReader(source.schema())


def taken(reader: Any, *offsets: Any) -> tuple[int, pa.Table]:
    partitions = reader.partitions(*offsets)
    batches = [batch for one in partitions for batch in reader.read(one)]
    return len(partitions), pa.Table.from_batches(batches) if batches else pa.table({})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    own = desk(tmp_path)
    secrets = {"TIKTOK_ADS_ACCESS_TOKEN": TOKEN, "TIKTOK_ADS_APP_SECRET": SECRET, "PGPASSWORD": "canary-pg"}
    with running(own.world) as api:
        yield Place(own, api, carried=packed(secrets, secrets=True))


def days_of(rows: pa.Table, owner: str = FIRST) -> set[date]:
    columns = zip(rows["advertiser_id"].to_pylist(), rows["stat_time_day"].to_pylist(), strict=True)
    return {day for one, day in columns if one == owner}


def test_several_slices_in_one_partition_change_no_row(place: Place) -> None:
    """Fewer, larger partitions are a matter of cost."""
    many, each = place.read(table="ad_insights")
    few, together = place.read(table="ad_insights", slices_per_partition="12")
    assert (many, few) == (6, 3)
    key = [(name, "ascending") for name in ("advertiser_id", "stat_time_day", "ad_id")]
    assert each.num_rows > 0
    assert each.sort_by(key) == together.sort_by(key)


def test_rows_come_in_the_same_order_each_time(place: Place) -> None:
    """A repeated task hands over what the first attempt did, in the same order."""
    assert place.read(table="ad_insights")[1] == place.read(table="ad_insights")[1]


def test_a_closed_advertiser_ends_the_query_unless_it_may_be_left_out(place: Place) -> None:
    """Rows are never missing in silence: who takes that, says so."""
    place.desk.world.advertisers[SECOND].removed = True
    with pytest.raises(AccessDenied, match=SECOND) as raised:
        place.read(table="ads")
    assert raised.value.path == "advertiser/info"
    _, rows = place.read(table="ads", on_closed="skip")
    assert FIRST in rows["advertiser_id"].to_pylist()
    assert SECOND not in rows["advertiser_id"].to_pylist()


def test_an_advertiser_that_closes_meanwhile_is_left_out_by_the_executor(place: Place) -> None:
    """The same, where only its own calls are refused."""
    gone = Fault(kind="code", path="report/*", advertiser_id=SECOND, code=40001, message="Gone.", times=None)
    place.api.simulator.faults.add(gone)
    with pytest.raises(AccessDenied, match="Gone") as raised:
        place.read(table="ad_insights")
    assert raised.value.request_id
    _, rows = place.read(table="ad_insights", on_closed="skip")
    assert set(rows["advertiser_id"].to_pylist()) == {FIRST}


def test_a_login_that_is_over_is_told_by_the_driver(place: Place) -> None:
    """Nothing runs on the cluster with a token that TikTok does not take."""
    place.carried = packed({"TIKTOK_ADS_ACCESS_TOKEN": "expired-token"}, secrets=True)
    source = place.source(table="ads")
    with pytest.raises(AuthError):
        source.reader(source.schema()).partitions()


def test_without_a_token_the_driver_says_how_to_get_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is sent anywhere."""
    from tiktok_ads.credentials import find

    monkeypatch.setattr(find, "kept", lambda *_, **__: None)
    place.carried = Carried()
    source = place.source(table="ads")
    with pytest.raises(ConfigError, match="tiktok-ads connect"):
        source.reader(source.schema())


def test_executors_get_the_token_and_no_secret_of_the_app(place: Place) -> None:
    """What is sent is what reading needs; and no repr shows it."""
    source = place.source(table="ads")
    reader = source.reader(source.schema())
    sent = pickle.dumps((source, reader))
    assert TOKEN.encode() in sent
    assert b"canary-pg" in sent
    assert SECRET.encode() not in sent
    shown = repr(vars(reader)) + repr(vars(source)) + repr(reader.partitions())
    assert TOKEN not in shown
    assert "canary" not in shown


def test_the_environment_is_as_it_was_afterwards(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker goes on to other people's tasks, and they find nothing of ours."""
    import os

    monkeypatch.setenv("PGPASSWORD", "of somebody else")
    before = dict(os.environ)
    source = place.source(table="ads")
    reader = source.reader(source.schema())
    begun = reader.read(reader.partitions()[0])
    next(begun)
    begun.close()
    assert dict(os.environ) == before


def test_executors_on_other_machines_need_a_shared_quota(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two counts would send twice the quota, so the second one does not begin."""
    source = place.source(table="ads")
    reader = source.reader(source.schema())
    partitions = reader.partitions()
    before = sum(place.api.simulator.quota.answers.values())
    monkeypatch.setattr(socket, "gethostname", lambda: "worker-7")
    with pytest.raises(ConfigError, match="quota_store"):
        list(reader.read(partitions[0]))
    assert sum(place.api.simulator.quota.answers.values()) == before


def test_rows_that_come_twice_are_no_answer(place: Place) -> None:
    """A key that two rows have is told, and not averaged away by a query."""
    from tiktok_ads.spark.shape import arrow_schema, batches_of

    source = place.source(table="ads")
    table, schema = source._asked.table, source.schema()
    _, rows = place.read(table="ads")
    twice = pa.concat_tables([rows, rows.slice(0, 1)]).drop_columns("_synced_at")
    with pytest.raises(InconsistentPages, match="1 rows have the key"):
        batches_of(twice, table, arrow_schema(schema, table), at=NOW, keeps_deleted=True)


def test_what_the_catalog_does_not_know_is_kept_in_extra(place: Place) -> None:
    """Spark's columns are settled before TikTok is asked; a new field is not lost for that."""
    place.api.simulator.faults.add(
        Fault(kind="unknown_field", path="ad/get", field="brand_new", value={"a": 1}, times=None)
    )
    _, rows = place.read(table="ads", advertisers=FIRST)
    assert "brand_new" not in rows.column_names
    assert all('"brand_new"' in text for text in rows["_extra"].to_pylist())


def test_deleted_objects_can_be_left_out(place: Place) -> None:
    """`include_deleted` means what it means in a sync."""
    _, everything = place.read(table="ads")
    _, alive = place.read(table="ads", include_deleted="false")
    gone = [one for one in everything.to_pylist() if one["is_deleted"]]
    assert gone
    assert alive.num_rows == everything.num_rows - len(gone)


def test_a_stream_reads_new_days_and_those_of_the_lookback(place: Place) -> None:
    """The first batch has all days; the next those that are new or had not settled, and nothing between."""
    stream = place.stream(table="ad_insights", lookback_days="5")
    start = stream.initialOffset()
    first = stream.latestOffset(start, None)
    _, rows = taken(stream, start, first)
    today = place.desk.today(FIRST)
    assert first["day"] == "2026-09-22"
    assert min(days_of(rows)) <= NOW.date() - timedelta(days=DAYS - 1)
    assert stream.latestOffset(first, None) == first
    assert stream.partitions(first, first) == []

    place.now += timedelta(days=2)
    place.desk.world.set_clock(place.now)
    second = stream.latestOffset(first, None)
    assert (second["day"], second["at"]) == ("2026-09-24", place.now.isoformat())
    _, rows = taken(stream, first, second)
    wanted = {today + timedelta(days=step) for step in range(-5, 3)}
    assert days_of(rows) == wanted
    assert set(rows["_synced_at"].to_pylist()) == {place.now.astimezone(UTC)}
    again, same = taken(place.stream(table="ad_insights", lookback_days="5"), first, second)
    assert same == rows
    assert again


def test_a_stream_begins_a_batch_as_often_as_it_is_told(place: Place) -> None:
    """Four times a day where `refresh_hours` is 6, and not at every trigger."""
    stream = place.stream(table="campaigns", refresh_hours="6")
    offsets = [stream.latestOffset(stream.initialOffset(), None)]
    for _ in range(24):
        place.now += timedelta(hours=1)
        found = stream.latestOffset(offsets[-1], None)
        if found != offsets[-1]:
            offsets.append(found)
    assert [datetime.fromisoformat(one["at"]).hour for one in offsets] == [15, 18, 0, 6, 12]


def test_spark_41_does_not_tell_the_offset_before(place: Place) -> None:
    """There the stream remembers it."""
    stream = place.stream(table="campaigns")
    first = stream.latestOffset()
    assert stream.latestOffset() == first
    place.now += timedelta(days=1)
    assert stream.latestOffset() == replace_day(first, place.now)


def replace_day(offset: dict[str, str], now: datetime) -> dict[str, str]:
    return {**offset, "day": now.date().isoformat(), "at": now.isoformat()}
