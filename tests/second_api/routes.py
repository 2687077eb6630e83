"""Which path answers what, and whom it lets in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Protocol

from tests.second_api.asked import Asked
from tests.second_api.entities import advertiser_row, select
from tests.second_api.facts import ENTITY_FIELDS
from tests.second_api.list_rules import entity_query
from tests.second_api.report_rules import report_query
from tests.second_api.reports import Row, run
from tests.second_api.rules import Refused, ids, json_list, only, wrong
from tests.second_api.shop import shop_rows
from tests.second_api.world import Account, World


class Api(Protocol):
    """What an answer depends on."""

    clock: datetime
    world: World
    token: str
    app_id: str
    secret: str
    ads_cut: int
    heavy_days: int | None

    @property
    def granted(self) -> list[str]: ...


def respond(
    api: Api, method: str, asked: Asked, headers: Mapping[str, str]
) -> tuple[dict[str, object], bool]:
    path = asked.path.strip("/")
    token = headers.get("Access-Token", "")
    if not token:
        raise Refused(40104, "Access token is empty.")
    if token != api.token:
        raise Refused(40105, "Access token is incorrect or has been revoked.")
    if "Authorization" in headers:
        raise wrong("Authorization: the token travels in Access-Token alone")
    if method != "GET":
        raise Refused(40008, f"{path}: not served")
    params = asked.params
    if path == "user/info":
        only(params, set())
        return {"core_user_id": "7400000000000000009", "display_name": "A user", "create_time": 1}, False
    if path == "oauth2/advertiser/get":
        only(params, {"app_id", "secret"})
        if (params.get("app_id"), params.get("secret")) != (api.app_id, api.secret):
            raise Refused(40113, "app_id or secret does not belong to the token.")
        names = [{"advertiser_id": a, "advertiser_name": api.world.accounts[a].name} for a in api.granted]
        return {"list": names}, False
    if path == "advertiser/info":
        return _advertiser_info(api, params), False
    if path in ("campaign/get", "adgroup/get", "ad/get"):
        return _list(api, path.split("/")[0], params), False
    if path == "report/integrated/get":
        return _report(api, asked)
    raise Refused(40008, f"{path}: not served")


def _may_see(api: Api, advertiser_id: str) -> Account:
    if not advertiser_id.isdigit():
        raise wrong("advertiser_id: Not a valid id.")
    account = api.world.accounts.get(advertiser_id)
    if account is None or not account.granted:
        raise Refused(40001, f"No permission to operate advertiser {advertiser_id}.")
    return account


def _advertiser_info(api: Api, params: Mapping[str, str]) -> dict[str, object]:
    only(params, {"advertiser_ids", "fields"})
    if "advertiser_ids" not in params:
        raise wrong("advertiser_ids: Missing data for required field.")
    asked_for = ids(json_list(params, "advertiser_ids"), "advertiser_ids")
    rows = [advertiser_row(_may_see(api, advertiser_id)) for advertiser_id in asked_for]
    if "fields" in params:
        fields = json_list(params, "fields")
        unknown = sorted(set(fields) - set(ENTITY_FIELDS["advertiser"]))
        if unknown:
            raise wrong(f"fields: unknown {unknown}")
        rows = [{name: row.get(name) for name in {*fields, "advertiser_id"}} for row in rows]
    return {"list": rows}


def _list(api: Api, kind: str, params: Mapping[str, str]) -> dict[str, object]:
    query = entity_query(kind, params)
    account = _may_see(api, params.get("advertiser_id", ""))
    try:
        rows = select(api.world, kind, account.advertiser_id, query)
    except NotImplementedError as error:
        raise wrong(f"filtering: {error} is not served") from None
    return _paged(rows, query.page, query.page_size)


def _report(api: Api, asked: Asked) -> tuple[dict[str, object], bool]:
    account = _may_see(api, asked.advertiser_id)
    today = account.local_day(api.clock)
    if asked.params.get("report_type") == "TT_SHOP":
        return _paged(shop_rows(api.world, account.advertiser_id, asked.params, today), 1, 1000), False
    query = report_query(asked.params, today)
    if query.first is not None and query.last is not None:
        born = account.local_day(account.created)
        asked.off_calendar = max(0, (min(born, query.last + timedelta(days=1)) - query.first).days)
        span = (query.last - query.first).days + 1
        if api.heavy_days and query.level == "AUCTION_AD" and span > api.heavy_days:
            raise Refused(40067, "The query is too large.")
    rows, cut = run(api.world, account.advertiser_id, query, today, ads_cut=api.ads_cut)
    data = _paged(rows, query.page, query.page_size)
    if query.total_metrics:
        data["total_metrics"] = _totals(rows, query.metrics)
    return data, cut


def _totals(rows: list[Row], metrics: list[str]) -> dict[str, str]:
    """Sums of what can be summed; names and the like are "-"."""
    totals: dict[str, str] = {}
    for name in metrics:
        try:
            totals[name] = str(sum((Decimal(row["metrics"][name]) for row in rows), Decimal(0)))
        except InvalidOperation:
            totals[name] = "-"
    return totals


def _paged(rows: Sequence[object], page: int, page_size: int) -> dict[str, object]:
    return {
        "list": rows[(page - 1) * page_size : page * page_size],
        "page_info": {
            "page": page,
            "page_size": page_size,
            "total_number": len(rows),
            "total_page": -(-len(rows) // page_size),
        },
    }
