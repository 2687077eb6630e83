"""The command `tiktok-ads`: the group, its commands and what they share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from tiktok_ads.cli import access, jobs, logs, notices, tables
from tiktok_ads.cli.boundary import Boundary
from tiktok_ads.cli.check import check
from tiktok_ads.cli.connect import connect
from tiktok_ads.cli.demo import demo
from tiktok_ads.cli.forget import forget
from tiktok_ads.cli.lookback import lookback
from tiktok_ads.cli.mcp import mcp
from tiktok_ads.cli.query import query
from tiktok_ads.cli.report import report
from tiktok_ads.cli.run import backfill, plan, sync
from tiktok_ads.cli.serve import serve
from tiktok_ads.cli.simulator import simulator
from tiktok_ads.cli.state import reset, runs
from tiktok_ads.cli.status import status

app = typer.Typer(
    cls=Boundary,
    name="tiktok-ads",
    help="Keeps a true copy of your TikTok Ads data in a database that you can query.",
    epilog="Try it without an account:  tiktok-ads demo",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def _shared(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
    log_format: Annotated[
        Literal["text", "json"],
        typer.Option(
            "--log-format", envvar=logs.VARIABLE, help="What stands on stderr: words, or JSON lines."
        ),
    ] = "text",
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    # --debug and --log-format are read by the boundary, which must know them even when the rest is wrong.
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command(short_help="Everything at once, without an account.")(demo)
app.command(short_help="Sign in at TikTok and keep the token.")(connect)
app.command(short_help="The doctor: login, permissions, tables, destination.")(check)
app.add_typer(tables.app, name="tables", short_help="What can be loaded: tables, dimensions, metrics.")
app.command(short_help="What a sync would ask: calls, quota, minutes.")(plan)
app.command(short_help="Make the destination equal to what TikTok has.")(sync)
app.command(short_help="One report to the terminal, a file or a database.")(report)
app.command(short_help="One SELECT about what is loaded.")(query)
app.command(short_help="Answer assistants about what is loaded.")(mcp)
app.command(short_help="Load past days again on purpose.")(backfill)
app.command(short_help="Up to which day each table is complete.")(status)
app.command(short_help="How long days go on changing.")(lookback)
app.command(short_help="The last runs and what came of them.")(runs)
app.add_typer(jobs.app, name="jobs", short_help="What runs when, and what came of it.")
app.add_typer(notices.app, name="notices", short_help="Who hears when something is wrong.")
app.command(short_help="The web app, and the schedules of all jobs.")(serve)
app.add_typer(access.app, name="access", short_help="Which programs may use the app.")
app.command(short_help="Delete what is loaded, to load it anew.")(reset)
app.command(short_help="Delete a person's rows for good.")(forget)
app.command(short_help="A make-believe TikTok on this machine.")(simulator)


@app.command(short_help="Print the version.")
def version() -> None:
    """Print the version.

    \b
    Example:
      tiktok-ads version
    """
    from importlib.metadata import version as version_of

    typer.echo(version_of("tiktok-ads-connector"))


def main() -> None:
    app()


if __name__ == "__main__":
    main()
