"""Answers calls of list endpoints: checks, permissions, pages, and the shape that each answer has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import Endpoint
from tiktok_ads.simulator.answers import Answer, Refused, wrong
from tiktok_ads.simulator.assets.asked import Asked, checked
from tiktok_ads.simulator.assets.estate import Json
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.params import MOVED, REGION, Page
from tiktok_ads.simulator.world import World

# Rows are put under the endpoint's key and cut into pages; a dict is the whole `data`.
Said = list[Json] | Json | Answer
Serving = Callable[[Asked], Said]
SERVED: dict[str, Serving] = {}
# Where the catalog's numbers say nothing of the largest page; elsewhere then 1000.
LARGEST = {"catalog/product/get": 500}
MOST_BEFORE = {"file/music/get": 100_000, "catalog/product/get": 100_000}
USUAL_SIZE = 10


Served = TypeVar("Served", bound=Serving)


def serves(*names: str) -> Callable[[Served], Served]:
    """Marks the function that answers these endpoints."""

    def mark(serving: Served) -> Served:
        for name in names:
            SERVED[name] = serving
        return serving

    return mark


def answer(
    world: World, name: str, login: Login, params: Mapping[str, object], *, options: Options | None = None
) -> Answer:
    """What an endpoint says to a call, or a refusal."""
    asked = read(world, name, login, params, options=options)
    said = SERVED[name](asked)
    if isinstance(said, Answer):
        return said
    if isinstance(said, dict):
        return Answer(_shaped(asked.endpoint, said))
    return Answer(_listed(asked, said, params.get(MOVED)))


def read(
    world: World, name: str, login: Login, params: Mapping[str, object], *, options: Options | None = None
) -> Asked:
    endpoint = catalog().endpoints[name]
    given = checked(endpoint, params)
    advertiser = center = None
    if "advertiser_id" in given:
        advertiser = login.open(world, str(given["advertiser_id"]))
    if "bc_id" in given:
        center = login.open_center(world, str(given["bc_id"]))
    region = params.get(REGION)
    return Asked(world, login, endpoint, given, advertiser, center, str(region or ""), options or Options())


def everything(world: World, name: str, login: Login, params: Mapping[str, object]) -> list[Json]:
    """All rows that an endpoint would give on all its pages, straight from the world."""
    said = SERVED[name](read(world, name, login, params))
    if isinstance(said, list):
        endpoint = catalog().endpoints[name]
        return [_shaped(endpoint, one) for one in said]
    return [said] if isinstance(said, dict) else []


def _listed(asked: Asked, found: list[Json], moved: object) -> Json:
    endpoint = asked.endpoint
    data: Json = {}
    page = None
    if endpoint.paging == "page_number":
        page = _page(asked, moved)
        found, whole = page.cut(found), len(found)
        data["page_info"] = page.info(whole)
    picked = _picked(asked, found)
    if picked:
        found = [{name: value for name, value in one.items() if name in picked} for one in found]
    shaped = [_shaped(endpoint, one) for one in found]
    rows = [_pruned(one) for one in shaped] if _wants_no_nulls(asked) else shaped
    path = endpoint.list_key.split(",")[0].removeprefix("data").strip(".").split(".")
    inner: Json = data
    for step in path[:-1]:
        inner = inner.setdefault(step, {})  # type: ignore[assignment]
    inner[path[-1] or "list"] = rows
    return data


def _picked(asked: Asked, found: list[Json]) -> set[str]:
    """The fields asked for; none stands for all."""
    picked = set(asked.texts("fields"))
    known = {name for one in found[:1] for name in one}
    for one in catalog().objects.values():
        if one.endpoint == asked.endpoint.name:
            known |= {field.name for field in one.fields}
    unknown = sorted(picked - known)
    if unknown and known:
        raise wrong(f"fields: Invalid field: {', '.join(unknown)}.")
    return picked


def _wants_no_nulls(asked: Asked) -> bool:
    return "NULL_FIELD" in asked.texts("exclude_field_types_in_response")


def _page(asked: Asked, moved: object) -> Page:
    endpoint = asked.endpoint
    where = asked.inside("page_info") if "page_info" in asked.given else asked
    documented = endpoint.param("page_size")
    usual = int(documented.default) if documented and documented.default.isdigit() else USUAL_SIZE
    most = endpoint.max_page_size or LARGEST.get(endpoint.name, 1000)
    page, size = where.whole("page", 1), where.whole("page_size", min(usual, most))
    if page < 1:
        raise wrong("page: Must be at least 1.")
    if not 1 <= size <= most:
        raise wrong(f"page_size: Must be between 1 and {most}.")
    before = MOST_BEFORE.get(endpoint.name)
    if before is not None and page * size > before:
        raise wrong(f"page: page times page_size must not exceed {before}.")
    return Page(page, size, moved if isinstance(moved, int) else 0)


def _shaped(endpoint: Endpoint, one: Json) -> Json:
    """Some endpoints leave out what is null, others say null."""
    if not endpoint.null_values.startswith("dropped"):
        return one
    pruned: Json = _pruned(one)
    return pruned


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _pruned(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_pruned(one) for one in value]
    return value


def one_of(found: list[Json], what: str) -> Json:
    """The only row there is; an object that does not exist is refused."""
    if not found:
        raise Refused(40007, f"{what}: The object does not exist.")
    return found[0]
