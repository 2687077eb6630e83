"""What reports of a Business Center need: filters on its advertisers, and one currency for all."""

from __future__ import annotations

from decimal import Decimal

from tiktok_ads.simulator.centers import Center
from tiktok_ads.simulator.numbers import AT, Numbers
from tiktok_ads.simulator.world import Advertiser

DOLLARS = {
    "USD": Decimal("1"),
    "EUR": Decimal("1.10"),
    "JPY": Decimal("0.0067"),
    "NPR": Decimal("0.0075"),
    "EGP": Decimal("0.021"),
    "AUD": Decimal("0.66"),
}


def passes(center: Center, advertiser: Advertiser, field: str, wanted: frozenset[str]) -> bool:
    """Whether an advertiser fulfils one condition of a Business Center report."""
    if field == "advertiser_name":
        return any(one in advertiser.name.casefold() for one in wanted)
    known = {
        "advertiser_id": advertiser.id,
        "registered_area": advertiser.place.country,
        "platform_of_account": "ADS_MANGER",
        "owner_of_account": "OWNED_BY_CURRENT_BUSINESS_CENTER",
        "currency_of_account": advertiser.place.currency,
        "account_status": "APPROVED",
    }
    return known[field] in wanted


def in_dollars(advertiser: Advertiser, numbers: Numbers) -> Numbers:
    """The numbers of an advertiser with its money in US dollars, in which it can be added to others'."""
    rate = DOLLARS[advertiser.place.currency]
    if rate == 1:
        return numbers
    changed = list(numbers)
    for name in ("spend_cents", "value_cents"):
        changed[AT[name]] = int((numbers[AT[name]] * rate).to_integral_value())
    return tuple(changed)
