"""What is said beside a figure: in the search of tables, in the docs and in the comments of columns."""

from __future__ import annotations

import pytest

from tiktok_ads.catalog import catalog
from tiktok_ads.catalog.semantics import CHANNEL_WORDS, semantics, semantics_of
from tiktok_ads.decode import report_fields


@pytest.mark.parametrize("name", list(catalog().metrics))
def test_every_metric_says_what_may_be_done_with_it(name: str) -> None:
    """A unit where it is a figure, a reason where it must not be added up, a channel that has words."""
    metric = catalog().metrics[name]
    meant = semantics(metric)
    assert meant.levels
    assert meant.channel == "" or meant.channel in CHANNEL_WORDS
    if metric.is_attribute:
        assert meant.adds_up is None
    else:
        assert meant.unit or metric.kind in ("text", "name", "id")
        assert bool(meant.why_not_added) == (not metric.additive)


def test_people_are_estimates_that_come_late() -> None:
    """Whoever reads a comment learns why days of reach are no week of reach."""
    told = " ".join(semantics_of("reach").sentences())
    assert "the same people may be in several rows" in told
    assert "estimate of people" in told
    assert "16 hours late" in told


def test_conversions_say_on_which_day_they_count() -> None:
    """Past days still grow, except where the day is that of the conversion."""
    assert "past days still grow" in " ".join(semantics_of("complete_payment").sentences())
    assert "day of the conversion" in " ".join(semantics_of("real_time_conversion").sentences())
    assert semantics_of("complete_payment").channel == "web"
    assert semantics_of("offline_shopping_events").channel == "offline"
    assert semantics_of("total_onsite_shopping_value").channel == "shop"


def test_comments_of_columns_say_it_too() -> None:
    """The database is where most people meet a figure."""
    stream = catalog().reports["ad_insights"]
    comments = {field.name: field.doc for field in report_fields(stream, stream.metrics, catalog())}
    assert "Not to be added up" in comments["ctr"]
    assert "Not to be added up" not in comments["spend"]
    assert "16 hours late" in comments["reach"]
