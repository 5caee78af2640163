"""One calendar: whose it is, who may do what with it, and the copies of meetings that lie in it.

https://developers.google.com/workspace/calendar/api/concepts/events-calendars
"""

from dataclasses import dataclass, field
from enum import StrEnum

from app.sandbox.google.calendars.shelf import Shelf


class AccessRole(StrEnum):
    """What somebody may do with a calendar, from nothing to everything."""

    NONE = "none"
    FREE_BUSY_READER = "freeBusyReader"
    READER = "reader"
    WRITER_WITHOUT_PRIVATE_ACCESS = "writerWithoutPrivateAccess"
    WRITER = "writer"
    OWNER = "owner"

    def reaches(self, other: "AccessRole") -> bool:
        """Whether this role may all that ``other`` may."""
        order = list(AccessRole)
        return order.index(self) >= order.index(other)


@dataclass(slots=True, kw_only=True, eq=False)
class StoredCalendar:
    """A person's primary calendar, a secondary one, or a room's.

    ``id`` is the address of a person or room, and ``c_…@group.calendar.google.com`` for secondary calendars.
    ``owner_sub`` is None for a room, whose ``resource_email`` is its ``id``; ``grants`` says by address who else may
    what, and ``colleagues_may`` what everybody of the same customer may.
    """

    id: str
    owner_sub: str | None
    customer_id: str | None
    summary: str
    time_zone: str
    is_primary: bool = False
    resource_email: str | None = None
    colleagues_may: AccessRole = AccessRole.NONE
    grants: dict[str, AccessRole] = field(default_factory=dict)
    shelf: Shelf = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.time_zone)

    def empty(self) -> None:
        """Lose every event without telling anyone."""
        for copy in self.shelf.all():
            copy.meeting.copies.pop(self.id, None)
        self.shelf = Shelf(self.time_zone)

    @property
    def is_room(self) -> bool:
        """Whether this is the calendar of a resource."""
        return self.resource_email is not None
