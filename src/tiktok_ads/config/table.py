"""The table of settings: name, default, help and how each is said on the command line; light to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ENV_PREFIX = "TIKTOK_ADS_"
ALL = "all"


@dataclass(frozen=True)
class Setting:
    """One setting under the name that the file uses.

    `default` is shown as it stands. `option` is empty where only the file can say it. `repeats` means that
    the option may be given several times. `env` is False where a variable cannot hold it.
    """

    name: str
    default: object
    help: str
    option: str = ""
    metavar: str = "TEXT"
    kind: Literal["text", "flag"] = "text"
    repeats: bool = False
    env: bool = True

    @property
    def variable(self) -> str:
        return ENV_PREFIX + self.name.upper() if self.env else ""


SETTINGS: tuple[Setting, ...] = (
    Setting("job", "", "Which job of the settings file this is: its table comes before the general values."),
    Setting(
        "connection",
        "default",
        "Which login to use; `connect --connection NAME` makes one.",
        "--connection",
        "NAME",
    ),
    Setting(
        "app_id",
        None,
        "App ID of the TikTok app: calls are counted per app, and the list of granted advertisers needs it.",
        "--app-id",
        "ID",
    ),
    Setting("redirect_uri", None, "Redirect address that stands in the TikTok app.", "--redirect-uri", "URL"),
    Setting(
        "api_url",
        "https://business-api.tiktok.com",
        "TikTok's production or sandbox address, or one on this machine.",
        "--api-url",
        "URL",
    ),
    Setting(
        "advertisers",
        (ALL,),
        "Advertisers by id or by name, or `all` that the login grants (needs App ID and secret).",
        "--advertiser",
        "ID|NAME|all",
        repeats=True,
    ),
    Setting(
        "exclude_advertisers",
        (),
        "Advertisers by id or by name to leave out.",
        "--exclude-advertiser",
        "ID|NAME",
        repeats=True,
    ),
    Setting(
        "tables",
        ("core",),
        "Tables by name or pattern such as `ad_insights*`; `core` means the nine that most need, `*` all "
        "that hold no personal data.",
        "--table",
        "NAME",
        repeats=True,
    ),
    Setting(
        "start_date",
        None,
        "First day of the reports, YYYY-MM-DD or MM/DD/YYYY, in each advertiser's own calendar.",
        "--start-date",
        "DAY",
    ),
    Setting("end_date", None, "Last day of the reports; without it, today.", "--end-date", "DAY"),
    Setting(
        "include_deleted",
        True,
        "Keep deleted campaigns, ad groups and ads, marked, and what they spent.",
        "--include-deleted",
        kind="flag",
    ),
    Setting(
        "lookback_days",
        28,
        "Days that each sync asks again, since conversions arrive late (0 to 365).",
        "--lookback-days",
        "DAYS",
    ),
    Setting(
        "lookback_mode",
        "full",
        "full: each sync reads all days of the lookback again. changed: it compares the campaigns' totals "
        "by day, reads again only what differs, and all days once a week.",
        "--lookback-mode",
        "full|changed",
    ),
    Setting(
        "store_changes",
        "entities",
        "Tables that keep each change in `<table>__changes`: none, entities or all.",
        "--store-changes",
        "WHICH",
    ),
    # Not tiktok_ads.duckdb: DuckDB names the database after the file, and tiktok_ads.ads would be ambiguous.
    Setting(
        "destination",
        "duckdb:///tiktok.duckdb",
        "Where the tables go: duckdb:, three slashes and a relative path or four and an absolute one; or "
        "postgresql://user@host/database.",
        "--destination",
        "URL",
    ),
    Setting("schema", "tiktok_ads", "Schema of the tables in the destination.", "--schema", "NAME"),
    Setting(
        "tier",
        "basic",
        "Quota of the TikTok app: basic, advanced, premium or ultimate; the sandbox has its own.",
        "--tier",
        "TIER",
    ),
    Setting("concurrency", 8, "Slices that are read at the same time (1 to 64).", "--concurrency", "N"),
    Setting(
        "timeout_seconds", 60.0, "How long one call may take (1 to 600).", "--timeout-seconds", "SECONDS"
    ),
    Setting(
        "probe",
        True,
        "Ask at the advertiser level whether a window has anything before reading below it.",
        "--probe",
        kind="flag",
    ),
    Setting(
        "reconcile",
        False,
        "Hold the days that were read against the advertiser's own totals after each sync: a call or so.",
        "--reconcile",
        kind="flag",
    ),
    Setting(
        "state_dir", None, "Folder for the shared count of calls and for error logs.", "--state-dir", "FOLDER"
    ),
    Setting(
        "quota_store",
        "sqlite",
        "Where calls are counted: sqlite for one machine (in state_dir), or redis://host:6379/0 or "
        "postgresql://user@host/database for several.",
        "--quota-store",
        "URL",
    ),
    Setting(
        "telemetry",
        (),
        "Who watches runs: otlp (OpenTelemetry, by its own variables), prometheus; see docs/telemetry.md.",
        "--telemetry",
        "KIND",
        repeats=True,
    ),
    Setting(
        "metrics_port",
        0,
        "Port of this machine on which a run serves Prometheus text, where `prometheus` is on; 0 for none.",
        "--metrics-port",
        "PORT",
    ),
    Setting("table_settings", None, "What single tables do differently: `[tables.NAME]`.", env=False),
    Setting("connections", None, "The logins: `[connections.NAME]`.", env=False),
    Setting("reports", None, "Reports of your own, each a table: `[reports.NAME]`.", env=False),
    Setting("notices", None, "Whom to tell when something is wrong: `[notices.NAME]`.", env=False),
    Setting("jobs", None, "What runs on a schedule: `[jobs.NAME]`.", env=False),
)

OF_A_TABLE: tuple[Setting, ...] = (
    Setting("metrics", None, "The metrics of a report, in place of the usual ones."),
    Setting("extra_metrics", (), "Metrics of a report beyond the usual ones."),
    Setting("dates", None, "Days of a report of its own, such as `last 7 days`, read anew by every sync."),
    Setting("columns", None, "The columns of an entity table to keep; those of its key are always kept."),
    Setting("lookback_days", None, "As the general one, for this table."),
    Setting("store_changes", None, "true or false: whether this table keeps its changes."),
)

OF_A_CONNECTION: tuple[Setting, ...] = (
    Setting("app_id", None, "App ID of the TikTok app."),
    Setting("redirect_uri", None, "Redirect address that stands in the TikTok app."),
    Setting("api_url", None, "As the general one, for this login."),
    Setting("tier", None, "As the general one, for this app."),
    Setting("advertisers", None, "As the general one, for this login."),
    Setting("exclude_advertisers", None, "As the general one, for this login."),
    Setting("scopes", None, "Permissions that TikTok granted, by number; the sign-in writes them."),
)

OF_A_REPORT: tuple[Setting, ...] = (
    Setting("description", "", "What the report is for; becomes the comment of its table."),
    Setting(
        "report_type", None, "BASIC, AUDIENCE, GMV_MAX, …; follows from the dimensions if it is not said."
    ),
    Setting("data_level", None, "ad, adgroup, campaign or advertiser; follows from the ID dimension."),
    Setting("dimensions", (), 'What rows are split by, such as `["ad_id", "stat_time_day"]`.'),
    Setting("metrics", (), "Metrics and attributes; any number of them."),
    Setting("force_metrics", (), "Metrics that are asked for although the catalog does not know them."),
    Setting("filters", (), "Conditions such as `campaign_ids in 12, 34`; all must hold."),
    Setting("order_by", None, "A metric, largest first; `spend asc` smallest first."),
    Setting("dates", None, "Days such as `last 7 days` or `lifetime`; without them, those of the sync."),
    Setting("roll_up", None, "`week`, `week from sunday`, `month` or `quarter`: rows by period, not by day."),
    Setting("advertisers", (), "Only these of the advertisers that the sync reads, by id or name."),
    Setting("update_method", None, "partition (usual with days), replace, append or merge."),
    Setting("lookback_days", None, "As the general one, for this report."),
    Setting("store_changes", None, "true or false: whether its table keeps its changes."),
    Setting("term_type", (), "Of a TERM report: which agreements, such as `LeadAds`; all without it."),
    Setting("language", (), "Of a TERM report: EN, JA or ZH; all without it."),
    Setting("force", False, "Ask although the catalog knows something against it."),
)

OF_A_JOB: tuple[Setting, ...] = (
    Setting("description", "", "What the job is for."),
    Setting("schedule", "manual", "When it runs, such as `weekdays at 06:00`."),
    Setting("zone", "UTC", "IANA name of the zone that times of the day are in."),
    Setting("paused", False, "Whether it waits until somebody lets it go on."),
    Setting("retries", 0, "How often a failed run is tried again (0 to 20)."),
    Setting("retry_minutes", 10, "Minutes between those tries."),
    Setting("notices", (), "Names of `[notices.NAME]`: who hears when something is wrong."),
    Setting(
        "notice_events",
        ("failed", "partial", "recovered", "stale", "nothing"),
        "What they hear of: `failed`, `partial`, `recovered`, `stale`, `nothing`; all without it.",
    ),
    Setting("stale_after_hours", None, "After so many hours without a run that loaded, it is stale."),
)

OF_A_NOTICE: tuple[Setting, ...] = (
    Setting("kind", None, "`mail`, `webhook` or `slack`."),
    Setting("host", None, "Mail: name of the server, such as `smtp.example.com`."),
    Setting("port", None, "Mail: its port; 587, 465 or 25 by `security`."),
    Setting("user", "", "Mail: who signs in; without it, nobody does."),
    Setting("security", "starttls", "Mail: `starttls`, `ssl` or `none`."),
    Setting("from", None, "Mail: the address that it comes from."),
    Setting("to", (), "Mail: the addresses that it goes to."),
    Setting("url", None, "Webhook: the address that is called."),
    Setting("allow_private", False, "Webhook, Slack: whether an address of the own network may be called."),
)


def setting(name: str) -> Setting:
    return next(one for one in SETTINGS if one.name == name)
