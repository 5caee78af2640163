"""The project's documents, read as the sites that show them read them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
_ELSEWHERE = (".venv", ".demo", "node_modules", ".pytest_cache")


@dataclass(frozen=True)
class Page:
    """One document."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def tokens(self) -> Sequence[Token]:
        return MarkdownIt("commonmark").enable("table").parse(self.path.read_text())

    @property
    def links(self) -> Iterator[str]:
        """Where its links and pictures lead, as written."""
        for token in self._inline():
            for attribute in ("href", "src"):
                target = token.attrGet(attribute)
                if target is not None:
                    yield str(target)

    @property
    def anchors(self) -> set[str]:
        """What a link can follow a `#` with: each heading in lower case, with dashes for spaces."""
        anchors: set[str] = set()
        for opening, content in zip(self.tokens, self.tokens[1:], strict=False):
            if opening.type == "heading_open":
                words = "".join(part.content for part in content.children or [])
                slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
                again = sum(slug == anchor or anchor.startswith(f"{slug}-") for anchor in anchors)
                anchors.add(f"{slug}-{again}" if slug in anchors else slug)
        return anchors

    @property
    def codes(self) -> Iterator[str]:
        """What stands in backticks."""
        return (token.content for token in self._inline() if token.type == "code_inline")

    def blocks(self, language: str) -> list[str]:
        """Its blocks of code in that language."""
        return [
            token.content for token in self.tokens if token.type == "fence" and token.info.split()[:1] == [language]
        ]

    def _inline(self) -> Iterator[Token]:
        for token in self.tokens:
            yield from token.children or []


def pages() -> list[Page]:
    """Every document of the project."""
    found = (path for path in ROOT.rglob("*.md") if not any(part in _ELSEWHERE for part in path.parts))
    return [Page(path) for path in sorted(found)]
