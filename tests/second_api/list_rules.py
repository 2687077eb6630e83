"""The documented rules of campaign/get, adgroup/get and ad/get."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tests.second_api import facts
from tests.second_api.rules import ids, json_list, moment, only, whole, wrong

CAMPAIGN_STATUSES = {
    "STATUS_ALL",
    "STATUS_NOT_DELETE",
    "STATUS_NOT_DELIVERY",
    "STATUS_DELIVERY_OK",
    "STATUS_DISABLE",
    "STATUS_DELETE",
}


@dataclass(frozen=True)
class ListQuery:
    """A checked campaign/get, adgroup/get or ad/get."""

    page: int
    page_size: int
    fields: list[str] | None
    drop_nulls: bool
    filtering: dict[str, object]
    buying: frozenset[str]
    primary_status: str


def entity_query(kind: str, params: Mapping[str, str]) -> ListQuery:
    only(
        params,
        {"advertiser_id", "fields", "exclude_field_types_in_response", "filtering", "page", "page_size"},
    )
    filtering = _entity_filtering(kind, params)
    buying = filtering.get("buying_types", ["AUCTION", "RESERVATION_RF"])
    assert isinstance(buying, list)
    topview = "RESERVATION_TOP_VIEW" in buying
    most = 100 if kind == "adgroup" and topview else 1000
    fields = json_list(params, "fields") if "fields" in params else None
    unknown = sorted(set(fields or ()) - set(facts.ENTITY_FIELDS[kind]))
    if unknown:
        raise wrong(f"fields: unknown {unknown}")
    drop = "exclude_field_types_in_response" in params
    if drop and json_list(params, "exclude_field_types_in_response") != ["NULL_FIELD"]:
        raise wrong("exclude_field_types_in_response: only NULL_FIELD")
    status = filtering.get("primary_status", "STATUS_NOT_DELETE")
    return ListQuery(
        page=whole(params, "page", 1, 10**9),
        page_size=whole(params, "page_size", 10, most),
        fields=fields,
        drop_nulls=drop,
        filtering=filtering,
        buying=frozenset(buying),
        primary_status=str(status),
    )


def _entity_filtering(kind: str, params: Mapping[str, str]) -> dict[str, object]:
    try:
        filtering = json.loads(params.get("filtering", "{}"))
    except ValueError:
        raise wrong("filtering: Not a valid object.") from None
    if not isinstance(filtering, dict):
        raise wrong("filtering: Not a valid object.")
    for name, value in filtering.items():
        if name not in facts.ENTITY_FILTERS[kind]:
            raise wrong(f"filtering: unknown field {name}")
        declared, most, enum = facts.ENTITY_FILTERS[kind][name]
        if name.endswith("_ids"):
            ids(value, name, most or 100)
        elif declared.startswith("array"):
            if not isinstance(value, list) or not value or len(set(value)) != len(value):
                raise wrong(f"filtering.{name}: Not a valid list.")
        elif declared == "boolean" and not isinstance(value, bool):
            raise wrong(f"filtering.{name}: Not a valid boolean.")
        elif declared == "string" and not isinstance(value, str):
            raise wrong(f"filtering.{name}: Not a valid string.")
        if enum and not set(value if isinstance(value, list) else [value]) <= set(enum):
            raise wrong(f"filtering.{name}: unknown value {value}")
        if name in ("modified_after", "creation_filter_start_time", "creation_filter_end_time"):
            moment(value, name)
        if name == "primary_status":
            known = CAMPAIGN_STATUSES if kind == "campaign" else facts.PRIMARY_STATUSES
            if value not in known:
                raise wrong(f"filtering.primary_status: unknown value {value}")
        if (
            name == "buying_types"
            and isinstance(value, list)
            and len(value) > 1
            and "RESERVATION_TOP_VIEW" in value
        ):
            raise wrong("filtering.buying_types: RESERVATION_TOP_VIEW cannot be combined.")
    return filtering
