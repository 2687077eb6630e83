"""All endpoints that serve assets: importing this fills the table of who answers what."""

from __future__ import annotations

from tiktok_ads.simulator.assets import (
    audiences,
    billing,
    business,
    catalogs,
    changelog,
    comments,
    creative,
    delivery,
    gmv_max,
    identities,
    invoices,
    leads,
    measurement,
    pages,
    regions,
    rules,
    shops,
    smart_plus,
    terms,
    tools,
)
from tiktok_ads.simulator.assets.serve import SERVED

MODULES = (
    *(audiences, billing, business, catalogs, changelog, comments, creative, delivery, gmv_max),
    *(identities, invoices, leads, measurement, pages, regions, rules, shops, smart_plus, terms, tools),
)
__all__ = ["MODULES", "SERVED"]
