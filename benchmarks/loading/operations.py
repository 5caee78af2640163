"""What members do all day, as documents, and how often each of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

PROBLEM = "... on Problem { code message }"
AGENDA = f"""query ($from: DateTime!, $to: DateTime!) {{ agenda(from: $from, to: $to) {{ __typename
  ... on Agenda {{
    events(first: 50) {{ nodes {{
      id subject start {{ dateTime date }} end {{ dateTime date }} isAllDay isOrganiser response location
      rooms {{ name state }} attendeeSummary {{ atEventBuilding elsewhere unknown }}
      attendees(first: 10) {{ nodes {{ person {{ name email }} response location {{ kind building }} }} }}
    }} }}
    problems {{ code }}
  }}
  {PROBLEM}
}} }}"""
VIEWER = "{ viewer { member { name email } role connection { status email } unreadNotificationCount } }"
NOTIFICATIONS = "{ notifications(first: 20) { nodes { id kind createdAt readAt message room { name } } } }"
SHIFTS = """query ($from: Date!, $to: Date!) { shifts(from: $from, to: $to, first: 50) {
  nodes { id kind date member { name } building { name } }
} }"""
OCCUPANCY = """query ($date: Date!) { buildings(first: 10) {
  nodes { id name occupancy(date: $date) { people left isFull } floors { name occupancy(date: $date) { people left } } }
} }"""
AVAILABLE = f"""query ($from: DateTime!, $to: DateTime!) {{ availableRooms(from: $from, to: $to) {{ __typename
  ... on AvailableRooms {{ rooms(first: 10) {{ nodes {{ availability room {{ id name }} }} }} problems {{ code }} }}
  {PROBLEM}
}} }}"""
BOOK_ROOM = f"""mutation ($input: BookRoomInput!) {{ bookRoom(input: $input) {{ __typename
  ... on RoomsBooked {{ bookings {{ id state }} problems {{ code }} }} {PROBLEM}
}} }}"""
CANCEL_BOOKING = f"""mutation ($input: CancelBookingInput!) {{ cancelBooking(input: $input) {{ __typename
  ... on BookingCancelled {{ booking {{ id state }} }} {PROBLEM}
}} }}"""
BOOK_SHIFT = f"""mutation ($input: BookShiftInput!) {{ bookShift(input: $input) {{ __typename
  ... on ShiftsBooked {{ shifts {{ id }} problems {{ code }} }} {PROBLEM}
}} }}"""
CANCEL_SHIFT = f"""mutation ($input: CancelShiftInput!) {{ cancelShift(input: $input) {{ __typename
  ... on ShiftsCancelled {{ shifts {{ id }} }} {PROBLEM}
}} }}"""
PENDING_ROOMS = """subscription { pendingRooms { __typename
  ... on RoomBookingUpdate { snapshot booking { id state } } ... on SubscriptionEnded { reason }
} }"""
CREATE_BUILDING = f"""mutation ($input: CreateBuildingInput!) {{ createBuilding(input: $input) {{ __typename
  ... on BuildingCreated {{ building {{ id }} }} {PROBLEM}
}} }}"""


class Operation(StrEnum):
    """One thing that a member does."""

    AGENDA = "agenda"
    VIEWER = "viewer"
    NOTIFICATIONS = "notifications"
    SHIFTS = "shifts"
    OCCUPANCY = "occupancy"
    AVAILABLE = "availableRooms"
    BOOK_ROOM = "bookRoom"
    CANCEL_BOOKING = "cancelBooking"
    BOOK_SHIFT = "bookShift"
    CANCEL_SHIFT = "cancelShift"


WEIGHTS: Mapping[Operation, int] = {
    Operation.AGENDA: 32,
    Operation.VIEWER: 16,
    Operation.NOTIFICATIONS: 14,
    Operation.SHIFTS: 10,
    Operation.OCCUPANCY: 8,
    Operation.AVAILABLE: 6,
    Operation.BOOK_ROOM: 7,
    Operation.BOOK_SHIFT: 7,
}
"""How often, in a hundred; whoever has booked already cancels instead the next time."""
CANCELS = {Operation.BOOK_ROOM: Operation.CANCEL_BOOKING, Operation.BOOK_SHIFT: Operation.CANCEL_SHIFT}

_FIRST_DAY = 40
_DAYS = 60
_FIRST_HOUR = 6
_MEETING = timedelta(minutes=25)


@dataclass(frozen=True, slots=True)
class OwnTime:
    """A time that only one member books, so that no room has to say no, and the same again after cancelling."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, number: int) -> "OwnTime":
        """Half an hour of a day in the coming months, for the member of this number."""
        turn, day = divmod(number, _DAYS)
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight + timedelta(days=_FIRST_DAY + day, hours=_FIRST_HOUR, minutes=30 * turn)
        return cls(start, start + _MEETING)

    def as_window(self) -> dict[str, str]:
        return {"from": self.start.isoformat(), "to": self.end.isoformat()}

    def as_event(self, subject: str) -> dict[str, Any]:
        times = {"start": self.start.isoformat(), "end": self.end.isoformat()}
        return {"subject": subject, "timeZone": "UTC", **times}


def week() -> dict[str, str]:
    """The coming week, as instants."""
    now = datetime.now(UTC).replace(microsecond=0)
    return {"from": now.isoformat(), "to": (now + timedelta(days=7)).isoformat()}


def days() -> dict[str, str]:
    """The coming week, as days."""
    today = datetime.now(UTC).date()
    return {"from": today.isoformat(), "to": (today + timedelta(days=7)).isoformat()}


def building() -> dict[str, Any]:
    """A building for everybody, open every day."""
    weekdays = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
    return {
        "name": "Block 01",
        "timeZone": "UTC",
        "capacity": 100_000,
        "openingHours": [{"weekday": day, "opens": "00:01", "closes": "23:59"} for day in weekdays],
        "floors": [{"name": f"Floor {number}", "capacity": 10_000, "areas": []} for number in range(3)],
        "idempotencyKey": "load",
    }
