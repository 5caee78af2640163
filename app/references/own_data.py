"""What members say on events: how they attend, and notes for colleagues. Our own data, under the event's reference.

It hangs on the key that stays when an event moves (`Event.lasting_key`), and beside it stands a lead of the mailbox
with whose consent it was said. Nothing is written that was not said on an event just fetched with that consent.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.connections.models import CalendarConnection
from app.errors import ConnectionRequired
from app.references.erasing import erase_unneeded
from app.references.leads import Leads
from app.references.models import EventAttendance, EventNote, EventReference
from app.references.service import ReferenceService
from app.suites.events import Event
from app.suites.protocol import SuiteName

FIRST_LOOK_AFTER = timedelta(days=1)
"""When it is first looked whether an event on which something was said is over: our back-off, not the event's time."""
JITTER = 0.1
_ATTEMPTS = 3

Write = Callable[[CalendarConnection], Awaitable[None]]
"""What is done with the connection as it is now, its row locked: `member_id` is whose word it is."""


class OwnData:
    """Writes down what members say on events, and erases what they take back; `random` gives numbers from 0 to 1."""

    def __init__(self, references: ReferenceService, leads: Leads, *, random: Callable[[], float]) -> None:
        self._references = references
        self._leads = leads
        self._random = random

    async def set_attendance(
        self, connection: CalendarConnection, suite: SuiteName, event: Event, in_person: bool | None
    ) -> None:
        """How the connection's member attends; None takes it back. Raises ConnectionRequired."""

        async def write(present: CalendarConnection) -> None:
            if in_person is None:
                await self._take_back(EventAttendance, "member_id", present, suite, event)
                return
            reference = await self._reference(present, suite, event)
            mine = EventAttendance.of(present.organisation_id).filter(
                event_reference_id=reference.id, member_id=present.member_id
            )
            if not await mine.update(in_person=in_person):
                await EventAttendance.create(
                    organisation_id=present.organisation_id,
                    event_reference_id=reference.id,
                    member_id=present.member_id,
                    in_person=in_person,
                )

        await _alone(connection, write)

    async def set_note(self, connection: CalendarConnection, suite: SuiteName, event: Event, text: str | None) -> None:
        """What the connection's member notes for colleagues; None takes it back. Raises ConnectionRequired."""

        async def write(present: CalendarConnection) -> None:
            if text is None:
                await self._take_back(EventNote, "author_id", present, suite, event)
                return
            reference = await self._reference(present, suite, event)
            organisation_id = present.organisation_id
            mine = EventNote.of(organisation_id).filter(event_reference_id=reference.id, author_id=present.member_id)
            note = await mine.first()
            note_id = uuid4() if note is None else note.id
            sealed = self._references.seal_note(organisation_id, note_id, text)
            if note is not None:
                await mine.update(text=sealed, updated_at=clock.now())
                return
            await EventNote.create(
                id=note_id,
                organisation_id=organisation_id,
                event_reference_id=reference.id,
                author_id=present.member_id,
                text=sealed,
                updated_at=clock.now(),
            )

        await _alone(connection, write)

    async def _reference(self, connection: CalendarConnection, suite: SuiteName, event: Event) -> EventReference:
        """The event's reference with a lead to it, to be looked at from now on."""
        organisation_id, key = connection.organisation_id, event.lasting_key
        reference = (await self._references.event_references(organisation_id, suite, [key]))[key]
        await self._leads.keep(connection, reference, event)
        wait = FIRST_LOOK_AFTER * (1 + JITTER * self._random())
        row = EventReference.of(organisation_id).filter(id=reference.id)
        # A look that is under way judged without this: what it found is not written down.
        await row.update(closed_at=None, look_claimed_until=None)
        await row.filter(next_look_at__isnull=True).update(next_look_at=clock.now() + wait, look_attempts=0)
        return reference

    async def _take_back(
        self,
        model: type[EventAttendance] | type[EventNote],
        owner: str,
        connection: CalendarConnection,
        suite: SuiteName,
        event: Event,
    ) -> None:
        """This member's word goes, and with it what then nobody needs."""
        organisation_id, key = connection.organisation_id, event.lasting_key
        key_hash = self._references.event_hash(organisation_id, suite, key)
        reference_id = (await self._references.find_event_references(organisation_id, [key_hash])).get(key_hash)
        if reference_id is None:
            return
        await (
            model.of(organisation_id).filter(event_reference_id=reference_id, **{owner: connection.member_id}).delete()
        )
        if not await _said_anything(organisation_id, reference_id, connection.member_id):
            await self._leads.drop(connection, reference_id)
            await erase_unneeded(organisation_id, [reference_id])


async def _said_anything(organisation_id: UUID, reference_id: UUID, member_id: UUID) -> bool:
    attendances = EventAttendance.of(organisation_id).filter(event_reference_id=reference_id, member_id=member_id)
    notes = EventNote.of(organisation_id).filter(event_reference_id=reference_id, author_id=member_id)
    return await attendances.exists() or await notes.exists()


async def _alone(connection: CalendarConnection, write: Write) -> None:
    """In a transaction that holds the connection's row, so that what one member says twice at once becomes one.

    Tried again where a colleague's disconnecting takes the reference away at that moment. Raises ConnectionRequired
    where the connection itself is gone.
    """
    for attempt in range(_ATTEMPTS):
        try:
            async with in_transaction():
                rows = CalendarConnection.of(connection.organisation_id).filter(id=connection.id)
                present = await rows.select_for_update(no_key=True).first()
                if present is None:
                    raise ConnectionRequired
                await write(present)
                return
        except IntegrityError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")
