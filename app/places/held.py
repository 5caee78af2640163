"""What one process holds: the places that it renews, and all that is counted while nothing is shared."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from uuid import uuid4

from app.places.places import Cap, Place


class HeldPlaces:
    """The places of this process alone."""

    def __init__(self) -> None:
        self._process = uuid4().hex
        self._numbers = count(1)
        self._held: dict[str, Place] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Place]:
        """As they are held now, whatever is taken and given back meanwhile."""
        return iter(tuple(self._held.values()))

    def take(self, caps: Sequence[Cap]) -> Place | None:
        """A place under all of these caps, or None where this process alone has reached one of them."""
        if any(self._counts[cap.key] >= cap.limit for cap in caps):
            return None
        place = Place(f"{self._process}:{next(self._numbers)}", tuple(cap.key for cap in caps))
        self._held[place.holder] = place
        self._counts.update(place.keys)
        return place

    def give_back(self, place: Place) -> bool:
        """Forget the place; whether it was held."""
        if self._held.pop(place.holder, None) is None:
            return False
        for key in place.keys:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
        return True
