"""The main job: a destination that equals what TikTok has."""

from tiktok_ads.sync.run import run_plan, run_sync

__all__ = ["run_plan", "run_sync"]
