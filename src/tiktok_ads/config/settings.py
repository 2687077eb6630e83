"""The settings: one table of name, default and help; arguments over environment over file over default."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from tiktok_ads.catalog.streams import Stream
from tiktok_ads.config import table_rules
from tiktok_ads.config.api_url import SANDBOX, check_api_url
from tiktok_ads.config.file import FileSource, reading
from tiktok_ads.config.job import Job
from tiktok_ads.config.notice import Channel
from tiktok_ads.config.report import ReportSettings, Text
from tiktok_ads.config.table import ALL, ENV_PREFIX, setting
from tiktok_ads.config.values import (
    as_day,
    as_texts,
    check_advertisers,
    check_destination,
    check_quota_store,
    hide_password,
)
from tiktok_ads.errors import ConfigError

Tier = Literal["basic", "advanced", "premium", "ultimate", "sandbox"]
StoreChanges = Literal["none", "entities", "all"]


def _state_dir() -> Path:
    return Path(platformdirs.user_state_dir("tiktok-ads", appauthor=False))


def _api_url(url: str) -> str:
    try:
        return check_api_url(url)
    except ConfigError as refused:
        raise ValueError(str(refused)) from None


def _redirect_uri(uri: str) -> str:
    if not uri.startswith(("https://", "http://")) or not uri.isprintable() or any(c.isspace() for c in uri):
        raise ValueError("must be the https:// or http:// address that stands in the TikTok app")
    return uri


def _app_id(app_id: str) -> str:
    if not (app_id.isascii() and app_id.isdigit()):
        raise ValueError("An App ID has digits only; it stands in the TikTok app under Basic Information.")
    return app_id


Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(as_texts)]
Advertisers = Annotated[Texts, AfterValidator(check_advertisers)]
Day = Annotated[date, BeforeValidator(as_day)]
ApiUrl = Annotated[str, AfterValidator(_api_url)]
RedirectUri = Annotated[str, AfterValidator(_redirect_uri)]
AppId = Annotated[str, AfterValidator(_app_id)]
Lookback = Annotated[int, Field(ge=0, le=365)]

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class TableSettings(BaseModel):
    """What one table does differently: `[tables.NAME]` in the file."""

    model_config = _FROZEN

    metrics: Texts | None = None
    extra_metrics: Texts = ()
    dates: Text | None = None
    columns: Texts | None = None
    lookback_days: Lookback | None = None
    store_changes: bool | None = None


class Connection(BaseModel):
    """One login: `[connections.NAME]` in the file, before the general values; `connect` writes it."""

    model_config = _FROZEN

    app_id: AppId | None = None
    redirect_uri: RedirectUri | None = None
    api_url: ApiUrl | None = None
    tier: Tier | None = None
    advertisers: Advertisers | None = None
    exclude_advertisers: Advertisers | None = None
    scopes: tuple[int, ...] | None = None


def _is(name: str) -> Any:
    """The default and the help of a setting, as the table has them."""
    row = setting(name)
    return Field(default=row.default, description=row.help)


class Settings(BaseSettings):
    """All settings, checked. Secrets are not among them: see `tiktok_ads.credentials`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=ENV_PREFIX,
        env_prefix_target="all",
        env_ignore_empty=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    job: str = _is("job")
    connection: str = _is("connection")
    app_id: AppId | None = _is("app_id")
    redirect_uri: RedirectUri | None = _is("redirect_uri")
    api_url: ApiUrl = _is("api_url")
    advertisers: Advertisers = _is("advertisers")
    exclude_advertisers: Advertisers = _is("exclude_advertisers")
    # Before `tables`, which may name them.
    reports: dict[str, ReportSettings] = Field(default_factory=dict)
    tables: Texts = _is("tables")
    table_settings: dict[str, TableSettings] = Field(default_factory=dict)
    start_date: Day | None = _is("start_date")
    end_date: Day | None = _is("end_date")
    include_deleted: bool = _is("include_deleted")
    lookback_days: Lookback = _is("lookback_days")
    lookback_mode: Literal["full", "changed"] = _is("lookback_mode")
    store_changes: StoreChanges = _is("store_changes")
    destination: Annotated[str, AfterValidator(check_destination)] = _is("destination")
    # `schema` itself is a method of pydantic's models.
    schema_name: str = Field(default="tiktok_ads", alias="schema")
    tier: Tier = _is("tier")
    concurrency: Annotated[int, Field(ge=1, le=64)] = _is("concurrency")
    timeout_seconds: Annotated[float, Field(ge=1, le=600)] = _is("timeout_seconds")
    probe: bool = _is("probe")
    reconcile: bool = _is("reconcile")
    state_dir: Path = Field(default_factory=_state_dir)
    telemetry: Annotated[tuple[Literal["otlp", "prometheus"], ...], NoDecode, BeforeValidator(as_texts)] = (
        _is("telemetry")
    )
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = _is("metrics_port")
    quota_store: Annotated[str, AfterValidator(check_quota_store)] = _is("quota_store")
    connections: dict[str, Connection] = Field(default_factory=dict)
    notices: dict[str, Channel] = Field(default_factory=dict)
    jobs: dict[str, Job] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, FileSource(settings_cls)

    @field_validator("connection", "schema_name")
    @classmethod
    def _is_a_word(cls, value: str) -> str:
        if not value.isidentifier() and not value.replace("-", "_").isidentifier():
            raise ValueError(
                f"{value[:60]!r} must be one word of letters, digits, - and _, not begun by a digit"
            )
        return value

    @field_validator("tables")
    @classmethod
    def _tables_exist(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not value:
            raise ValueError("names no table")
        table_rules.check_patterns(value, info.data.get("reports", {}))
        return value

    @field_validator("advertisers")
    @classmethod
    def _advertisers_named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError(f"names no advertiser; write {ALL!r} for every one that the login grants")
        return value

    @field_validator("table_settings")
    @classmethod
    def _tables_can_do_that(cls, value: dict[str, TableSettings]) -> dict[str, TableSettings]:
        problems: list[str] = []
        for name, one in value.items():
            problems += table_rules.problems(
                name, metrics=one.metrics, extra_metrics=one.extra_metrics, columns=one.columns
            )
        if problems:
            raise ValueError("\n".join(problems))
        return value

    @field_validator("start_date", "end_date")
    @classmethod
    def _days_in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is None:
            return None
        if value > (last := reading().last_day_anywhere):
            remedy = (
                "leave it out to load up to today"
                if info.field_name == "end_date"
                else "choose an earlier day"
            )
            raise ValueError(
                f"{value} is in the future; today is {last} at most, wherever the advertiser is: {remedy}"
            )
        first = info.data.get("start_date")
        if info.field_name == "end_date" and first is not None and value < first:
            raise ValueError(
                f"{value} is before start_date {first}: choose a later day, or an earlier start_date"
            )
        return value

    @field_validator("notices")
    @classmethod
    def _channels_are_words(cls, value: dict[str, Channel]) -> dict[str, Channel]:
        for name in value:
            cls._is_a_word(name)
        return value

    @property
    def effective_tier(self) -> Tier:
        """The sandbox has limits of its own, whatever the app's tier is."""
        return "sandbox" if self.api_url == SANDBOX else self.tier

    def first_day(self) -> date:
        """The start date; raises ConfigError without one."""
        if self.start_date is None:
            raise ConfigError(
                "A start date is missing: report tables need to know where to begin.",
                "Use --start-date 2026-01-01, TIKTOK_ADS_START_DATE, or start_date in tiktok_ads.toml.",
            )
        return self.start_date

    def chosen_reports(self) -> dict[str, ReportSettings]:
        """The reports of the file that `tables` names; all of them where it says nothing."""
        if "tables" not in self.model_fields_set:
            return self.reports
        return {
            name: report
            for name, report in self.reports.items()
            if any(fnmatchcase(name, pattern) for pattern in self.tables)
        }

    def chosen_streams(self) -> list[Stream]:
        """The catalog's tables that `tables` names, in catalog order."""
        return table_rules.streams_of(self.tables, self.reports)

    def lookback_for(self, table: str) -> int:
        own = self._of(table).lookback_days
        if table in self.reports:
            own = self.reports[table].lookback_days
        return self.lookback_days if own is None else own

    def own_lookback(self, table: str) -> int | None:
        """The lookback that is set for this table alone."""
        return self._of(table).lookback_days

    def stores_changes(self, stream: Stream) -> bool:
        own = self._of(stream.name).store_changes
        if stream.name in self.reports:
            own = self.reports[stream.name].store_changes
        if own is not None:
            return own
        return self.store_changes == "all" or (
            self.store_changes == "entities" and not table_rules.is_report(stream)
        )

    def dates_for(self, table: str) -> str | None:
        """The days that a table has of its own, as they are written; None takes those of the run."""
        return self._of(table).dates

    def metrics_for(self, stream: Stream) -> tuple[str, ...]:
        """What a report asks as metrics, in order; nothing for an entity table."""
        own = self._of(stream.name)
        return table_rules.metrics_of(stream, own.metrics, own.extra_metrics)

    def columns_for(self, stream: Stream) -> tuple[str, ...] | None:
        """The columns that an entity table keeps; None keeps all, those that TikTok adds later included."""
        return table_rules.columns_of(stream, self._of(stream.name).columns)

    def redacted(self) -> dict[str, Any]:
        """The settings as they may be shown, under the names that the file uses."""
        shown: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {**shown, "destination": hide_password(self.destination)}

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.redacted().items())})"

    __str__ = __repr__

    def _of(self, table: str) -> TableSettings:
        return self.table_settings.get(table) or TableSettings()
