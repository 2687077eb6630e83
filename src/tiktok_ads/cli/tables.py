"""The command `tables`: what can be loaded, from the catalog; asks nothing of TikTok."""

from __future__ import annotations

from typing import Annotated

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import AsJson

app = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
)
_SHOWN = 50


@app.callback()
def tables(context: typer.Context) -> int:
    """List, describe and search tables, dimensions and metrics.

    \b
    Example:
      tiktok-ads tables
      tiktok-ads tables describe ads
      tiktok-ads tables search "cost per"
    """
    return list_tables() if context.invoked_subcommand is None else COMPLETE


@app.command("list")
def list_tables(*, json: AsJson = False) -> int:
    """List the tables that can be loaded.

    \b
    Example:
      tiktok-ads tables list
    """
    from tiktok_ads.catalog.lookup import catalog

    streams = catalog().streams.values()
    if json:
        from tiktok_ads.catalog.telling import outline

        print_json({"tables": [outline(one) for one in streams]})
        return COMPLETE
    from tiktok_ads.catalog.costs import cost_of
    from tiktok_ads.catalog.telling import is_guarded
    from tiktok_ads.cli.show import console, grid

    core = catalog().core
    table = grid("table", "what it holds", "key", "calls", wrap=("what it holds", "key", "calls"))
    group = ""
    for one in sorted(streams, key=lambda one: one.name not in core):
        own = "read where no table is named" if one.name in core else one.group
        if own != group:
            group = own
            table.add_section()
            table.add_row(f"[bold]{group}[/bold]", "", "", "")
        personal = " Personal data: named in full or not read." if is_guarded(one) else ""
        table.add_row(one.name, one.doc + personal, ", ".join(one.primary_key), cost_of(one))
    console().print(table)
    return COMPLETE


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="Name of a table, metric or dimension.", metavar="NAME")],
    *,
    json: AsJson = False,
) -> int:
    """Describe a table with its columns, or a metric or dimension with the tables that may hold it.

    \b
    Example:
      tiktok-ads tables describe ad_insights
      tiktok-ads tables describe spend
    """
    from tiktok_ads.catalog.telling import described

    told = described(name)
    if json:
        print_json(told)
    else:
        _show(told)
    return COMPLETE


@app.command()
def search(
    word: Annotated[str, typer.Argument(help="Part of a name or of a description.", metavar="WORD")],
    *,
    json: AsJson = False,
) -> int:
    """Search tables, dimensions and metrics by name and description; tables also by key, scope and the like.

    \b
    Example:
      tiktok-ads tables search purchase
    """
    from tiktok_ads.catalog.telling import found

    hits = found(word)
    if json:
        print_json({"found": [{"kind": hit.kind, "name": hit.name, "doc": hit.doc} for hit in hits]})
        return COMPLETE
    from tiktok_ads.cli.show import console, grid

    table = grid("kind", "name", "what it is", wrap=("what it is",))
    for hit in hits[:_SHOWN]:
        table.add_row(hit.kind, hit.name, hit.doc)
    console().print(table if hits else f"Nothing fits {word!r}.", markup=False)
    if len(hits) > _SHOWN:
        console().print(f"… and {len(hits) - _SHOWN} more; a longer word finds fewer.")
    return COMPLETE


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _show(told: dict[str, object]) -> None:
    from tiktok_ads.cli.show import console, grid

    columns = told.pop("columns", None)
    facts = grid("", "", wrap=("",))
    facts.show_header = False
    for name, value in told.items():
        if value not in ("", []):
            facts.add_row(name.replace("_", " "), _in_words(value))
    console().print(facts)
    if isinstance(columns, list):
        table = grid("column", "type", "what it is", wrap=("what it is",))
        for one in columns:
            table.add_row(one["name"], one["kind"], one["doc"])
        console().print()
        console().print(table)
