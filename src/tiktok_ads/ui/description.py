"""The OpenAPI description of the calls: what all have in common is said here once."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from tiktok_ads.ui.refusals import Refusal

_INTRO = """
What the pages do, for programs; both stand on the same functions, so each sees at once what the other did.

- A call carries `Authorization: Bearer TOKEN`. Tokens are made on the page *Access* or by `tiktok-ads access add`.
- Bodies and answers are JSON. Amounts and ids are texts, days are `2026-03-01`, moments have a zone.
- Lists come in parts: `limit` and `offset` choose, `total` tells how many there are.
- What goes wrong is always `{"error": {"kind", "message", "hint", "request_id", "fields"}}`.
- A few calls work at a time; those beyond wait, and after half a minute are told 503 with `Retry-After`.
"""  # noqa: E501
_BEFORE = {
    "400": "The body is not JSON.",
    "401": "There is no token, or it is not good any more.",
    "403": "The call comes from another site or under a foreign name, or needs a person.",
    "429": "Too many wrong tokens came within a minute.",
    "503": "Too many calls at once.",
}
_WITH_A_BODY = {"413": "The body is too long.", "415": "The body is not application/json."}
_CHANGES = {"409": "Something stands in the way: a run, a use, another one of that name, a busy file."}
_ALWAYS = {
    "404": "There is nothing of that name.",
    "422": "A value cannot be used; `fields` says which.",
    "502": "TikTok or the destination failed.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description, made at the first call."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=_INTRO.strip(), routes=app.routes
        )
        _add_security(made)
        for path, calls in made["paths"].items():
            for method, call in calls.items():
                _add_refusals(path, method, call)
        app.openapi_schema = made
    return app.openapi_schema


def operation_id(route: APIRoute) -> str:
    """`reports_preview`: the part of the app and the name of the function."""
    return "_".join([*map(str, route.tags[:1]), route.name]).replace("-", "_")


def _add_security(made: dict[str, Any]) -> None:
    parts = made.setdefault("components", {})
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token made on the page Access."}
    }
    made["security"] = [{"token": []}]
    _, known = models_json_schema([(Refusal, "serialization")], ref_template="#/components/schemas/{model}")
    schemas = parts.setdefault("schemas", {})
    schemas.update(known["$defs"])
    # FastAPI's own shape of errors, which nothing here answers.
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _add_refusals(path: str, method: str, call: dict[str, Any]) -> None:
    told = _BEFORE | _ALWAYS
    if "requestBody" in call:
        told |= _WITH_A_BODY
    if method != "get" or "{" in path:
        told |= _CHANGES
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for status, text in told.items():
        known = call["responses"].get(status, {})
        if status == "422" or "content" not in known:
            own = known.get("description", "") if status != "422" else ""
            call["responses"][status] = {"description": own or text, "content": content}
    call["responses"] = dict(sorted(call["responses"].items()))
