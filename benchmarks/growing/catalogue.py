"""Everything that grows, in the order of the table."""

from collections.abc import Mapping

from benchmarks.growing.bookings import PENDING
from benchmarks.growing.calendars import CALENDARS, WHOLE_CALENDARS
from benchmarks.growing.connections import CONNECTIONS
from benchmarks.growing.members import MEMBER_THINGS
from benchmarks.growing.rooms import ROOMS
from benchmarks.growing.sockets import SOCKETS
from benchmarks.growing.things import Thing

GROUPS: Mapping[str, tuple[Thing, ...]] = {
    "calendars": CALENDARS,
    "huge-calendars": WHOLE_CALENDARS,
    "rooms": ROOMS,
    "members": MEMBER_THINGS,
    "connections": CONNECTIONS,
    "bookings": PENDING,
    "sockets": SOCKETS,
}
"""By the name that the command knows them under."""
