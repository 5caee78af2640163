"""What commands print: results on standard output, everything else on standard error.

Whoever reads standard output by a program finds the result there and nothing besides.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TextIO

import typer

PLAIN_LINE_EVERY_SECONDS = 5.0
"""Into a file or a log: a line that nobody watches."""
LIVE_LINE_EVERY_SECONDS = 0.1
WAITING = "Another process brings the database up to date: waiting for it."
_FROM_ITS_START = "\r\x1b[K"
"""Erases the terminal's present line."""


def tell_result(line: str) -> None:
    """What somebody asked for, or what was done."""
    typer.echo(line)


def tell_json(document: Mapping[str, object]) -> None:
    """The one document of standard output. Keys are in camel case, as in the GraphQL API; times are ISO 8601 in UTC."""
    typer.echo(json.dumps(document, indent=2))


def tell_aside(line: str) -> None:
    """What is not the result."""
    typer.echo(line, err=True)


class Progress:
    """How far long work is, on standard error: on a terminal one line that changes, else a line now and then."""

    def __init__(self, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._now = now
        self._is_live = self._stream.isatty()
        self._next = now() + (0.0 if self._is_live else PLAIN_LINE_EVERY_SECONDS)
        self._is_shown = False

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._wipe()
        self._stream.flush()

    def step(self, line: str) -> None:
        """What stays to be read, however fast it goes."""
        self._wipe()
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def at(self, line: str) -> None:
        """Where it is; passed over where one was told only just now."""
        if (now := self._now()) < self._next:
            return
        if not self._is_live:
            self._next = now + PLAIN_LINE_EVERY_SECONDS
            self.step(line)
            return
        self._next = now + LIVE_LINE_EVERY_SECONDS
        self._stream.write(f"{_FROM_ITS_START}{line} …")
        self._stream.flush()
        self._is_shown = True

    def _wipe(self) -> None:
        if self._is_shown:
            self._stream.write(_FROM_ITS_START)
            self._is_shown = False
