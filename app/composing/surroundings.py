"""What the suites are built into: who watches their calls, and with whom they share their slots."""

from app.keys import Keys
from app.places.lanes import SharedLanes
from app.places.places import Places
from app.settings import Settings
from app.suites.surroundings import ALONE, Surroundings


def surroundings_of(settings: Settings, places: Places | None) -> Surroundings:
    """For every suite of this process; `places` are those that it shares with others."""
    if places is None:
        return ALONE
    return Surroundings(slots=SharedLanes(places, Keys(settings.secret_key_bytes)))
