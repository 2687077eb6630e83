"""The standard tests of singer-sdk, held against what our tap writes."""

from __future__ import annotations

import io
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from singer_sdk import Stream, Tap
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tests.emitting import config_of, said, world_of
from tests.worlds import SMALL, Desk, desk
from tiktok_ads.emit.singer.command import tap
from tiktok_ads.simulator.presets import PLACES, Plot

STREAMS = ("advertisers", "campaigns", "adgroups", "ads", "ad_insights", "ad_insights_by_age_and_gender")
EXPECTED_EMPTY = "No records were available to test."


class Discovered(Stream):
    """A stream as our catalog describes it; its rows come from our tap, never from here."""

    def get_records(self, context: object) -> Iterator[dict[str, Any]]:
        raise AssertionError("our tap reads by itself")


class OurTap(Tap):
    """Stands where singer-sdk's tests want a class of theirs, and calls our program for everything."""

    name = "tap-tiktok-ads-connector"
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}
    world: ClassVar[Desk]

    def _call(self, *more: str, out: Any = None) -> io.BytesIO:
        written = out or io.BytesIO()
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config.json"
            config.write_text(json.dumps(dict(self.config)))
            assert tap(["--config", str(config), *more], out=written, world=world_of(self.world)) == 0
        return written

    def discover_streams(self) -> list[Stream]:
        """All the streams of our --discover that are chosen."""
        found: list[Stream] = []
        for entry in said(self._call("--discover"))[0]["streams"]:
            if entry["tap_stream_id"] in STREAMS:
                one = Discovered(self, schema=entry["schema"], name=entry["stream"])
                one.primary_keys = entry["key_properties"]
                one.replication_key = entry["replication_key"]
                found.append(one)
        return found

    # The suite calls these two, and they are all that reads: there is no other way in for a tap like ours.
    def run_connection_test(self) -> bool:  # type: ignore[misc]
        self._call("--test")
        return True

    def run_sync_dry_run(self, *_: object, **__: object) -> bool:  # type: ignore[misc]
        self._call(out=sys.stdout.buffer)
        return True


def _made() -> Desk:
    return desk(Path(tempfile.mkdtemp(prefix="tiktok_ads_")), (Plot(PLACES[0], SMALL),))


OurTap.world = _made()


@pytest.mark.filterwarnings("ignore:No records were available:UserWarning")
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning")
class TestStandard(
    get_tap_test_class(  # type: ignore[misc]
        OurTap,
        config=config_of(OurTap.world, tables=list(STREAMS)),
        suite_config=SuiteConfig(ignore_no_records=False),
        parse_env_config=False,
    )
):
    """Each test of the suite, for each stream and each of its columns."""
