"""Which advertisers a run is about: named, listed or all, with their zones and currencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.client import Client
from tiktok_ads.client.oauth import granted_advertisers
from tiktok_ads.config import Settings
from tiktok_ads.credentials import find_app_secret
from tiktok_ads.decode import schema_of
from tiktok_ads.errors import AccessDenied, ApiError, AuthError, ConfigError, TikTokAdsError
from tiktok_ads.extract import Probe, Room, Tally, advertisers_of, read_accounts
from tiktok_ads.plan import Advertiser, Window, local_today
from tiktok_ads.runreport import Note, Skipped
from tiktok_ads.sync.outcome import told

ALL = "all"


@dataclass(frozen=True)
class Known:
    """The advertisers of a run. `rows` are those of the table `advertisers`, none if that is closed.

    `business_centers` are those of the login, if a chosen table needs them.
    """

    advertisers: tuple[Advertiser, ...]
    rows: pa.Table
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]
    business_centers: tuple[Advertiser, ...] = ()


async def find_advertisers(
    client: Client,
    settings: Settings,
    *,
    fields: Sequence[Field],
    stream: EntityStream,
    wants_table: bool,
    catalog: Catalog,
    now: datetime,
    tally: Tally,
) -> Known:
    """Everybody that the settings name and the login grants.

    Raises:
        ConfigError: nobody is left, or a name fits nobody.
        AuthError: the login does not work.
    """
    ids = await _chosen(client, settings, tally)
    accounts = await read_accounts(client, stream, fields, ids, tally)
    advertisers = advertisers_of(accounts.rows)
    notes: list[Note] = []
    skipped: list[Skipped] = []
    rows = accounts.rows
    if not advertisers:
        reached = await _reached_without_info(client, ids, catalog, now, tally)
        if not reached:
            raise _nobody(ids, accounts.refused)
        advertisers, rows = reached, schema_of(fields).empty_table()
        notes.append(Note(_NO_ZONES))
        if wants_table:
            skipped.append(_no_info(stream, accounts.refused))
    seen = {one.advertiser_id for one in advertisers}
    skipped += [_not_granted(one, accounts.refused.get(one)) for one in ids if one not in seen]
    for one in advertisers:
        if not one.zone_known and not notes:
            notes.append(
                Note("TikTok did not tell the time zone; days are cut in UTC.", "", one.advertiser_id)
            )
    order = {one: place for place, one in enumerate(ids)}
    advertisers.sort(key=lambda one: order[one.advertiser_id])
    return Known(tuple(advertisers), rows, tuple(skipped), tuple(notes))


_NO_ZONES = (
    "The login may not read advertiser/info (scope 100): currencies are unknown, and days are cut in UTC "
    "instead of each advertiser's own zone."
)


def _no_info(stream: EntityStream, refused: Mapping[str, ApiError | None]) -> Skipped:
    error = next((one for one in refused.values() if one), None)
    what = str(error) if error else f"{stream.endpoint} tells nothing"
    return Skipped(
        what=f"{what}; the reports answer, so the login lacks the scope of this table",
        remedy="Add scope 100 (ad account information) to the TikTok app, then connect again.",
        table=stream.name,
        request_id=error.request_id if error else "",
        code=error.code if error else None,
    )


async def _chosen(client: Client, settings: Settings, tally: Tally) -> list[str]:
    """The ids that are meant; names and `all` need the list of what the login grants."""
    named = [*settings.advertisers, *settings.exclude_advertisers]
    needs_list = ALL in settings.advertisers or any(not one.isdigit() for one in named)
    if not needs_list:
        left_out = set(settings.exclude_advertisers)
        return [one for one in dict.fromkeys(settings.advertisers) if one not in left_out]
    granted = await _granted(client, settings, tally)
    wanted = granted.keys() if ALL in settings.advertisers else _ids(settings.advertisers, granted)
    excluded = set(_ids(settings.exclude_advertisers, granted))
    chosen = [one for one in wanted if one not in excluded]
    if not chosen:
        why = "The login grants no advertiser." if not granted else "All granted advertisers are excluded."
        raise ConfigError(why, "Connect again and tick the advertisers, or change the setting `advertisers`.")
    return chosen


async def _granted(client: Client, settings: Settings, tally: Tally) -> dict[str, str]:
    secret = find_app_secret(settings.connection)
    if settings.app_id is None or secret is None:
        raise ConfigError(
            f"To find {_by_name(settings)}, the App ID and the app's secret are needed; ids are digits only.",
            "Run `tiktok-ads connect`, set TIKTOK_ADS_APP_ID and TIKTOK_ADS_APP_SECRET, "
            "or name advertisers by id with --advertiser.",
        )
    app_id = settings.app_id
    listed = await tally.counted(
        "account",
        lambda meter: granted_advertisers(client, app_id=app_id, secret=secret.secret, meter=meter),
    )
    return {one.advertiser_id: one.name for one in listed}


def _by_name(settings: Settings) -> str:
    if ALL in settings.advertisers:
        return "all advertisers that the login grants"
    named = [one for one in (*settings.advertisers, *settings.exclude_advertisers) if not one.isdigit()]
    return f"the advertiser named {named[0]!r}"


def _ids(named: Sequence[str], granted: dict[str, str]) -> list[str]:
    """Ids as they are; names as the ids that bear them."""
    ids: list[str] = []
    by_name: dict[str, list[str]] = defaultdict(list)
    for key, name in granted.items():
        by_name[name].append(key)
    for one in named:
        bearers = by_name.get(one, [])
        if one.isdigit() and not bearers:
            ids.append(one)
        elif len(bearers) == 1:
            ids.append(bearers[0])
        else:
            what = "No granted advertiser is" if not bearers else f"{len(bearers)} granted advertisers are"
            raise ConfigError(f"{what} named {one!r}.", "Name it by its id; `tiktok-ads check` lists them.")
    return list(dict.fromkeys(ids))


async def _reached_without_info(
    client: Client, ids: Sequence[str], catalog: Catalog, now: datetime, tally: Tally
) -> list[Advertiser]:
    """Everybody, if a report of one of the first three works although advertiser/info does not."""
    today = local_today("UTC", now)
    for one in ids[:3]:
        probe = Probe(client, one, (), catalog, Room())
        if await probe.days(Window(today, today), tally) is not None:
            return [Advertiser(each, "", "UTC", None, zone_known=False) for each in ids]
    return []


def _nobody(ids: Sequence[str], refused: dict[str, ApiError | None]) -> TikTokAdsError:
    errors = [error for error in refused.values() if error is not None]
    for error in errors:
        if isinstance(error, AuthError):
            return error
    shown = ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
    answer = f" TikTok answered: {errors[0]}." if errors else ""
    return ConfigError(
        f"The login does not grant any of the advertisers {shown}.{answer}",
        "Check the ids, or connect again and tick these; `tiktok-ads check` shows what is granted.",
    )


def _not_granted(advertiser_id: str, error: ApiError | None) -> Skipped:
    if error is None:
        error = AccessDenied("the login does not grant this advertiser", 0, "advertiser/info", "")
    remedy = "Connect again and tick this advertiser, or take it out of the setting `advertisers`."
    return replace(told(error), advertiser_id=advertiser_id, remedy=remedy)
