"""Sending spans by OTLP where `OTEL_EXPORTER_OTLP_ENDPOINT` is set: one for each run of a task and
each request, with how many queries it made and how long these took.

Spans are made at our own two seams and not by libraries that watch others: those put addresses into
them, and addresses of pages are keys to them.
"""

import importlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connections

from ebay_alerts.kit import tracing
from ebay_alerts.kit.tracing import Noted, Span
from ebay_alerts.processes.error_reports import MissingPackage

# A collector that is away costs a lost span, and no shutdown that hangs.
_TIMEOUT_S = 5


def collect_spans(endpoint: str, version: str) -> Callable[[], None]:
    """From now on. Returns what sends the rest and ends it. Raises MissingPackage."""
    try:
        sdk: Any = importlib.import_module("opentelemetry.sdk.trace")
        export: Any = importlib.import_module("opentelemetry.sdk.trace.export")
        resources: Any = importlib.import_module("opentelemetry.sdk.resources")
        otlp: Any = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        status: Any = importlib.import_module("opentelemetry.trace")
    except ModuleNotFoundError as error:
        raise MissingPackage(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not there; install"
            " ebay-alerts[telemetry]"
        ) from error
    named = {"service.name": "ebay-alerts", "service.version": version}
    provider = sdk.TracerProvider(resource=resources.Resource.create(named))
    exporter = otlp.OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_TIMEOUT_S)
    provider.add_span_processor(export.BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("ebay_alerts", version)
    tracing.use(lambda name, facts: _span(tracer, status, name, facts))

    def end() -> None:
        tracing.use(None)
        provider.shutdown()

    return end


@contextmanager
def _span(tracer: Any, status: Any, name: str, facts: Mapping[str, Noted]) -> Iterator[Span]:
    """An error is noted by its name alone: its words may be anybody's."""
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with tracer.start_as_current_span(name, attributes=dict(facts), **quiet) as span:
        queries = _Queries()
        try:
            with queries.counted():
                yield _Noted(span)
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(status.Status(status.StatusCode.ERROR))
            raise
        finally:
            span.set_attribute("db.queries", queries.count)
            span.set_attribute("db.seconds", round(queries.seconds, 6))


class _Noted:
    def __init__(self, span: Any) -> None:
        self._span = span

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def note(self, name: str, value: Noted) -> None:
        self._span.set_attribute(name, value)


class _Queries:
    """Counts the queries of this thread, and says nothing of what they ask."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(self._count))
            yield

    def _count(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - began
