"""Growing room directories."""

from collections.abc import Mapping
from uuid import uuid4

from app import clock
from app.rooms.models import Room, RoomSync, RoomSyncState
from benchmarks.benching.rows import Wrong
from benchmarks.growing import documents, furnishing
from benchmarks.growing.things import Path, Thing
from benchmarks.growing.world import DOMAINS, World
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE

AVAILABLE = documents.AVAILABLE.replace("problems { code message }", "")
"""Of very many rooms only the first 500 are looked up, and the answer says so: here that is no fault."""


async def rooms(world: World, present: int, size: int) -> Mapping[str, Path]:
    """Of the organisation, all of them synchronised."""
    suite, domain = DOMAINS[world.company.suite]
    order = {"suite": suite, "domain": domain, "members": 1, "rooms": size, "events": 0}
    await world.order("POST", "large-tenant", order)
    await _request_sync(world)
    await _synchronise(world)
    await furnishing.looked_at()
    return {
        "rooms, the first 50": Path(work=lambda: world.door.ask(documents.ROOMS, {})),
        "availableRooms, the first 50": Path(work=lambda: world.door.ask(AVAILABLE, documents.AN_HOUR)),
        "room sync, nothing new": Path(before=lambda: _request_sync(world), work=lambda: _synchronise(world)),
        "room sync, all new": Path(before=lambda: _forget(world), work=lambda: _synchronise(world)),
    }


async def _request_sync(world: World) -> None:
    connection = await world.connection()
    await RoomSync.create(
        id=uuid4(),
        organisation_id=connection.organisation_id,
        integration_id=connection.integration.id,
        state=RoomSyncState.DUE,
        open_slot=1,
        created_at=clock.now(),
    )


async def _synchronise(world: World) -> None:
    await world.jobs["room-sync"].run_due()
    run = await RoomSync.all().order_by("-created_at").first()
    if run is None or run.state is not RoomSyncState.SUCCEEDED:
        raise Wrong("the rooms were not synchronised")


async def _forget(world: World) -> None:
    await Room.of((await world.connection()).organisation_id).delete()
    await _request_sync(world)


ROOMS = (
    Thing(name="rooms, Microsoft 365", sizes=(20, 200, 2_000), quick=(2, 4, 8), grow=rooms, company=NEWBRIDGE),
    Thing(name="rooms, Google Workspace", sizes=(20, 200, 2_000), quick=(2, 4, 8), grow=rooms, company=BROOKSIDE),
)
