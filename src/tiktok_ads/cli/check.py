"""The command `check`: the doctor for login, permissions, advertisers, tables and destination."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from tiktok_ads.cli.boundary import BAD_USAGE, COMPLETE, FAILED, PARTIAL, print_json
from tiktok_ads.cli.options import DAYS, LOGIN, WHAT, WHERE, AsJson, with_settings

if TYPE_CHECKING:
    from pydantic import SecretStr

    from tiktok_ads.client import Client
    from tiktok_ads.config.settings import Settings
    from tiktok_ads.errors import ApiError, TikTokAdsError

Verdict = Literal["ok", "note", "partial", "bad", "failed"]
_EXIT: dict[Verdict, int] = {
    "ok": COMPLETE,
    "note": COMPLETE,
    "partial": PARTIAL,
    "bad": BAD_USAGE,
    "failed": FAILED,
}
_ORDER: tuple[Verdict, ...] = ("ok", "note", "partial", "failed", "bad")
# Source: the portal's page on permissions; the catalog has no number for reports.
PERMISSIONS = {"campaign/get": 200, "adgroup/get": 210, "ad/get": 220, "report/integrated/get": 44}
_TICK = (
    "Tick it in the TikTok app and sign in again with `tiktok-ads connect`; docs/tiktok-app.md lists them."
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do unless it is well."""

    what: str
    verdict: Verdict
    text: str
    remedy: str = ""
    request_id: str = ""


@with_settings(*LOGIN, *WHAT, *WHERE, *DAYS)
def check(settings: Settings, *, json: AsJson = False) -> int:
    """Look at everything that a sync needs, and say in words what is wrong and what to do.

    Login, permissions, advertisers with zones and currencies, what each chosen table needs, and whether the
    destination may be written. Loads nothing.

    \b
    Example:
      tiktok-ads check
      tiktok-ads check --api-url http://127.0.0.1:8390 --advertiser 7000000000000000001
    """
    findings = [_destination(settings)]
    advertisers: list[dict[str, Any]] = []
    findings = [*asyncio.run(_login(settings, advertisers)), *findings]
    worst = max((one.verdict for one in findings), key=_ORDER.index)
    if json:
        told = [{name: value for name, value in asdict(one).items() if value} for one in findings]
        print_json({"verdict": worst, "findings": told, "advertisers": advertisers})
        return _EXIT[worst]
    from rich.markup import escape

    from tiktok_ads.cli.show import console, grid

    out, marks = console(), {"ok": "[green]✓[/]", "note": "[cyan]·[/]", "partial": "[yellow]![/]"}
    for one in findings:
        request = f" (request {one.request_id})" if one.request_id else ""
        out.print(f"{marks.get(one.verdict, '[red]✗[/]')} [bold]{one.what}[/]: {escape(one.text + request)}")
        if one.remedy:
            out.print(f"    {escape(one.remedy)}")
    if advertisers:
        table = grid("advertiser", "name", "zone", "currency", wrap=("name",))
        for row in advertisers:
            table.add_row(*(escape(str(value or "–")) for value in row.values()))
        out.print()
        out.print(table)
    return _EXIT[worst]


def _destination(settings: Settings) -> Finding:
    from tiktok_ads.errors import LoadError, TikTokAdsError
    from tiktok_ads.load import check_writable

    shown = str(settings.redacted()["destination"])
    try:
        check_writable(settings.destination, schema=settings.schema_name)
    except TikTokAdsError as error:
        return Finding("destination", "failed" if isinstance(error, LoadError) else "bad", str(error))
    return Finding("destination", "ok", f"{shown} can be written")


async def _login(settings: Settings, advertisers: list[dict[str, Any]]) -> list[Finding]:
    """Findings about the login; fills `advertisers`. Without a working login there is nothing more to see."""
    from tiktok_ads.credentials import find_token
    from tiktok_ads.errors import ConfigError, TikTokAdsError
    from tiktok_ads.signin.calls import client_for

    try:
        token = find_token(settings.connection)
    except ConfigError as error:
        return [Finding("login", "bad", error.message, error.hint)]
    async with client_for(settings, token.secret) as client:
        try:
            await client.get("user/info", {})
        except TikTokAdsError as error:
            return [await _refused(settings, token.secret, error)]
        findings = [
            Finding("login", "ok", f"works at {settings.api_url}; the token is from the {token.source}")
        ]
        granted = await _granted(client, settings, findings)
        ids = _chosen(settings, granted, findings)
        if ids:
            findings += await _advertisers(client, ids, advertisers)
            reachable = [str(row["advertiser_id"]) for row in advertisers] or ids
            findings += await _tables(client, settings, reachable[0])
    return findings


async def _refused(settings: Settings, token: SecretStr, error: TikTokAdsError) -> Finding:
    """Why the login does not work: above all, whether the token belongs to TikTok's other address."""
    from tiktok_ads.client import remedy_of
    from tiktok_ads.config.api_url import PRODUCTION, SANDBOX
    from tiktok_ads.errors import ApiError, AuthError, TikTokAdsError
    from tiktok_ads.signin.calls import client_for

    other = {PRODUCTION: SANDBOX, SANDBOX: PRODUCTION}.get(settings.api_url)
    if isinstance(error, AuthError) and other:
        try:
            async with client_for(settings, token, api_url=other) as client:
                await client.get("user/info", {})
        except TikTokAdsError:
            pass
        else:
            kind = "sandbox" if other == SANDBOX else "production"
            return Finding(
                "login", "bad", f"This is a {kind} token.", f"Add --api-url {other}.", error.request_id
            )
    if isinstance(error, ApiError):
        verdict: Verdict = "bad" if isinstance(error, AuthError) else "failed"
        text = f"TikTok refuses the token: {error.message} (code {error.code})"
        return Finding("login", verdict, text, remedy_of(error), error.request_id)
    return Finding("login", "failed", str(error), remedy_of(error))


async def _granted(client: Client, settings: Settings, findings: list[Finding]) -> dict[str, str] | None:
    """Advertisers that the login grants, by id; None if TikTok cannot be asked for the list."""
    from tiktok_ads.client.oauth import granted_advertisers
    from tiktok_ads.credentials import find_app_secret
    from tiktok_ads.errors import ApiError, AuthError, TikTokAdsError

    secret = find_app_secret(settings.connection)
    if settings.app_id is None or secret is None:
        text = (
            "App ID or secret is not known, so advertisers must be named by id and new ones are not noticed"
        )
        remedy = "Set TIKTOK_ADS_APP_ID and TIKTOK_ADS_APP_SECRET, or run `tiktok-ads connect`."
        findings.append(Finding("app", "note", text, remedy))
        return None
    try:
        listed = await granted_advertisers(client, app_id=settings.app_id, secret=secret.secret)
    except AuthError as error:
        text = f"TikTok refuses App ID and secret: {error.message} (code {error.code})"
        remedy = "Copy both again from the same app: My Apps, Basic Information; see docs/tiktok-app.md."
        findings.append(Finding("app", "bad", text, remedy, error.request_id))
        return None
    except TikTokAdsError as error:
        request_id = error.request_id if isinstance(error, ApiError) else ""
        findings.append(Finding("app", "partial", f"the list of advertisers: {error}", "", request_id))
        return None
    if not listed:
        text = "TikTok grants no advertiser to this login"
        findings.append(Finding("app", "bad", text, "Run `tiktok-ads connect` and tick the advertisers."))
    else:
        findings.append(
            Finding("app", "ok", f"App ID and secret work; {len(listed)} advertisers are granted")
        )
    return {one.advertiser_id: one.name for one in listed}


def _chosen(settings: Settings, granted: dict[str, str] | None, findings: list[Finding]) -> list[str]:
    """Ids of the chosen advertisers, as far as they can be known."""
    from tiktok_ads.config.table import ALL
    from tiktok_ads.config.values import nearest

    by_name = {name: one for one, name in (granted or {}).items()}
    excluded = {by_name.get(one, one) for one in settings.exclude_advertisers}
    if ALL in settings.advertisers:
        if granted is None:
            text = "`all` needs App ID and secret"
            findings.append(Finding("advertisers", "bad", text, "Name advertisers by id with --advertiser."))
        return [one for one in granted or () if one not in excluded]
    ids = []
    for one in settings.advertisers:
        chosen = by_name.get(one, one)
        if not chosen.isdigit():
            text = f"no granted advertiser is named {one!r}"
            findings.append(
                Finding("advertisers", "bad", text, nearest(one, by_name) or "Name it by its id.")
            )
        elif chosen not in excluded:
            ids.append(chosen)
    return ids


async def _advertisers(client: Client, ids: list[str], told: list[dict[str, Any]]) -> list[Finding]:
    from tiktok_ads.errors import ApiError
    from tiktok_ads.signin.calls import advertisers_told

    answered: dict[str, dict[str, Any]] = {}
    reason: ApiError | None = None
    try:
        rows = await advertisers_told(client, ids)
    except ApiError as error:
        # One advertiser that is not granted spoils the answer for all that were asked with it.
        reason, rows = error, []
        for one in ids if len(ids) > 1 else ():
            try:
                rows += await advertisers_told(client, [one])
            except ApiError as refused:
                reason = refused
    for row in rows:
        answered[str(row.get("advertiser_id"))] = row
    for one in ids:
        if one in answered:
            row = answered[one]
            zone = row.get("display_timezone") or row.get("timezone")
            told.append(
                {"advertiser_id": one, "name": row.get("name"), "zone": zone, "currency": row.get("currency")}
            )
    missing = [one for one in ids if one not in answered]
    if not missing:
        return [Finding("advertisers", "ok", f"{len(ids)} can be read")]
    text = f"{len(missing)} of {len(ids)} cannot be read: {', '.join(missing[:10])}"
    if reason is not None:
        text += f" ({reason.message}, code {reason.code})"
    remedy = "Check the ids; sign in again and tick these advertisers; the app also needs permission 100."
    request_id = reason.request_id if reason else ""
    return [Finding("advertisers", "partial" if answered else "bad", text, remedy, request_id)]


async def _tables(client: Client, settings: Settings, advertiser_id: str) -> list[Finding]:
    """Each endpoint that the chosen tables need, asked for one row of one advertiser."""
    from tiktok_ads.client import remedy_of
    from tiktok_ads.client.scopes import SCOPES
    from tiktok_ads.config.table_rules import is_report
    from tiktok_ads.errors import AccessDenied, ApiError, InvalidRequest, TikTokAdsError
    from tiktok_ads.signin.calls import one_row

    streams = settings.chosen_streams()
    endpoints: dict[str, list[str]] = {}
    for stream in streams:
        endpoints.setdefault(stream.endpoint, []).append(stream.name)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    findings = []
    for endpoint, names in endpoints.items():
        if endpoint == "advertiser/info":
            continue
        tables, scope = ", ".join(names), PERMISSIONS.get(endpoint)
        needs = f" (permission {scope}: {SCOPES[scope]})" if scope else ""
        try:
            await one_row(client, endpoint, advertiser_id, day=yesterday)
        except InvalidRequest:
            # It lacks ids that a sync finds out first; a login without permission would have been told so.
            findings.append(Finding("tables", "ok", f"{tables} answer{needs}"))
        except TikTokAdsError as error:
            request_id = error.request_id if isinstance(error, ApiError) else ""
            if isinstance(error, AccessDenied):
                text = f"{tables}: the permission is missing{needs}"
                findings.append(Finding("tables", "partial", text, _TICK, request_id))
            else:
                findings.append(
                    Finding("tables", "partial", f"{tables}: {error}", remedy_of(error), request_id)
                )
        else:
            findings.append(Finding("tables", "ok", f"{tables} can be read{needs}"))
    if settings.start_date is None and any(is_report(stream) for stream in streams):
        text = "no start date is set, which reports need"
        findings.append(
            Finding("start date", "note", text, "Use --start-date or start_date in tiktok_ads.toml.")
        )
    return findings
