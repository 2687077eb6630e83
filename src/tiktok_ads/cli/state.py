"""The commands about what was loaded already: runs, reset. They ask nothing of TikTok."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import WHERE, AsJson, with_settings

if TYPE_CHECKING:
    from tiktok_ads.config.settings import Settings


@with_settings(*WHERE)
def runs(
    settings: Settings,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, the newest first.")] = 10,
    json: AsJson = False,
) -> int:
    """Show the last runs and what came of them.

    \b
    Example:
      tiktok-ads runs --limit 5
    """
    from tiktok_ads.load import open_destination

    with open_destination(settings.destination, schema=settings.schema_name, read_only=True) as held:
        found = held.runs(limit)
    if json:
        print_json({"runs": found})
        return COMPLETE
    from tiktok_ads.cli.show import console, grid

    table = grid(
        "run",
        "started",
        "outcome",
        "rows read",
        "calls",
        "left out",
        right=("rows read", "calls", "left out"),
    )
    for run in found:
        rows, calls, skipped = run.get("rows"), run.get("calls"), run.get("skipped")
        made = calls.get("made") if isinstance(calls, dict) else None
        table.add_row(
            str(run.get("run_id", "")),
            str(run.get("started_at", ""))[:19],
            str(run.get("outcome", "")),
            f"{rows['read']:,}" if isinstance(rows, dict) and "read" in rows else "–",
            f"{made['total']:,}" if isinstance(made, dict) and "total" in made else "–",
            str(len(skipped)) if isinstance(skipped, list) else "–",
        )
    console().print(table if found else "There was no run yet.")
    return COMPLETE


@with_settings(*WHERE, "tables", "advertisers")
def reset(
    settings: Settings,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
    json: AsJson = False,
) -> int:
    """Delete what is loaded of the chosen tables and advertisers, with its bookmarks. TikTok keeps its data.

    The next sync loads it anew. Advertisers are named by id.

    \b
    Example:
      tiktok-ads reset --table ad_insights --advertiser 7000000000000000001
    """
    from tiktok_ads.config.table import ALL
    from tiktok_ads.errors import ConfigError
    from tiktok_ads.load import ALL as EVERY
    from tiktok_ads.load import open_destination

    names = [one for one in settings.advertisers if one != ALL and not one.isdigit()]
    if names:
        raise ConfigError(
            f"Advertisers are named by id here, not {names[0]!r}.", "`tiktok-ads status` shows ids."
        )
    tables = sorted(tables_meant(settings))
    advertisers = [EVERY] if ALL in settings.advertisers else list(settings.advertisers)
    whose = "every advertiser" if EVERY in advertisers else ", ".join(advertisers)
    if not yes:
        if json:
            raise ConfigError("With --json nothing is asked; add --yes to delete.")
        typer.confirm(
            f"Delete {', '.join(tables)} of {whose} from {settings.destination}?", abort=True, err=True
        )
    with open_destination(
        settings.destination, schema=settings.schema_name, state_dir=settings.state_dir
    ) as held:
        held.forget(tables, advertisers)
    if json:
        print_json({"forgotten": {"tables": tables, "advertisers": whose}})
    else:
        typer.echo(f"Deleted the rows of {whose} in {', '.join(tables)}. The next sync loads them anew.")
    return COMPLETE


def tables_meant(settings: Settings) -> set[str]:
    return {*(stream.name for stream in settings.chosen_streams()), *settings.chosen_reports()}


def is_meant(advertiser_id: str, settings: Settings) -> bool:
    from tiktok_ads.config.table import ALL

    return ALL in settings.advertisers or advertiser_id in settings.advertisers
