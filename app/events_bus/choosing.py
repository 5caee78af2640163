"""Which bus the settings ask for: Redis between processes, or memory within one."""

from app.events_bus.bus import EventsBus
from app.events_bus.memory import MemoryBus
from app.settings import Settings


def bus_of(settings: Settings) -> EventsBus:
    """A bus that is open; the caller closes it."""
    if settings.redis_url is None:
        return MemoryBus()
    from app.events_bus.redis import RedisBus  # a third of a second that one process alone need not spend

    return RedisBus(settings.redis_url)
