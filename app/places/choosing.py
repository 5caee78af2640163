"""Whether this process shares places with others: as the settings say."""

from app.places.places import Places
from app.settings import Settings


def places_of(settings: Settings) -> Places | None:
    """What all processes share, which the caller closes; None where there is one process and nothing to share."""
    if settings.redis_url is None:
        return None
    from app.places.redis import RedisPlaces  # a third of a second that one process alone need not spend

    return RedisPlaces(settings.redis_url)
