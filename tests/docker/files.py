"""Reading the files below `docker/` as the engine does, as far as they use it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.support.server import ROOT

DOCKERFILE = ROOT / "docker" / "Dockerfile"
COMPOSE = ROOT / "docker" / "compose.yaml"
EXAMPLE = ROOT / "docker" / ".env.example"

_REFERENCE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One of a Dockerfile: `word` such as RUN, and what follows it on one line."""

    stage: str
    word: str
    rest: str

    def words(self) -> list[str]:
        """The exec form's."""
        found: list[str] = json.loads(self.rest)
        return found


def instructions() -> Iterator[Instruction]:
    """All of them, in their order; the last stage has no name."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    stage = ""
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            stage = rest.partition(" AS ")[2]
        if word:
            yield Instruction(stage, word, " ".join(rest.split()))


def environment_of_image() -> dict[str, str]:
    """What ENV sets in the last stage, but for the path."""
    pairs = " ".join(found.rest for found in instructions() if found.word == "ENV" and not found.stage).split()
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs) if name != "PATH"}


def health_check_of_image() -> list[str]:
    [found] = [found for found in instructions() if found.word == "HEALTHCHECK"]
    words: list[str] = json.loads(found.rest.partition(" CMD ")[2])
    return words


def interpolated(environment: Mapping[str, str]) -> str:
    """The compose file with these variables put in. Raises KeyError for one that has to be there."""

    def value(found: re.Match[str]) -> str:
        name, how, other = found.groups()
        if environment.get(name):
            return environment[name]
        if how == "-":
            return str(other)
        raise KeyError(name)

    return _REFERENCE.sub(value, COMPOSE.read_text())


def services(environment: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
    """Each service as it is once its anchors are resolved."""
    read = yaml.safe_load(interpolated(environment))
    found: Mapping[str, Mapping[str, Any]] = read["services"]
    return found


def example() -> dict[str, str]:
    """What the example of `.env` sets, without what is left to fill in or commented out."""
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
