"""The command `connect`: sign in at TikTok, look at what was granted, keep the token."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiktok_ads.cli.boundary import COMPLETE, PARTIAL, print_json
from tiktok_ads.cli.options import AsJson, with_settings
from tiktok_ads.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from tiktok_ads.config.settings import Settings
    from tiktok_ads.signin.grant import Login

_GUIDE = "docs/tiktok-app.md leads through making the TikTok app."
_LONGEST_PASTE = 16_384


@with_settings(
    "connection",
    "app_id",
    "redirect_uri",
    "api_url",
    "state_dir",
    "quota_store",
    "timeout_seconds",
    new_login=True,
)
def connect(
    settings: Settings,
    *,
    config: Path | None,
    paste: Annotated[
        bool, typer.Option("--paste", help="Paste by hand the address that TikTok sends you to (as usual).")
    ] = True,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read an access token from standard input instead.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Sign in at TikTok and keep the token in the keyring, or in a file that only you can read.

    Needs a TikTok app; docs/tiktok-app.md leads through making one. The app's secret is asked for, or taken
    from TIKTOK_ADS_APP_SECRET; it is never an argument.

    \b
    Example:
      tiktok-ads connect --app-id 7400000000000000001 --redirect-uri https://localhost/callback
      tiktok-ads connect --token-stdin < token.txt
    """
    from pydantic import SecretStr

    from tiktok_ads.credentials import clean_secret, find_app_secret
    from tiktok_ads.signin.consent import ask_consent, read_pasted
    from tiktok_ads.signin.grant import by_code, by_token

    secret: SecretStr | None
    if token_stdin:
        token = clean_secret(SecretStr(sys.stdin.read(_LONGEST_PASTE)), "access token on standard input")
        known = find_app_secret(settings.connection)
        secret = known.secret if known else None
        login = asyncio.run(by_token(settings, token, secret))
    else:
        settings = _with_app(settings)
        secret = _secret(settings.connection)
        consent = ask_consent(settings.api_url, str(settings.app_id), str(settings.redirect_uri))
        typer.echo(
            "1. Open this link in a browser that is signed in to the advertisers' account:\n", err=True
        )
        typer.echo(f"   {consent.link}\n", err=True)
        typer.echo("2. Tick the advertisers and confirm. The page you land on may show nothing.", err=True)
        pasted = typer.prompt("3. Paste its whole address here (or the code)", err=True)
        login = asyncio.run(by_code(settings, secret, read_pasted(pasted, consent)))
    if login.advertisers is not None and not login.advertisers:
        raise ConfigError(
            "TikTok granted no advertiser, so nothing was kept.",
            f"Run connect again and tick advertisers on TikTok's page. {_GUIDE}",
        )
    return _keep(settings, login, secret, config, json=json)


def _with_app(settings: Settings) -> Settings:
    """The settings with App ID and redirect address, asked for where they are missing, and checked."""
    from tiktok_ads.config.load import load_settings

    if settings.app_id and settings.redirect_uri:
        return settings
    typer.echo(_GUIDE, err=True)
    app_id = settings.app_id or typer.prompt("App ID", err=True)
    back = settings.redirect_uri or typer.prompt("Redirect address, exactly as in the app", err=True)
    asked = {"app_id": app_id.strip(), "redirect_uri": back.strip()}
    checked = load_settings(asked, config=Path(os.devnull), new_login=True)
    return settings.model_copy(update={"app_id": checked.app_id, "redirect_uri": checked.redirect_uri})


def _secret(connection: str) -> SecretStr:
    from pydantic import SecretStr

    from tiktok_ads.credentials import clean_secret, find_app_secret

    if found := find_app_secret(connection):
        typer.echo(f"Using the app's secret from the {found.source}.", err=True)
        return found.secret
    said = typer.prompt("Secret of the app (it is not shown)", hide_input=True, err=True)
    return clean_secret(SecretStr(said), "app secret")


def _keep(
    settings: Settings, login: Login, secret: SecretStr | None, config: Path | None, *, json: bool
) -> int:
    """Secrets to the keyring, the App ID to the settings file; then say what was granted."""
    from tiktok_ads.client.scopes import SCOPES
    from tiktok_ads.config.api_url import PRODUCTION
    from tiktok_ads.config.settings import Connection
    from tiktok_ads.config.write import write_connection
    from tiktok_ads.credentials import save

    kept_in = save(settings.connection, access_token=login.token, app_secret=secret)
    written = Connection(
        app_id=settings.app_id,
        redirect_uri=settings.redirect_uri,
        api_url=None if settings.api_url == PRODUCTION else settings.api_url,
        scopes=login.scopes or None,
    )
    file = write_connection(settings.connection, written, path=config) if settings.app_id else None
    missing = {number: SCOPES[number] for number in login.missing}
    if json:
        told = {
            "connection": settings.connection,
            "kept_in": kept_in,
            "settings_file": str(file) if file else None,
            "advertisers": login.advertisers,
            "scopes": login.scopes,
            "missing_scopes": missing,
        }
        print_json(told)
    else:
        _show(login, missing)
        typer.echo(f"The login {settings.connection!r} is kept in the {kept_in}.")
        if file:
            typer.echo(f"Its App ID stands in {file}, which holds no secret.")
        typer.echo("Next: tiktok-ads check")
    return PARTIAL if missing else COMPLETE


def _show(login: Login, missing: dict[int, str]) -> None:
    from rich.text import Text

    from tiktok_ads.cli.show import console, grid

    if login.advertisers is not None:
        table = grid("advertiser", "name", wrap=("name",))
        for one, name in login.advertisers.items():
            table.add_row(one, Text(name))
        console().print(table)
        typer.echo(f"{len(login.advertisers)} advertisers are granted.")
    if login.scopes:
        typer.echo(f"Permissions: {', '.join(map(str, login.scopes))}.")
    for number, what in missing.items():
        typer.echo(f"Missing: permission {number} ({what}). Tick it in the TikTok app, then connect again.")
