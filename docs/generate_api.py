"""The page of the JSON API: every call with what it takes, gives and refuses, from its description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from tiktok_ads.ui.app import ROUTERS
from tiktok_ads.ui.crowd import AT_ONCE, MOST_WAITING
from tiktok_ads.ui.description import describe, operation_id
from tiktok_ads.ui.guard import MOST_BYTES
from tiktok_ads.ui.refusals import KINDS

_INTRO = f"""
# The JSON API

Everything that the pages of the [web app](app.md) do, programs can do by `/api/v1`.
Both stand on the same functions and the same `tiktok_ads.toml`, so each sees at once what the other did.
`/api/openapi.json` describes every call to tools that speak OpenAPI; this page is made from it.

## Coming in

A call carries `Authorization: Bearer TOKEN` and needs no cookie.
Tokens are made on the page *Access* or in the terminal, each for one program:

```sh
tiktok-ads access add nightly-report
```

A token is shown once.
Only its SHA-256 is kept, in a file for its owner alone: a slow hash protects what can be guessed, and nobody guesses 256 random bits.
It is good for a year unless something else is said, can be removed at any time, and its last use is noted.
A token in an address or a cookie opens nothing, a token opens no pages, and one token cannot make another.
`tiktok-ads sync JOB` finds a token for itself while `serve` runs.

```sh
curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8321/api/v1/datasets
curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{{"schedule": "weekdays at 06:00", "zone": "Europe/Berlin"}}' \\
  http://127.0.0.1:8321/api/v1/schedules/preview
```

## What all calls have in common

- Bodies are JSON of at most {MOST_BYTES:,} bytes. A value that a body does not have is refused: it may be a misspelt one.
- Ids and amounts are texts, days are `2026-03-01`, moments have a zone.
- Lists come as `items`, with `limit` and `offset` as asked and `total` for all of them.
- What `GET` gives, `PUT` takes.
- {AT_ONCE} calls work at a time and {MOST_WAITING} more wait, so that a program gone wild leaves the schedules alone. Others are told 503 with `Retry-After`.
- No answer holds a secret, but for a token that was just made.

Every answer that is no success has one shape:

```json
{{"error": {{"kind": "ConfigError", "message": "zone: there is no zone 'Berlin'.", "hint": "Did you mean 'Europe/Berlin'?",
           "request_id": "", "fields": [{{"field": "zone", "message": "there is no zone 'Berlin'."}}]}}}}
```

`kind` is the class of an [error](errors.md), or one of {", ".join(f"`{kind}`" for kind in sorted({*KINDS.values()} - {"UnknownName", "ConfigError"}))}.
`request_id` is TikTok's.
Any call may be answered with these:

"""  # noqa: E501


def api_page() -> str:
    """Written from the routes alone, without an app that runs."""
    app = FastAPI(title="api", generate_unique_id_function=operation_id)
    for router in ROUTERS:
        app.include_router(router)
    made = describe(app)
    schemas = made["components"]["schemas"]
    return "".join([_INTRO, *_statuses(made), *_calls(made), *_shapes(schemas)])


PAGES = {"api.md": api_page}


def _statuses(made: dict[str, Any]) -> Iterator[str]:
    """What refusals mean, for all calls together."""
    told: dict[str, str] = {}
    for calls in made["paths"].values():
        for call in calls.values():
            told |= {code: one["description"] for code, one in call["responses"].items() if code >= "400"}
    yield "| status | means |\n|---|---|\n"
    yield from (f"| {code} | {text} |\n" for code, text in sorted(told.items()))


def _calls(made: dict[str, Any]) -> Iterator[str]:
    last = ""
    for path, calls in made["paths"].items():
        for method, call in calls.items():
            part = call["tags"][0]
            if part != last:
                last = part
                yield f"\n## {part[0].upper()}{part[1:]}\n"
            yield f"\n### `{method.upper()} {path}`\n\n"
            yield _sentences(call.get("description", ""))
            yield from _parameters(call.get("parameters", []))
            yield _in_and_out(call)


def _parameters(parameters: list[dict[str, Any]]) -> Iterator[str]:
    asked = [one for one in parameters if one["in"] == "query"]
    if asked:
        yield "\n| parameter | what | usual |\n|---|---|---|\n"
    for one in asked:
        schema = one["schema"]
        usual = f"`{schema['default']}`" if schema.get("default") not in (None, "") else ""
        yield f"| `{one['name']}` | {_cell(one.get('description', '') or _type(schema))} | {usual} |\n"


def _in_and_out(call: dict[str, Any]) -> str:
    told = []
    if "requestBody" in call:
        body = next(iter(call["requestBody"]["content"].values()))["schema"]
        told.append(f"Takes {_type(body)}")
    good = {code: one for code, one in call["responses"].items() if code < "400"}
    for code, one in good.items():
        content = one.get("content", {})
        kinds = [
            _type(body["schema"]) if body.get("schema") else f"`{kind}`" for kind, body in content.items()
        ]
        told.append(f"{code}: {' or '.join(kinds) or one['description']}")
    return f"\n{'. '.join(told)}.\n"


def _shapes(schemas: dict[str, Any]) -> Iterator[str]:
    yield "\n## Shapes\n"
    for name, schema in sorted(schemas.items()):
        if name.startswith("Part_"):
            continue
        yield f"\n### {name}\n\n{_sentences(schema.get('description', ''))}"
        if "enum" in schema:
            yield f"\nOne of {', '.join(f'`{one}`' for one in schema['enum'])}.\n"
        if schema.get("properties"):
            yield "\n| value | type | usual | what |\n|---|---|---|---|\n"
            yield from _values(schema)


def _values(schema: dict[str, Any]) -> Iterator[str]:
    needed = schema.get("required", ())
    for name, one in schema["properties"].items():
        usual = "needed" if name in needed else f"`{_json(one.get('default'))}`" if "default" in one else ""
        yield f"| `{name}` | {_type(one)} | {usual} | {_cell(one.get('description', ''))} |\n"


def _type(schema: dict[str, Any]) -> str:
    """A type in a few words, with a link to what it is made of."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name.startswith("Part_"):
            inner = name.removeprefix("Part_").rstrip("_")
            return f"a part of the list of [{inner}](#{inner.lower()})"
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        items = schema.get("items") or {"prefixItems": schema.get("prefixItems")}
        return f"list of {_type(items)}" if items.get("prefixItems") is None else "list"
    named = {"date": "day", "date-time": "moment", "password": "secret"}
    words = {"string": "text", "integer": "whole number", "boolean": "yes or no", "object": "object"}
    kind = schema.get("type", "")
    return named.get(schema.get("format", "")) or words.get(kind) or kind or "anything"


def _json(value: object) -> str:
    return json.dumps(value)


def _sentences(text: str) -> str:
    """One sentence per line."""
    return re.sub(r"(?<=[.?!]) (?=[A-Z`])", "\n", " ".join(text.split())) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
