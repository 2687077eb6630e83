"""Billing groups and invoices of Business Centers, and the log of what people did in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.billing import span_of
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Owner,
    existing,
    kind,
    rows,
    stamp,
)
from tiktok_ads.simulator.assets.serve import serves
from tiktok_ads.simulator.world import World


@kind("billing_group", named="billing_group_name")
def billing_group(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "billing_group_id": asset.id,
        "billing_group_name": asset.name,
        "billing_group_type": "AUCTION",
        "status": "VALID" if asset.number % 3 else "INVALID",
        "invoice_group_by": "ADVERTISER",
        "billed_to_type": "ACCOUNT",
        "account_infos": None,
    }


@serves("bc/billing_group/get")
def billing_groups(asked: Asked) -> list[Json]:
    wanted = asked.inside().given
    return [
        one
        for one in rows(asked.world, asked.business, "billing_group")
        if all(one.get(name) == value for name, value in wanted.items())
    ]


@kind("invoice")
def invoice(world: World, owner: Owner, asset: Asset) -> Json:
    paid = asset.number % 2 == 0
    return {
        "invoice_id": asset.id,
        "invoice_title": asset.name,
        "invoice_type": "RECON",
        "serial_number": f"SN{asset.number:05d}",
        "pay_status": "PAID" if paid else "UNPAID",
        "amount": 100.25 + asset.number,
        "unpaid_amount": 0 if paid else 100.25 + asset.number,
        "currency": "USD",
        "create_date": asset.created.date().isoformat(),
        "due_date": (asset.created + timedelta(days=30)).date().isoformat(),
    }


@serves("bc/invoice/get")
def invoices(asked: Asked) -> list[Json]:
    types, paid = asked.texts("invoice_types"), asked.texts("pay_statuses")
    return [
        one
        for one in rows(asked.world, asked.business, "invoice")
        if one["invoice_type"] in types
        and (not paid or one["pay_status"] in paid)
        and asked.text("invoice_id") in ("", one["invoice_id"])
        and asked.text("invoice_title") in str(one["invoice_title"])
    ]


@serves("bc/invoice/unpaid/get")
def unpaid(asked: Asked) -> list[Json]:
    found = rows(asked.world, asked.business, "invoice")
    amounts = [one["unpaid_amount"] for one in found if one["pay_status"] == "UNPAID"]
    total = sum(one for one in amounts if isinstance(one, float))
    return [{"currency": "USD", "unpaid_amount": total, "invoice_type": "RECON"}]


@serves("changelog/get")
def activities(asked: Asked) -> list[Json]:
    """What people did in the Business Center; the last week, if no time is named."""
    first, last = span_of(asked, "start_date", "end_date", usual=7)
    type_ = asked.inside().text("activity_type", "ALL")
    kinds = ("USER", "ACCOUNT", "ASSET", "BUSINESS")
    found: list[Json] = []
    for n in range((last - first).days + 1):
        of = first + timedelta(days=n)
        at = datetime(of.year, of.month, of.day, 8, 30, tzinfo=UTC)
        activity = kinds[of.toordinal() % len(kinds)]
        if at <= asked.now and type_ in ("ALL", activity):
            people = existing(asked.world, asked.business, "member")
            found.append(
                {
                    "activity_type": activity,
                    "operation_time": stamp(at),
                    "operator": people[0].name if people else None,
                    "content": f"Changed «{activity.lower()}»",
                }
            )
    return found if asked.text("sort_type", "DESC") == "ASC" else found[::-1]
