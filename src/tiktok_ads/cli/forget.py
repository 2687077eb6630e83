"""The command that takes a person's rows out of a table and keeps them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import WHERE, AsJson, with_settings

if TYPE_CHECKING:
    from tiktok_ads.config.settings import Settings


@with_settings(*WHERE)
def forget(
    settings: Settings,
    *,
    table: Annotated[str, typer.Argument(help="A table with personal data.", metavar="TABLE")],
    key: Annotated[
        list[str],
        typer.Option("--key", help="Which rows; repeat it for those that match all.", metavar="COLUMN=VALUE"),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count them and delete nothing.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Let such rows be loaded again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
    json: AsJson = False,
) -> int:
    """Delete rows of a person by key, in the table and in its changes, and keep them out.

    TikTok is not told: delete them there too. If it still sends such rows, later syncs leave them out; what
    is remembered for that is a salted digest, not the values. `reset` is for everything of an advertiser.

    \b
    Example:
      tiktok-ads forget leads --key lead_id=7000000000000000001
    """
    from datetime import UTC, datetime

    from tiktok_ads.errors import ConfigError
    from tiktok_ads.load import open_destination

    keys = _keys(key)
    _check_personal(table)
    with open_destination(
        settings.destination, schema=settings.schema_name, state_dir=settings.state_dir
    ) as held:
        if undo:
            times = held.let_back_in(table, keys)
            if json:
                print_json({"let_back_in": {"table": table, "remembered": times}})
            elif times:
                typer.echo("Such rows are loaded again from the next time that TikTok sends them.")
            else:
                typer.echo("Nothing was forgotten by that key.")
            return COMPLETE
        found = held.count_keys(table, keys)
        if dry_run:
            if json:
                print_json({"would_forget": found})
            else:
                typer.echo(f"{_listed(found)} would be deleted.")
            return COMPLETE
        if not yes:
            if json:
                raise ConfigError("With --json nothing is asked; add --yes to delete.")
            typer.confirm(f"Delete {_listed(found)} for good?", abort=True, err=True)
        deleted = held.forget_keys(table, keys, at=datetime.now(UTC))
    if json:
        print_json({"forgotten": deleted, "kept_out": True})
    else:
        typer.echo(f"Deleted {_listed(deleted)}. If TikTok still sends such rows, they are left out.")
    return COMPLETE


def _keys(said: list[str]) -> dict[str, str]:
    from tiktok_ads.errors import ConfigError

    keys: dict[str, str] = {}
    for one in said:
        column, equals, value = one.partition("=")
        if not (column and equals and value):
            raise ConfigError(f"--key {one!r} is no key.", "Write --key COLUMN=VALUE.")
        if keys.setdefault(column, value) != value:
            raise ConfigError(f"--key names {column} twice, and no row has both values.")
    return keys


def _check_personal(table: str) -> None:
    from tiktok_ads.catalog.lookup import catalog, stream
    from tiktok_ads.errors import ConfigError

    if not stream(table).personal_data:
        names = ", ".join(name for name, one in catalog().streams.items() if one.personal_data)
        raise ConfigError(
            f"The table {table} holds no personal data: a row that went would be a gap in its numbers.",
            f"Those that do: {names}. `tiktok-ads reset` empties any table of an advertiser.",
        )


def _listed(found: dict[str, int]) -> str:
    return " and ".join(f"{rows:,} row{'' if rows == 1 else 's'} of {table}" for table, rows in found.items())
