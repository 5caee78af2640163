"""The guide for front ends, and a terminal in which what it says is typed."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.documents.pages import ROOT, Page
from tests.support.demo import RunningDemo

GUIDE = Page(ROOT / "docs" / "front-end.md")
PROJECTS = {
    ROOT / "tests" / "clients" / "typescript": ("ts", "yaml"),
    ROOT / "tests" / "clients" / "python": ("python", "toml"),
}
"""Where the files lie that blocks in these languages are parts of."""
COMMANDS = GUIDE.blocks("sh")
FRONT_END, SCRIPT = "my-front-end", "my-script"
"""What the guide calls the copies of the two projects."""
TYPED_SECONDS = 120
_STARTS_TERMINAL = "HERE="
_DEFINES = re.compile(r"^\w+(\(\) \{|='\{)", re.MULTILINE)
_NAME = re.compile(r"(?://|#) (\S+)\n")
_LEFT_OUT = "// …\n"
_ANSWERS = "# answers: "


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file, as the guide shows it."""

    file: Path | None
    texts: tuple[str, ...]

    @property
    def is_true(self) -> bool:
        """Whether the file has these texts, one after the other."""
        rest = self.file.read_text() if self.file else ""
        for text in self.texts:
            _, found, rest = rest.partition(text)
            if not found:
                return False
        return True


def parts() -> Iterator[Part]:
    """Every block of code that is not typed into a terminal."""
    for project, languages in PROJECTS.items():
        for block in (block for language in languages for block in GUIDE.blocks(language)):
            name = _NAME.match(block)
            texts = tuple((block[name.end() :] if name else block).split(_LEFT_OUT))
            yield Part(project / name[1] if name else None, texts)


def answers(block: str) -> list[str]:
    """What the guide says that its commands print, among other things."""
    said = [line.removeprefix(_ANSWERS) for line in block.splitlines() if line.startswith(_ANSWERS)]
    return [text for line in said for text in line.split(", ")]


def block_with(text: str) -> str:
    """The one block of commands in which this stands."""
    (block,) = (block for block in COMMANDS if text in block)
    return block


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal in the folder in which the demo was started, with what the guide defines at first."""

    demo: RunningDemo

    @property
    def folder(self) -> Path:
        return self.demo.folder

    def command(self, block: str) -> tuple[str, ...]:
        """What runs these commands and ends with the first that fails."""
        defined = "".join(each for each in COMMANDS if _STARTS_TERMINAL in each or _only_defines(each))
        script = f"set -e -o pipefail\n{defined}{block}"
        return "bash", "-c", script.replace("http://127.0.0.1:8000", self.demo.address)

    def typed(self, block: str, *, in_folder: str = ".") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(f"cd {in_folder}\n{block}"),
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=TYPED_SECONDS,
            check=False,
        )


def environment() -> dict[str, str]:
    """Whose `python3` is the one that the tests run with."""
    return {**os.environ, "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def _only_defines(block: str) -> bool:
    return all(_DEFINES.match(line) for line in block.splitlines())
