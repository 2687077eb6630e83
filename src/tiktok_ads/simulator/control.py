"""The control endpoint, `/_simulator/…`: clock, faults, deletions, restatements, counters, truth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import changes
from tiktok_ads.simulator.answers import Refused
from tiktok_ads.simulator.assets import changes as asset_changes
from tiktok_ads.simulator.assets.truth import truth as asset_truth
from tiktok_ads.simulator.faults import Fault
from tiktok_ads.simulator.inside import Simulator
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.special import LARGEST, every_row
from tiktok_ads.simulator.truth import entity_truth, report_truth, true_rows
from tiktok_ads.simulator.world import Restatement

Body = dict[str, Any]


def control_routes(simulator: Simulator) -> list[Route]:
    """One route for each action; POST takes a JSON object, GET takes a query."""
    actions: dict[str, Callable[[Simulator, Body], object]] = {
        "state": state,
        "clock": clock,
        "faults": faults,
        "delete": delete,
        "vanish": vanish,
        "edit": edit,
        "create": create,
        "restate": restate,
        "advertiser": advertiser,
        "login": login,
        "options": options,
        "counters": counters,
        "truth": truth,
        "report": report,
    }
    return [
        Route(f"/_simulator/{name}", _action(simulator, action), methods=["GET", "POST"])
        for name, action in actions.items()
    ]


def _action(
    simulator: Simulator, action: Callable[[Simulator, Body], object]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        status = 200
        try:
            body = msgspec.json.decode(raw, type=Body) if raw else dict(request.query_params)
            with simulator.busy:
                said = action(simulator, body)
        except (msgspec.MsgspecError, KeyError, ValueError, TypeError) as error:
            said, status = {"error": f"{type(error).__name__}: {error}"}, 400
        return Response(msgspec.json.encode(said), status, media_type="application/json")

    return endpoint


def _moment(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def state(simulator: Simulator, body: Body) -> object:
    world = simulator.world
    return {
        "now": world.now().isoformat(),
        "seed": world.seed,
        "anchor": world.anchor.isoformat(),
        "tier": simulator.quota.tier,
        "advertisers": [
            {
                "advertiser_id": one.id,
                "name": one.name,
                "display_timezone": one.place.zone,
                "currency": one.place.currency,
                "removed": one.removed,
                "campaigns": len(world.items(one, "campaign")),
                "adgroups": len(world.items(one, "adgroup")),
                "ads": len(world.items(one, "ad")),
                "today": world.today(one).isoformat(),
            }
            for one in world.advertisers.values()
        ],
        "faults": len(simulator.faults.armed),
    }


def clock(simulator: Simulator, body: Body) -> object:
    """`{"set": "2026-09-23T12:00:00Z"}` or `{"advance_hours": 24}` or `{"advance_seconds": 60}`."""
    world = simulator.world
    if "set" in body:
        world.set_clock(_moment(body["set"]))
    step = timedelta(hours=float(body.get("advance_hours", 0)), seconds=float(body.get("advance_seconds", 0)))
    if step:
        world.set_clock(world.now() + step)
    return {"now": world.now().isoformat()}


def faults(simulator: Simulator, body: Body) -> object:
    """`{"add": [fault, …]}`, `{"clear": true}`; answers with those that are armed and how often they hit."""
    if body.get("clear"):
        simulator.faults.clear()
    for one in body.get("add", []):
        simulator.faults.add(msgspec.convert(one, Fault))
    return [
        {**msgspec.to_builtins(a.fault), "fitted": a.fitted, "hit": a.hit} for a in simulator.faults.armed
    ]


def delete(simulator: Simulator, body: Body) -> object:
    """`{"level": "ad", "id": "…"}` now, or `"at"` a moment. Assets (see `vanish`) just go."""
    if "kind" in body:
        return vanish(simulator, body)
    at = _moment(body["at"]) if "at" in body else None
    item = changes.delete(simulator.world, body["level"], body["id"], at=at)
    return {"id": item.id, "deleted_at": str(item.deleted_at)}


def vanish(simulator: Simulator, body: Body) -> object:
    """It is in no list any more, also not among the deleted; its numbers stay.

    An asset is named by `{"kind": "pixel", "owner_id": "…", "id": "…"}`; without an id it is the oldest.
    """
    if "kind" in body:
        return {"id": asset_changes.vanish(simulator.world, *_asset(body)).id}
    return {"id": changes.vanish(simulator.world, body["level"], body["id"]).id}


def edit(simulator: Simulator, body: Body) -> object:
    """`{"level": …, "id": …, "values": {"ad_name": "…"}}`; an asset is named as in `vanish`."""
    if "kind" in body:
        return {"id": asset_changes.edit(simulator.world, *_asset(body), values=body["values"]).id}
    at = _moment(body["at"]) if "at" in body else None
    return {"id": changes.edit(simulator.world, body["level"], body["id"], body["values"], at=at).id}


def create(simulator: Simulator, body: Body) -> object:
    """`{"level": "ad", "parent_id": …, "name": …}`; for a campaign `"advertiser_id"`.

    An asset: `{"kind": "lead", "owner_id": …, "name": …, "parent_id": …}`.
    """
    if "kind" in body:
        made = asset_changes.create(
            simulator.world,
            body["owner_id"],
            body["kind"],
            name=body.get("name", "New"),
            parent=body.get("parent_id", ""),
        )
        return {"id": made.id}
    item = changes.create(
        simulator.world,
        body["level"],
        advertiser_id=body.get("advertiser_id"),
        parent_id=body.get("parent_id"),
        name=body.get("name", "New"),
    )
    return {"id": item.id}


def restate(simulator: Simulator, body: Body) -> object:
    """`{"advertiser_id": …, "first": "2026-09-01", "last": …, "permille": 900}`; 0 removes the rows."""
    simulator.world.restatements.append(
        Restatement(
            advertiser_id=body["advertiser_id"],
            first=date.fromisoformat(body["first"]),
            last=date.fromisoformat(body["last"] if "last" in body else body["first"]),
            permille=int(body["permille"]),
            ad_id=body.get("ad_id"),
        )
    )
    simulator.world.changed()
    return {"restatements": len(simulator.world.restatements)}


def advertiser(simulator: Simulator, body: Body) -> object:
    """`{"advertiser_id": …, "removed": true}`: it is gone for every login; false brings it back."""
    one = simulator.world.advertisers[body["advertiser_id"]]
    one.removed = bool(body["removed"])
    simulator.world.changed()
    return {"advertiser_id": one.id, "removed": one.removed}


def _asset(body: Body) -> tuple[str, str, str]:
    return body["owner_id"], body["kind"], body.get("id", "")


def login(simulator: Simulator, body: Body) -> object:
    """Make or change a token: `{"token": …, "advertiser_ids": […], "scopes": […], "revoked": true}`.

    With `"owner_id"` the scopes are those for that advertiser or Business Center alone; null takes them back.
    """
    one = simulator.logins.tokens.setdefault(body["token"], Login(body["token"]))
    if "advertiser_ids" in body:
        one.advertiser_ids = None if body["advertiser_ids"] is None else tuple(body["advertiser_ids"])
    if "owner_id" in body:
        one.scopes_on.pop(body["owner_id"], None)
        if body["scopes"] is not None:
            one.scopes_on[body["owner_id"]] = tuple(body["scopes"])
    elif "scopes" in body:
        one.scopes = tuple(body["scopes"])
    one.revoked = bool(body.get("revoked", one.revoked))
    return {"advertiser_ids": one.granted(simulator.world), "scopes": one.scopes, "revoked": one.revoked}


def options(simulator: Simulator, body: Body) -> object:
    """Change some of the options by name: `{"latency_ms": 200, "tier": "basic"}`."""
    allowed = {"latency_ms", "cut_above", "too_large_above", "task_polls", "refuse_future", "tier"}
    allowed |= {"strict", "late_audiences", "sandbox"}
    unknown = sorted(set(body) - allowed)
    if unknown:
        raise ValueError(f"unknown options {unknown}")
    simulator.options = replace(simulator.options, **body)
    simulator.quota.tier = simulator.options.tier
    simulator.reports.options = simulator.options
    simulator.reports.kept.clear()
    return {name: getattr(simulator.options, name) for name in sorted(allowed)}


def counters(simulator: Simulator, body: Body) -> object:
    """Calls by endpoint, answers by code, violations, most calls in a second and minute; `reset` empties."""
    said = simulator.quota.counters()
    if body.get("reset"):
        simulator.quota.reset()
    return said


def report(simulator: Simulator, body: Body) -> object:
    """All rows of any report, straight from the world.

    An integrated one by `advertiser_ids` (or `bc_id`), `dimensions`, `metrics`, `report_type`, `data_level`,
    `first`, `last`, `lifetime` and `filtering`; another by `endpoint` and `params`.
    """
    if "endpoint" in body:
        name = body["endpoint"]
        login = Login("control")
        size = LARGEST.get(name, 1000)
        try:
            return every_row(simulator.special[name], login, body["params"], page_size=size)
        except Refused as refused:
            raise ValueError(refused.message) from None
    days: Body = {name: date.fromisoformat(body[name]) for name in ("first", "last") if name in body}
    return true_rows(simulator.world, **{**body, **days})


def truth(simulator: Simulator, body: Body) -> object:
    """What a table must hold: sums by day for a report, ids for the usual three, rows for other lists."""
    world = simulator.world
    if body["table"] not in (*catalog().reports, "campaigns", "adgroups", "ads"):
        return asset_truth(world, body["table"], body.get("advertiser_id") or body["bc_id"])
    one = world.advertisers[body["advertiser_id"]]
    if body["table"] in ("campaigns", "adgroups", "ads"):
        return entity_truth(world, one, body["table"])
    return report_truth(
        world,
        one,
        body["table"],
        first=date.fromisoformat(body["first"]),
        last=date.fromisoformat(body["last"]),
    )
