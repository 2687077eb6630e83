"""Campaigns, ad groups and ads: what is fixed about them, and what time does to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Level = Literal["campaign", "adgroup", "ad"]
LEVELS: tuple[Level, ...] = ("campaign", "adgroup", "ad")


@dataclass(slots=True, eq=False)
class Item:
    """A campaign, an ad group or an ad.

    `automation`, `buying_type` and `origin` are the campaign's; ads and ad groups repeat them. All moments
    are UTC. `edits` are changes of fields that take effect at a moment; `vanished_at` is the moment from
    which no list shows it any more, deleted or not.
    """

    level: Level
    number: int
    id: str
    name: str
    created: datetime
    campaign: Item | None = None
    adgroup: Item | None = None
    automation: str = "MANUAL"
    buying_type: str = "AUCTION"
    origin: str = "TT_ADS_PLATFORM"
    objective: str = "TRAFFIC"
    secondary_goal: bool = False
    stops: datetime | None = None
    scale: int = 0
    disabled: bool = False
    deleted_at: datetime | None = None
    vanished_at: datetime | None = None
    edits: list[tuple[datetime, dict[str, object]]] = field(default_factory=list)

    @property
    def parents(self) -> tuple[Item, ...]:
        return tuple(p for p in (self.adgroup, self.campaign) if p is not None)

    @property
    def id_v2(self) -> str:
        """The id under which the creatives of an Upgraded Smart+ ad are one ad: its `smart_plus_ad_id`."""
        if self.adgroup is None or self.automation != "UPGRADED_SMART_PLUS":
            return self.id
        return "1804" + self.adgroup.id[4:]

    def exists(self, now: datetime) -> bool:
        """Some list may show it."""
        return self.created <= now and (self.vanished_at is None or self.vanished_at > now)

    def is_own_deleted(self, now: datetime) -> bool:
        return self.deleted_at is not None and self.deleted_at <= now

    def is_deleted(self, now: datetime) -> bool:
        """It or one above it was deleted."""
        return self.is_own_deleted(now) or any(p.is_own_deleted(now) for p in self.parents)

    def modified(self, now: datetime) -> datetime:
        """Its last own change; what happens to a parent does not count."""
        moments = [at for at, _ in self.edits if at <= now]
        if self.deleted_at is not None and self.deleted_at <= now:
            moments.append(self.deleted_at)
        return max(moments, default=self.created)

    def changes(self, now: datetime) -> dict[str, object]:
        changed: dict[str, object] = {}
        for at, values in self.edits:
            if at <= now:
                changed.update(values)
        return changed

    def shown_name(self, now: datetime) -> str:
        return str(self.changes(now).get(f"{self.level}_name", self.name)) if self.edits else self.name

    def delivers_until(self) -> datetime | None:
        """The moment from which it has no more numbers."""
        ends = [
            at
            for at in (self.stops, self.deleted_at, *(p.deleted_at for p in self.parents))
            if at is not None
        ]
        return min(ends, default=None)

    def secondary_status(self, now: datetime) -> str:
        own = f"{self.level.upper()}_STATUS_"
        if self.is_own_deleted(now):
            return own + "DELETE"
        if self.adgroup is not None and self.adgroup.is_own_deleted(now):
            return own + "ADGROUP_DELETE"
        if self.campaign is not None and self.campaign.is_own_deleted(now):
            return own + "CAMPAIGN_DELETE"
        if self.operation_status(now) == "DISABLE":
            return own + "DISABLE"
        if self.stops is not None and self.stops <= now:
            return own + (
                "DISABLE" if self.level == "campaign" else "TIME_DONE" if self.level == "adgroup" else "DONE"
            )
        return own + ("ENABLE" if self.level == "campaign" else "DELIVERY_OK")

    def operation_status(self, now: datetime) -> str:
        return str(self.changes(now).get("operation_status", "DISABLE" if self.disabled else "ENABLE"))

    def has_status(self, wanted: str, now: datetime) -> bool:
        """Whether a primary status of a filter holds it."""
        deleted, status = self.is_deleted(now), self.secondary_status(now)
        if wanted == "STATUS_ALL":
            return True
        if wanted == "STATUS_DELETE":
            return deleted
        if deleted:
            return False
        if wanted == "STATUS_NOT_DELETE":
            return True
        delivers = status.endswith(("_DELIVERY_OK", "_ENABLE"))
        return {
            "STATUS_DELIVERY_OK": delivers,
            "STATUS_NOT_DELIVERY": not delivers,
            "STATUS_DISABLE": status.endswith("_DISABLE"),
            "STATUS_TIME_DONE": status.endswith(("_TIME_DONE", "_DONE")),
        }.get(wanted, False)
