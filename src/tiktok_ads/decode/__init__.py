"""API values → Arrow batches: the one place that knows how numbers, days and blanks are spelled."""

from tiktok_ads.decode.answers import Page, PageInfo
from tiktok_ads.decode.arrow_types import LAST_DAY, entity_fields, report_fields, schema_of, wire_dimensions
from tiktok_ads.decode.entities import entity_page, newest_modify_time
from tiktok_ads.decode.lists import ROW_ID, list_page, page_of
from tiktok_ads.decode.reports import ReportDecoder, ReportShape, joined

__all__ = [
    "LAST_DAY",
    "ROW_ID",
    "Page",
    "PageInfo",
    "ReportDecoder",
    "ReportShape",
    "entity_fields",
    "entity_page",
    "joined",
    "list_page",
    "newest_modify_time",
    "page_of",
    "report_fields",
    "schema_of",
    "wire_dimensions",
]
