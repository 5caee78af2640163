"""Growing organisations: more members, each with shifts."""

from collections.abc import Mapping

from app.identity.finding import find_member
from app.identity.models import Member, Role
from benchmarks.growing import documents, furnishing, planting
from benchmarks.growing.door import Door
from benchmarks.growing.things import Path, Thing
from benchmarks.growing.world import World
from benchmarks.loading.people import make_people

ON_EVENTS = 30
EVENTS, ATTENDEES, DAYS = 50, 8, 2
MEMBERS = "{ members(first: 50) { totalCount nodes { id name email role } } }"
OCCUPANCY = """query ($date: Date!) { buildings(first: 10) {
  nodes { id name occupancy(date: $date) { people left isFull } floors { name occupancy(date: $date) { people left } } }
} }"""


async def members(world: World, present: int, size: int) -> Mapping[str, Path]:
    """The events of the agenda stay as they are: some of the first members are on them."""
    people = await furnishing.colleagues(world, size - present)
    await furnishing.shifts(world, [person.member.id for person in people], DAYS, first=present)
    if not present:
        addresses = [person.member.address for person in people][:ON_EVENTS]
        await planting.plant(
            world,
            [
                [addresses[(number * 3 + place) % len(addresses)] for place in range(min(ATTENDEES, len(addresses)))]
                for number in range(EVENTS)
            ],
        )
    await furnishing.looked_at()
    newest = await Member.get(id=people[0].member.id)
    administrator = await _administrator(world)
    day = documents.DAYS["from"]
    return {
        "members, the first 50": Path(work=lambda: administrator.ask(MEMBERS, {})),
        "a member looked for by address": Path(work=lambda: find_member(newest.organisation_id, newest.address)),
        "agenda of 50 events with 8 members each": Path(work=lambda: world.door.ask(documents.AGENDA, documents.WEEK)),
        "shifts of a week, the first 50": Path(work=lambda: world.door.ask(documents.SHIFTS, documents.DAYS)),
        "occupancy of two buildings": Path(work=lambda: world.door.ask(OCCUPANCY, {"date": day})),
    }


async def _administrator(world: World) -> Door:
    """The door as one more member sees it, who administers."""
    [person] = await make_people((await world.connection()).integration, 1, Role.SUBSCRIPTION_ADMINISTRATOR)
    return Door(world.door.application, person.token)


MEMBER_THINGS = (Thing(name="members", sizes=(100, 1_000, 10_000), quick=(4, 8, 16), grow=members),)
