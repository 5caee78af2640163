"""What a place is: a right that only so many have at once, held under a lease.

Whoever holds a place renews its lease for as long as they do. A process that dies renews nothing, so what it held is
free again once its leases run out, without anybody having to know that it died.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Cap(Protocol):
    """At most `limit` places at once for everybody who shares `key`, which is the same in every process."""

    @property
    def key(self) -> str: ...

    @property
    def limit(self) -> int: ...


@dataclass(frozen=True, slots=True)
class PlaceCap:
    """A cap by itself."""

    key: str
    limit: int


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody holds under every one of these keys; `holder` is a name that nobody else has."""

    holder: str
    keys: tuple[str, ...] = field(repr=False)


class Places(Protocol):
    """Where places are counted."""

    async def take(self, caps: Sequence[Cap]) -> Place | None:
        """Take one place under all of these caps, or none where one of them is reached."""
        ...

    def give_back(self, place: Place) -> None:
        """Let go of a place; a second time changes nothing."""
        ...

    async def close(self) -> None:
        """Give back everything that this process holds."""
        ...
