"""Turns the watching of this process on: OpenTelemetry by its own variables, Prometheus as a page."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from tiktok_ads.errors import ConfigError
from tiktok_ads.telemetry.figures import FIGURES, Figure
from tiktok_ads.telemetry.watch import Watch, watch_by, watching

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Observation
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor

NAME = "tiktok-ads-connector"
OTLP, PROMETHEUS = "otlp", "prometheus"
_lock = threading.Lock()
_on: set[str] = set()


def watch(kinds: Iterable[str], *, metrics_port: int = 0) -> None:
    """Turn on what a setting names, unless it is on already; it stays on for the life of the process.

    Args:
        kinds: of `otlp` and `prometheus`.
        metrics_port: port of this machine's loopback on which Prometheus text is served, 0 for none.

    Raises:
        ConfigError: the extra is not installed, or the port is taken.
    """
    wanted = set(kinds) - _on
    if not wanted:
        return
    with _lock:
        try:
            if OTLP in wanted:
                _otlp()
            if PROMETHEUS in wanted:
                _prometheus(metrics_port)
        except ImportError:
            raise ConfigError(
                "Telemetry needs libraries that are not installed.",
                "Run pip install 'tiktok-ads-connector[telemetry]'.",
            ) from None
        _on.update(wanted)


def _otlp() -> None:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    trace_to(BatchSpanProcessor(OTLPSpanExporter()), PeriodicExportingMetricReader(OTLPMetricExporter()))


def trace_to(spans: SpanProcessor, metrics: MetricReader) -> None:
    """Let spans and figures go to these; what they still hold when the process ends, they send then."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    own = {"service.version": version(NAME)} | ({} if named else {"service.name": NAME})
    resource = Resource.create(own)
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(spans)
    meters = MeterProvider([metrics], resource=resource)
    watch = watching() or Watch()
    watch.tracer = tracers.get_tracer(NAME)
    meter = meters.get_meter(NAME)
    for figure in FIGURES:
        make = meter.create_observable_counter if figure.kind == "counter" else meter.create_observable_gauge
        unit = _UNITS.get(figure.unit, "")
        make(f"tiktok_ads.{figure.name}", [partial(_observed, figure)], unit, figure.doc)
    watch_by(watch)


_UNITS = {"seconds": "s", "bytes": "By", "days": "d"}


def _observed(figure: Figure, _options: CallbackOptions) -> Iterable[Observation]:
    from opentelemetry.metrics import Observation

    watch = watching()
    values = watch.figures.values(figure.name) if watch else []
    return [Observation(value, dict(labels)) for labels, value in values]


def _prometheus(port: int) -> None:
    import prometheus_client

    watch_by(watching() or Watch())
    if port:
        try:
            prometheus_client.start_http_server(port, addr="127.0.0.1", registry=_registry())
        except OSError:
            raise ConfigError(
                f"The port {port} for metrics is taken.", "Choose another one with metrics_port."
            ) from None


def prometheus_text() -> tuple[str, bytes] | None:
    """Content type and text of the figures as Prometheus reads them; None while it is off."""
    if PROMETHEUS not in _on:
        return None
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    return CONTENT_TYPE_LATEST, generate_latest(_registry())


def _registry() -> Any:
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    registry.register(_Collector())
    return registry


class _Collector:
    def collect(self) -> Iterable[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        watch = watching()
        for figure in FIGURES:
            family = CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily
            unit = f"_{figure.unit}" if figure.unit else ""
            one = family(f"tiktok_ads_{figure.name}{unit}", figure.doc, labels=figure.labels)
            for labels, value in watch.figures.values(figure.name) if watch else []:
                one.add_metric([text for _, text in labels], value)
            yield one
