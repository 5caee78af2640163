"""What a load run measured, beside the mark that each figure has to pass, and how both are told."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

A_REQUEST = "GitLab pages on a request over 1 s"
NINETY = "Nylas: P90 under 500 ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a figure is compared with, and whose mark it is."""

    value: float
    source: str
    is_least: bool = False
    """Whether more is better, as of a share that succeeded."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured."""

    name: str
    value: float
    unit: str
    mark: Mark | None = None

    @property
    def ratio(self) -> float | None:
        """The figure as a part of its mark; None where it has none, or the mark is nought."""
        return self.value / self.mark.value if self.mark is not None and self.mark.value else None

    @property
    def passes(self) -> bool:
        """Whether it is on the right side of its mark; without one it always is."""
        if self.mark is None:
            return True
        return self.value >= self.mark.value if self.mark.is_least else self.value <= self.mark.value


@dataclass
class Report:
    """The figures of one part, and everything that went wrong in it: errors are never a matter of degree."""

    part: str
    figures: list[Figure] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, mark: Mark | None = None) -> Figure:
        figure = Figure(name, value, unit, mark)
        self.figures.append(figure)
        return figure

    def demand(self, figure: Figure) -> None:
        """A mark that has to hold, else the part failed."""
        if not figure.passes and figure.mark is not None:
            self.errors.append(f"{figure.name}: {_number(figure.value)} {figure.unit}, {_wording(figure)}")

    def add_times(self, name: str, seconds: Sequence[float], *shares: tuple[int, Mark | None]) -> None:
        """Percentiles of these times in milliseconds, each with its mark."""
        for share, mark in shares:
            self.add(f"{name}, p{share}", percentile(seconds, share) * 1000, "ms", mark)

    def lines(self) -> list[str]:
        """A table of the figures, then the notes, then what went wrong."""
        width = max((len(figure.name) for figure in self.figures), default=0)
        rows = [f"  {figure.name:<{width}}  {_row(figure)}".rstrip() for figure in self.figures]
        notes = [f"  {note}" for note in self.notes]
        return [f"== {self.part}", *rows, *notes, *(f"  ERROR {error}" for error in self.errors)]

    def as_json(self) -> dict[str, Any]:
        figures = [{**asdict(figure), "ratio": figure.ratio, "passes": figure.passes} for figure in self.figures]
        return {"figures": figures, "notes": self.notes, "errors": self.errors}


def percentile(values: Sequence[float], share: int) -> float:
    """The value that so many of a hundred do not exceed; nought of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


def write(path: Path, part: str, told: dict[str, Any]) -> None:
    """Put one part's figures beside those of the others in the file."""
    found = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**found, part: told}, indent=2) + "\n")


def _row(figure: Figure) -> str:
    row = f"{_number(figure.value):>10} {figure.unit:<10}"
    if figure.mark is None:
        return row
    ratio = "" if figure.ratio is None else f"{figure.ratio:>8.3f} of "
    return f"{row} {'ok    ' if figure.passes else 'MISSED'} {ratio}{_wording(figure)}"


def _wording(figure: Figure) -> str:
    assert figure.mark is not None  # noqa: S101 - asked of figures with a mark only
    bound = "at least" if figure.mark.is_least else "at most"
    return f"{bound} {_number(figure.mark.value)} {figure.unit} ({figure.mark.source})"


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.1f}" if abs(value) >= 100 else f"{value:.2f}"
