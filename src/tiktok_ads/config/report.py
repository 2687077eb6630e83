"""A report as `[reports.NAME]` in the settings file says it; what it means is read elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tiktok_ads.config.values import as_list, as_texts, check_advertisers

Names = Annotated[tuple[str, ...], BeforeValidator(as_texts)]
Advertisers = Annotated[Names, AfterValidator(check_advertisers)]


def _as_lines(value: object) -> tuple[str, ...]:
    """One text or a list of texts; a comma belongs to the text."""
    return (value,) if isinstance(value, str) else tuple(str(one) for one in as_list(value))


def _as_text(value: object) -> object:
    """Days may stand as TOML's own dates and numbers."""
    return str(value) if value is not None and not isinstance(value, (bool, dict, list)) else value


Lines = Annotated[tuple[str, ...], BeforeValidator(_as_lines)]
Text = Annotated[str, BeforeValidator(_as_text)]


class ReportSettings(BaseModel):
    """One report that is kept as a table of its own, or that runs once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = ""
    report_type: str | None = None
    data_level: str | None = None
    dimensions: Names = ()
    metrics: Names = ()
    force_metrics: Names = ()
    filters: Lines = ()
    order_by: str | None = None
    dates: Text | None = None
    roll_up: str | None = None
    advertisers: Advertisers = ()
    update_method: Literal["partition", "replace", "append", "merge"] | None = None
    lookback_days: Annotated[int, Field(ge=0, le=365)] | None = None
    store_changes: bool | None = None
    term_type: Names = ()
    language: Names = ()
    force: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> ReportSettings:
        if not self.dimensions and not self.is_term:
            raise ValueError("a report needs dimensions: what its rows are split by")
        return self

    @property
    def is_term(self) -> bool:
        return (self.report_type or "").upper() in ("TERM", "TERMS")

    @property
    def needs_days(self) -> bool:
        """Whether its days are those of the sync."""
        return self.dates is None and not self.is_term
