"""TikTok Ads in Dagster: each table of each login is an asset, with rows, freshness and what is missing.

Try it with `make example-dagster`; see it with `dagster dev -f examples/dagster/assets.py`.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from tiktok_ads import AuthError, ConfigError, RunReport, load_settings, run_sync

LATE = timedelta(hours=26)
TOO_LATE = timedelta(hours=50)
AGAIN = dg.RetryPolicy(max_retries=3, delay=300, backoff=dg.Backoff.EXPONENTIAL)


def sync(connection: str, tables: list[str]) -> RunReport:
    """One sync of these tables. What is loaded stays loaded, so a retry goes on where this one stopped."""
    try:
        report = asyncio.run(run_sync(load_settings({"connection": connection, "tables": tables})))
    except (ConfigError, AuthError) as error:
        # A setting or the login: the same again would not help.
        raise dg.Failure(str(error), allow_retries=False) from error
    if report.outcome == "failed":
        raise dg.Failure(
            "; ".join(told(report)) or "Nothing was loaded.", metadata={"report": report.to_json()}
        )
    return report


def told(report: RunReport, table: str = "") -> list[str]:
    """What was left out of a table, or of all, and what to do about it."""
    return [f"{one.what} → {one.remedy}" for one in report.skipped if not table or one.table in ("", table)]


def figures(report: RunReport, table: str) -> dict[str, object]:
    """What the sync did to a table, for the asset's page."""
    lines = [line for line in report.lines if line.table == table]
    upto = report.freshness().get(table)
    return {
        "run_id": report.run_id,
        "advertisers": len(lines),
        "rows_read": sum(line.rows_read for line in lines),
        "inserted": sum(line.inserted for line in lines),
        "updated": sum(line.updated for line in lines),
        "deleted": sum(line.deleted for line in lines),
        "calls": sum(line.calls for line in lines),
        "complete_to": str(upto),
        "left_out": told(report, table),
    }


def checks(report: RunReport, table: str, key: dg.AssetKey) -> Iterator[dg.AssetCheckResult]:
    """Warnings, not failures: what is loaded is true, and the next sync reads what is missing."""
    left_out, upto = told(report, table), report.freshness().get(table)
    # Where it is still yesterday, an advertiser's today is a day behind that of UTC.
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name="nothing_left_out",
        passed=not left_out,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"left_out": left_out},
    )
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name="complete_to_yesterday",
        passed=upto is not None and upto >= yesterday,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"complete_to": str(upto)},
    )


def assets_of(connection: str) -> dg.AssetsDefinition:
    """The tables of a login as assets that one sync loads together, or any of them alone."""
    streams = load_settings({"connection": connection}).chosen_streams()
    keys = {stream.name: dg.AssetKey([connection, stream.name]) for stream in streams}

    @dg.multi_asset(
        name=f"sync_{connection}",
        group_name=connection,
        can_subset=True,
        retry_policy=AGAIN,
        specs=[
            dg.AssetSpec(
                keys[stream.name],
                description=stream.doc,
                # A table that was closed to the login is not loaded, and says why.
                skippable=True,
                freshness_policy=dg.FreshnessPolicy.time_window(fail_window=TOO_LATE, warn_window=LATE),
            )
            for stream in streams
        ],
        check_specs=[
            dg.AssetCheckSpec(name, asset=key)
            for key in keys.values()
            for name in ("nothing_left_out", "complete_to_yesterday")
        ],
    )
    def load(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        wanted = [name for name, key in keys.items() if key in context.selected_asset_keys]
        report = sync(connection, wanted)
        for note in report.notes:
            context.log.info(note.text)
        for table in wanted:
            lines = [line for line in report.lines if line.table == table]
            if any(line.outcome != "skipped" for line in lines):
                yield dg.MaterializeResult(keys[table], metadata=figures(report, table))
            yield from checks(report, table, keys[table])

    return load


tables = [assets_of(connection) for connection in load_settings().connections]
every_morning = dg.ScheduleDefinition(
    name="every_morning", target=dg.AssetSelection.assets(*tables), cron_schedule="15 6 * * *"
)
# One sync at a time: DuckDB has one writer. Logins that share an app share its quota anyway.
defs = dg.Definitions(assets=tables, schedules=[every_morning], executor=dg.in_process_executor)
