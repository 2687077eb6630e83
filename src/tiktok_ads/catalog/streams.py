"""A table: what it is made of, how it is asked for and read, as frozen values that check themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiktok_ads.catalog.model import Field, Level, ReportType, check_apart
from tiktok_ads.errors import ConfigError

TIMES = ("stat_time_day", "stat_time_hour")
"""The dimensions that say when."""
Owner = Literal["advertiser", "business_center"]
"""Whose data a table holds: its rows carry `advertiser_id` or `bc_id`."""
UpdateMethod = Literal["partition", "replace", "append", "merge"]
Value = str | int | bool | tuple[str, ...]
"""A fixed value of a request."""


@dataclass(frozen=True)
class Each:
    """What a list is asked for one by one: fixed values, or what another table of the same owner holds.

    `send` pairs a parameter of the request (dots reach into an object) with the column of `table` that fills
    it; where there are `values` in a table's place, their column is called `value`. A column may lie deeper:
    `creative_list.ad_material_id`, `actions[action_scene=HASHTAG_RELATED].action_category_ids`.
    `keep` pairs a column of the rows with the column whose value was sent. `batch` values go into one call
    as a list; `objects` names a parameter that takes a list of objects made of `send` and `constants`.
    `where` keeps what has one of these values in a column; deleted things are left out unless `deleted`.
    """

    send: tuple[tuple[str, str], ...]
    table: str = ""
    values: tuple[Value, ...] = ()
    keep: tuple[tuple[str, str], ...] = ()
    batch: int = 1
    as_list: bool = False
    objects: str = ""
    constants: tuple[tuple[str, Value], ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    deleted: bool = False

    def __post_init__(self) -> None:
        if bool(self.table) == bool(self.values):
            raise ConfigError(f"What is asked one by one stands in a table or is named: {self.send}.")
        if self.batch > 1 and self.keep and not self.objects:
            raise ConfigError(f"Which of {self.batch} values a row belongs to cannot be told: {self.send}.")


@dataclass(frozen=True)
class Ask:
    """One way in which a list is asked for; `each` multiply.

    With `may_refuse` it is not certain that TikTok takes it; a refusal then means that there is nothing.
    """

    params: tuple[tuple[str, Value], ...] = ()
    each: tuple[Each, ...] = ()
    may_refuse: bool = False


@dataclass(frozen=True)
class Dated:
    """How a list of things that happened is asked for, window by window.

    `first` and `last` are the parameters of its bounds, written as days or, with `seconds`, as moments.
    Rows belong to the day of `day_column`; with `pad_days` as many days around the window are asked too, for
    rows whose calendar is not the owner's. `stamped` rows name no day: each is asked for by itself.
    `reach_days` is how far back TikTok tells.
    """

    first: str
    last: str
    day_column: str
    max_days: int = 30
    lookback_days: int = 7
    pad_days: int = 0
    reach_days: int = 365
    seconds: bool = False
    stamped: bool = False

    def __post_init__(self) -> None:
        if self.stamped and (self.max_days != 1 or self.pad_days):
            raise ConfigError("Days that are stamped are asked for one by one.")


Shape = Literal["rows", "map", "one", "values"]


ListReader = Literal["list", "leads", "change_log"]


@dataclass(frozen=True)
class EntityStream:
    """A table of things that exist: one row per thing, kept when it is deleted and then marked.

    `batch` is how many advertisers one call takes: 1, or 100 for `advertiser/info/`.
    `modified_after` says that TikTok can list only what changed since a moment.
    `deletable` says that deleted things are listed when all statuses are asked for.
    `top_view_page_size` is the page size of the separate call for TopView, None where there is none.
    `asks` are the ways in which the list is asked for, all of which together are the table; `sends_owner` is
    False where the call does not name whose list it is.
    `list_key` says where the rows stand in `data` ("" where that is not certain) and `shape` as what: rows,
    a map of rows, one row, or plain values; keys of a map and plain values become the column `key_column`.
    `unwrap` names objects within a row whose fields are columns, `explode` a list within a row whose items
    are the rows, which take the columns `outer` along. `rename` and `drop` apply to fields as TikTok spells
    them. `expiries` name the column that says until when the link in another one works.
    With `fingerprint` a row is told apart by `row_id`, made of all it says, since TikTok gives it no id.
    `missing` says what becomes of rows that a complete list lacks. `refresh_hours` is how long a list counts
    as fresh. With `open_fields` nobody wrote down all the fields, so new ones are no news.
    """

    name: str
    doc: str
    endpoint: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    replication_key: str = ""
    version: int = 1
    page_size: int = 1000
    batch: int = 1
    modified_after: bool = False
    deletable: bool = True
    top_view_page_size: int | None = None
    personal_data: bool = False
    owner: Owner = "advertiser"
    params: tuple[tuple[str, Value], ...] = ()
    scopes: tuple[str, ...] = ()
    group: str = ""
    asks: tuple[Ask, ...] = ()
    sends_owner: bool = True
    paging: Literal["page_number", "cursor", "none"] = "page_number"
    reader: ListReader = "list"
    list_key: str = "list"
    shape: Shape = "rows"
    key_column: str = ""
    unwrap: tuple[str, ...] = ()
    explode: str = ""
    outer: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    drop: tuple[str, ...] = ()
    expiries: tuple[tuple[str, str], ...] = ()
    fingerprint: bool = False
    missing: Literal["mark", "remove", "keep"] = "mark"
    refresh_hours: int = 0
    open_fields: bool = False
    dated: Dated | None = None

    def __post_init__(self) -> None:
        names = {f.name for f in self.fields}
        check_apart((f.name for f in self.fields), f"Table {self.name}: fields")
        for key in (*self.primary_key, self.replication_key):
            if key and key not in names:
                raise ConfigError(f"Table {self.name}: its key {key} is not among its fields.")
        if self.batch < 1 or self.page_size < 1:
            raise ConfigError(f"Table {self.name}: batch and page size are at least 1.")
        if self.owner_column not in self.primary_key:
            raise ConfigError(f"Table {self.name}: whose a row is belongs to its key.")
        if expiring := [f.name for f in self.fields if f.expires and f.name in self.primary_key]:
            raise ConfigError(f"Table {self.name}: {', '.join(expiring)} expires and cannot be a key.")
        if self.fingerprint and self.missing == "keep":
            # Each field that TikTok adds makes new rows of all, beside which the old ones must not stay.
            raise ConfigError(f"Table {self.name}: rows without ids cannot be kept when they are gone.")
        if self.dated:
            kind = next((f.kind for f in self.fields if f.name == self.dated.day_column), None)
            if kind not in ("day", "hour", "utc", "epoch"):
                raise ConfigError(f"Table {self.name}: {self.dated.day_column} holds no moment.")

    @property
    def uniqueness(self) -> tuple[str, ...]:
        return self.primary_key

    @property
    def max_window_days(self) -> int | None:
        return self.dated.max_days if self.dated else None

    @property
    def day_column(self) -> str | None:
        return self.dated.day_column if self.dated else None

    @property
    def owner_column(self) -> str:
        return "bc_id" if self.owner == "business_center" else "advertiser_id"

    @property
    def update_method(self) -> UpdateMethod:
        """What a run does to the rows that are there; a list that is replaced keeps what is gone, marked."""
        if self.dated:
            return "partition"
        return "merge" if self.missing == "keep" else "replace"

    @property
    def marks_deleted(self) -> bool:
        """Whether rows stay, marked, when what they tell of is gone."""
        return self.deletable or (self.missing == "mark" and self.dated is None)

    @property
    def every_ask(self) -> tuple[Ask, ...]:
        return self.asks or (Ask(),)

    @property
    def parents(self) -> tuple[str, ...]:
        """The tables whose ids this list is asked for with."""
        named = (each.table for ask in self.asks for each in ask.each if each.table)
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Filter:
    """One condition of a report: `type` is IN, MATCH, GREATER_EQUAL, …; several values stand for a list."""

    field: str
    type: str
    value: str | tuple[str, ...]


@dataclass(frozen=True)
class Beside:
    """A coarser question of a report: its figures stand on every row that they are about, and so repeat.

    `word` is the level that they belong to; the columns are called `{metric}_of_{word}`.
    """

    report_type: ReportType
    data_level: Level
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    word: str

    def column(self, metric: str) -> str:
        return f"{metric}_of_{self.word}"


@dataclass(frozen=True)
class ReportStream:
    """A table of numbers by dimension over days or hours, or of one number for all time.

    `primary_key` is what users are told. `uniqueness` is held strictly: owner and every dimension asked
    for, without the parents' ids, which TikTok gives as attributes and sometimes leaves blank.
    `replication_key` is blank where there is none. `max_window_days` counts both ends and means nothing for
    a `lifetime`, which has no days. `stamped` says that TikTok gives no time with these dimensions: each day
    is asked for by itself and its `stat_time_day` is ours. `filters` and `params` go into every request.
    `beside` are coarser questions for metrics that this one refuses. With a `period` (week, month, …) each
    one is asked for by itself in a day's place, and stamped with its first day; the metrics `summed`, which
    TikTok gives by day alone, are added up over it.
    """

    name: str
    doc: str
    report_type: ReportType
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    primary_key: tuple[str, ...]
    data_level: Level | None = None
    replication_key: str = "stat_time_day"
    version: int = 1
    endpoint: str = "report/integrated/get"
    max_window_days: int = 30
    page_size: int = 1000
    lifetime: bool = False
    stamped: bool = False
    owner: Owner = "advertiser"
    filters: tuple[Filter, ...] = ()
    params: tuple[tuple[str, Value], ...] = ()
    update_method: UpdateMethod = "partition"
    personal_data: bool = False
    scopes: tuple[str, ...] = ()
    group: str = ""
    beside: tuple[Beside, ...] = ()
    period: str = ""
    summed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        columns = (self.owner_column, *self.key_dimensions, *self.metrics)
        check_apart(self.dimensions, f"Table {self.name}: dimensions")
        check_apart(self.metrics, f"Table {self.name}: metrics")
        if not self.dimensions:
            raise ConfigError(f"Table {self.name}: a report needs a dimension.")
        for key in (*self.primary_key, self.replication_key):
            if key and key not in columns:
                raise ConfigError(f"Table {self.name}: its key {key} is neither a dimension nor a metric.")
        if self.max_window_days < 1 or self.page_size < 1:
            raise ConfigError(f"Table {self.name}: window and page size are at least 1.")
        if self.lifetime and self.day_column:
            raise ConfigError(f"Table {self.name}: a lifetime has no {self.day_column}.")
        alone = self.max_window_days == 1 or self.period
        if self.stamped and (not alone or {*TIMES} & {*self.dimensions}):
            raise ConfigError(f"Table {self.name}: days that are stamped are asked for one by one.")
        if self.period and not self.stamped:
            raise ConfigError(f"Table {self.name}: a period is stamped with its first day.")
        if self.summed and not self.period:
            raise ConfigError(f"Table {self.name}: days are added up over periods alone.")
        if self.update_method == "partition" and not self.day_column:
            raise ConfigError(f"Table {self.name}: without days there is no window to replace.")

    @property
    def owner_column(self) -> str:
        return "bc_id" if self.owner == "business_center" else "advertiser_id"

    @property
    def day_column(self) -> str | None:
        """The column that says when: a day, an hour, or None for all time."""
        return next((name for name in TIMES if name in self.key_dimensions), None)

    @property
    def key_dimensions(self) -> tuple[str, ...]:
        """The dimensions as columns: those asked for and the day that is stamped."""
        return (*self.dimensions, "stat_time_day") if self.stamped else self.dimensions

    @property
    def uniqueness(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.owner_column, *self.key_dimensions)))


Stream = EntityStream | ReportStream
