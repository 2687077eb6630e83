"""Money of Business Centers: balances, transactions, costs."""

from __future__ import annotations

from datetime import date, timedelta

from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Kind,
    Owner,
    begins,
    kind,
    new_id,
    rows,
    stamp,
)
from tiktok_ads.simulator.assets.measurement import day
from tiktok_ads.simulator.assets.serve import serves
from tiktok_ads.simulator.centers import Center
from tiktok_ads.simulator.numbers import AT, chance
from tiktok_ads.simulator.world import Advertiser, World

LONGEST, USUAL = 365, 90  # days of a time range: at most, and if none is named
WEEKS = 20
SUMMARY = {"balance_reminder", "budget_amount_restriction", "budget_frequency_restriction"}


def _cents(world: World, advertiser: Advertiser) -> int:
    return chance(1_000_000, world.seed, advertiser.number, 51)


def _active(center: Center) -> list[Advertiser]:
    return [one for one in center.advertisers if not one.removed]


@serves("bc/balance/get")
def bc_balance(asked: Asked) -> Json:
    center = asked.business
    total = sum(_cents(asked.world, one) for one in _active(center)) / 100
    return {
        "bc_id": center.id,
        "currency": center.place.currency,
        "account_balance": total,
        "valid_account_balance": total,
        "frozen_balance": 0,
        "tax": 0,
        "cash_balance": total,
        "valid_cash_balance": total,
        "grant_balance": 0,
        "valid_grant_balance": 0,
    }


@serves("advertiser/balance/get")
def balances(asked: Asked) -> list[Json]:
    """Some fields come only where a page has one row."""
    filtering, world = asked.inside(), asked.world
    wanted, word = filtering.texts("advertiser_status"), filtering.text("keyword")
    found: list[Json] = []
    for one in _active(asked.business):
        amount = _cents(world, one) / 100
        row: Json = {
            "advertiser_id": one.id,
            "advertiser_name": one.name,
            "advertiser_status": "SHOW_ACCOUNT_STATUS_APPROVED",
            "advertiser_type": "AUCTION",
            "timezone": one.place.zone,
            "currency": one.place.currency,
            "account_open_days": (asked.now - one.registered).days,
            "balance_reminder": True,
            "company": f"Company {one.number}",
            "contact_name": "N****r",
            "contact_email": "n***r@example.com",
            "create_time": stamp(one.registered),
            "account_balance": amount,
            "valid_account_balance": amount,
            "frozen_balance": 0,
            "tax": 0,
            "cash_balance": amount,
            "valid_cash_balance": amount,
            "grant_balance": 0,
            "valid_grant_balance": 0,
            "payment_portfolio_id": None,
            "payment_portfolio_name": None,
            "transferable_amount": amount,
            "max_transferable_amount": {"cash_amount": amount, "grant_amount": 0, "credit_amount": 0},
            "min_transferable_amount": {"cash_amount": "1.00", "grant_amount": "0", "credit_amount": "0"},
            "balance_info": {"account_balance": amount, "cash_balance": amount, "credit_balance": 0},
            "budget_mode": "MONTHLY_BUDGET" if one.number % 2 else "UNLIMITED",
            "budget": 5000.0 if one.number % 2 else 0,
            "budget_cost": 12.34,
            "budget_remaining": 4987.66 if one.number % 2 else None,
            "budget_frequency_restriction": {"total_count": 10, "used_count": 1, "remaining_count": 9},
            "budget_amount_restriction": {"minimum_amount": "1.00"},
        }
        if asked.whole("page_size", 10) != 1:
            row = {name: value for name, value in row.items() if name not in SUMMARY}
        if (not wanted or row["advertiser_status"] in wanted) and word in one.name:
            found.append(row)
    return found


def _weekly(world: World, owner: Owner, of: Kind) -> list[Asset]:
    """A payment each week, also in the weeks to come."""
    first = begins(world) - timedelta(weeks=WEEKS)
    return [
        Asset(of.name, n, new_id(of.name, owner, n), f"Payment {n}", first + timedelta(weeks=n, hours=n % 24))
        for n in range(WEEKS * 2)
    ]


@kind("transaction", documented="bc_account_transaction", grow=_weekly)
def transaction(world: World, owner: Owner, asset: Asset) -> Json:
    """`create_time` is written in the account's own zone, which the row names by its distance from UTC."""
    if not isinstance(owner, Advertiser):
        return {}
    local = asset.created.astimezone(owner.zone)
    offset = local.strftime("%z")
    cents = 1000 + chance(90_000, world.seed, owner.number, asset.number, 52)
    tax = cents // 10
    return {
        "transaction_id": asset.id,
        "payment_portfolio_id": None,
        "payment_portfolio_name": None,
        "account_id": owner.id,
        "account_name": owner.name,
        "amount": (cents + tax) / 100,
        "subtotal": cents / 100,
        "tax_amount": tax / 100,
        "currency": owner.place.currency,
        "amount_type": "CASH",
        "transaction_type": "PAYMENT" if asset.number % 5 else "REFUND",
        "billing_type": "CASH",
        "timezone": f"UTC{offset[:3]}:{offset[3:]}",
        "create_time": stamp(local),
        "invoice_id": f"INV-{asset.id[-6:]}",
        "serial_number": None,
    }


def span_of(asked: Asked, first_name: str, last_name: str, *, usual: int = USUAL) -> tuple[date, date]:
    """The days asked for; a year at most."""
    filtering, today = asked.inside(), asked.now.date()
    given = [filtering.text(name) or asked.text(name) for name in (first_name, last_name)]
    last = day(given[1][:10], last_name) if given[1] else today
    first = day(given[0][:10], first_name) if given[0] else last - timedelta(days=usual - 1)
    if last < first:
        raise wrong(f"{last_name}: The end is before the start.")
    if (last - first).days + 1 > LONGEST + 1:
        raise wrong(f"{first_name}: The time range must not exceed {LONGEST} days.")
    return first, last


@serves("bc/account/transaction/get")
def transactions(asked: Asked) -> list[Json]:
    first, last = span_of(asked, "start_time", "end_time")
    filtering, center = asked.inside(), asked.business
    if asked.text("transaction_level", "ADVERTISER") != "ADVERTISER":
        return []
    begin, end = (filtering.text(name) for name in ("start_time", "end_time"))
    begin, end = begin or first.isoformat(), end if len(end) > 10 else f"{last} 23:59:59"
    ids, types, billing = (filtering.texts(n) for n in ("account_ids", "transaction_types", "billing_types"))
    found = [
        {**one, "bc_id": center.id, "bc_name": center.name}
        for of in _active(center)
        for one in rows(asked.world, of, "transaction")
        if (not ids or of.id in ids)
        and (not types or one["transaction_type"] in types)
        and (not billing or one["billing_type"] in billing)
        and begin <= str(one["create_time"]) <= end
    ]
    found.sort(key=lambda one: (str(one["create_time"]), str(one["transaction_id"])), reverse=True)
    return found


@serves("bc/transaction/get")
def old_transactions(asked: Asked) -> list[Json]:
    first, last = span_of(asked, "start_date", "end_date")
    return [
        {
            "invoice_id": one["invoice_id"],
            "account_id": one["account_id"],
            "amount": one["amount"],
            "funds_type": "FUNDS_TYPE_CASH",
            "currency": one["currency"],
            "date": str(one["create_time"])[:10],
        }
        for one in _between(asked, first, last)
    ]


@serves("advertiser/transaction/get")
def advertiser_transactions(asked: Asked) -> list[Json]:
    first, last = span_of(asked, "start_date", "end_date")
    if asked.inside().text("transfer_type", "TRANS_TYPE_TRANSFER") != "TRANS_TYPE_PAYMENT":
        return []
    return [
        {
            "advertiser_id": one["account_id"],
            "advertiser_name": one["account_name"],
            "amount": one["amount"],
            "currency": one["currency"],
            "transfer_type": "TRANS_TYPE_PAYMENT",
            "funds_type": "FUNDS_TYPE_CASH",
            "date": str(one["create_time"])[:10],
        }
        for one in _between(asked, first, last)
    ]


def _between(asked: Asked, first: date, last: date) -> list[Json]:
    return [
        one
        for of in _active(asked.business)
        for one in rows(asked.world, of, "transaction")
        if first.isoformat() <= str(one["create_time"])[:10] <= last.isoformat()
    ]


@serves("bc/account/cost/get")
def costs(asked: Asked) -> list[Json]:
    """What each account spent in its own days, by the same numbers as reports."""
    first, last = span_of(asked, "start_date", "end_date")
    at, word = AT["spend_cents"], asked.inside().text("keyword")
    found: list[Json] = []
    for one in _active(asked.business):
        days = [
            first + timedelta(days=n) for n in range((min(last, asked.world.today(one)) - first).days + 1)
        ]
        cents = sum(numbers[at] for of in days for _, numbers in asked.world.ad_days(one, of))
        if word in one.name:
            found.append(
                {
                    "advertiser_id": one.id,
                    "advertiser_name": one.name,
                    "amount": cents / 100,
                    "cash_amount": cents / 100,
                    "grant_amount": 0,
                    "currency": one.place.currency,
                    "timezone": one.place.zone,
                }
            )
    return found


@serves("bc/account/budget/changelog/get")
def budget_changes(asked: Asked) -> Json:
    at = stamp(begins(asked.world) - timedelta(days=9))
    info = {"page": asked.whole("page", 1), "page_size": 10, "total_number": 1, "total_page": 1}
    found = [{"operation_time": at, "before": 0, "after": 5000.0}] if info["page"] == 1 else []
    return {"changelog_list": found, "page_info": info}
