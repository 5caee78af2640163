"""What documents tell people to type does what they say, on a demo as `make demo` starts it."""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.documents.pages import ROOT, Page
from tests.support.demo import RunningDemo, running_demo

README, BY_HAND = Page(ROOT / "README.md"), Page(ROOT / "docs" / "by-hand.md")
STRICT = 'set -eo pipefail\ncurl() { command curl --silent --show-error --fail-with-body "$@"; }\n'
"""Ends with the first command that fails, an answer of HTTP that is no success included."""
EVERY_FUNCTION = """
start; state; waits; state; link; check; enable; before; disable 'stale'; kept; switch GOOGLE_WORKSPACE
later '{"minutes": 11}'; afresh
"""
CONFIRMED_BY_BROWSER = "/auth/callback/"
"""Where only a browser is let in: a page says so, with a status that is no success."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


def test_the_first_question_of_the_readme_is_answered(demo: RunningDemo) -> None:
    (block,) = (block for block in README.blocks("sh") if "TOKEN=" in block)

    answer = json.loads(_typed(demo, block))

    assert answer == {"data": {"viewer": {"member": {"name": "Ben Kok"}, "connection": {"status": "CONNECTED"}}}}


def test_every_function_that_is_pasted_is_answered_without_an_error(demo: RunningDemo) -> None:
    answers = _typed(demo, "".join(BY_HAND.blocks("sh")) + EVERY_FUNCTION)

    defined = set(re.findall(r"^(\w+)\(\)", "".join(BY_HAND.blocks("sh")), re.MULTILINE)) - {"ask"}
    assert defined == set(re.findall(r"^\w+|(?<=; )\w+", EVERY_FUNCTION, re.MULTILINE))
    assert "consentUrl" in answers
    assert "AWAITING_ADMIN_APPROVAL" in answers
    assert '"errors"' not in answers


def test_every_order_to_the_sandbox_and_the_clock_is_taken(demo: RunningDemo) -> None:
    orders = [code for code in BY_HAND.codes if code.startswith("curl ") and CONFIRMED_BY_BROWSER not in code]

    assert len(orders) > 5
    _typed(demo, "\n".join([BY_HAND.blocks("sh")[0], *orders]))


def _typed(demo: RunningDemo, commands: str) -> str:
    """What a terminal in the demo's folder prints."""
    script = STRICT + commands.replace("http://127.0.0.1:8000", demo.address)
    done = subprocess.run(["bash", "-c", script], cwd=demo.folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
