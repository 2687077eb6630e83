"""What TikTok can be asked for, as frozen values that check themselves when they are made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
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

ReportType = Literal[
    "BASIC",
    "AUDIENCE",
    "PLAYABLE_MATERIAL",
    "CATALOG",
    "BC",
    "TT_SHOP",
    # Those with an endpoint of their own:
    "GMV_MAX",
    "SMART_PLUS_MATERIAL",
    "SMART_PLUS_SPC",
    "CREATIVE",
    "VIDEO_INSIGHT",
    "VIDEO_PERFORMANCE",
    "AD_BENCHMARK",
    "PIXEL_EVENTS",
    "CREATIVE_FATIGUE",
]

Level = Literal["AUCTION_ADVERTISER", "AUCTION_CAMPAIGN", "AUCTION_ADGROUP", "AUCTION_AD"]

LEVELS: tuple[Level, ...] = ("AUCTION_ADVERTISER", "AUCTION_CAMPAIGN", "AUCTION_ADGROUP", "AUCTION_AD")

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class Field:
    """A named value in a stream's rows.

    `is_list` wraps `kind` in a list; `fields` are the parts of a struct; `parts` are paths seen inside a JSON
    value whose shape is not certain enough for a struct. `expires` marks links that stop working after a
    while: they are left out when rows are compared. `nullable` is False where live accounts always had a
    value, which is no promise. `wire_type` is TikTok's own word.
    """

    name: str
    kind: Kind
    doc: str = ""
    is_list: bool = False
    fields: tuple[Field, ...] = ()
    parts: tuple[str, ...] = ()
    expires: bool = False
    nullable: bool = True
    deprecated: bool = False
    wire_type: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"

    def __post_init__(self) -> None:
        if not self.name:
            raise ConfigError("A field needs a name.")
        if (self.kind == "struct") != bool(self.fields):
            raise ConfigError(f"Field {self.name}: a struct has parts, and nothing else has.")
        if self.parts and self.kind != "json":
            raise ConfigError(f"Field {self.name}: only a JSON value has parts that are merely known of.")
        check_apart((part.name for part in self.fields), f"Field {self.name}: parts")


@dataclass(frozen=True)
class Metric:
    """A value that a report measures, or an attribute that it repeats (TikTok asks for both as `metrics`).

    `levels` are the data levels where it is valid; all four if nothing is known against it.
    `report_types` are those where support is evidenced. `breakdowns` are the BASIC breakdowns whose list
    names it. `unique_users` marks estimates of people: not to be added up, slower, not in every task.
    `additive` says whether values may be added up over days and objects. In reports of the types `needs_in`
    it needs the dimensions `needs`; `excludes` are dimensions and metrics that cannot stand beside it.
    `plain` wants one ID dimension and nothing else but the day. `requestable` is False for what TikTok only
    adds by itself, `asynchronous` for what the asynchronous task does not know.
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
    needs: tuple[str, ...] = ()
    needs_in: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    plain: bool = False
    asynchronous: bool = True
    requestable: bool = True
    latency_hours: float | None = None
    since: str = ""
    renamed_to: str = ""
    deprecated: bool = False
    note: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"

    def __post_init__(self) -> None:
        if not self.name or not self.report_types:
            raise ConfigError(f"Metric {self.name!r} needs a name and a report type.")
        if self.kind in ("struct", "json"):
            raise ConfigError(f"Metric {self.name}: a report has plain values, not {self.kind}.")
        if self.additive and (self.unique_users or self.kind not in ("count", "money")):
            raise ConfigError(
                f"Metric {self.name}: only counts and money that are no averages can be added up."
            )
        if self.needs and not self.needs_in:
            raise ConfigError(f"Metric {self.name}: say in which reports it needs {', '.join(self.needs)}.")

    @property
    def is_attribute(self) -> bool:
        return self.group in ("attribute", "audience_attribute")

    @property
    def is_of_object(self) -> bool:
        """Whether it tells of the campaign, ad group or ad; else of a breakdown's value, such as a brand."""
        return self.group == "attribute"


@dataclass(frozen=True)
class Dimension:
    """A field that report rows are split by.

    `metrics` (and `metrics_async` for the asynchronous task) are the only metrics that it allows, where
    TikTok publishes such a list, and only in reports of the types `lists_apply_to`; `metric_groups` are whole
    groups that it allows. Attributes are not part of those lists. `excludes` are dimensions that cannot stand
    beside it, `needs` those that must. `levels` are those where it is known to work, none if nobody knows.
    `unique_users_async` and `metrics_refused_async` say what the asynchronous task does not give with it.
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
    metrics_refused_async: tuple[str, ...] = ()
    metric_groups: tuple[str, ...] = ()
    lists_apply_to: tuple[str, ...] = ()
    unique_users_async: bool = True
    excludes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    no_time: bool = False
    lifetime: bool = True
    max_ids: int | None = None
    latency_hours: float | None = None
    since: str = ""
    also_returns: tuple[str, ...] = ()
    note: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"

    def __post_init__(self) -> None:
        if not self.name or not self.report_types:
            raise ConfigError(f"Dimension {self.name!r} needs a name and a report type.")
        if self.name in self.excludes or self.name in self.needs:
            raise ConfigError(f"Dimension {self.name} cannot need or exclude itself.")


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
    min_items: int | None = None
    max_items: int | None = None
    deprecated: bool = False
    doc: str = ""
    fields: tuple[Param, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """One path of the API, with what it takes and where its rows stand in the answer.

    `scope` says what one call covers. `scope_ids` are the permissions that the app needs. `null_values` says
    whether an empty field comes as null or is left out; blank if unknown.
    """

    name: str
    path: str
    method: Literal["GET", "POST"]
    group: str
    list_key: str
    primary_key: tuple[str, ...]
    paging: Literal["none", "page_number", "cursor", "async_task"]
    params: tuple[Param, ...] = ()
    scope: str = ""
    scope_ids: tuple[str, ...] = ()
    null_values: str = ""
    use: str = ""
    sandbox: bool = False
    note: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"

    def __post_init__(self) -> None:
        if not (self.path.startswith("/") and self.path.endswith("/")):
            raise ConfigError(
                f"Endpoint {self.name}: a path begins and ends with a slash, unlike {self.path!r}."
            )
        check_apart((p.name for p in self.params), f"Endpoint {self.name}: parameters")

    def param(self, name: str) -> Param | None:
        return next((p for p in self.params if p.name == name), None)

    @property
    def max_page_size(self) -> int | None:
        size = self.param("page_size")
        return None if size is None or size.max is None else int(size.max)


@dataclass(frozen=True)
class EntityObject:
    """A kind of thing that TikTok lists, with all the fields that anybody has seen; tables are made of these.

    `endpoint` and `other_endpoints` are names of endpoints; `cursor` tells how changes can be followed.
    """

    name: str
    doc: str
    endpoint: str
    list_key: str
    primary_key: tuple[str, ...]
    fields: tuple[Field, ...]
    other_endpoints: tuple[str, ...] = ()
    scope: str = ""
    cursor: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        check_apart((f.name for f in self.fields), f"Object {self.name}: fields")


@dataclass(frozen=True)
class ReportTypeRules:
    """What one report type allows, beside what each dimension and metric says of itself.

    Of `breakdowns`, `min_breakdowns` to one may be asked for, or one of `pairs`. Where `groupings` are named
    no others are allowed. `levels` is empty where no data level is needed, and `refuses_level` says that none
    may be sent. `metrics_known` is False where it is
    written nowhere which metrics the type has, so that none can be refused. `max_days` gives the longest
    window by time dimension, "" standing for any other grouping.
    """

    name: str
    doc: str
    levels: tuple[Level, ...] = ()
    refuses_level: bool = False
    breakdowns: tuple[str, ...] = ()
    min_breakdowns: int = 0
    pairs: tuple[tuple[str, ...], ...] = ()
    groupings: tuple[tuple[str, ...], ...] = ()
    groupings_seen: tuple[tuple[str, ...], ...] = ()
    asynchronous: bool = False
    lifetime: bool = False
    total_metrics: bool = False
    filters: bool = True
    several_advertisers: bool = False
    metrics_known: bool = True
    max_days: tuple[tuple[str, int], ...] = ()
    default_metrics: tuple[str, ...] = ()
    latency_hours: float | None = None
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"


@dataclass(frozen=True)
class SpecialReport:
    """A report with an endpoint of its own (GMV Max, Smart+ materials, pixels): what it gives and takes.

    `own_dimensions` and `own_metrics` mean something else here than elsewhere, or are known here alone;
    `shared_metrics` are those of all reports. `stamped` dimensions are decided by the call, not sent back.
    `groupings` by kind are all that there are, if any is named; `metrics_at` are the metrics of each kind.
    Of `exclusive_filters` one at most can be used, of `one_value_filters` one value at a time.
    `sends_metrics` is False where no list of metrics can be sent. `params` have one value for a whole report,
    the first unless told otherwise. With `day_by_call` TikTok gives no days, so that each is a call of its
    own. `zone` is that of its days where they are not the advertiser's own.
    """

    name: str
    doc: str
    endpoints: tuple[str, ...]
    dimensions: tuple[str, ...]
    own_dimensions: tuple[Dimension, ...] = ()
    own_metrics: tuple[Metric, ...] = ()
    shared_metrics: tuple[str, ...] = ()
    stamped: tuple[str, ...] = ()
    groupings: dict[str, tuple[tuple[str, ...], ...]] = dataclass_field(default_factory=dict)
    metrics_at: dict[str, tuple[str, ...]] = dataclass_field(default_factory=dict)
    required_filters: dict[str, tuple[str, ...]] = dataclass_field(default_factory=dict)
    filters: tuple[str, ...] = ()
    filter_values: dict[str, tuple[str, ...]] = dataclass_field(default_factory=dict)
    exclusive_filters: tuple[str, ...] = ()
    one_value_filters: tuple[str, ...] = ()
    max_filter_ids: int | None = None
    min_dimensions: int = 1
    max_days: tuple[tuple[str, int], ...] = ()
    sends_metrics: bool = True
    params: dict[str, tuple[str, ...]] = dataclass_field(default_factory=dict)
    day_by_call: bool = False
    metrics_known: bool = True
    lifetime: bool = False
    zone: str = ""
    latency_hours: float | None = None
    note: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"


Operator = Literal[
    "IN",
    "NOT_IN",
    "CONTAIN_ANY_OF",
    "MATCH",
    "GREATER_EQUAL",
    "GREATER_THAN",
    "LOWER_EQUAL",
    "LOWER_THAN",
    "BETWEEN",
]


@dataclass(frozen=True)
class FilterRule:
    """A field that report rows can be filtered by, with the operators that TikTok documents for it.

    `levels` are the data levels that take it, every one if none is named; `values` the only values, where
    they are known, of which those in `alone` stand with no other; `needs` a dimension that must stand beside
    it, `excludes` dimensions and other filters that cannot. `value_kind` says what its values are.
    """

    field: str
    doc: str
    operators: tuple[Operator, ...]
    report_types: tuple[str, ...]
    value_kind: Literal["id", "text", "number", "moment"] = "text"
    levels: tuple[Level, ...] = ()
    values: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    max_values: int | None = None
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    asynchronous: bool = False
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"

    def __post_init__(self) -> None:
        if not self.field or not self.operators or not self.report_types:
            raise ConfigError(f"Filter {self.field!r} needs a field, an operator and a report type.")


@dataclass(frozen=True)
class Combinations:
    """Which dimensions go together: by level, by report type, and in the reports that stand apart."""

    id_dimensions: dict[Level, tuple[str, ...]]
    report_types: tuple[ReportTypeRules, ...]
    list_attributes: tuple[str, ...]
    max_metrics: int
    max_advertisers: int
    filters: tuple[FilterRule, ...] = ()


@dataclass(frozen=True)
class Lookup:
    """The values that a field can have and what they mean; values that are not here pass unchanged."""

    name: str
    values: dict[str, str]
    deprecated: tuple[str, ...] = ()
    note: str = ""
    source: tuple[str, ...] = ()
    confidence: Confidence = "high"


def check_apart(names: Iterable[str], what: str) -> None:
    """Each name stands once.

    Raises:
        ConfigError: one stands twice.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(f"{what} hold {name} twice.")
        seen.add(name)
