"""What TikTok can be asked for, as frozen values that check themselves when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiktok_ads.errors import ConfigError

Kind = Literal[
    "id",  # text; blank means null
    "text",  # text; in reports "-" means null
    "name",  # text that people typed; "-" is a name like any other
    "count",  # int64
    "money",  # decimal(18, 6) in the advertiser's currency
    "percent",  # float64 on a scale of 0 to 100
    "ratio",  # float64
    "seconds",  # float64
    "bool",
    "day",  # date, the advertiser's own
    "hour",  # timestamp without zone, the advertiser's own
    "utc",  # timestamp, UTC; on the wire YYYY-MM-DD HH:MM:SS or ISO 8601
    "epoch",  # timestamp, UTC; on the wire seconds since 1970
    "struct",
    "json",  # any JSON value, kept as text
]
KINDS: frozenset[str] = frozenset(Kind.__args__)  # type: ignore[attr-defined]

ReportType = Literal["BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP"]
Level = Literal["AUCTION_ADVERTISER", "AUCTION_CAMPAIGN", "AUCTION_ADGROUP", "AUCTION_AD"]
LEVELS: tuple[Level, ...] = ("AUCTION_ADVERTISER", "AUCTION_CAMPAIGN", "AUCTION_ADGROUP", "AUCTION_AD")
Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class Field:
    """A named value in a stream's rows.

    `is_list` wraps `kind` in a list; `fields` are the parts of a struct. `expires` marks links that stop
    working after a while: they are left out when rows are compared. `wire_type` is TikTok's own word.
    """

    name: str
    kind: Kind
    doc: str = ""
    is_list: bool = False
    fields: tuple[Field, ...] = ()
    expires: bool = False
    deprecated: bool = False
    wire_type: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"

    def __post_init__(self) -> None:
        if not self.name:
            raise ConfigError("A field needs a name.")
        if (self.kind == "struct") != bool(self.fields):
            raise ConfigError(f"Field {self.name}: a struct has parts, and nothing else has.")


@dataclass(frozen=True)
class Metric:
    """A value that a report measures, or an attribute that it repeats (TikTok asks for both as `metrics`).

    `levels` are the data levels where it is valid; all four if nothing is known against it.
    `report_types` are those where support is evidenced. `breakdowns` are the BASIC breakdowns whose list
    names it. `unique_users` marks estimates of people: not to be added up, slower, not in every task.
    `additive` says whether values may be added up over days and objects.
    """

    name: str
    kind: Kind
    group: str
    doc: str
    report_types: tuple[str, ...]
    levels: tuple[Level, ...] = LEVELS
    breakdowns: tuple[str, ...] = ()
    unique_users: bool = False
    additive: bool = False
    renamed_to: str = ""
    deprecated: bool = False
    note: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"

    @property
    def is_attribute(self) -> bool:
        return self.group in ("attribute", "audience_attribute")


@dataclass(frozen=True)
class Dimension:
    """A field that report rows are split by.

    `metrics` (and `metrics_async` for the asynchronous task) are the only metrics that it allows, where
    TikTok publishes such a list; attributes are not part of those lists. `excludes` are dimensions that
    cannot stand beside it.
    """

    name: str
    role: Literal["id", "time", "audience", "other"]
    kind: Kind
    doc: str
    report_types: tuple[str, ...]
    levels: tuple[Level, ...] = ()
    values: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    metrics_async: tuple[str, ...] = ()
    metrics_excluded: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    no_time: bool = False
    max_ids: int | None = None
    latency_hours: float | None = None
    also_returns: tuple[str, ...] = ()
    note: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"


@dataclass(frozen=True)
class Param:
    """One parameter of an endpoint, as TikTok documents it."""

    name: str
    type: str
    required: bool = False
    conditional: bool = False
    default: str = ""
    enum: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    max_items: int | None = None
    deprecated: bool = False
    fields: tuple[Param, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """One path of the API, with what it takes and where its rows stand in the answer."""

    name: str
    path: str
    method: Literal["GET", "POST"]
    group: str
    list_key: str
    primary_key: tuple[str, ...]
    paging: Literal["none", "page_number", "cursor", "async_task"]
    params: tuple[Param, ...] = ()
    scope_ids: tuple[str, ...] = ()
    sandbox: bool = False
    note: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"

    def param(self, name: str) -> Param | None:
        return next((p for p in self.params if p.name == name), None)

    @property
    def max_page_size(self) -> int | None:
        size = self.param("page_size")
        return None if size is None or size.max is None else int(size.max)


@dataclass(frozen=True)
class EntityStream:
    """A table of things that exist: one row per thing, kept when it is deleted and then marked.

    `batch` is how many advertisers one call takes: 1, or 100 for `advertiser/info/`.
    `modified_after` says that TikTok can list only what changed since a moment.
    `deletable` says that deleted things are listed when all statuses are asked for.
    `top_view_page_size` is the page size of the separate call for TopView, None where there is none.
    """

    name: str
    doc: str
    endpoint: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    replication_key: str
    version: int = 1
    page_size: int = 1000
    batch: int = 1
    modified_after: bool = False
    deletable: bool = True
    top_view_page_size: int | None = None
    personal_data: bool = False

    @property
    def uniqueness(self) -> tuple[str, ...]:
        return self.primary_key

    @property
    def max_window_days(self) -> None:
        return None


@dataclass(frozen=True)
class ReportStream:
    """A table of numbers by dimension over time.

    `primary_key` is what users are told. `uniqueness` is held strictly: advertiser and every dimension
    asked for, without the parents' ids, which TikTok gives as attributes and sometimes leaves blank.
    `max_window_days` counts both ends.
    """

    name: str
    doc: str
    report_type: ReportType
    data_level: Level
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    primary_key: tuple[str, ...]
    replication_key: str = "stat_time_day"
    version: int = 1
    endpoint: str = "report/integrated/get"
    max_window_days: int = 30
    page_size: int = 1000

    @property
    def uniqueness(self) -> tuple[str, ...]:
        return ("advertiser_id", *self.dimensions)


Stream = EntityStream | ReportStream


@dataclass(frozen=True)
class CatalogData:
    """All of it, as `catalog.json` holds it; made from the YAML in `catalog/data`."""

    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    endpoints: tuple[Endpoint, ...]
    entities: tuple[EntityStream, ...]
    reports: tuple[ReportStream, ...]
    combinations: dict[str, object]
    lookups: dict[str, dict[str, str]]
