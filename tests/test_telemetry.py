"""What a run tells those who watch it, and that it tells nothing to anybody else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from tests.api_world import api_in
from tests.worlds import EAST_AND_WEST, FIRST, NOW, Desk, desk
from tiktok_ads.cli import logs
from tiktok_ads.cli.boundary import guarded
from tiktok_ads.errors import ConfigError
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import running
from tiktok_ads.telemetry import opening, watch
from tiktok_ads.telemetry.figures import FIGURES


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody watches before a test, nor after it."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    monkeypatch.setattr(opening, "_on", set())
    watch.watch_by(None)
    yield
    watch.watch_by(None)
    logs.choose([])


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def reader(spans: InMemorySpanExporter) -> InMemoryMetricReader:
    reader = InMemoryMetricReader()
    opening.trace_to(SimpleSpanProcessor(spans), reader)
    return reader


@pytest.fixture
def it(tmp_path: Path) -> Desk:
    start = (NOW.date() - timedelta(days=2)).isoformat()
    return desk(tmp_path, EAST_AND_WEST, start_date=start, tables=("campaigns", "ad_insights"))


def by_name(spans: InMemorySpanExporter) -> dict[str, list[ReadableSpan]]:
    found: dict[str, list[ReadableSpan]] = {}
    for span in spans.get_finished_spans():
        found.setdefault(span.name, []).append(span)
    return found


def about(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def figures_of(reader: InMemoryMetricReader) -> dict[tuple[str, ...], float]:
    """Name and label values → value."""
    data = reader.get_metrics_data()
    assert data is not None
    return {
        (metric.name, *map(str, (point.attributes or {}).values())): point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
        if isinstance(point, NumberDataPoint)
    }


def test_a_run_is_a_trace_of_slices_and_calls(it: Desk, spans: InMemorySpanExporter, reader: object) -> None:
    """Each slice belongs to the run and each call to the run; together they are all that was asked."""
    report = it.sync()
    found = by_name(spans)
    (run,) = found["run"]
    assert about(run)["tiktok_ads.outcome"] == "complete"
    assert about(run)["tiktok_ads.run_id"] == report.run_id
    assert len(found["call"]) == report.made.total == len(it.asked)
    assert {span.context.trace_id for kind in found.values() for span in kind if span.context} == {
        run.context.trace_id if run.context else 0
    }
    told = {
        (about(one)["tiktok_ads.table"], about(one)["tiktok_ads.advertiser_id"]) for one in found["slice"]
    }
    assert ("ad_insights", FIRST) in told
    assert all(
        one.parent and run.context and one.parent.span_id == run.context.span_id for one in found["slice"]
    )
    within = {one.context.span_id for one in found["slice"] if one.context}
    assert any(one.parent and one.parent.span_id in within for one in found["call"])


def test_what_went_wrong_is_told_by_class_and_code_without_its_text(
    it: Desk, spans: InMemorySpanExporter, reader: object
) -> None:
    """A message of TikTok may hold a name that somebody chose."""
    it.fault("code", code=40002, message="canary-message", path="campaign/get", times=None)
    it.sync()
    failed = [one for one in by_name(spans)["call"] if not one.status.is_ok]
    assert failed
    assert about(failed[0])["error.type"] == "InvalidRequest"
    assert about(failed[0])["tiktok_ads.code"] == 40002
    assert about(failed[0])["tiktok_ads.request_id"]
    assert all(not one.events for one in spans.get_finished_spans())
    assert "canary" not in " ".join(one.to_json() for one in spans.get_finished_spans())


def test_no_span_and_no_figure_holds_a_secret_or_a_name(
    it: Desk, spans: InMemorySpanExporter, reader: InMemoryMetricReader
) -> None:
    """Ids of advertisers, tables and paths only; neither tokens nor names nor filters."""
    it.sync()
    everything = " ".join(one.to_json() for one in spans.get_finished_spans())
    everything += " ".join(" ".join(key) for key in figures_of(reader))
    assert "simulator-token" not in everything
    for advertiser in it.world.advertisers.values():
        assert advertiser.name not in everything


def test_figures_fit_the_run_report(it: Desk, reader: InMemoryMetricReader) -> None:
    """Calls, rows, quota and lag as the report has them; a second run adds to the counters."""
    first = it.sync()
    second = it.sync()
    told = figures_of(reader)
    calls = sum(value for key, value in told.items() if key[0] == "tiktok_ads.calls")
    assert calls == first.made.total + second.made.total
    rows = sum(line.rows_read for line in (*first.lines, *second.lines) if line.table == "ad_insights")
    assert told["tiktok_ads.rows", "ad_insights"] == rows > 0
    assert told["tiktok_ads.runs", "", "complete"] == 2
    assert told["tiktok_ads.quota_used_today", "ultimate"] == second.quota.used_today
    assert ("tiktok_ads.lag", "", "ad_insights") in told


def test_prometheus_reads_the_same_figures(it: Desk) -> None:
    """By the names that Prometheus expects: counters end in _total, units stand in names."""
    report = it.sync(telemetry=("prometheus",))
    found = opening.prometheus_text()
    assert found is not None
    families = {one.name: one for one in text_string_to_metric_families(found[1].decode())}
    calls = sum(sample.value for sample in families["tiktok_ads_calls"].samples)
    assert calls == report.made.total
    assert "tiktok_ads_wait_seconds" in families
    assert {one.name for one in FIGURES} == {
        name.removeprefix("tiktok_ads_").removesuffix("_seconds").removesuffix("_bytes").removesuffix("_days")
        for name in families
    }


def test_a_port_of_this_machine_serves_the_figures(it: Desk) -> None:
    """For a run without the app; a port that is taken is told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    it.sync(telemetry=("prometheus",), metrics_port=port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b"tiktok_ads_runs_total" in answer.read()
    opening._on.clear()
    with pytest.raises(ConfigError, match="metrics_port"):
        it.sync(telemetry=("prometheus",), metrics_port=port)


def test_without_the_extra_the_setting_says_what_to_install(
    it: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is asked."""
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigError, match=r"tiktok-ads-connector\[telemetry\]"):
        it.sync(telemetry=("prometheus",))
    assert it.asked == []


def test_off_it_imports_nothing() -> None:
    """Who does not ask for it does not pay for it."""
    asked = (
        "import sys, tiktok_ads.cli.main, tiktok_ads.sync, tiktok_ads.telemetry.opening; "
        "print([m for m in sys.modules if m.startswith(('opentelemetry', 'prometheus_client'))])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_log_lines_are_json_with_the_trace_they_belong_to(
    capsys: pytest.CaptureFixture[str], reader: object
) -> None:
    """One object a line; errors have their hint and exit code as fields."""

    def command() -> object:
        import logging

        with watch.span("run"):
            logging.getLogger("tiktok_ads.client").warning("something %s", "odd")
        raise ConfigError("It cannot be used.", "Use another one.")

    assert guarded(command, ["--log-format", "json", "sync"]) == 2
    warning, error = map(json.loads, capsys.readouterr().err.splitlines())
    assert (warning["level"], warning["message"], warning["logger"]) == (
        "warning",
        "something odd",
        "tiktok_ads.client",
    )
    assert len(warning["trace_id"]) == 32
    assert (error["level"], error["kind"], error["hint"], error["exit_code"]) == (
        "error",
        "ConfigError",
        "Use another one.",
        2,
    )


def test_calls_still_belong_to_their_slice_when_many_run_at_once(
    it: Desk, spans: InMemorySpanExporter, reader: object
) -> None:
    """No call is told under another advertiser's slice."""
    it.sync(concurrency=16)
    found = by_name(spans)
    owners = {
        one.context.span_id: about(one)["tiktok_ads.advertiser_id"] for one in found["slice"] if one.context
    }
    for call in found["call"]:
        advertiser = about(call).get("tiktok_ads.advertiser_id")
        if call.parent and call.parent.span_id in owners and advertiser:
            assert owners[call.parent.span_id] == advertiser


def test_a_run_without_watchers_tells_nobody(it: Desk) -> None:
    """Off is the default."""
    it.sync()
    assert watch.watching() is None
    assert opening.prometheus_text() is None


def test_the_app_shows_the_figures_to_whom_it_lets_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token of the app opens them; nobody else sees them, and off they are not there."""
    with api_in(tmp_path, monkeypatch) as api:
        assert api.ask("GET", "/metrics").status_code == 404
        opening.watch(["prometheus"])
        answer = api.ask("GET", "/metrics")
        assert answer.status_code == 200
        assert b"# HELP tiktok_ads_calls_total" in answer.content
        assert api.ask("GET", "/metrics", Authorization="Bearer wrong").status_code == 401


def test_every_figure_stands_in_the_docs() -> None:
    """Under the name that Prometheus shows."""
    page = (Path(__file__).parents[1] / "docs" / "telemetry.md").read_text(encoding="utf-8")
    for figure in FIGURES:
        unit = f"_{figure.unit}" if figure.unit else ""
        total = "_total" if figure.kind == "counter" else ""
        labels = ", ".join(f"`{label}`" for label in figure.labels)
        assert f"| `tiktok_ads_{figure.name}{unit}{total}` | {labels} |" in page


def test_a_command_hands_over_what_it_holds_when_it_ends(tmp_path: Path) -> None:
    """A run of seconds is told to the collector that OpenTelemetry's own variables name."""
    got: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(self.path + (" shop-eu" if b"shop-eu" in body else ""))
            assert b"simulator-token" not in body
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    collector = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    first = date.today().isoformat()
    try:
        with running("tiny", options=Options(tier=None)) as served:
            said = ["sync", "--api-url", served.url, "--table", "campaigns", "--table", "ad_insights"]
            said += ["--start-date", first, "--destination", f"duckdb:///{tmp_path}/out.duckdb"]
            said += ["--state-dir", str(tmp_path), "--advertiser", FIRST, "--telemetry", "otlp"]
            done = subprocess.run(
                [sys.executable, "-m", "tiktok_ads.cli.main", *said],
                env={
                    **os.environ,
                    "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
                    "OTEL_SERVICE_NAME": "shop-eu",
                },
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=120,
            )
    finally:
        collector.shutdown()
        collector.server_close()
    assert done.returncode == 0, done.stderr
    assert {"/v1/traces shop-eu", "/v1/metrics shop-eu"} <= set(got)
