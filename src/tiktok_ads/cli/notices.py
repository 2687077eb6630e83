"""The commands about notices: who hears of what, the secrets of the channels, and a try."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tiktok_ads.cli.boundary import COMPLETE, FAILED, print_json
from tiktok_ads.cli.jobs import Config
from tiktok_ads.cli.options import AsJson
from tiktok_ads.errors import ConfigError

if TYPE_CHECKING:
    from tiktok_ads.config.notice import Channel
    from tiktok_ads.config.settings import Settings

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
_LAST = 10
_LONGEST_PASTE = 10_000

Name = Annotated[str, typer.Argument(metavar="NAME", help="A channel: [notices.NAME] of the settings file.")]


@app.callback()
def notices(context: typer.Context, *, config: Config = None, json: AsJson = False) -> None:
    """Show the channels of the settings file, which jobs use them, and what was sent last.

    \b
    Example:
      tiktok-ads notices
    """
    if context.invoked_subcommand is not None:
        return
    from tiktok_ads.config.load import load_settings
    from tiktok_ads.jobs.history import History
    from tiktok_ads.jobs.notices.memory import sent_lately

    settings = load_settings(config=config)
    channels = [_told(name, one, settings) for name, one in settings.notices.items()]
    with closing(History(settings.state_dir)) as history:
        sent = [
            {
                "at": one.at.isoformat(timespec="seconds"),
                "job": one.job,
                "event": one.event,
                "channel": one.channel,
                "run": one.run,
                "arrived": one.arrived,
                "problem": one.problem,
            }
            for one in sent_lately(history, limit=_LAST)
        ]
    if json:
        print_json({"channels": channels, "sent": sent})
        return
    _show(channels, sent)


@app.command("test", short_help="Send something by a channel now.")
def send_now(name: Name, *, config: Config = None, json: AsJson = False) -> int:
    """Send something by a channel now, and say what came of it.

    \b
    Example:
      tiktok-ads notices test team
    """
    from tiktok_ads.config.load import load_settings
    from tiktok_ads.jobs.notices.send import send_test

    settings = load_settings(config=config)
    came = asyncio.run(send_test(settings, name))
    if json:
        print_json({"channel": name, "arrived": came.arrived, "problem": came.problem})
    elif came.arrived:
        typer.echo(f"Sent by {name}. {came.problem}".rstrip())
    else:
        typer.echo(f"Not sent by {name}: {came.problem}", err=True)
    return COMPLETE if came.arrived else FAILED


@app.command(short_help="Keep the secret of a channel.")
def secret(
    name: Name,
    *,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read it from standard input.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Delete the one that is kept.")] = False,
    config: Config = None,
) -> int:
    """Keep the secret of a channel: a mail password, a signing key, or the address of a Slack webhook.

    It goes into the keyring, or into a file that only you can read.

    \b
    Example:
      tiktok-ads notices secret team
      openssl rand -base64 32 | tiktok-ads notices secret pager --stdin
    """
    from pydantic import SecretStr

    from tiktok_ads.config.load import load_settings
    from tiktok_ads.credentials.notice import WHAT, forget_notice_secret, save_notice_secret

    if forget:
        typer.echo("Deleted." if forget_notice_secret(name) else f"Nothing is kept for {name}.")
        return COMPLETE
    channel = load_settings(config=config).notices.get(name)
    if channel is None:
        raise ConfigError(f"The settings file has no [notices.{name[:60]}].", "docs/notices.md shows how.")
    said = (
        sys.stdin.read(_LONGEST_PASTE)
        if stdin
        else typer.prompt(f"{WHAT[channel.kind].capitalize()} (it is not shown)", hide_input=True, err=True)
    )
    place = save_notice_secret(name, channel.kind, SecretStr(said))
    typer.echo(f"It is kept in the {'keyring' if place == 'keyring' else 'private file'}.")
    return COMPLETE


def _told(name: str, channel: Channel, settings: Settings) -> dict[str, Any]:
    from tiktok_ads.credentials.notice import find_notice_secret

    found = find_notice_secret(name, channel.kind)
    return {
        "channel": name,
        **channel.model_dump(mode="json", by_alias=True, exclude_none=True),
        "secret": found.source if found else None,
        "jobs": [job for job, one in settings.jobs.items() if name in one.notices],
    }


def _show(channels: list[dict[str, Any]], sent: list[dict[str, Any]]) -> None:
    from tiktok_ads.cli.show import console, grid

    table = grid("channel", "kind", "where", "secret", "jobs")
    for one in channels:
        where = ", ".join(one["to"]) if one["kind"] == "mail" else one.get("url", "–")
        jobs = ", ".join(one["jobs"]) or "none"
        table.add_row(one["channel"], one["kind"], where, one["secret"] or "none", jobs)
    none = "The settings file has no channels; docs/notices.md shows how to write one."
    console().print(table if channels else none)
    if sent:
        lines = grid("when", "job", "what", "by", "came of it")
        for one in sent:
            came = one["problem"] or "sent"
            lines.add_row(one["at"], one["job"], one["event"], one["channel"], came)
        console().print(lines)
