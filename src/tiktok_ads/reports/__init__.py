"""Reports that run once: a definition or a table in, rows out."""

from tiktok_ads.builder import ReportDefinition
from tiktok_ads.catalog.choices import SoFar
from tiktok_ads.catalog.choices import choices as report_choices
from tiktok_ads.reports.define import define as define_report
from tiktok_ads.reports.preview import Preview
from tiktok_ads.reports.preview import preview as preview_report
from tiktok_ads.reports.result import Report
from tiktok_ads.reports.run import plan_report, report, report_async

__all__ = [
    "Preview",
    "Report",
    "ReportDefinition",
    "SoFar",
    "define_report",
    "plan_report",
    "preview_report",
    "report",
    "report_async",
    "report_choices",
]
