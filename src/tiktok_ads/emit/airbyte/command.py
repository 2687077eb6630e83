"""What the source does when it is called: spec, check, discover or read."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from tiktok_ads.emit.airbyte.catalog import chosen, discovered, specification
from tiktok_ads.emit.airbyte.speaking import (
    Airbyte,
    error_message,
    left_out_message,
    log_message,
    marks_of,
    remedied,
)
from tiktok_ads.emit.configured import Configured, configured, read_config, read_json
from tiktok_ads.emit.lines import Lines
from tiktok_ads.emit.offered import offered
from tiktok_ads.emit.running import REAL, World, emit, who_answers, whole_streams
from tiktok_ads.errors import TikTokAdsError
from tiktok_ads.runreport import RunReport

NAME = "source-tiktok-ads-connector"
_MOST_TOLD = 20


def source(said: Sequence[str], *, out: BinaryIO | None = None, world: World = REAL) -> int:
    """Do what the arguments say. Errors are messages, too; the exit code is 1 then."""
    asked = _arguments().parse_args(list(said))
    lines = Lines(out)
    try:
        return _done(asked, lines, world)
    except Exception as error:
        lines.say(error_message(error))
        if not isinstance(error, TikTokAdsError):
            raise
        return 1
    finally:
        lines.flush()


def _done(asked: argparse.Namespace, lines: Lines, world: World) -> int:
    if asked.command == "spec":
        lines.say({"type": "SPEC", "spec": specification()})
        return 0
    if asked.command == "check":
        lines.say({"type": "CONNECTION_STATUS", "connectionStatus": _checked(asked, world)})
        return 0
    found = configured(read_config(Path(asked.config)), now=world.now)
    if asked.command == "discover":
        lines.say({"type": "CATALOG", "catalog": discovered(offered(found.settings))})
        return 0
    catalog = read_json(Path(asked.catalog), "catalog")
    state = read_json(Path(asked.state), "state") if asked.state else None
    report = asyncio.run(read(found, lines, catalog=catalog, state=state, world=world))
    return 0 if report is None or report.outcome == "complete" else 1


def _checked(asked: argparse.Namespace, world: World) -> dict[str, object]:
    try:
        found = configured(read_config(Path(asked.config)), now=world.now)
        found.settings.first_day()
        asyncio.run(who_answers(found, world=world))
    except TikTokAdsError as error:
        return {"status": "FAILED", "message": remedied(error)}
    return {"status": "SUCCEEDED"}


async def read(
    found: Configured, lines: Lines, *, catalog: object, state: object = None, world: World = REAL
) -> RunReport | None:
    """Read what is due of the chosen streams; None if there are none.

    However it ends, each stream's last state speaks for all of its records before it.

    Raises:
        ConfigError: the catalog, state or configuration cannot be used.
        AuthError: the login does not work.
    """
    streams = chosen(catalog, offered(found.settings))
    names = [one.offered.name for one in streams]
    whole = {one.offered.name for one in streams if one.whole}
    marks = marks_of(state, names)
    if not streams:
        return None
    speaker = Airbyte(lines, streams, marks=marks)
    speaker.begin()
    complete: set[str] = set()
    try:
        report = await emit(found, names, speaker, marks=marks, whole=whole, world=world)
        quiet = set(names) - {line.table for line in report.lines}
        complete = whole_streams(report, names) | (quiet if report.outcome == "complete" else set())
    finally:
        speaker.end(complete)
    for note in report.notes:
        lines.say(log_message("INFO", note.text))
    _tell_left_out(report, lines)
    return report


def _tell_left_out(report: RunReport, lines: Lines) -> None:
    told = []
    for one in report.skipped:
        place = " ".join(filter(None, [one.table, one.advertiser_id, one.window]))
        told.append(f"{place}: {one.what} {one.remedy}".strip())
        lines.say(log_message("WARN", f"Left out {told[-1]}"))
    if report.outcome != "complete":
        more = f" And {len(told) - _MOST_TOLD} more." if len(told) > _MOST_TOLD else ""
        lines.say(left_out_message(f"Left out: {' | '.join(told[:_MOST_TOLD])}{more}"))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=NAME, description="Reads TikTok Ads and writes Airbyte's messages.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("spec", help="write what can be configured")
    for name, words in (
        ("check", "ask whether the login works"),
        ("discover", "write what can be read; asks nobody"),
        ("read", "read what is due"),
    ):
        one = commands.add_parser(name, help=words)
        one.add_argument("--config", required=True, metavar="FILE", help="configuration, JSON")
        if name == "read":
            one.add_argument("--catalog", required=True, metavar="FILE", help="configured catalog, JSON")
            one.add_argument("--state", metavar="FILE", help="states of an earlier run, JSON")
    return parser
