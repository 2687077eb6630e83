"""Writes the pages that are made from code; `--check` says which are stale."""

from __future__ import annotations

import inspect
import re
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer.main

from tiktok_ads.cli.boundary import BAD_USAGE, COMPLETE, FAILED, INTERRUPTED, PARTIAL
from tiktok_ads.cli.main import app
from tiktok_ads.config.table import OF_A_CONNECTION, OF_A_JOB, OF_A_NOTICE, OF_A_TABLE, SETTINGS, Setting

FOLDER = Path(__file__).parent
_MADE = "<!-- Made by `make docs`; change the code, not this page. -->\n"

_SETTINGS_INTRO = """
# Settings

A sync needs no file.
The first that says something counts: the command's argument, the environment variable, the file, the default.
The file is `tiktok_ads.toml` in the folder where the command runs.
`--config` or `TIKTOK_ADS_CONFIG` names another.
Unknown names and bad values are refused, all at once, with the nearest right name.

Secrets stand in none of these places: see [the TikTok app](tiktok-app.md) and the end of this page.
"""

_FILE_EXAMPLE = """
## A file with everything in it

```toml
connection = "shop"
start_date = 2026-01-01
destination = "duckdb:///ads.duckdb"
lookback_days = 28
store_changes = "entities"

[tables]
# Without settings of single tables this is simply: tables = ["ads", "ad_insights*"]
select = ["ads", "ad_insights*"]

[tables.ad_insights]
extra_metrics = ["complete_payment", "total_complete_payment_rate"]
lookback_days = 14

[tables.ads]
columns = ["ad_name", "operation_status", "secondary_status"]
store_changes = false

[connections.shop]
app_id = "7400000000000000001"
redirect_uri = "https://example.com/callback"
advertisers = ["7000000000000000001", "Advertiser 3"]

[jobs.every-morning]
description = "Everything, before the team comes in"
schedule = "weekdays at 06:00"
zone = "Europe/Berlin"
retries = 3
retry_minutes = 20
notices = ["team"]

[notices.team]
kind = "mail"
host = "smtp.example.com"
user = "reports@example.com"
from = "reports@example.com"
to = ["ana@example.com"]
```
"""

_JOBS = """
Any other setting may stand in a job's table, but for the sections of logins and channels.
What concerns the whole process may not: `state_dir`, `quota_store`, `telemetry` and `metrics_port`.
It counts for that job instead of the general one.
[Jobs](jobs.md) shows how to write and run them.
"""

_NOTICES = """
[Notices](notices.md) tells who hears of what, and how.
"""

_SECRETS = """
## Secrets

| secret | variable |
|---|---|
| access token | `TIKTOK_ADS_ACCESS_TOKEN` |
| secret of the TikTok app | `TIKTOK_ADS_APP_SECRET` |
| secret of `[notices.NAME]` | `TIKTOK_ADS_NOTICE_NAME` |

A variable comes first, then the operating system's keyring, then a file that only you can read (mode 0600).
`tiktok-ads connect` and `notices secret NAME` put them into the keyring, or into that file if there is none.
A secret in `tiktok_ads.toml` is refused.
A destination whose address holds a password goes into `TIKTOK_ADS_DESTINATION`.
"""

_COMMANDS_INTRO = f"""
# Commands

`tiktok-ads COMMAND --help` says the same in the terminal.
Most commands take [settings](settings.md) as options.
With `--json` they print one JSON object on stdout, errors too; progress goes to stderr.

| exit code | means |
|---|---|
| {COMPLETE} | complete |
| {FAILED} | failed: TikTok or the destination did; try again later |
| {BAD_USAGE} | usage, settings or login: something must be changed first; nothing was written |
| {PARTIAL} | partial: something was left out, and is named with its remedy |
| {INTERRUPTED} | interrupted: what was committed stays; run again to go on |
"""


def settings_page() -> str:
    parts = [_MADE, _SETTINGS_INTRO, "\n", *_table_of_settings(), _FILE_EXAMPLE]
    parts += ["\n## One table: `[tables.NAME]`\n\n", *_small_table(OF_A_TABLE)]
    parts += ["\n## One login: `[connections.NAME]`\n\n", *_small_table(OF_A_CONNECTION)]
    parts += ["\n## One job: `[jobs.NAME]`\n\n", *_small_table(OF_A_JOB), _JOBS]
    parts += [
        "\n## One channel of notices: `[notices.NAME]`\n\n",
        *_small_table(OF_A_NOTICE),
        _NOTICES,
        _SECRETS,
    ]
    return "".join(parts)


def _table_of_settings() -> Iterator[str]:
    yield "| in the file | what it does | default | argument | variable |\n|---|---|---|---|---|\n"
    for row in SETTINGS:
        if not row.option:
            continue
        flag = f"`{row.option}`, `--no-{row.option[2:]}`" if row.kind == "flag" else f"`{row.option}`"
        again = " (repeats)" if row.repeats else ""
        yield f"| `{row.name}` | {_cell(row.help)} | {_default(row)} | {flag}{again} | `{row.variable}` |\n"


def _small_table(rows: tuple[Setting, ...]) -> Iterator[str]:
    yield "| name | what it does |\n|---|---|\n"
    for row in rows:
        yield f"| `{row.name}` | {_cell(row.help)} |\n"


def _default(row: Setting) -> str:
    if row.name == "state_dir":
        return "the operating system's folder for it"
    if row.default in (None, ()):
        return "–"
    if isinstance(row.default, bool):
        return "`true`" if row.default else "`false`"
    shown = ", ".join(row.default) if isinstance(row.default, tuple) else str(row.default)
    return f"`{shown}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def commands_page() -> str:
    return "".join([_MADE, _COMMANDS_INTRO, *_commands(typer.main.get_command(app), "tiktok-ads")])


def _commands(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        yield from _command(command, f"{path} {name}")
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")


def _command(command: Any, path: str) -> Iterator[str]:
    yield f"\n## `{path}`\n\n"
    text = inspect.cleandoc(command.help or "")
    prose, _, example = text.partition("\b\nExample:\n")
    yield re.sub(r"(?<=[.?!]) (?=[A-Z0-9])", "\n", re.sub(r"(?<!\n)\n(?!\n)", " ", prose.strip())) + "\n"
    if example:
        yield f"\n```sh\n{inspect.cleandoc(example)}\n```\n"
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and "--help" not in one.opts]
    own = [one for one in options if not one.name.endswith("_said")]
    rows = [(f"`{one.metavar}`", one.help) for one in arguments]
    rows += [(", ".join(f"`{flag}`" for flag in (*one.opts, *one.secondary_opts)), one.help) for one in own]
    if rows:
        yield "\n| | |\n|---|---|\n"
        yield from (f"| {names} | {_cell(said or '')} |\n" for names, said in rows)
    settings = [one.opts[0] for one in options if one.name.endswith("_said")]
    if settings:
        yield "\nSettings: " + ", ".join(f"`{name}`" for name in settings) + ".\n"


def _pages_of(file: str) -> dict[str, Callable[[], str]]:
    """The pages of a neighbouring file, each with a body that begins with a blank line."""
    made: dict[str, Callable[[], str]] = runpy.run_path(str(FOLDER / file))["PAGES"]
    return {name: lambda body=body: _MADE + body() for name, body in made.items()}  # type: ignore[misc]


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    **_pages_of("generate_tables.py"),
    **_pages_of("generate_errors.py"),
    **_pages_of("generate_endpoints.py"),
    **_pages_of("generate_compared.py"),
    **_pages_of("generate_dates.py"),
    **_pages_of("generate_special.py"),
    **_pages_of("generate_wrong_choices.py"),
    **_pages_of("generate_api.py"),
    **_pages_of("generate_scale.py"),
}


def stale() -> list[str]:
    """Pages that are not as the code would write them."""
    return [
        name
        for name, page in PAGES.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != page()
    ]


def main() -> int:
    if "--check" in sys.argv:
        for name in stale():
            print(f"docs/{name} is stale; run `make docs`")
        return 1 if stale() else 0
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
