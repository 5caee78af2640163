"""Rooms and room lists as an Exchange directory keeps them, and the rules by which each room answers.

Place properties: https://learn.microsoft.com/graph/api/resources/room
Booking rules: https://learn.microsoft.com/powershell/module/exchange/set-calendarprocessing
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class RoomBehaviour(StrEnum):
    """What a room does with a request."""

    AUTO_ACCEPT = "AUTO_ACCEPT"
    """Accepts when it is free and the rules allow it, else declines."""

    SILENT = "SILENT"
    """Lets the request lie, tentatively, and never answers (Exchange: AutoUpdate)."""

    APPROVAL = "APPROVAL"
    """Answers tentatively and waits for a delegate."""

    DECLINE_ALL = "DECLINE_ALL"
    """Nobody may book it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPolicy:
    """Booking rules of one room; the defaults are those of a new room in Exchange Online.

    Whoever may neither book nor request it is declined; a request waits for a delegate, as all do where the behaviour
    is APPROVAL. With both tolerances at 0 one conflict declines a whole series. Above that, a series is accepted while
    its conflicts stay within either, and the conflicting dates are declined one by one. A room that does not enforce
    its horizon accepts a series that reaches beyond the window, keeps only what lies within, and tells nobody.
    """

    behaviour: RoomBehaviour = RoomBehaviour.AUTO_ACCEPT
    booking_window: timedelta = timedelta(days=180)
    enforces_horizon: bool = True
    minimum_duration: timedelta = timedelta()
    maximum_duration: timedelta = timedelta(hours=24)
    only_in_working_hours: bool = False
    all_book_in_policy: bool = True
    book_in_policy: frozenset[str] = frozenset()
    """Addresses in lower case, as below."""
    all_request_in_policy: bool = False
    request_in_policy: frozenset[str] = frozenset()
    allows_conflicts: bool = False
    allows_series: bool = True
    conflict_percentage_allowed: int = 0
    maximum_conflict_instances: int = 0
    released_after: timedelta | None = None
    """How long after the start a room that nobody checked in to is given back; None for never."""

    def tolerates(self, conflicts: int, dates: int) -> bool:
        """Whether a series of so many dates may be accepted in spite of its conflicts: each limit declines alone."""
        if conflicts == 0:
            return True
        if conflicts >= dates:
            return False
        share = conflicts * 100 / dates
        return conflicts <= self.maximum_conflict_instances and share <= self.conflict_percentage_allowed


class BookingType(StrEnum):
    """Whether a room can be booked at all."""

    STANDARD = "standard"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One room with its mailbox address; None wherever nobody filled the directory in. Capacity in people."""

    id: str
    tenant_id: str
    name: str
    address: str
    nickname: str
    time_zone: str
    label: str | None = None
    building: str | None = None
    floor_number: int | None = None
    floor_label: str | None = None
    capacity: int | None = None
    booking_type: BookingType | None = BookingType.STANDARD
    audio_device: str | None = None
    video_device: str | None = None
    display_device: str | None = None
    is_wheelchair_accessible: bool | None = None
    tags: tuple[str, ...] = ()
    street: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomList:
    """A distribution group of rooms: what Outlook shows as a building."""

    id: str
    tenant_id: str
    name: str
    address: str
    rooms: tuple[str, ...]
    city: str | None = None
    country: str | None = None
