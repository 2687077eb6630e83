"""Reports that run once: a definition or a table in, rows out."""

from tiktok_ads.reports.preview import Preview, preview
from tiktok_ads.reports.result import Report
from tiktok_ads.reports.run import plan_report, report, report_async

__all__ = ["Preview", "Report", "plan_report", "preview", "report", "report_async"]
