"""Calls to one mailbox, side by side in all processes together."""

from collections.abc import Callable

from app.keys import NO_ORGANISATION, Keys
from app.places.places import Place, PlaceCap, Places


class SharedLanes:
    """Implements `app.suites.limits.SharedSlots`."""

    def __init__(self, places: Places, keys: Keys) -> None:
        self._places = places
        self._keys = keys

    async def take(self, lane: str, limit: int) -> Callable[[], None] | None:
        """What gives the slot back, or None where all are taken."""
        # Hashed: a lane may be named by what the suite calls somebody.
        key = f"mailbox:{self._keys.lookup_hash(NO_ORGANISATION, 'suite-lane', lane)}"
        place = await self._places.take((PlaceCap(key, limit),))
        return None if place is None else self._giving_back(place)

    def _giving_back(self, place: Place) -> Callable[[], None]:
        return lambda: self._places.give_back(place)
