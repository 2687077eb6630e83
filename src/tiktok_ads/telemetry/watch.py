"""The switch: while nobody watches, each of these does nothing and imports nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from tiktok_ads.telemetry.figures import BY_NAME, Figures, Labels

Value = str | int | float | bool


class Span(Protocol):
    """A stretch of work that is being watched."""

    def note(self, **attributes: Value) -> None:
        """Say more of it."""

    def end(self, error: BaseException | None = None) -> None:
        """It is over; of an error only its class, code and request id are told."""


class _Nothing:
    def note(self, **attributes: Value) -> None:
        return

    def end(self, error: BaseException | None = None) -> None:
        return


_NOTHING = _Nothing()


class Watch:
    """What watches this process: its figures, and the tracer of OpenTelemetry if traces are wanted."""

    def __init__(self, tracer: Any = None) -> None:
        self.figures = Figures()
        self.tracer = tracer


_watch: Watch | None = None


def watch_by(watch: Watch | None) -> None:
    """From now on this one watches; None ends it."""
    global _watch
    _watch = watch


def watching() -> Watch | None:
    return _watch


def is_on() -> bool:
    return _watch is not None


def add(name: str, amount: float = 1, **labels: str) -> None:
    """Let a counter grow. The labels are those of its line in `FIGURES`."""
    if _watch is not None and amount:
        _watch.figures.add(name, amount, _ordered(name, labels))


def put(name: str, value: float, **labels: str) -> None:
    """Set a gauge."""
    if _watch is not None:
        _watch.figures.put(name, value, _ordered(name, labels))


def current_ids() -> dict[str, str]:
    """The trace and the span that a log line belongs to; nothing while no traces are made."""
    if _watch is None or _watch.tracer is None:
        return {}
    from opentelemetry import trace

    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return {}
    return {"trace_id": f"{here.trace_id:032x}", "span_id": f"{here.span_id:016x}"}


def begin(name: str, **attributes: Value) -> Span:
    """Begin a stretch within the one that is current; whoever begins it ends it."""
    if _watch is None or _watch.tracer is None:
        return _NOTHING
    return _Real(_watch.tracer.start_span(name, attributes=_named(attributes)))


@contextmanager
def span(name: str, **attributes: Value) -> Iterator[Span]:
    """A stretch that is current while the block lasts."""
    if _watch is None or _watch.tracer is None:
        yield _NOTHING
        return
    from opentelemetry import trace

    one = _watch.tracer.start_span(name, attributes=_named(attributes))
    real = _Real(one)
    with trace.use_span(one, end_on_exit=False, record_exception=False, set_status_on_exception=False):
        try:
            yield real
        except BaseException as error:
            real.end(error)
            raise
        real.end()


class _Real:
    def __init__(self, span: Any) -> None:
        self._span = span

    def note(self, **attributes: Value) -> None:
        self._span.set_attributes(_named(attributes))

    def end(self, error: BaseException | None = None) -> None:
        if error is not None:
            from opentelemetry.trace import StatusCode

            # Never its text: it may hold a name that somebody chose.
            told = {"error.type": type(error).__name__}
            for name in ("code", "request_id"):
                if value := getattr(error, name, None):
                    told[f"tiktok_ads.{name}"] = value
            self._span.set_attributes(told)
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


def _named(attributes: dict[str, Value]) -> dict[str, Value]:
    return {f"tiktok_ads.{name}": value for name, value in attributes.items() if value != ""}


def _ordered(name: str, labels: dict[str, str]) -> Labels:
    return tuple((label, labels[label]) for label in BY_NAME[name].labels)
