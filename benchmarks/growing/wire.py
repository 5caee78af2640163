"""What goes over the wire to a suite: how many calls, and how many bytes there and back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse

NOT_OURS = frozenset({"authorization"})
"""Headers whose length the suite decides."""


class Exchanges:
    """Every call that was answered."""

    def __init__(self) -> None:
        self.calls = 0
        self.bytes_sent = 0
        """Method, address, headers and body, without the token."""
        self.bytes_received = 0
        """Bodies, as they are once unpacked."""

    def note(self, request: SuiteRequest, response: SuiteResponse) -> None:
        """One of them."""
        self.calls += 1
        self.bytes_sent += len(request.method) + len(request.url) + _size(request.headers) + len(request.body or b"")
        self.bytes_received += len(response.body)

    def clear(self) -> None:
        """Begin anew."""
        self.calls = self.bytes_sent = self.bytes_received = 0


@contextmanager
def overheard() -> Iterator[Exchanges]:
    """What those clients exchange that are made inside the block, whichever suite they are for."""
    exchanges, made = Exchanges(), SuiteHttp.__init__

    def heard(client: SuiteHttp, *arguments: Any, recorder: Callable[..., None] | None = None, **chosen: Any) -> None:
        made(client, *arguments, recorder=exchanges.note, **chosen)

    with patch.object(SuiteHttp, "__init__", heard):
        yield exchanges


def _size(headers: Mapping[str, str]) -> int:
    return sum(len(name) + len(value) for name, value in headers.items() if name.lower() not in NOT_OURS)
