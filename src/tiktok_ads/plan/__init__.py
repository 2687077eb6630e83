"""What must be read, decided without touching network, disk or clock."""

from tiktok_ads.plan.bookmarks import Bookmark, LoadedDays, add_days, advance, complete_to, within
from tiktok_ads.plan.planning import plan_slices
from tiktok_ads.plan.slices import Advertiser, Only, Slice, local_today, steps
from tiktok_ads.plan.wanted import Wanted
from tiktok_ads.plan.windows import DAY, Window, runs_of_days, windows

__all__ = [
    "DAY",
    "Advertiser",
    "Bookmark",
    "LoadedDays",
    "Only",
    "Slice",
    "Wanted",
    "Window",
    "add_days",
    "advance",
    "complete_to",
    "local_today",
    "plan_slices",
    "runs_of_days",
    "steps",
    "windows",
    "within",
]
