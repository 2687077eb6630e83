"""The commands about tokens: which programs may use the app's API, made, listed and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.jobs import Config
from tiktok_ads.cli.options import AsJson

if TYPE_CHECKING:
    from pathlib import Path

    from tiktok_ads.ui.tokens import Token, Tokens

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
_YEAR = 365

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the token is for.")]


@app.callback()
def access(context: typer.Context, *, config: Config = None, json: AsJson = False) -> None:
    """Show the tokens of programs that may use the app's API: when made, until when good, last used.

    \b
    Example:
      tiktok-ads access
    """
    if context.invoked_subcommand is not None:
        return
    found = _tokens(config).listed()
    if json:
        print_json({"tokens": [_told(one) for one in found]})
        return
    from tiktok_ads.cli.show import console, grid

    if not found:
        typer.echo("No program has a token. `tiktok-ads access add NAME` makes one.")
        return
    table = grid("token", "made", "good until", "last used")
    for one in found:
        told = _told(one)
        table.add_row(
            one.name, told["made_at"], told["expires_at"] or "it is removed", told["used_at"] or "never"
        )
    console().print(table)


@app.command("add", short_help="Make a token; it is shown this once.")
def add(
    name: Name,
    *,
    days: Annotated[
        int, typer.Option("--days", min=0, max=3650, help="How long it is good; 0 until it is removed.")
    ] = _YEAR,
    config: Config = None,
    json: AsJson = False,
) -> int:
    """Make a token that a program sends to the app as `Authorization: Bearer TOKEN`.

    It is shown this once: only its hash is kept. An app that runs takes it at once.

    \b
    Example:
      tiktok-ads access add nightly-report
    """
    made = _tokens(config).add(name, days=days or None).get_secret_value()
    if json:
        print_json({"name": name, "token": made})
    else:
        typer.echo("Keep it now; nobody can show it again.", err=True)
        typer.echo(made)
    return COMPLETE


@app.command("remove", short_help="Let nobody in with a token from now on.")
def remove(name: Name, *, config: Config = None) -> int:
    """Let nobody in with a token from now on. An app that runs refuses it at once.

    \b
    Example:
      tiktok-ads access remove nightly-report
    """
    _tokens(config).remove(name)
    typer.echo(f"The token {name} opens nothing any more.")
    return COMPLETE


def _tokens(config: Path | None) -> Tokens:
    from tiktok_ads.config.load import load_settings
    from tiktok_ads.ui.tokens import Tokens

    return Tokens(load_settings(config=config).state_dir)


def _told(one: Token) -> dict[str, Any]:
    return {
        "name": one.name,
        "made_at": one.made_at.isoformat(timespec="seconds"),
        "expires_at": one.expires_at and one.expires_at.isoformat(timespec="seconds"),
        "used_at": one.used_at and one.used_at.isoformat(timespec="seconds"),
    }
