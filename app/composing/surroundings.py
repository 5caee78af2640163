"""What the suites are built into: who watches their calls, and with whom they share their slots."""

from collections.abc import Callable

from app.keys import Keys
from app.places.lanes import SharedLanes
from app.places.places import Places
from app.settings import Settings
from app.suites.observing import CallObserver
from app.suites.protocol import SuiteName
from app.suites.surroundings import Surroundings


def surroundings_of(
    settings: Settings, places: Places | None, observer_of: Callable[[SuiteName], CallObserver]
) -> Surroundings:
    """For every suite of this process; `places` are those that it shares with others."""
    if places is None:
        return Surroundings(observer_of=observer_of)
    return Surroundings(observer_of=observer_of, slots=SharedLanes(places, Keys(settings.secret_key_bytes)))
