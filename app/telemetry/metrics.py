"""Everything that is counted and timed in one process. https://prometheus.io/docs/practices/naming/

Labels are names of ours, or of the suites' operations and routes: a small number of each. None is ever a member, an
organisation, an address or an id.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from app import __version__

disable_created_metrics()  # type: ignore[no-untyped-call]
"""Else each counter is told twice, the second time with the moment at which it was first counted."""

PREFIX = "hybrid_meetings"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The counters of a process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._info("build", "The version that runs.").info({"version": __version__})
        self.operations = self._counter(
            "operations", "GraphQL operations by how they ended.", "transport", "kind", "outcome"
        )
        self.operation_seconds = self._histogram(
            "operation_duration", "Seconds from an operation's arrival to its answer.", "transport", "kind"
        )
        self.responses = self._counter("http_responses", "Answers by route and status.", "route", "status")
        self.suite_calls = self._counter(
            "suite_calls", "Calls to a suite by how they ended, repetitions included.", "suite", "operation", "outcome"
        )
        self.suite_call_seconds = self._histogram(
            "suite_call_duration", "Seconds for a call to a suite, repetitions included.", "suite", "operation"
        )
        self.suite_call_repeats = self._counter(
            "suite_call_repeats", "Calls that were sent again, and why.", "suite", "operation", "reason"
        )
        self.refreshes = self._counter(
            "refreshes", "Access tokens that a suite was asked to renew.", "suite", "outcome"
        )
        self.refresh_seconds = self._histogram("refresh_duration", "Seconds for renewing an access token.", "suite")
        self.job_runs = self._counter("job_runs", "Runs of a job in this process.", "job_name", "outcome")
        self.job_seconds = self._histogram("job_run_duration", "Seconds that a run of a job took.", "job_name")
        self.job_success = self._gauge(
            "job_last_success_timestamp_seconds", "When a job last came to its end without failing.", "job_name"
        )
        self.ready = self._gauge("ready", "Whether this process can do its work, as /health/ready says.")
        self.database_connections = self._gauge(
            "database_connections", "Connections to PostgreSQL that this process has open.", "state"
        )
        self.open_sockets = self._gauge("open_sockets", "WebSockets and event streams that are open.", "transport")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, namespace=PREFIX, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, namespace=PREFIX, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, namespace=PREFIX, unit="seconds", registry=self.registry, buckets=SECONDS)

    def _info(self, name: str, text: str) -> Info:
        return Info(name, text, namespace=PREFIX, registry=self.registry)
