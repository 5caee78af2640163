"""The schema as graphql-eslint sees it, in the version pinned beside this file: https://the-guild.dev/graphql/eslint

What it is not asked, and why, stands in `eslint.config.js`.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from schema.export import SDL
from tests.support.installing import from_npm

HERE = Path(__file__).parent
LINT_SECONDS = 120

ALL_WRONG = '''
type query_root {
  """A page."""
  getThings(last: Int): ThingConnection!

  old: Thing @deprecated

  # Not a description.
  """Another."""
  other(by: String): Thing
}

"""A thing."""
type Thing {
  """Its name."""
  thingName: String

  # Its weight in grams.
  weight: Int
}

"""A page of things."""
type ThingConnection {
  """Things."""
  edges: [Thing!]!
}

"""A thing's colour."""
enum ColourEnum {
  """Like fire."""
  red
}

"""Where pages end."""
type PageInfo {
  """Whether there is more."""
  more: Boolean
}

schema {
  query: query_root
}
'''
FOUND = {
    "naming-convention",
    "no-hashtag-description",
    "no-typename-prefix",
    "no-unreachable-types",
    "relay-arguments",
    "relay-connection-types",
    "relay-edge-types",
    "relay-page-info",
    "require-deprecation-reason",
    "require-description",
}


@dataclass(frozen=True, slots=True)
class Linter:
    folder: Path

    def findings(self, sdl: str) -> list[str]:
        """A line for each: the rule, where, and what it says."""
        (self.folder / "schema.graphql").write_text(sdl)
        command = ["node", "node_modules/eslint/bin/eslint.js", "--no-inline-config", "--format", "json"]
        done = subprocess.run(
            [*command, "schema.graphql"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=LINT_SECONDS,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr
        [linted] = json.loads(done.stdout)
        return [
            f"{(found['ruleId'] or 'parser').rpartition('/')[2]}: {found['line']}: {found['message']}"
            for found in linted["messages"]
        ]


@pytest.fixture(scope="module")
def linter(tmp_path_factory: pytest.TempPathFactory) -> Linter:
    return Linter(from_npm(HERE, tmp_path_factory.mktemp("linter"), "eslint.config.js"))


@pytest.mark.clients
def test_the_linter_finds_nothing_in_the_schema(linter: Linter) -> None:
    assert linter.findings(SDL.read_text()) == []


@pytest.mark.clients
def test_the_linter_finds_what_is_wrong(linter: Linter) -> None:
    found = linter.findings(ALL_WRONG)

    assert {line.partition(":")[0] for line in found} == FOUND, found
