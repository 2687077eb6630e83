"""When a job runs, without knowing what a job is."""

from tiktok_ads.schedules.text import FORMS, parse_schedule
from tiktok_ads.schedules.times import Manual, Schedule, WhenFinal, final_at, next_times
from tiktok_ads.schedules.zones import zone_names

__all__ = [
    "FORMS",
    "Manual",
    "Schedule",
    "WhenFinal",
    "final_at",
    "next_times",
    "parse_schedule",
    "zone_names",
]
