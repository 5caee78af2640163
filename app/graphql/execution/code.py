"""One function in the making: its source, and what that refers to."""

from collections.abc import Callable
from datetime import UTC, datetime
from keyword import iskeyword
from math import inf
from typing import Any


class Code:
    """Collects what the source of one function refers to, by names that are counted up."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {"inf": inf, "datetime": datetime, "UTC": UTC}
        self._variables = 0

    def name(self, thing: object) -> str:
        """A name for something that the source refers to."""
        name = f"known_{len(self._known)}"
        self._known[name] = thing
        return name

    def variable(self) -> str:
        """The name of a variable that nothing else in the function has."""
        self._variables += 1
        return f"value_{self._variables}"

    def compiled(self, parameters: str, lines: list[str]) -> Callable[..., Any]:
        """The function of these parameters that does what the lines say."""
        source = f"def complete({parameters}):\n" + "".join(f"    {line}\n" for line in lines)
        exec(compile(source, "<plan>", "exec"), self._known)  # noqa: S102 - of what the source is made: see `writing`
        complete: Callable[..., Any] = self._known["complete"]
        return complete


def attribute_of(value: str, name: str) -> str:
    """The expression for an attribute of what this name stands for."""
    return f"{value}.{name}" if name.isidentifier() and not iskeyword(name) else f"getattr({value}, {name!r})"
