"""The simulator as an ASGI app: a request comes in, rules and faults are applied, an answer goes out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.answers import Answer, Refused, envelope, wrong
from tiktok_ads.simulator.control import control_routes
from tiktok_ads.simulator.faults import Fault, spoiled
from tiktok_ads.simulator.inside import Params, Simulator
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.params import MOVED, ORIGIN, REGION
from tiktok_ads.simulator.portal import allow, consent
from tiktok_ads.simulator.presets import Plot
from tiktok_ads.simulator.sandbox import in_sandbox
from tiktok_ads.simulator.wire import broken_answer
from tiktok_ads.simulator.world import World, make_world

PREFIX = "/open_api/v1.3/"
# Nothing is changed by these; any other POST is a change, which whoever only reads never makes.
READING_POSTS = {
    *("oauth2/access_token", "oauth2/revoke_token", "tool/targeting/search", "tool/targeting/info"),
    *("report/task/create", "report/task/cancel", "page/lead/task"),
    *("changelog/task/create", "comment/task/create"),
}


def create_app(
    world: World | str | Sequence[Plot] = "demo",
    *,
    options: Options | None = None,
    seed: int = 1,
    clock: datetime | None = None,
) -> Starlette:
    """The simulator for a world, or for the preset of that name; `app.state.simulator` holds its insides."""
    made = world if isinstance(world, World) else make_world(world, seed=seed, clock=clock)
    simulator = Simulator(made, options or Options())
    routes = [
        Route(PREFIX + "{name:path}", _api(simulator), methods=["GET", "POST"]),
        Route("/report_files/{task_id}/{name}", _files(simulator), methods=["GET"]),
        Route("/portal/auth", consent(simulator.logins, simulator.world), methods=["GET"]),
        Route("/portal/auth/allow", allow(simulator.logins, simulator.world), methods=["GET"]),
    ]
    if simulator.options.control:
        routes.extend(control_routes(simulator))
    app = Starlette(routes=routes)
    app.state.simulator = simulator
    return app


def _files(simulator: Simulator) -> Callable[[Request], Awaitable[Response]]:
    async def files(request: Request) -> Response:
        until = request.path_params["name"].partition(".")[0]
        found = simulator.tasks.file(request.path_params["task_id"], int(until)) if until.isdigit() else None
        if found is None:
            return PlainTextResponse("403 the link is over", status_code=403)
        content, kind = found
        return Response(content, media_type=kind)

    return files


def _api(simulator: Simulator) -> Callable[[Request], Awaitable[Response]]:
    async def api(request: Request) -> Response:
        path = request.path_params["name"]
        name = path.removesuffix("/")
        found, opened = simulator.endpoint(name), simulator.open_endpoint(name)
        if request.method == "POST" and name not in READING_POSTS:
            simulator.quota.violations[f"write: {name}"] += 1
        if not path.endswith("/") or (found is None and opened is None):
            return PlainTextResponse("404 page not found", status_code=404)
        method = catalog().endpoints[name].method
        if request.method != method:
            return PlainTextResponse("405 method not allowed", status_code=405)
        token = request.headers.get("access-token")
        app_id = simulator.logins.app_of(token)
        fingerprint = await _fingerprint(request)
        request_id = simulator.request_id()
        fault: Fault | None = None
        try:
            simulator.quota.take(app_id, name, fingerprint)
            params = await _params(request)
            if simulator.options.sandbox and not in_sandbox(name):
                raise Refused(40014, f"/{name}/ is not available in the sandbox.")
            simulator.note_undocumented(name, params)
            fault = simulator.faults.pick(name, params)
            if fault is not None and fault.kind == "hang" and name == "report/integrated/get":
                simulator.quota.timeout(app_id, fingerprint)
            if fault is not None and fault.kind == "code":
                raise Refused(fault.code, fault.message)
            if fault is not None and fault.kind == "drift":
                params = {**params, MOVED: fault.rows}
            if opened is not None:
                answer = opened(params)
            elif found is not None:
                login = simulator.logins.of(token)
                login.allow(name, _owners(params))
                if name == "report/task/download":
                    params = {**params, ORIGIN: str(request.base_url)}
                if name.startswith("page/lead/task"):
                    params = {**params, REGION: request.headers.get("x-lead-region", "")}
                # In a thread, so that calls that come in meanwhile are counted when they come in.
                answer = await run_in_threadpool(simulator.alone, found[1], login, params)
        except Refused as refused:
            answer = Answer({}, refused.code, refused.message)
        simulator.quota.answers[str(answer.code)] += 1
        if simulator.options.latency_ms:
            await simulator.options.sleep(simulator.options.latency_ms / 1000)
        return _response(simulator, answer, request_id, fault)

    return api


def _owners(params: Params) -> list[str]:
    """The ids of advertisers and Business Centers that a call names."""
    named = re.findall(r"[0-9]+", str(params.get("advertiser_ids", "")))
    return [*named, *(str(params[name]) for name in ("advertiser_id", "bc_id") if name in params)]


def _response(simulator: Simulator, answer: Answer, request_id: str, fault: Fault | None) -> Response:
    date = format_datetime(simulator.world.now(), usegmt=True)
    headers = {"X-TT-LOGID": request_id, "Date": date, **answer.headers}
    if answer.file is None:
        body, kind = envelope(answer, request_id), "application/json"
    else:
        body, kind = answer.file, answer.file_type
    if fault is not None:
        if fault.kind == "throttle_header":
            headers["X-Tt-Ads-Throttle"] = "true"
        if answer.file is None and answer.code == 0:
            body = spoiled(body, fault)
        instead = broken_answer(fault, body, headers, kind, simulator.options)
        if instead is not None:
            return instead
    return Response(body, headers=headers, media_type=kind)


async def _params(request: Request) -> Params:
    if request.method == "GET":
        return dict(request.query_params)
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise wrong("Content-Type must be application/json.")
    try:
        body = msgspec.json.decode(await request.body())
    except msgspec.DecodeError:
        raise wrong("The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise wrong("The request body is not a JSON object.")
    return body


async def _fingerprint(request: Request) -> str:
    """The same for two calls that ask for the same."""
    asked = f"{request.url.path}?{sorted(request.query_params.items())}".encode()
    return blake2b(asked + (await request.body()), digest_size=16).hexdigest()
