"""What the app shows of a dataset's rows is what is there: sums, currencies, parts, pages, statistics."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.destinations.places import Place, tell_server
from tests.worlds import Desk, desk
from tiktok_ads.config import Settings
from tiktok_ads.errors import ConfigError, UnknownName
from tiktok_ads.load.reading import open_reader
from tiktok_ads.simulator.presets import PLACES, Plot, Size
from tiktok_ads.ui.data.chart import Chart, ChartWanted, charts
from tiktok_ads.ui.data.freshness import freshness
from tiktok_ads.ui.data.rows import RowsWanted, all_rows, rows
from tiktok_ads.ui.data.statistics import statistics

TABLES = ("advertisers", "campaigns", "ad_insights", "ad_insights_by_age_and_gender")
SIZE = Size(campaigns=4, adgroups_per_campaign=1, ads_per_adgroup=1, history_days=45, hostile=True)
WORLD = tuple(Plot(PLACES[at], SIZE) for at in (0, 1, 2, 5))
HOSTILE = (
    'x"; DROP TABLE ads; --',
    "spend) FROM ads --",
    "rowid",
    "_run_id",
    "SPEND",
    "\0",
    "a" * 300,
)


@dataclass(frozen=True)
class Filled:
    """A destination with a world's rows, and the settings of the dataset that it holds."""

    it: Desk
    place: Place
    settings: Settings


@pytest.fixture(scope="module", params=["duckdb", "postgres", "parquet"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    folder: Path = tmp_path_factory.mktemp("data")
    it = desk(folder, WORLD, tables=TABLES)
    place = Place("duckdb", str(it.file))
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        tell_server(f"{server}/postgres", "CREATE DATABASE of_data")
        place = Place("postgres", f"{server}/of_data")
    if request.param == "parquet":
        place = Place("parquet", f"parquet:///{folder}/lake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
        assert it.sync(destination=place.url).outcome == "complete"
    return Filled(it, place, it.settings(destination=place.url))


def drawn(filled: Filled, *said: object) -> dict[str, Chart]:
    """The charts by their currency."""
    found = charts(filled.settings, ChartWanted(*said))  # type: ignore[arg-type]
    assert found.told == ""
    return {one.unit: one for one in found.charts}


def added(chart: Chart) -> list[Decimal]:
    """What stands above each x when its series are stacked."""
    columns = zip(*(one.values for one in chart.series), strict=True)
    return [sum((Decimal(str(value or 0)) for value in column), Decimal()) for column in columns]


def truth(filled: Filled, sql: str) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in filled.place.ask(sql)]


def test_each_currency_has_its_own_chart_with_the_sums_that_a_query_gives(filled: Filled) -> None:
    """Dollars of two zones are one chart, yen and euros two others; no amount is in two."""
    found = drawn(filled, "ad_insights", "spend", "", "day", 0)
    asked = truth(
        filled,
        "SELECT r.currency, r.stat_time_day, sum(r.spend) FROM ad_insights r GROUP BY 1, 2 ORDER BY 1, 2",
    )
    assert set(found) == {"USD", "EUR", "JPY"} == {currency for currency, _, _ in asked}
    for currency, chart in found.items():
        wanted = {day: Decimal(amount) for unit, day, amount in asked if unit == currency}
        shown = dict(zip(chart.x, chart.series[0].values, strict=True))
        assert {day: Decimal(str(value)) for day, value in shown.items() if value is not None} == wanted
        assert Decimal(str(chart.total)) == sum(wanted.values())


@pytest.mark.parametrize(
    ("by", "per"), [("advertiser_id", "day"), ("campaign_id", "week"), ("campaign_id", "month")]
)
def test_the_greatest_and_all_others_add_up_to_the_whole(filled: Filled, by: str, per: str) -> None:
    """However few parts are shown by themselves, none is lost."""
    whole = drawn(filled, "ad_insights", "spend", "", per, 0)
    for top in (1, 20):
        split = drawn(filled, "ad_insights", "spend", by, per, 0, top)
        assert set(split) == set(whole)
        for unit, chart in split.items():
            assert chart.x == whole[unit].x
            assert added(chart) == added(whole[unit])
            assert len(chart.series) <= top + 1
            assert [one.is_rest for one in chart.series].count(True) <= 1
            totals = [sum(value or 0 for value in one.values) for one in chart.series if not one.is_rest]
            assert totals == sorted(totals, reverse=True)


def test_counts_are_one_chart_whatever_the_currencies_are(filled: Filled) -> None:
    """Impressions are no money; by age they are those of the audience report."""
    (chart,) = drawn(filled, "ad_insights_by_age_and_gender", "impressions", "age", "month", 0, 20).values()
    asked = truth(
        filled, "SELECT age, sum(impressions) FROM ad_insights_by_age_and_gender GROUP BY 1 ORDER BY 2 DESC"
    )
    assert [sum(value or 0 for value in one.values) for one in chart.series] == [int(n) for _, n in asked]
    assert "25 to 34" in {one.name for one in chart.series}


def test_parts_are_called_as_their_tables_call_them(filled: Filled) -> None:
    """Campaigns by name, those of the same name apart; advertisers too."""
    found = drawn(filled, "ad_insights", "impressions", "campaign_id", "month", 0, 20)
    known = {name for _, name in truth(filled, "SELECT campaign_id, campaign_name FROM campaigns")}
    shown = [one.name for one in found[""].series]
    assert len(set(shown)) == len(shown)
    assert all(any(name.startswith(real) for real in known) for name in shown)
    by_owner = drawn(filled, "ad_insights", "impressions", "advertiser_id", "month", 0, 20)[""]
    assert {one.name for one in by_owner.series} == {f"Advertiser {n}" for n in (1, 2, 3, 4)}


@pytest.mark.parametrize(
    "metric", ["reach", "ctr", "cpc", "frequency", "cost_per_conversion", "ad_name", "ad_id"]
)
def test_what_does_not_add_up_is_not_added_up(filled: Filled, metric: str) -> None:
    with pytest.raises(ConfigError, match="not to be added up"):
        charts(filled.settings, ChartWanted("ad_insights", metric))


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_nothing_are_refused_and_nothing_of_them_is_run(filled: Filled, name: str) -> None:
    """Whatever somebody puts into the address, it is a name that exists or an error."""
    for ask in (
        lambda: charts(filled.settings, ChartWanted(name)),
        lambda: charts(filled.settings, ChartWanted("ad_insights", name)),
        lambda: charts(filled.settings, ChartWanted("ad_insights", "spend", name)),
        lambda: rows(filled.settings, RowsWanted(name)),
        lambda: statistics(filled.settings, name),
    ):
        with pytest.raises(ConfigError):
            ask()
    if name != "_run_id":
        with pytest.raises(UnknownName):
            rows(filled.settings, RowsWanted("ad_insights", sort=name))
    if name != "\0":
        of_nobody = rows(filled.settings, RowsWanted("ad_insights", advertiser=name))
        assert of_nobody.found == 0
    assert filled.place.ask("SELECT count(*) FROM ad_insights") != [(0,)]


def test_pages_of_rows_hold_each_row_once_in_order(filled: Filled) -> None:
    """The newest first, or by a column with blanks last; no row is on two pages."""
    (count,) = filled.place.ask("SELECT count(*) FROM ad_insights")[0]
    for sort, descending in (("", True), ("spend", True), ("campaign_name", False)):
        seen: list[tuple[object, ...]] = []
        for offset in range(0, int(str(count)), 53):
            wanted = RowsWanted("ad_insights", "", sort, descending, offset, 53)
            part = rows(filled.settings, wanted)
            assert part.found == count
            seen += part.rows
        assert len(seen) == count == len(set(map(repr, seen)))
        at = part.columns.index(sort or "stat_time_day")
        values = [row[at] for row in seen]
        if sort != "campaign_name":  # how text is ordered is the database's own affair
            assert values == sorted(values, reverse=descending)  # type: ignore[type-var]


def test_rows_of_one_advertiser_are_its_own_to_the_last_one(filled: Filled) -> None:
    owner = filled.it.advertisers[1]
    own = all_rows(filled.settings, RowsWanted("ad_insights", owner))
    assert set(own.column("advertiser_id").to_pylist()) == {owner}
    asked = filled.place.ask(f"SELECT count(*) FROM ad_insights WHERE advertiser_id = '{owner}'")
    assert asked == [(own.num_rows,)]
    part = rows(filled.settings, RowsWanted("ad_insights", owner))
    assert part.owners is not None
    assert part.owners[owner] == "Advertiser 2"


def test_statistics_are_those_of_the_rows(filled: Filled) -> None:
    """Counts, ends and mean as a query gives them; different values exactly, or within some percent."""
    found = {one.name: one for one in statistics(filled.settings, "ad_insights").columns}
    for name in ("spend", "impressions", "campaign_id", "stat_time_day", "ctr"):
        ((filled_in, different, least, greatest),) = truth(
            filled,
            f"SELECT count({name}), count(DISTINCT {name}), CAST(min({name}) AS VARCHAR), "
            f"CAST(max({name}) AS VARCHAR) FROM ad_insights",
        )
        one = found[name]
        assert one.filled == int(filled_in)
        assert one.distinct is not None
        assert abs(one.distinct - int(different)) <= max(1, int(different) // 10)
        if name == "spend":
            assert (Decimal(str(one.least)), Decimal(str(one.greatest))) == (
                Decimal(least),
                Decimal(greatest),
            )
        else:
            assert (one.least, one.greatest) == (least, greatest)
    ((mean,),) = truth(filled, "SELECT avg(impressions) FROM ad_insights")
    assert found["impressions"].mean == pytest.approx(float(mean))
    assert found["spend"].blank == 0


def test_freshness_names_every_advertiser_and_its_days(filled: Filled) -> None:
    told = {one.table: one for one in freshness(filled.settings)}
    assert set(told) == set(TABLES)
    for table, one in told.items():
        assert {who.owner: who.name for who in one.each} == {
            owner: f"Advertiser {at}" for at, owner in enumerate(filled.it.advertisers, 1)
        }
        assert filled.place.ask(f"SELECT count(*) FROM {table}") == [(one.rows,)]
    insights = told["ad_insights"]
    assert insights.first == filled.settings.start_date
    assert insights.complete_to is not None
    assert insights.complete_to <= min(filled.it.today(owner) for owner in filled.it.advertisers)


def test_nothing_loaded_yet_is_told_and_is_no_error(tmp_path: Path) -> None:
    settings = desk(tmp_path, WORLD, tables=TABLES).settings()
    assert charts(settings, ChartWanted("ad_insights")).told == "Nothing is loaded yet."
    assert not rows(settings, RowsWanted()).is_loaded
    assert statistics(settings, "").rows is None
    assert freshness(settings) == ()
    assert all_rows(settings, RowsWanted()).num_rows == 0


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Reports of every shape, synced on two days."""
    by_day: dict[str, object] = {"dimensions": ["campaign_id", "stat_time_day"]}
    shapes: dict[str, dict[str, object]] = {
        "plain": by_day,
        "snapshots": {**by_day, "update_method": "append"},
        "hourly": {"dimensions": ["advertiser_id", "stat_time_hour"]},
        "weekly": {**by_day, "roll_up": "week"},
        "lifetime": {"dimensions": ["campaign_id"], "dates": "lifetime"},
    }
    made = {name: {**shape, "metrics": ["spend", "impressions"]} for name, shape in shapes.items()}
    it = desk(tmp_path_factory.mktemp("reports"), WORLD[:2], tables=("advertisers", *made), reports=made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
        for _ in range(2):
            assert it.sync().outcome == "complete"
            it.pass_days(1)
    return it


def drawn_of(it: Desk, *said: object) -> Chart:
    """The one chart of something that is no money."""
    (chart,) = charts(it.settings(), ChartWanted(*said)).charts  # type: ignore[arg-type]
    return chart


def test_snapshots_are_not_counted_twice(reports: Desk) -> None:
    """Each run kept all days again; a chart shows the newest of each, as the plain report has them."""
    key = "(advertiser_id, campaign_id, stat_time_day)"
    ((all_rows_held, keys),) = reports.rows(f"SELECT count(*), count(DISTINCT {key}) FROM snapshots")
    assert all_rows_held > keys
    for per in ("day", "month"):
        kept, plain = (drawn_of(reports, name, "impressions", "", per, 0) for name in ("snapshots", "plain"))
        assert (kept.total, kept.series) == (plain.total, plain.series)


def test_hours_are_added_up_to_days_and_weeks_stay_weeks(reports: Desk) -> None:
    hours = drawn_of(reports, "hourly", "impressions", "", "day", 0)
    days = drawn_of(reports, "plain", "impressions", "", "day", 0)
    assert dict(zip(hours.x, hours.series[0].values, strict=True)) == dict(
        zip(days.x, days.series[0].values, strict=True)
    )
    weeks = drawn_of(reports, "weekly", "impressions", "", "month", 0)
    begun = reports.rows("SELECT DISTINCT CAST(stat_time_day AS VARCHAR) FROM weekly ORDER BY 1")
    assert list(weeks.x) == [day for (day,) in begun]


def test_figures_of_all_time_are_drawn_by_what_they_are_of(reports: Desk) -> None:
    """Without days there is no line, but a bar for each part."""
    chart = drawn_of(reports, "lifetime", "impressions")
    assert chart.kind == "bars"
    assert len(chart.x) == len(chart.series[0].values) > 2
    assert [(int(chart.total),)] == reports.rows("SELECT sum(impressions) FROM lifetime")


def test_a_warehouse_is_not_looked_into_and_says_so(tmp_path: Path) -> None:
    address = f"dlt+duckdb:///{tmp_path}/warehouse.duckdb"
    with pytest.raises(ConfigError, match="warehouse"), open_reader(address):
        pass
