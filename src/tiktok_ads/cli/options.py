"""Turns the table of settings into options of a command, and what was said into checked settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from tiktok_ads.config.table import SETTINGS, Setting, setting

_CONFIG = "config"
LOGIN = ("connection", "app_id", "api_url", "tier", "state_dir", "quota_store", "timeout_seconds")
WHAT = ("advertisers", "exclude_advertisers", "tables")
DAYS = ("start_date", "end_date")
WHERE = ("destination", "schema")
READING = (
    *("include_deleted", "lookback_days", "lookback_mode", "store_changes", "concurrency"),
    *("probe", "reconcile"),
)
EVERYTHING = tuple(row.name for row in SETTINGS if row.option and row.name != "redirect_uri")

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object for machines; progress goes to stderr.")
]


def with_settings(
    *names: str, needs_start_date: bool = False, new_login: bool = False, takes_job: bool = False
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the options of these settings; it is called with the checked `Settings` first.

    `new_login` lets `--connection` name a login that does not exist yet, and hands `--config` on. With
    `takes_job` the command may be followed by the name of a job, whose settings it then has.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        own = list(
            inspect.signature(
                command, eval_str=True, locals={"Settings": object, "Path": Path}
            ).parameters.values()
        )[1:]
        own = [one for one in own if one.name != _CONFIG]
        rows = [setting(name) for name in names]

        def run(**said: Any) -> int:
            from tiktok_ads.config.load import load_settings

            arguments = {row.name: said.pop(_parameter_name(row)) for row in rows}
            arguments["job"] = said.pop("job", None)
            config = said.pop(_CONFIG)
            settings = load_settings(
                {name: value for name, value in arguments.items() if value not in (None, [])},
                config=config,
                needs_start_date=needs_start_date,
                new_login=new_login,
            )
            if new_login:
                said[_CONFIG] = config
            return command(settings, **said)

        options = [*([_JOB] if takes_job else []), *own, *map(_option, rows), _config_option()]
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in options]
        )
        run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
        run.__annotations__ = {}
        return run

    return decorate


def _parameter_name(row: Setting) -> str:
    return f"{row.name}_said"


def _option(row: Setting) -> inspect.Parameter:
    shown = None if row.default in (None, ()) else _as_text(row.default)
    said = f"{row.help} [default: {shown}]" if shown else row.help
    kind: object
    if row.kind == "flag":
        names, kind = (f"{row.option}/--no-{row.option.removeprefix('--')}",), bool | None
    else:
        names, kind = (row.option,), list[str] | None if row.repeats else str | None
    metavar = None if row.kind == "flag" else row.metavar
    info = typer.Option(*names, help=said, metavar=metavar)
    return inspect.Parameter(
        _parameter_name(row), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, info]
    )


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


_JOB = inspect.Parameter(
    "job",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        str | None,
        typer.Argument(metavar="JOB", help="A job of the settings file, whose settings count."),
    ],
)


def _config_option() -> inspect.Parameter:
    info = typer.Option(
        "--config",
        help="Settings file. [default: tiktok_ads.toml in this folder]",
        metavar="FILE",
    )
    return inspect.Parameter(
        _CONFIG, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[Path | None, info]
    )
