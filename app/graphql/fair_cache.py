"""A bounded memory that many share and that nobody can take from the others."""

from collections import Counter, OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class FairCache(Generic[K, V]):
    """Keeps the values used last: `capacity` in all, and at most `share` of those that one holder brought.

    Everybody finds every value, so a value has to be the same for all. Who brings more than their share loses their own
    oldest ones, never somebody else's; only holders who together fill all of it crowd out what nobody has used lately.
    """

    def __init__(self, capacity: int, share: int) -> None:
        self._capacity = capacity
        self._share = share
        self._kept: OrderedDict[K, tuple[V, Hashable]] = OrderedDict()
        self._counts: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """The value, which counts as used by this; None where it is not kept."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, holder: Hashable) -> None:
        """Keep a value that this holder brought."""
        if key in self._kept:
            self._forget(key)
        if self._counts[holder] >= self._share:
            self._forget(next(kept for kept, (_, owner) in self._kept.items() if owner == holder))
        if len(self._kept) >= self._capacity:
            self._forget(next(iter(self._kept)))
        self._kept[key] = value, holder
        self._counts[holder] += 1

    def _forget(self, key: K) -> None:
        _, holder = self._kept.pop(key)
        self._counts[holder] -= 1
        if not self._counts[holder]:
            del self._counts[holder]
