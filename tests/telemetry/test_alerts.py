"""The alert rules ask for what we tell, by names and values that exist, and fire when they should."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.connections.observing import RefreshOutcome
from app.graphql.observing import Ended
from app.integrations.models import IntegrationHealth
from app.suites.observing import CallOutcome
from app.telemetry.watching import BROKEN_OFF
from tests.telemetry.everything import everything_told

ROOT = Path(__file__).parents[2]
RULES = ROOT / "docs" / "alerts.yaml"
CHAPTERS = ROOT / "docs" / "operating.md"
TESTS = Path(__file__).parent / "alerts_test.yaml"

NOT_OURS = {"up"}
"""What Prometheus itself tells of each process that it scrapes."""
VALUES = {
    "outcome": {*Ended, *CallOutcome, *RefreshOutcome, BROKEN_OFF, "ok", "failed"},
    "reason": set(CallOutcome),
    "health": set(IntegrationHealth),
    "kind": {"query", "mutation", "subscription", "none"},
}
"""What the labels that rules ask for may be."""

_NO_PROMTOOL = "promtool is not here: it comes with Debian's prometheus"
_SELECTOR = re.compile(r"\b(up|(?:hybrid_meetings|process|python)_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
_EVENT = re.compile(r"`([\w.]+)`")


def _rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def _promtool() -> str:
    found = shutil.which("promtool")
    if found is not None:
        return found
    if "CI" in os.environ:
        pytest.fail(_NO_PROMTOOL)
    pytest.skip(_NO_PROMTOOL)


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: rule["alert"])
async def test_a_rule_asks_for_what_is_told(rule: dict[str, Any]) -> None:
    told = await everything_told()

    asked = {name for name, _ in _SELECTOR.findall(rule["expr"])}

    assert asked - told.names() == (asked & NOT_OURS)
    assert asked


def test_a_rule_asks_for_values_that_there_are() -> None:
    matchers = [
        (name, value)
        for rule in _rules()
        for _, selector in _SELECTOR.findall(rule["expr"])
        for name, values in _MATCHER.findall(selector)
        for value in values.split("|")
    ]

    assert [(name, value) for name, value in matchers if name in VALUES and value not in VALUES[name]] == []
    assert {name for name, _ in matchers} >= {"outcome", "reason", "health"}


async def test_a_rule_about_a_job_names_one_that_runs() -> None:
    told = await everything_told()
    jobs = {labels["job_name"] for labels in told.labels("job_due_rows")}

    named = {
        value
        for rule in _rules()
        for name, values in _MATCHER.findall(rule["expr"])
        if name == "job_name"
        for value in values.split("|")
    }

    assert named
    assert named <= jobs


def test_every_rule_says_what_is_wrong_what_to_do_and_where_more_is_said() -> None:
    headings = {
        line.removeprefix("### ").lower() for line in CHAPTERS.read_text().splitlines() if line.startswith("### ")
    }
    rules = _rules()

    assert [rule["alert"] for rule in rules if set(rule["annotations"]) != {"summary", "action", "runbook"}] == []
    assert [rule["alert"] for rule in rules if rule["labels"]["severity"] not in {"page", "ticket"}] == []
    led_to = {rule["annotations"]["runbook"] for rule in rules}
    assert led_to == {f"operating.md#{rule['alert'].lower()}" for rule in rules}
    assert {place.partition("#")[2] for place in led_to} <= headings


def test_every_line_of_the_log_that_a_rule_leads_to_is_written_somewhere() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "app").rglob("*.py"))
    events = {event for rule in _rules() for event in _EVENT.findall(rule["annotations"]["action"])}

    assert events
    assert [event for event in events if f'"{event}"' not in source] == []


async def test_the_chapter_names_every_metric_and_no_other() -> None:
    told = await everything_told()
    suffix = re.compile(r"_(bucket|count|sum)$")
    ours = {
        suffix.sub("", name).removeprefix("hybrid_meetings_")
        for name in told.names()
        if name.startswith("hybrid_meetings_")
    }
    chapter = CHAPTERS.read_text().partition("## Metrics")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in chapter.splitlines() if line.startswith("| `")]

    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}

    assert named == ours


def test_prometheus_takes_the_rules() -> None:
    checked = subprocess.run([_promtool(), "check", "rules", RULES], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_alerts_that_matter_most_fire_when_they_should() -> None:
    tested = subprocess.run([_promtool(), "test", "rules", TESTS], capture_output=True, text=True, check=False)

    assert tested.returncode == 0, tested.stdout + tested.stderr
