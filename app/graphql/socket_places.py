"""Sockets counted in this process alone: for a product that has one, or none of its own that counts for several."""

from collections import Counter
from collections.abc import Sequence

from app.graphql.callers import SocketCap


class OwnSocketPlaces:
    """Implements `SocketPlaces`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    async def take(self, caps: Sequence[SocketCap]) -> tuple[str, ...] | None:
        if any(self._counts[cap.key] >= cap.limit for cap in caps):
            return None
        keys = tuple(cap.key for cap in caps)
        self._counts.update(keys)
        return keys

    def give_back(self, place: tuple[str, ...]) -> None:
        for key in place:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
