"""How answers become columns: nothing is guessed, nothing is lost, and blanks are null."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import Field
from tiktok_ads.decode import (
    Page,
    ReportDecoder,
    ReportShape,
    entity_fields,
    entity_page,
    joined,
    report_fields,
)
from tiktok_ads.decode.countries import country_code, country_codes
from tiktok_ads.decode.reports import rows_of_task
from tiktok_ads.errors import DecodeError

METRICS = ("campaign_id", "ad_name", "promotion_type", "spend", "clicks", "ctr")
INSIGHTS = catalog().reports["ad_insights"]
ADS = catalog().entities["ads"]
FIELDS = report_fields(INSIGHTS, METRICS, catalog())
DECODER = ReportDecoder(ReportShape("ad_insights", FIELDS, INSIGHTS.dimensions, METRICS, "700", "EUR"))
INFO = {"page": 1, "page_size": 1000, "total_number": 1, "total_page": 1}


def row(**values: object) -> dict[str, Any]:
    dimensions: dict[str, object] = {"ad_id": "1790000000000000001", "stat_time_day": "2026-01-05 00:00:00"}
    metrics: dict[str, object] = {
        "campaign_id": "1",
        "ad_name": "Ad",
        "promotion_type": "Website",
        "spend": "12.34",
        "clicks": "7",
        "ctr": "0.27",
    }
    for name, value in values.items():
        (dimensions if name in dimensions else metrics)[name] = value
    return {"dimensions": dimensions, "metrics": metrics}


def decoded(*rows: dict[str, Any], **data: object) -> Page:
    return DECODER.page(json.dumps({"list": rows, "page_info": INFO, **data}).encode())


def first(page: Page) -> dict[str, Any]:
    return dict(page.batch.to_pylist()[0])


def test_a_plain_row_becomes_typed_columns() -> None:
    """Ids stay text, money is exact, percents stay on their scale of 100."""
    page = decoded(row())
    assert first(page) == {
        "advertiser_id": "700",
        "ad_id": "1790000000000000001",
        "stat_time_day": date(2026, 1, 5),
        "campaign_id": "1",
        "ad_name": "Ad",
        "promotion_type": "Website",
        "spend": Decimal("12.340000"),
        "clicks": 7,
        "ctr": 0.27,
        "currency": "EUR",
        "_extra": None,
    }
    assert page.batch.schema.field("spend").type == pa.decimal128(18, 6)
    assert page.info is not None
    assert (page.info.total_number, page.unfit, page.unknown) == (1, 0, ())


@pytest.mark.parametrize(
    ("name", "wire", "value"),
    [
        ("spend", "-", None),
        ("spend", "", None),
        ("spend", None, None),
        ("spend", "0.00", Decimal(0)),
        ("spend", "1e3", Decimal(1000)),
        ("spend", "-5.5", Decimal("-5.5")),
        ("clicks", "1.0", 1),
        ("clicks", "-", None),
        ("clicks", "0", 0),
        ("clicks", 12, 12),
        ("ctr", "-", None),
        ("campaign_id", "-", None),
        ("campaign_id", "", None),
        ("campaign_id", 99999999999999999999, "99999999999999999999"),
        ("promotion_type", "-", None),
        ("ad_name", "-", "-"),
        ("ad_name", "", ""),
        ("ad_name", "🎉 ‏שלום \u0000\"'; drop table", "🎉 ‏שלום \u0000\"'; drop table"),
        ("ad_id", "-", None),
        ("stat_time_day", "2026-01-05", date(2026, 1, 5)),
    ],
)
def test_blanks_and_spellings(name: str, wire: object, value: object) -> None:
    """ "-" is no value in metrics and ids, and a name like any other; nothing of this counts as odd."""
    page = decoded(row(**{name: wire}), row())
    assert first(page)[name] == value
    assert (page.unfit, first(page)["_extra"]) == (0, None)


@pytest.mark.parametrize(
    ("name", "wire", "value"),
    [
        ("spend", "N/A", None),
        ("spend", "NaN", None),
        ("spend", "1" * 38, None),
        ("spend", "0.12345678", Decimal("0.123457")),
        ("clicks", "<5", None),
        ("clicks", "1.5", None),
        ("clicks", "1e999999", None),
        ("clicks", str(2**63), None),
        ("ctr", "inf", None),
        ("ctr", {"a": 1}, None),
        ("stat_time_day", "yesterday", None),
    ],
)
def test_what_does_not_fit_is_kept_beside_the_row(name: str, wire: object, value: object) -> None:
    """A value that cannot stand in its column is never guessed and never lost."""
    page = decoded(row(**{name: wire}), row())
    assert first(page)[name] == value
    assert json.loads(first(page)["_extra"]) == {name: wire}
    assert page.unfit == 1
    assert page.batch.num_rows == 2


def test_an_unknown_metric_becomes_a_column() -> None:
    """TikTok adds fields weekly; they arrive instead of stopping the sync."""
    page = decoded(row(brand_new="5"), row())
    assert page.unknown == ("brand_new",)
    assert page.batch["brand_new"].to_pylist() == ["5", None]


@pytest.mark.parametrize("name", ["_synced_at", "Spend", "x" * 64])
def test_a_name_that_cannot_be_a_column_stays_beside_the_row(name: str) -> None:
    """A new field never overwrites one of ours or one that differs only in case."""
    page = decoded(row(**{name: "5"}))
    assert page.unknown == ()
    assert json.loads(first(page)["_extra"]) == {name: "5"}


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[]",
        b"null",
        b"{",
        b'{"list": null}',
        b'{"list": {"a": 1}}',
        b'{"list": [1]}',
        b'{"list": [{"dimensions": {}}]}',
        b'{"list": [], "page_info": "x"}',
        b'{"list": [], "page_info": {"page": 1}}',
    ],
)
def test_an_answer_of_another_shape_is_refused(data: bytes) -> None:
    """Rows that cannot be read are an error, never an empty table."""
    with pytest.raises(DecodeError):
        DECODER.page(data)


def test_an_empty_list_keeps_its_columns() -> None:
    """A day without rows looks like any other day to the destination."""
    page = decoded()
    assert (page.batch.num_rows, page.batch.schema) == (0, decoded(row()).batch.schema)


@given(
    st.lists(st.sampled_from(["1", "1.0", "0", "-", "", "<5", "12.5", "9" * 18, "x"]), min_size=1, max_size=6)
)
def test_fast_and_slow_reading_agree(values: list[str]) -> None:
    """However a page is read, its cells are the same."""
    rows = [row(clicks=value, spend=value, ctr=value) for value in values]
    alone = [first(decoded(one)) for one in rows]
    assert decoded(*rows).batch.to_pylist() == alone


def test_metrics_asked_in_two_calls_stand_in_one_row() -> None:
    """More than 100 metrics are joined on the dimensions; a blank key equals itself."""
    left = pa.table({"k": ["a", None, "b"], "day": [1, 2, 3], "x": [1, 2, 3]})
    right = pa.table({"k": [None, "c", "a"], "day": [2, 4, 1], "y": [20, 40, 10]})
    assert joined([left, right], ["k", "day"]).to_pylist() == [
        {"k": "a", "day": 1, "x": 1, "y": 10},
        {"k": None, "day": 2, "x": 2, "y": 20},
        {"k": "b", "day": 3, "x": 3, "y": None},
        {"k": "c", "day": 4, "x": None, "y": 40},
    ]


def ads_page(*rows: dict[str, object], columns: tuple[str, ...] = ()) -> Page:
    fields = entity_fields(ADS, columns)
    known = frozenset(field.name for field in ADS.fields) - {field.name for field in fields}
    data = json.dumps({"list": rows, "page_info": INFO}).encode()
    return entity_page(data, stream="ads", fields=fields, known=known, advertiser_id="700")


def test_an_ad_keeps_its_ids_times_and_nested_values() -> None:
    """64-bit numbers stay exact, times are UTC, structs and lists stay what they are."""
    got = first(
        ads_page(
            {
                "ad_id": "1790000000000000001",
                "page_id": 7512345678901234567,
                "create_time": "2026-01-05 10:11:12",
                "modify_time": None,
                "utm_params": [{"key": "a", "value": "b"}],
                "image_ids": ["x", "y"],
                "secondary_status": "AD_STATUS_CAMPAIGN_DELETE",
            }
        )
    )
    assert got["advertiser_id"] == "700"
    assert got["page_id"] == "7512345678901234567"
    assert got["create_time"] == datetime(2026, 1, 5, 10, 11, 12)
    assert got["modify_time"] is None
    assert got["utm_params"] == [{"key": "a", "value": "b"}]
    assert got["image_ids"] == ["x", "y"]
    assert got["is_deleted"] is True


def test_nested_fields_that_nobody_declared_are_kept() -> None:
    """A part that the catalog lacks stands beside the row in full."""
    page = ads_page(
        {"ad_id": "1", "utm_params": [{"key": "a", "value": "b", "new": 1.50}], "new_thing": {"a": [1]}}
    )
    assert first(page)["utm_params"] == [{"key": "a", "value": "b"}]
    assert json.loads(first(page)["_extra"])["utm_params"] == [{"key": "a", "value": "b", "new": 1.5}]
    assert json.loads(first(page)["new_thing"]) == {"a": [1]}
    assert page.unknown == ("new_thing",)


def test_asking_for_some_columns_narrows_the_table_only() -> None:
    """Fields that are known and not wanted do not come back as unknown ones."""
    page = ads_page({"ad_id": "1", "ad_name": "A", "ad_text": "T", "brand_new": "x"}, columns=("ad_name",))
    assert "ad_text" not in first(page)
    assert (first(page)["ad_name"], first(page)["brand_new"], page.unknown) == ("A", "x", ("brand_new",))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from([field.name for field in ADS.fields]),
)
def test_any_value_in_any_field_is_stored_somewhere(value: object, name: str) -> None:
    """A type that flips never stops a sync and never disappears."""
    page = ads_page({"ad_id": "1", name: value})
    assert page.batch.num_rows == 1


def test_the_accounts_create_time_is_an_epoch() -> None:
    """advertiser/info tells its time in seconds, unlike everything else."""
    stream = catalog().entities["advertisers"]
    data = json.dumps({"list": [{"advertiser_id": "1", "create_time": 1700000000, "balance": 1.10}]}).encode()
    got = first(entity_page(data, stream="advertisers", fields=stream.fields))
    assert got["create_time"] == datetime(2023, 11, 14, 22, 13, 20)
    assert got["balance"] == Decimal("1.10")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("United States", "US"),
        ("South Korea", "KR"),
        ("Vietnam", "VN"),
        ("Turkey", "TR"),
        ("Taiwan", "TW"),
        ("Côte d'Ivoire", "CI"),
        ("United Kingdom", "GB"),
        ("DE", "DE"),
        ("None", "None"),
        ("-", "-"),
        ("Atlantis", None),
    ],
)
def test_country_names_of_asynchronous_reports_become_codes(name: str, code: str | None) -> None:
    """One table never holds codes and names side by side."""
    assert country_code(name) == code


def test_a_country_that_is_not_known_refuses_the_slice() -> None:
    """A wrong code would be worse than a missing window."""
    with pytest.raises(DecodeError, match="Atlantis"):
        country_codes([{"country_code": "Atlantis"}], "ad_insights_by_country")
    with pytest.raises(DecodeError, match="same country"):
        country_codes([{"country_code": "Russia"}, {"country_code": "RU"}], "ad_insights_by_country")


def test_lines_of_an_asynchronous_report_become_the_same_columns() -> None:
    """The CSV's text is read like the text of any other answer."""
    record = {"ad_id": "1", "stat_time_day": "2026-01-05", "spend": "1.50", "Ad title": "x", "ctr": "-"}
    batch, unfit = rows_of_task([record], FIELDS, advertiser_id="700", currency="EUR")
    got = batch.to_pylist()[0]
    assert (got["advertiser_id"], got["spend"], got["ctr"], got["clicks"]) == (
        "700",
        Decimal("1.5"),
        None,
        None,
    )
    assert (got["currency"], unfit, batch.num_columns) == ("EUR", 0, len(FIELDS) + 1)


def test_every_kind_has_a_column_type() -> None:
    """No field of the catalog is without a place in the destination."""
    from tiktok_ads.decode.arrow_types import arrow_type

    for made in catalog().entities.values():
        for field in made.fields:
            assert isinstance(arrow_type(field), pa.DataType)
    assert arrow_type(Field("x", "count", is_list=True)) == pa.list_(pa.int64())


def test_a_link_that_expires_is_no_change_wherever_it_stands() -> None:
    """TikTok signs links anew with each answer; in fields that nobody documented, too."""
    from tiktok_ads.decode.cells import cell
    from tiktok_ads.decode.table import batch_of

    fields = (Field("store_id", "id"), Field("title", "text"), Field("pictures", "json"))
    link = "https://example.com/a?x-expires=1790000000&x-signature=b"
    rows: list[dict[str, Any]] = [
        {"store_id": "1", "title": "x-files", "pictures": [{"url": link}], "thumbnail_url": link},
        {"store_id": "2", "title": None, "pictures": [], "thumbnail_url": None},
    ]
    batch, unfit, unknown = batch_of(rows, fields, cell)
    marked = {field.name for field in batch.schema if (field.metadata or {}).get(b"expires") == b"1"}
    assert marked == {"pictures", "thumbnail_url"}
    assert (unfit, unknown) == (0, ("thumbnail_url",))
    assert batch["thumbnail_url"].to_pylist() == [link, None]
