"""What a trace is made of, whoever collects it: spans that know their parent by the task they run in."""

from collections.abc import Mapping
from typing import Protocol

Value = str | int | tuple[str, ...]
"""Attributes are names, counts and statuses of ours: nothing of a calendar, no address, no token, no id of anybody."""


class Span(Protocol):
    """Something that took its time; whatever begins in the same task meanwhile is part of it."""

    def rename(self, name: str) -> None: ...

    def tell(self, attributes: Mapping[str, Value]) -> None: ...

    def happened(self, event: str, attributes: Mapping[str, Value]) -> None:
        """Something at one moment of it."""
        ...

    def end(self, *, failed: bool = False) -> None:
        """It is over, in the task that began it; once, and further calls change nothing."""
        ...


class Tracing(Protocol):
    """Begins spans, and sends them where the operator wants them."""

    def begin(
        self,
        name: str,
        attributes: Mapping[str, Value] | None = None,
        *,
        caller: str | None = None,
        calls_out: bool = False,
        may_be_idle: bool = False,
    ) -> Span:
        """A span begins.

        `caller`: the W3C `traceparent` that a request came with, for one that begins a trace here. `calls_out`: whether
        it is a call to somebody else. `may_be_idle`: whether it is left out where nothing happened in it.
        """
        ...

    def close(self) -> None:
        """Sends what was not sent yet, and gives up after a moment."""
        ...
