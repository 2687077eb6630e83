"""The files of asynchronous reports: CSV or XLSX, under TikTok's names of fields or under titles."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import msgspec

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.report_json import SEVERAL
from tiktok_ads.simulator.report_query import Query
from tiktok_ads.simulator.reports import Reports

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Titles are words in the user's language; only some are known, and they change over time.
TITLES = {
    "ad_id": "Ad ID",
    "adgroup_id": "Ad Group ID",
    "campaign_id": "Campaign ID",
    "advertiser_id": "Account ID",
    "stat_time_day": "By Day",
    "country_code": "Country/Region",
    "spend": "Cost",
}
COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "MX": "Mexico",
    "DE": "Germany",
    "AT": "Austria",
    "CH": "Switzerland",
    "JP": "Japan",
    "NP": "Nepal",
    "IN": "India",
    "EG": "Egypt",
    "SA": "Saudi Arabia",
    "KI": "Kiribati",
    "NZ": "New Zealand",
    "AU": "Australia",
}


def csv_file(reports: Reports, query: Query, *, titles: bool) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(_table(reports, query, titles=titles))
    return out.getvalue().encode()


def xlsx_file(reports: Reports, query: Query, *, titles: bool) -> bytes:
    """The same cells as texts in a workbook.

    Raises:
        Refused: the optional library that makes workbooks is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise wrong("output_format: XLSX_DOWNLOAD needs the extra xlsx of this simulator.") from None
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for at, cells in enumerate(_table(reports, query, titles=titles)):
            for column, cell in enumerate(cells):
                sheet.write_string(at, column, cell)
    return out.getvalue()


def _table(reports: Reports, query: Query, *, titles: bool) -> Iterator[list[str]]:
    """The names of the columns, and then each row."""
    names = [*query.dimensions, *query.metrics]
    if query.several:
        names.extend(name for name in SEVERAL if name not in names)
    yield [_title(name) if titles else name for name in names]
    # No cut at 20,000 ads here: this equals what Ads Manager exports.
    rows = reports.find(query, cut=False).rows
    spelled = reports.spelling.rows(query, rows)
    for row in msgspec.json.decode(spelled, type=list[dict[str, dict[str, object]]]):
        values = {**row["dimensions"], **row["metrics"]}
        if "country_code" in query.dimensions:
            values["country_code"] = _country_name(str(values["country_code"]))
        yield [_cell(values.get(name, values.get(f"{name}_list", "-"))) for name in names]


def _cell(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _title(name: str) -> str:
    if name in TITLES:
        return TITLES[name]
    return (
        name.replace("_", " ").title()
        if name not in catalog().metrics
        else name.replace("_", " ").capitalize()
    )


def _country_name(code: str) -> str:
    """A known flaw: tasks give the name of the country under `country_code`."""
    return COUNTRIES.get(code, code)
