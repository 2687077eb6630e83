"""What the tap does when it is called: discover, describe itself, test its login, or read."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from tiktok_ads.emit.configured import REQUIRED, Configured, configured, options, read_config, read_json
from tiktok_ads.emit.lines import Lines
from tiktok_ads.emit.offered import offered
from tiktok_ads.emit.running import REAL, World, emit, who_answers, whole_streams
from tiktok_ads.emit.singer.catalog import discovered, selected
from tiktok_ads.emit.singer.speaking import Singer, marks_of
from tiktok_ads.runreport import RunReport

NAME = "tap-tiktok-ads-connector"


def tap(said: Sequence[str], *, out: BinaryIO | None = None, world: World = REAL) -> int:
    """Do what the arguments say; messages go to `out`, words for people to stderr.

    Raises:
        ConfigError: the configuration, catalog or state cannot be used.
        AuthError, AccessDenied: the login does not work.
    """
    asked = _arguments().parse_args(list(said))
    lines = Lines(out)
    if asked.version:
        lines.say({"name": NAME, "version": version("tiktok-ads-connector")})
    elif asked.about:
        lines.say(_about())
    else:
        return _work(asked, lines, world)
    lines.flush()
    return 0


def _work(asked: argparse.Namespace, lines: Lines, world: World) -> int:
    said: dict[str, object] = {}
    for path in asked.config:
        said |= read_config(Path(path))
    found = configured(said, now=world.now)
    if asked.discover:
        lines.say(discovered(offered(found.settings)))
        lines.flush()
        return 0
    if asked.test:
        reached = asyncio.run(who_answers(found, world=world))
        sys.stderr.write(f"The login works and reaches {len(reached)} advertisers.\n")
        return 0
    catalog = read_json(Path(asked.catalog), "catalog") if asked.catalog else None
    state = read_json(Path(asked.state), "state") if asked.state else None
    report = asyncio.run(read(found, lines, catalog=catalog, state=state, world=world))
    if report is None:
        return 0
    for one in report.skipped:
        told = " ".join(filter(None, [one.table, one.advertiser_id, one.window]))
        sys.stderr.write(f"Left out {told}: {one.what} {one.remedy}\n")
    for note in report.notes:
        sys.stderr.write(f"{note.text}\n")
    return report.exit_code


async def read(
    found: Configured, lines: Lines, *, catalog: object = None, state: object = None, world: World = REAL
) -> RunReport | None:
    """Read what is due of the selected streams; None if nothing is selected.

    However it ends, the last message is a STATE that speaks for all the rows before it.

    Raises:
        ConfigError: the catalog, state or configuration cannot be used.
        AuthError: the login does not work.
    """
    marks = marks_of(state)
    streams = selected(catalog, offered(found.settings))
    whole = {one.offered.name for one in streams if one.whole}
    now = world.now or datetime.now(UTC)
    speaker = Singer(lines, streams, marks=marks, version=int(now.timestamp() * 1000))
    speaker.begin()
    report = None
    try:
        if streams:
            names = [one.offered.name for one in streams]
            report = await emit(found, names, speaker, marks=marks, whole=whole, world=world)
            speaker.activate(whole_streams(report, whole))
    finally:
        with suppress(OSError):
            speaker.tell_state()
    return report


def _about() -> dict[str, object]:
    return {
        "name": NAME,
        "description": "Reads TikTok Ads: every account, campaign, ad and report.",
        "version": version("tiktok-ads-connector"),
        "capabilities": ["about", "activate-version", "catalog", "discover", "state"],
        "settings": {"type": "object", "properties": options(), "required": list(REQUIRED)},
    }


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=NAME, description="Reads TikTok Ads and writes Singer's messages.")
    parser.add_argument("--config", action="append", default=[], metavar="FILE", help="configuration, JSON")
    parser.add_argument("--catalog", "--properties", metavar="FILE", help="what is selected, JSON")
    parser.add_argument("--state", metavar="FILE", help="how far an earlier run came, JSON")
    parser.add_argument("--discover", action="store_true", help="write the catalog; needs no login")
    parser.add_argument("--test", action="store_true", help="ask whether the login works")
    parser.add_argument("--about", action="store_true", help="write which options there are")
    parser.add_argument("--format", choices=["json"], default="json", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="store_true", help="write the version")
    return parser
