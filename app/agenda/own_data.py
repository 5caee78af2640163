"""What a member says on an event of their own calendar: how they attend it, and a note for colleagues.

The event is fetched with the member's consent first, so nobody says anything on what the suite does not show them.
"""

import unicodedata

from app.agenda.join import AgendaJoin
from app.agenda.service import Connections
from app.agenda.values import AgendaEvent
from app.errors import InvalidInput
from app.identity.principal import Principal
from app.references.own_data import OwnData
from app.suites.events import Event, EventStatus

LONGEST_NOTE = 2_000
_BREAKS = "\t\n\r"
_NO_TEXT = {"Cc", "Cs"}
"""Control characters, and halves of surrogate pairs."""


class OwnDataService:
    """Sets what the member says, and reads the event with everything that colleagues said."""

    def __init__(self, connections: Connections, own_data: OwnData, join: AgendaJoin) -> None:
        self._connections = connections
        self._own_data = own_data
        self._join = join

    async def set_attendance(self, principal: Principal, mailbox_id: str, in_person: bool | None) -> AgendaEvent:
        """How the member attends the event, or the date or series of exactly this id; None takes it back.

        Raises NotFound, InvalidInput for a cancelled event, what stands between the member and their calendar, and
        SuiteUnavailable.
        """
        calendar = await self._connections.connected(principal)
        async with self._connections.use(calendar.connection):
            event = await calendar.mailbox.event(mailbox_id)
        if in_person is not None:
            _require_standing(event)
        suite = calendar.suite.name
        await self._own_data.set_attendance(calendar.connection, suite, event, in_person)
        return (await self._join.join(principal.organisation_id, principal.member_id, suite, [event]))[0]

    async def set_note(self, principal: Principal, mailbox_id: str, text: str | None) -> AgendaEvent:
        """The member's note on the event, or the date or series of exactly this id; None or nothing takes it back.

        Raises as `set_attendance`, and InvalidInput for what is no note.
        """
        note = checked_note(text)
        calendar = await self._connections.connected(principal)
        async with self._connections.use(calendar.connection):
            event = await calendar.mailbox.event(mailbox_id)
        if note is not None:
            _require_standing(event)
        suite = calendar.suite.name
        await self._own_data.set_note(calendar.connection, suite, event, note)
        return (await self._join.join(principal.organisation_id, principal.member_id, suite, [event]))[0]


def checked_note(text: str | None) -> str | None:
    """The note as it is kept; None where nothing is left of it. Raises InvalidInput."""
    note = (text or "").strip()
    if len(note) > LONGEST_NOTE:
        raise InvalidInput("text", f"The note is longer than {LONGEST_NOTE:,} characters.", remedy="Shorten it.")
    if any(unicodedata.category(character) in _NO_TEXT and character not in _BREAKS for character in note):
        raise InvalidInput("text", "The note contains a character that is neither text nor a line break.")
    return note or None


def _require_standing(event: Event) -> None:
    if event.status is EventStatus.CANCELLED:
        raise InvalidInput(
            "eventId",
            "This event was cancelled: nobody attends it, and no note on it would be read.",
            remedy="Choose an event that takes place; what you said on this one can still be taken back.",
        )
