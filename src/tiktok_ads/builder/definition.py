"""A report as somebody describes it, and what follows from that by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tiktok_ads.catalog.lookup import catalog, ids_of
from tiktok_ads.catalog.model import LEVELS
from tiktok_ads.catalog.streams import TIMES, Filter, UpdateMethod
from tiktok_ads.plan.dates import DateChoice, Lifetime
from tiktok_ads.plan.rollup import RollUp


@dataclass(frozen=True)
class ReportDefinition:
    """One report, described; frozen, and nothing in it has been asked of TikTok yet.

    `report_type` and `data_level` may be blank: they follow from the dimensions. `advertisers` are ids,
    names or `all`; none means those of the settings. `metrics` are metrics and attributes. `force_metrics`
    are asked for although the catalog does not know them or knows something against them; `force` does the
    same for the whole report. Rows come in the order of `order_by`. Without `dates` a saved report is kept
    up to date like any other table, and one that runs once takes the last seven days. `update_method` None
    means the usual one: `partition` where rows have a day, else `replace`. `term_types` and `languages`
    are for TERM reports alone; none means all.
    """

    name: str = "report"
    description: str = ""
    report_type: str = ""
    data_level: str | None = None
    dimensions: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    force_metrics: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    order_by: str = ""
    descending: bool = True
    dates: DateChoice | None = None
    roll_up: RollUp | None = None
    advertisers: tuple[str, ...] = ()
    update_method: UpdateMethod | None = None
    term_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    force: bool = False

    @property
    def is_term(self) -> bool:
        """Whether it is about agreements and their texts, which have no figures."""
        return self.report_type.upper() in ("TERM", "TERMS")

    @property
    def question(self) -> ReportDefinition:
        """What TikTok is asked: by period there is no time dimension, since each one is asked for itself."""
        if self.roll_up is None:
            return self
        left = tuple(name for name in self.dimensions if name not in TIMES)
        return replace(self, dimensions=left or ids_of(self.data_level)[:1])

    @property
    def lifetime(self) -> bool:
        return isinstance(self.dates, Lifetime)

    @property
    def is_special(self) -> bool:
        """Whether the report has an endpoint of its own."""
        return self.report_type in catalog().special


@dataclass(frozen=True)
class Completed:
    """A definition with nothing left blank, and what should be said of how it was filled in."""

    definition: ReportDefinition
    notes: tuple[str, ...] = ()


def completed(definition: ReportDefinition) -> Completed:
    """Fill in what follows from the rest: report type, data level, usual metrics, their current names."""
    if definition.is_term:
        return Completed(replace(definition, report_type="TERM"))
    asked = tuple(name for name in definition.metrics if name not in definition.force_metrics)
    made = replace(definition, report_type=_type_of(definition), metrics=asked)
    if made.is_special:
        return Completed(made)
    made = replace(made, data_level=_level_of(made))
    kind = catalog().report_types.get(made.report_type)
    if not made.metrics and not made.force_metrics and kind is not None:
        made = replace(made, metrics=kind.default_metrics)
    made, notes = _renamed(made)
    return Completed(made, notes)


def _type_of(asked: ReportDefinition) -> str:
    """The first report type that has all the dimensions; the widest one, BASIC, if none has."""
    if asked.report_type:
        named = asked.report_type.upper().replace("-", "_").replace(" ", "_")
        return named if named in (*catalog().report_types, *catalog().special) else asked.report_type
    known = [catalog().dimensions[name] for name in asked.dimensions if name in catalog().dimensions]
    for name in catalog().report_types:
        if all(name in one.report_types for one in known):
            return name
    # One audience dimension makes it an audience report, whatever else there is to be said of the rest.
    audience = any(one.report_types == ("AUDIENCE",) for one in known)
    return "AUDIENCE" if audience else "BASIC"


def _level_of(asked: ReportDefinition) -> str | None:
    kind = catalog().report_types.get(asked.report_type)
    if kind is not None and not kind.levels and not kind.refuses_level:
        return None
    if asked.data_level:
        named = asked.data_level.upper().replace(" ", "").replace("_", "").removeprefix("AUCTION")
        return next((level for level in LEVELS if level == f"AUCTION_{named}"), asked.data_level)
    if kind is None or not kind.levels:
        return None
    for name in asked.dimensions:
        for level in kind.levels:
            if name in ids_of(level):
                return level
    # Without an ID the rows are about the whole advertiser, if the dimensions are to be had there.
    known = [catalog().dimensions[name] for name in asked.dimensions if name in catalog().dimensions]
    fits = [level for level in kind.levels if all(not one.levels or level in one.levels for one in known)]
    return fits[0] if fits else kind.levels[0]


def _renamed(asked: ReportDefinition) -> tuple[ReportDefinition, tuple[str, ...]]:
    """Old names as current ones; a name that still stands for something of its own is only spoken of."""
    from tiktok_ads.catalog.rules import why_not

    names: list[str] = []
    notes: list[str] = []
    for name in asked.metrics:
        metric = catalog().metrics.get(name)
        new = metric.renamed_to if metric else ""
        if metric is None or not new or new in asked.metrics:
            names.append(name)
            continue
        refused = why_not(
            report_type=asked.report_type,
            data_level=asked.data_level,
            dimensions=asked.dimensions,
            metrics=(new,),
            lifetime=asked.lifetime,
        )
        if metric.group == catalog().metrics[new].group == "core":
            # Both are measured, each in its own way: which one is meant nobody but the asker knows.
            notes.append(f"{name} is counted in an older way; TikTok's current metric is {new}.")
            names.append(name)
        elif refused:
            notes.append(f"{name} is the old name of {new}, which this report does not have: kept as it is.")
            names.append(name)
        else:
            notes.append(f"{name} is the old name of {new}: that is asked for.")
            names.append(new)
            if asked.order_by == name:
                asked = replace(asked, order_by=new)
    return replace(asked, metrics=tuple(dict.fromkeys(names))), tuple(notes)
