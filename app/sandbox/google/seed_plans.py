"""What people's days are made of in the seeded Google: everyday meetings, and the oddities real calendars have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})


class RoomWish(Enum):
    """Which room a plan asks for."""

    NONE = auto()
    ANY = auto()
    APPROVAL = auto()
    CLOSED = auto()
    FOR_FEW = auto()
    SWAPPED = auto()


class Fate(Enum):
    """What becomes of a planned meeting."""

    STANDS = auto()
    CANCELLED_BY_COLLEAGUE = auto()
    DECLINED_BY_OWNER = auto()
    INVITED_FROM_OUTSIDE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One kind of event. ``zone`` is the one its organiser chose, None their own; ``days`` makes it all-day.

    ``members`` are further members in the wire's form.
    """

    summary: str
    minutes: int = 60
    days: int = 0
    colleagues: int = 0
    guests: int = 0
    room: RoomWish = RoomWish.NONE
    fate: Fate = Fate.STANDS
    zone: str | None = None
    is_online: bool = False
    members: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


FREE = {"transparency": "transparent"}
PRIVATE = {"visibility": "private"}
FOCUS = {
    "eventType": "focusTime",
    "focusTimeProperties": {"autoDeclineMode": "declineNone", "chatStatus": "doNotDisturb"},
}
OUT = {
    "eventType": "outOfOffice",
    "outOfOfficeProperties": {"autoDeclineMode": "declineOnlyNewConflictingInvitations"},
}
BIRTHDAY = {
    "eventType": "birthday",
    "birthdayProperties": {"type": "birthday"},
    **PRIVATE,
    **FREE,
}
FLIGHT = {"eventType": "fromGmail", **PRIVATE, **FREE, "location": "Schiphol"}

EVERYDAY = (
    Plan(
        summary="Project Heron: review",
        colleagues=2,
        room=RoomWish.ANY,
        is_online=True,
        members={"description": "Open points."},
    ),
    Plan(summary="Focus time", minutes=90, members=FOCUS),
    Plan(summary="Design critique", colleagues=3, room=RoomWish.ANY, minutes=45),
    Plan(summary="1:1", colleagues=1, minutes=30, is_online=True),
    Plan(summary="Physiotherapist", minutes=45, members={**PRIVATE, "location": "Practice Winter"}),
    Plan(summary="Supplier call", guests=2, colleagues=1, is_online=True, members={"description": "<b>Quote</b>"}),
    Plan(summary="Hold: client visit", colleagues=1, minutes=120, members={"status": "tentative"}),
    Plan(summary="Lunch", minutes=45, members={**FREE, "location": "Canteen"}),
    Plan(summary="Quarterly planning", colleagues=4, room=RoomWish.APPROVAL, minutes=120),
    Plan(summary="🚀 Launch rehearsal 🎉", colleagues=2, room=RoomWish.ANY, minutes=30),
    Plan(summary="Sprint demo", fate=Fate.CANCELLED_BY_COLLEAGUE, minutes=45),
    Plan(summary="Vendor pitch", colleagues=2, fate=Fate.DECLINED_BY_OWNER, minutes=30),
    Plan(summary="اجتماع التخطيط الأسبوعي", colleagues=1, minutes=30),
    Plan(summary="Tokyo sync", zone="Asia/Tokyo", colleagues=1, minutes=30, is_online=True),
    Plan(summary="Partner workshop", fate=Fate.INVITED_FROM_OUTSIDE, minutes=90, zone="America/New_York"),
    Plan(summary="<b>Budget</b> & <script>alert(1)</script>", colleagues=1, room=RoomWish.CLOSED),
    Plan(
        summary="Interview",
        colleagues=1,
        guests=1,
        members={"visibility": "confidential", "guestsCanSeeOtherGuests": False},
    ),
    Plan(summary="", minutes=15),
    Plan(summary="Release window", zone="Etc/UTC", minutes=25, colleagues=2),
    Plan(summary="Conference", days=3, members={"location": "Kongresshaus Zürich"}),
    Plan(summary="Out of office", minutes=240, members=OUT),
    Plan(summary="Night migration", minutes=600, colleagues=1),
    Plan(summary="Board preparation", colleagues=1, room=RoomWish.FOR_FEW),
    Plan(summary="Retrospective", colleagues=3, room=RoomWish.SWAPPED, minutes=45),
    Plan(summary="Flight AMS 14:05", minutes=130, members=FLIGHT),
    Plan(summary="Onboarding: how we work, who does what, and where everything is", colleagues=2, room=RoomWish.ANY),
)

CHECK_IN = Plan(summary="Check-in", minutes=30, colleagues=2, room=RoomWish.ANY, is_online=True)
LARGE_MEETING = Plan(
    summary="All hands", is_online=True, members={"description": "Numbers, plans, questions."}, colleagues=60
)
LARGE_MEETING_SIZE = 120
HOLIDAYS = (
    ("New Year's Day", 1, 1),
    ("King's Day", 4, 27),
    ("Liberation Day", 5, 5),
    ("Christmas Day", 12, 25),
    ("Second Day of Christmas", 12, 26),
)
