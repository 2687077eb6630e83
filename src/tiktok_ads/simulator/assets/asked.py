"""A call that was read: every parameter checked against what is documented of its endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from tiktok_ads.catalog.model import Endpoint, Param
from tiktok_ads.simulator.answers import Refused, wrong
from tiktok_ads.simulator.centers import Center
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.world import Advertiser, World

# Required by the captured page only because it lists the parts of a list beside the list.
NOT_REQUIRED = {
    ("optimizer/rule/result/get", "exec_id"),
    ("optimizer/rule/result/get", "rule_id"),
    ("tool/interest_keyword/get", "keyword_id"),
}
UNTYPED = {"tool/targeting/info"}  # nobody documents the types of its parameters
# The documentation's own lists of values are known to lack some.
OPEN_LISTS = {
    *("status", "creative_portfolio_types", "date_range", "level_range"),
    *("lang", "language", "category_name"),
}


@dataclass(frozen=True)
class Asked:
    """One call in order. `advertiser` and `center` are whom it is about, where it names them."""

    world: World
    login: Login
    endpoint: Endpoint
    given: Mapping[str, object]
    advertiser: Advertiser | None = None
    center: Center | None = None
    region: str = ""
    options: Options = field(default_factory=Options)

    @property
    def now(self) -> datetime:
        return self.world.now()

    @property
    def account(self) -> Advertiser:
        if self.advertiser is None:
            raise wrong("advertiser_id: Missing data for required field.")
        return self.advertiser

    @property
    def business(self) -> Center:
        if self.center is None:
            raise wrong("bc_id: Missing data for required field.")
        return self.center

    @property
    def owner(self) -> Advertiser | Center:
        return self.center if self.advertiser is None and self.center is not None else self.account

    def text(self, name: str, default: str = "") -> str:
        return str(self.given.get(name, default))

    def texts(self, name: str) -> list[str]:
        value = self.given.get(name)
        return [str(one) for one in value] if isinstance(value, list) else []

    def whole(self, name: str, default: int) -> int:
        value = self.given.get(name, default)
        return int(value) if isinstance(value, int | float) else default

    def flag(self, name: str, *, default: bool = False) -> bool:
        return bool(self.given.get(name, default))

    def inside(self, name: str = "filtering") -> Asked:
        """The parts of an object, to be asked for in the same way."""
        value = self.given.get(name)
        parts: Mapping[str, object] = value if isinstance(value, dict) else {}
        return replace(self, given=parts)

    def need(self, *names: str) -> None:
        """At least one of these must have been sent."""
        if not any(name in self.given for name in names):
            raise wrong(f"{' or '.join(names)}: Missing data for required field.")


def checked(endpoint: Endpoint, params: Mapping[str, object]) -> dict[str, object]:
    """The documented parameters of a call, each in its own type; what nobody documents is left out."""
    native = endpoint.method == "POST"
    return _parts(endpoint, endpoint.params, params, "", native=native)


def _parts(
    endpoint: Endpoint, known: tuple[Param, ...], values: Mapping[str, object], path: str, *, native: bool
) -> dict[str, object]:
    found: dict[str, object] = {}
    for param in known:
        raw = values.get(param.name)
        name = path + param.name
        if raw is None or raw == "":
            if param.required and (endpoint.name, param.name) not in NOT_REQUIRED:
                raise wrong(f"{name}: Missing data for required field.")
            continue
        found[param.name] = _value(endpoint, param, raw, name, native=native)
    return found


def _value(endpoint: Endpoint, param: Param, raw: object, name: str, *, native: bool) -> object:
    if param.type.startswith("array") or param.type == "object":
        value = raw if native else _json(raw, name)
        if param.type == "object":
            return _object(endpoint, param, value, name)
        return _array(endpoint, param, value, name)
    if param.type in ("number", "integer"):
        return _number(param, raw, name)
    if param.type == "boolean":
        if isinstance(raw, bool) or raw in ("true", "false"):
            return raw in (True, "true")
        raise wrong(f"{name}: Not a valid boolean.")
    if param.type == "string" and endpoint.name not in UNTYPED:
        if not isinstance(raw, str):
            raise wrong(f"{name}: Not a valid string.")
        _allowed(param, raw, name)
    return raw


def _json(raw: object, name: str) -> object:
    try:
        return msgspec.json.decode(str(raw))
    except msgspec.DecodeError:
        raise wrong(f"{name}: Not valid JSON.") from None


def _object(endpoint: Endpoint, param: Param, value: object, name: str) -> object:
    if not isinstance(value, dict):
        raise wrong(f"{name}: Not a valid mapping type.")
    if not param.fields:
        return value
    unknown = sorted(set(value) - {part.name for part in param.fields})
    if unknown:
        raise wrong(f"{name}: Unknown field: {', '.join(unknown)}.")
    return _parts(endpoint, param.fields, value, f"{name}.", native=True)


def _array(endpoint: Endpoint, param: Param, value: object, name: str) -> object:
    item = param.type.removeprefix("array").strip("<>") or "string"
    kinds = {"string": str, "object": dict, "number": int | float}
    if not isinstance(value, list) or not all(isinstance(one, kinds.get(item, object)) for one in value):
        raise wrong(f"{name}: Not a valid list of {item}s.")
    least = param.min_items or (1 if param.required else 0)
    if len(value) < least:
        raise wrong(f"{name}: Shorter than minimum length {least}.")
    if param.max_items is not None and len(value) > param.max_items:
        if "id" in param.name:
            raise Refused(40011, f"{name}: Too many ids in one request, at most {param.max_items}.")
        raise wrong(f"{name}: Longer than maximum length {param.max_items}.")
    for one in value:
        if isinstance(one, str):
            _allowed(param, one, name)
    return value


def _number(param: Param, raw: object, name: str) -> int | float:
    try:
        number = float(raw) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else None
    except ValueError:
        number = None
    if number is None or number != number or abs(number) > 1e18:
        raise wrong(f"{name}: Not a valid number.")
    if (param.min is not None and number < param.min) or (param.max is not None and number > param.max):
        raise wrong(f"{name}: Must be between {param.min or 0:g} and {param.max or 1e18:g}.")
    return int(number) if number == int(number) else number


def _allowed(param: Param, value: str, name: str) -> None:
    if param.enum and value not in param.enum and param.name not in OPEN_LISTS:
        raise wrong(f"{name}: Must be one of: {', '.join(param.enum)}.")
