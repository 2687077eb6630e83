"""The questions that one report takes: its own, and coarser ones for metrics that it cannot hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tiktok_ads.builder.definition import ReportDefinition, completed
from tiktok_ads.catalog.coarser import coarser_than, mask_of
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.masks import allowed_mask, masks
from tiktok_ads.catalog.model import ReportTypeRules
from tiktok_ads.catalog.streams import Beside
from tiktok_ads.plan.rollup import roll_up_plan

_PARENT = {"campaign": "campaign_id", "adgroup": "adgroup_id"}


@dataclass(frozen=True)
class Parts:
    """What a report takes: the `metrics` of its own question (`keys` among them were added so that coarser
    figures find their rows), the coarser questions `beside` it, the metrics that are asked by day and
    `summed` over each period, and what should be said of all that."""

    metrics: tuple[str, ...]
    beside: tuple[Beside, ...] = ()
    keys: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()

    def calls(self, size: int) -> int:
        """Questions for each page: metrics go in calls of at most `size`."""
        return sum(max(-(-len(one) // size), 1) for one in (self.metrics, *(b.metrics for b in self.beside)))


def parts(definition: ReportDefinition) -> Parts:
    """Split a report into the questions that TikTok takes. `problems` says what fits into none."""
    made = completed(definition)
    summed = summed_metrics(made.definition)
    asked = made.definition.question
    asked = replace(asked, metrics=tuple(name for name in asked.metrics if name not in summed))
    forced = tuple(name for name in asked.force_metrics if name not in asked.metrics)
    if asked.is_special or asked.force:
        return Parts((*asked.metrics, *forced), notes=(*made.notes, *_too_many(asked, asked.metrics)))
    kind = catalog().report_types[asked.report_type]
    split_by = [catalog().dimensions[name] for name in asked.dimensions]
    allowed = allowed_mask(kind, asked.data_level, split_by, lifetime=asked.lifetime)
    bits = masks().bits
    own = [name for name in asked.metrics if bits.get(name, 0) & allowed]
    beside = tuple(_beside(asked, [name for name in asked.metrics if name not in own]))
    keys = tuple(_keys(asked, beside, own))
    usual = () if own or forced or not beside else _any_of(allowed, kind)
    metrics = (*keys, *usual, *own, *forced)
    notes = [*made.notes, *_too_many(asked, metrics)]
    if usual:
        notes.append(f"{usual[0]} is asked for as well, since without a metric there are no rows.")
    notes += [_told(one) for one in beside]
    notes += [f"{key} is asked for as well, so that these figures find their rows." for key in keys]
    if summed:
        notes.append(f"TikTok gives these by day alone, and their days are added up: {', '.join(summed)}.")
    return Parts(metrics, beside, keys, tuple(notes), summed)


def summed_metrics(definition: ReportDefinition) -> tuple[str, ...]:
    """The metrics of a report by period that TikTok gives by day alone and that may be added up."""
    if definition.roll_up is None or definition.is_special or definition.force:
        return ()
    plan = roll_up_plan(
        report_type=definition.report_type,
        data_level=definition.data_level,
        dimensions=definition.question.dimensions,
        metrics=[name for name in definition.metrics if name in catalog().metrics],
        roll_up=definition.roll_up,
    )
    return plan.summed


def _beside(asked: ReportDefinition, rest: Sequence[str]) -> Iterator[Beside]:
    """Coarser questions, the finest first, until every metric has one."""
    bits = masks().bits
    left = [name for name in rest if name in bits]
    for question in coarser_than(asked.report_type, asked.data_level, asked.dimensions):
        mask = mask_of(question, lifetime=asked.lifetime)
        here = [name for name in left if bits[name] & mask]
        if here:
            left = [name for name in left if name not in here]
            yield Beside(
                question.report_type, question.data_level, question.dimensions, tuple(here), question.word
            )


def _any_of(allowed: int, kind: ReportTypeRules) -> tuple[str, ...]:
    """One metric that the report takes, the usual one if it does."""
    known = masks()
    figures = [name for name in known.names(allowed) if not catalog().metrics[name].is_attribute]
    likely = [name for name in (*kind.default_metrics, *figures) if known.bits[name] & allowed]
    return tuple(likely[:1])


def _keys(asked: ReportDefinition, beside: Sequence[Beside], own: Sequence[str]) -> Iterator[str]:
    for one in beside:
        key = _PARENT.get(one.word)
        if key and key not in asked.dimensions and key not in own:
            yield key


def _too_many(asked: ReportDefinition, metrics: Sequence[str]) -> list[str]:
    most = catalog().combinations.max_metrics
    count = -(-len(metrics) // most)
    if count <= 1:
        return []
    return [f"{len(metrics)} metrics are more than one call takes: asked for in {count} calls and joined."]


def _told(one: Beside) -> str:
    columns = ", ".join(one.column(name) for name in one.metrics)
    by = " and ".join(one.dimensions)
    return f"Asked for by {by} alone, since the report itself refuses it; it repeats on its rows: {columns}."


def definition_notes(definition: ReportDefinition) -> tuple[str, ...]:
    """What is to be said of a report before and after it runs."""
    if definition.is_term:
        return ()
    split = parts(definition)
    rolled: tuple[str, ...] = ()
    if definition.roll_up is not None and split.metrics:
        unit = definition.roll_up.unit
        rolled = (f"TikTok is asked for each {unit} itself, so nothing is added up that must not be.",)
    if definition.roll_up is not None:
        rolled += (f"A {definition.roll_up.unit} that is not over has figures up to its period_last_day.",)
    return (*split.notes, *rolled)
