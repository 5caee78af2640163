"""What people's days are made of in the seeded calendars: everyday meetings, and the oddities real calendars have."""

from dataclasses import dataclass
from enum import Enum, auto

from app.sandbox.microsoft.mailboxes.items import Sensitivity, ShowAs


class RoomWish(Enum):
    """Which room a plan asks for."""

    NONE = auto()
    ANY = auto()
    SILENT = auto()
    APPROVAL = auto()
    CLOSED = auto()


class Fate(Enum):
    """What becomes of a planned meeting."""

    STANDS = auto()
    CANCELLED_BY_COLLEAGUE = auto()
    INVITED_FROM_OUTSIDE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One kind of event. ``zone`` is the name its organiser wrote, None their own; ``days`` makes it all-day."""

    subject: str
    minutes: int = 60
    days: int = 0
    colleagues: int = 0
    guests: int = 0
    show_as: ShowAs = ShowAs.BUSY
    sensitivity: Sensitivity = Sensitivity.NORMAL
    room: RoomWish = RoomWish.NONE
    fate: Fate = Fate.STANDS
    zone: str | None = None
    body: str = ""
    location: str = ""
    is_online: bool = False
    hides_attendees: bool = False
    categories: tuple[str, ...] = ()


EVERYDAY = (
    Plan(
        subject="Project Kestrel: review", colleagues=2, room=RoomWish.ANY, is_online=True, body="<p>Open points.</p>"
    ),
    Plan(subject="Focus time", minutes=90, categories=("Blue category",)),
    Plan(subject="Design critique", colleagues=3, room=RoomWish.ANY, minutes=45),
    Plan(subject="1:1", colleagues=1, minutes=30, is_online=True),
    Plan(subject="Dentist", sensitivity=Sensitivity.PRIVATE, show_as=ShowAs.OUT_OF_OFFICE, location="Dr Winter"),
    Plan(subject="Supplier call", guests=2, colleagues=1, is_online=True, body="<p>Bring the quote.</p>"),
    Plan(subject="Hold: client visit", colleagues=1, show_as=ShowAs.TENTATIVE, minutes=120, room=RoomWish.SILENT),
    Plan(subject="Lunch", show_as=ShowAs.FREE, minutes=45, location="Canteen"),
    Plan(
        subject="Quarterly planning", colleagues=4, room=RoomWish.APPROVAL, minutes=120, body="<p>Draft attached.</p>"
    ),
    Plan(subject="🚀 Launch rehearsal 🎉", colleagues=2, room=RoomWish.ANY, minutes=30),
    Plan(subject="Sprint demo", fate=Fate.CANCELLED_BY_COLLEAGUE, minutes=45),
    Plan(subject="Working from home", days=1, show_as=ShowAs.WORKING_ELSEWHERE),
    Plan(subject="اجتماع التخطيط الأسبوعي", colleagues=1, minutes=30),
    Plan(subject="Tokyo sync", zone="Tokyo Standard Time", colleagues=1, minutes=30, is_online=True),
    Plan(subject="Partner workshop", fate=Fate.INVITED_FROM_OUTSIDE, minutes=90, zone="Eastern Standard Time"),
    Plan(subject="<b>Budget</b> & <script>alert(1)</script>", colleagues=1, room=RoomWish.CLOSED),
    Plan(subject="Interview", sensitivity=Sensitivity.CONFIDENTIAL, colleagues=1, guests=1, hides_attendees=True),
    Plan(subject="", minutes=15),
    Plan(subject="Release window", zone="tzone://Microsoft/Utc", minutes=25, colleagues=2),
    Plan(subject="Conference", days=3, show_as=ShowAs.OUT_OF_OFFICE, location="Kongresshaus Zürich"),
    Plan(subject="Night migration", minutes=600, show_as=ShowAs.BUSY, colleagues=1),
    Plan(subject="Gym", sensitivity=Sensitivity.PERSONAL, minutes=50, show_as=ShowAs.FREE),
    Plan(subject="Onboarding: how we work, who does what, and where everything is", colleagues=2, room=RoomWish.ANY),
)

LARGE_MEETING = Plan(
    subject="All hands",
    minutes=60,
    colleagues=60,
    guests=60,
    is_online=True,
    body="<p>Numbers, plans, questions.</p>",
)
LARGE_MEETING_SIZE = 60
