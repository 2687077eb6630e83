"""What TikTok's sandbox has; it is told from production by its host alone."""

from __future__ import annotations

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.answers import Answer

# Groups and paths of which it is documented that the sandbox lacks them.
LACKING = {"business_center", "billing", "audience", "smart_plus", "smart_plus_legacy", "gmv_max"}
LACKING_PATHS = ("oauth2/advertiser/get", "bc/", "catalog/", "pixel/", "report/task/")


def in_sandbox(endpoint: str) -> bool:
    return catalog().endpoints[endpoint].group not in LACKING and not endpoint.startswith(LACKING_PATHS)


def without_status(answer: Answer) -> Answer:
    """A list without `secondary_status`."""
    if isinstance(answer.data, dict):
        for row in answer.data["list"]:
            row.pop("secondary_status", None)
    return answer
