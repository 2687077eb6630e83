"""The command `tiktok-ads`: the group, its commands and what they share."""

from __future__ import annotations

from typing import Annotated

import typer

from tiktok_ads.cli.boundary import Boundary
from tiktok_ads.cli.run import backfill, plan, sync
from tiktok_ads.cli.serve import simulator

app = typer.Typer(
    cls=Boundary,
    name="tiktok-ads",
    help="Keeps a true copy of your TikTok Ads data in a database that you can query.",
    epilog="Try it without an account:  tiktok-ads demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _shared(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
) -> None:
    """Read by the boundary, which must know it even when the rest cannot be parsed."""


@app.command()
def version() -> None:
    """Print the version.

    Example:  tiktok-ads version
    """
    from importlib.metadata import version as version_of

    typer.echo(version_of("tiktok-ads-connector"))


app.command()(plan)
app.command()(sync)
app.command()(backfill)
app.command()(simulator)


def main() -> None:
    app()
