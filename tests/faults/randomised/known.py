"""What members were answered, and what is known to have happened besides: the measure for what is left in the end."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class KnownBooking:
    """A booking as its member was told of it."""

    id: str
    subject: str
    room: str
    """The address of the room that was asked for last."""
    start: datetime
    end: datetime
    guest: str
    is_cancelled: bool = False
    """Its member was told so."""
    is_event_cancelled: bool = False
    is_erased: bool = False
    """Its member disconnected since, or the integration was purged."""
    is_unsure: bool = False
    """A change was refused after a try whose answer was lost: it may have been made or not."""
    is_touched: bool = False
    """Somebody did something to it at the suite, without us."""
    changes: int = 0
    """How often anybody began to change anything about it."""

    @property
    def is_open(self) -> bool:
        return not (self.is_cancelled or self.is_erased)

    @property
    def is_plain(self) -> bool:
        """Whether it must be there, as far as can be known."""
        return self.is_open and not (self.is_touched or self.is_unsure or self.is_event_cancelled)


@dataclass(frozen=True, slots=True)
class Response:
    """What an attendee answered by us, and was told that the suite has it."""

    booking: KnownBooking
    address: str
    answer: str
    at_change: int


@dataclass
class KnownShift:
    """A shift as its member was told of it."""

    id: str
    is_cancelled: bool = False
    is_unsure: bool = False


@dataclass
class Knowledge:
    """Everything that the members of one organisation were answered."""

    bookings: dict[str, KnownBooking] = field(default_factory=dict)
    """By subject; an act's own."""
    responses: dict[tuple[str, str], Response] = field(default_factory=dict)
    """The last one by subject and attendee."""
    removals: dict[str, int] = field(default_factory=dict)
    """How often a room was taken off an event by its owner, by subject."""
    touched: set[str] = field(default_factory=set)
    """The subjects of events to which somebody did something at the suite, perhaps before we had answered."""
    complaints: list[str] = field(default_factory=list)
    """Answers that nothing in the run explains."""

    def touch(self, subject: str) -> None:
        """Somebody does something to this event at the suite."""
        self.touched.add(subject)
        if subject in self.bookings:
            self.bookings[subject].is_touched = True

    def others(self, address: str) -> list[KnownBooking]:
        """Those to which this person is invited."""
        return [one for one in self.bookings.values() if one.guest == address and not one.is_event_cancelled]
