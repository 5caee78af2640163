"""Growing numbers of connected members: what jobs look for, and what is erased once an integration is over."""

from collections.abc import Mapping

from app import clock
from app.bookings.silence import SilentRooms
from app.connections.models import CalendarConnection
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.jobs.cleanup import CleanUp
from app.notifications.service import notify
from benchmarks.benching.rows import Wrong
from benchmarks.growing import furnishing
from benchmarks.growing.things import Path, Thing
from benchmarks.growing.world import World
from benchmarks.loading.purge_rows import Furnishing

_JOBS = ("booking-checks", "booking-intents", "watches", "event-looks", "retention")
"""Those that look among what hangs on connections, each time that they run."""


async def connections(world: World, present: int, size: int) -> Mapping[str, Path]:
    """Of another organisation; a booking, a watch and a notification for each tenth."""
    erased = await Furnishing(world.vault).organisation(size)
    await Furnishing(world.vault).organisation(size - present)
    await furnishing.looked_at()
    looks = {f"a look of {name}": Path(work=world.jobs[name].run_due) for name in _JOBS}
    return {
        **looks,
        # These two remember when they looked last: each time another one looks.
        "a look of silent-rooms": Path(work=lambda: SilentRooms(notify, world.bus).run_due()),
        "a look of clean-up": Path(work=lambda: CleanUp().run_due()),
        "purge": Path(before=lambda: _lapse(erased), work=lambda: _purge(world, erased), is_done_once=True),
    }


async def _lapse(integration: Integration) -> None:
    """Its five days are over at this moment."""
    now = clock.now()
    status = {"status": IntegrationStatus.DISABLED, "disabled_at": now, "status_since": now, "retained_until": now}
    await Integration.of(integration.organisation_id).filter(id=integration.id).update(**status)


async def _purge(world: World, integration: Integration) -> None:
    await world.jobs["retention"].run_due()
    if await CalendarConnection.of(integration.organisation_id).exists():
        raise Wrong("something is left")


CONNECTIONS = (Thing(name="connections", sizes=(100, 1_000, 10_000), quick=(4, 8, 16), grow=connections),)
