"""Which Business Centers the login belongs to; asked once a run, if a chosen table is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import entity_page
from tiktok_ads.errors import ApiError, AuthError, QuotaExceeded
from tiktok_ads.extract import PagedList, Reader, Room, Tally, known_zone, read_list
from tiktok_ads.plan import Advertiser
from tiktok_ads.runreport import Note

_PATH = "bc/get"
_PAGE_SIZE = 50


@dataclass(frozen=True)
class Centers:
    """Business Centers as owners of rows, and what is to be said of them."""

    owners: tuple[Advertiser, ...]
    notes: tuple[Note, ...] = ()


async def find_centers(client: Reader, catalog: Catalog, tally: Tally) -> Centers:
    """Every Business Center that the login belongs to; none, with a note, where it may not be asked.

    Raises:
        AuthError, QuotaExceeded, TransportError, DecodeError, InconsistentPages: nothing can be told.
    """

    async def ask(number: int, meter: Meter) -> Answer:
        return await client.get(_PATH, {"page": number, "page_size": _PAGE_SIZE}, meter=meter)

    info = tuple(one for one in catalog.objects["business_center"].fields if one.name == "bc_info")
    paged = PagedList(
        path=_PATH,
        ask=ask,
        decode=lambda answer: entity_page(answer.data, stream="business_centers", fields=info),
        key=(),
        page_size=_PAGE_SIZE,
        purpose="account",
    )
    try:
        with Room().ticket(0) as ticket:
            rows = await read_list(paged, tally, ticket)
    except (AuthError, QuotaExceeded):
        raise
    except ApiError as error:
        return Centers((), (Note(f"The login may not ask for its Business Centers: {error}."),))
    found = {str(one["bc_id"]): one for one in rows.table["bc_info"].to_pylist() if one and one.get("bc_id")}
    if not found:
        return Centers((), (Note("The login belongs to no Business Center, so their tables stay empty."),))
    return Centers(tuple(_owner(bc_id, one) for bc_id, one in found.items()))


def _owner(bc_id: str, info: Mapping[str, object]) -> Advertiser:
    zone = known_zone(info.get("timezone"))
    currency = info.get("currency")
    return Advertiser(
        advertiser_id=bc_id,
        name=str(info.get("name") or ""),
        zone=zone or "UTC",
        currency=str(currency) if currency else None,
        zone_known=zone is not None,
    )
