"""Turns page contexts into HTML. Every value is text unless a template says otherwise, and none does."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from tiktok_ads.ui.data.reading import amount_text
from tiktok_ads.ui.nav import PARTS
from tiktok_ads.ui.told import in_app
from tiktok_ads.ui.words import LABELS, WORDS

STATIC = files("tiktok_ads.ui") / "static"


@dataclass(frozen=True)
class Shown:
    """What every page shows beside its own: its title and the part of the app that it belongs to."""

    title: str
    part: str


def page(request: Request, template: str, context: Shown, *, status: int = 200) -> HTMLResponse:
    """A page, or only its main part where htmx asks for that. `context` is a dataclass of what it shows."""
    values = {field.name: getattr(context, field.name) for field in fields(context)}
    text = _environment().get_template(template).render(**values, path=request.url.path)
    return HTMLResponse(text, status)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("tiktok_ads.ui", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"count": _count, "moment": _moment, "span": _span, "in_app": in_app, "cell": _cell}
    made.globals |= {"parts": PARTS, "words": WORDS, "labels": LABELS, "problems": {}, "other": ""}
    return made


def _count(value: float | Decimal | None) -> str:
    return "–" if value is None else f"{value:,}"


def _moment(value: datetime | None) -> str:
    """ISO text; the browser shows it in the reader's own zone."""
    return "" if value is None else value.isoformat(timespec="seconds")


def _cell(value: object) -> object:
    """A value of a table; amounts without idle zeros."""
    return amount_text(str(value)) if isinstance(value, Decimal) else value


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
