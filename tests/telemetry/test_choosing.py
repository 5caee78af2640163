"""Traces are switched on by OpenTelemetry's own settings, and what keeps them from being sent stops nobody."""

import io
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.telemetry.choosing import tracing_of
from app.telemetry.spans import Tracing

ROOT = Path(__file__).parents[2]
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}

WITHOUT_THE_PACKAGE = """
import os, sys
sys.modules["opentelemetry"] = None
from app import logs
from app.settings import LogFormat
from app.telemetry.choosing import tracing_of
logs.configure("INFO", LogFormat.JSON)
assert tracing_of(os.environ, trusts_callers=False) is None
import app.main
"""


@pytest.fixture(autouse=True)
def _nothing_leaves_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exporter reads the process's own environment."""
    for name, value in ENDPOINT.items():
        monkeypatch.setenv(name, value)


def _chosen(environment: Mapping[str, str]) -> Tracing | None:
    tracing = tracing_of(environment, trusts_callers=False)
    if tracing is not None:
        tracing.close()
    return tracing


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_SERVICE_NAME": "meetings"},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": "none", **ENDPOINT},
        {"OTEL_SDK_DISABLED": "TRUE", **ENDPOINT},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
    ],
)
def test_nobody_who_did_not_ask_for_traces_has_them(environment: dict[str, str], written: io.StringIO) -> None:
    assert _chosen(environment) is None
    assert written.getvalue() == ""


@pytest.mark.parametrize(
    "environment",
    [
        ENDPOINT,
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"},
        {"OTEL_TRACES_EXPORTER": "otlp"},
        {"OTEL_TRACES_EXPORTER": "console"},
        {**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
        {**ENDPOINT, "OTEL_SDK_DISABLED": "false"},
    ],
)
def test_whoever_asks_for_traces_has_them(environment: dict[str, str]) -> None:
    assert _chosen(environment) is not None


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER"),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL"),
    ],
)
def test_what_cannot_be_had_is_told_by_name(environment: dict[str, str], named: str, written: io.StringIO) -> None:
    assert _chosen(environment) is None
    assert "traces_are_off" in written.getvalue()
    assert named in written.getvalue()


def test_a_server_without_the_package_says_what_to_install_and_starts() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_PACKAGE], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert "hybrid-meetings[telemetry]" in ran.stderr
