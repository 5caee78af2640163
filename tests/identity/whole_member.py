"""A member of whom there is something in every table that can hold something of a member."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from app import clock
from app.audit.models import AuditOrigin
from app.audit.origin import Origin, acting_from
from app.bookings.models import BookingIntent, BookingOccurrence, IntentState, RoomBooking
from app.bookings.status import BookingState
from app.buildings.models import Building
from app.connections.models import AuthorisationFlow, FlowPurpose, MailboxWatch, WatchStatus
from app.identity.aliases import replace_aliases
from app.identity.inviting import InvitingService
from app.identity.models import IdempotencyRecord, Invitation, Member, Role
from app.integrations.models import Integration
from app.keys import token_hash
from app.notifications.models import NotificationKind
from app.notifications.service import notify
from app.references.models import EventAttendance, EventNote
from app.rooms.models import RoomSync, RoomSyncState
from app.shifts.models import EntryState, Shift, ShiftEntry, WorkKind
from app.shifts.spans import Slot
from tests.bookings.house import House, make_event
from tests.buildings.making import make_building
from tests.support.people import make_member, principal_of

NOTE = "Bring the Marigold charts"
ALIAS = "a.marigold.vos@tidewater.example"
TOKEN_NAME = "Marigold kiosk"
NETWORK_ADDRESS, COLLEAGUES_ADDRESS = "203.0.113.77", "198.51.100.4"
DAY = date(2031, 6, 2)


@dataclass
class WholeMember:
    """The member, a colleague who administers, and the shell of who turned out to be the member."""

    house: House
    member: Member
    colleague: Member
    shell: Member
    building: Building
    bearer: str


async def make_whole_member(house: House) -> WholeMember:
    """The house's member with all that they can have, an administrator as a colleague beside them."""
    organisation, member = house.organisation, house.member
    await Member.of(organisation.id).filter(id=member.id).update(role=Role.SUBSCRIPTION_ADMINISTRATOR)
    await member.refresh_from_db()
    colleague = await make_member(organisation, "Noor Bakker", role=Role.SUBSCRIPTION_ADMINISTRATOR)
    shell = await make_member(organisation, "Ada Marigold")
    await Member.of(organisation.id).filter(id=shell.id).update(merged_into_id=member.id)
    building = await make_building(organisation.id)
    whole = WholeMember(house, member, colleague, shell, building, "")
    with acting_from(Origin(AuditOrigin.SESSION, NETWORK_ADDRESS)):
        for fill in (_credentials, _calendar, _words, _shifts, _invitations, _acts):
            await fill(whole)
    return whole


async def _credentials(whole: WholeMember) -> None:
    stack, principal = whole.house.stack, principal_of(whole.member)
    await stack.sessions.create(whole.member)
    created = await stack.access_tokens.create(principal, TOKEN_NAME, timedelta(days=7), "k")
    whole.bearer = created.token or ""
    await AuthorisationFlow.create(
        organisation_id=whole.member.organisation_id,
        member_id=whole.member.id,
        integration_id=whole.house.integration.id,
        suite=whole.house.integration.suite,
        purpose=FlowPurpose.CONNECT_CALENDAR,
        ticket_hash=token_hash("ticket"),
        state_hash=token_hash("state"),
        scopes=["Calendars.ReadWrite"],
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=10),
    )
    await replace_aliases(whole.member.organisation_id, whole.member.id, [ALIAS])


async def _calendar(whole: WholeMember) -> None:
    house, organisation_id = whole.house, whole.member.organisation_id
    await house.book(await house.room())
    booking = await RoomBooking.of(organisation_id).get()
    await BookingOccurrence.create(
        organisation_id=organisation_id,
        booking_id=booking.id,
        event_reference_id=booking.event_reference_id,
        mailbox_reference_id=booking.mailbox_reference_id,
        state=BookingState.PENDING,
        state_since=clock.now(),
    )
    await MailboxWatch.create(
        organisation_id=organisation_id,
        connection_id=house.connection.id,
        status=WatchStatus.RUNNING,
        secret_hash=token_hash("secret"),
        created_at=clock.now(),
        next_attempt_at=clock.now() + timedelta(days=1),
    )
    record = await IdempotencyRecord.of(organisation_id).filter(member_id=whole.member.id).first()
    assert record is not None
    if not await BookingIntent.of(organisation_id).exists():
        await BookingIntent.create(
            organisation_id=organisation_id,
            connection_id=house.connection.id,
            record_id=record.id,
            room_ids=[],
            state=IntentState.DONE,
            created_at=clock.now(),
        )
    await notify(
        organisation_id,
        whole.member.id,
        NotificationKind.ROOM_REJECTED,
        subject_id=booking.id,
        occasion=f"room-rejected/{booking.id}",
        room_id=booking.room_id,
    )


async def _words(whole: WholeMember) -> None:
    """On an event of their own, and on one that the colleague refers to as well."""
    house, organisation_id = whole.house, whole.member.organisation_id
    event = make_event()
    [reference] = (await house.references.of_events(house.connection, house.stack.suite.name, [event])).values()
    await EventAttendance.create(
        organisation_id=organisation_id,
        event_reference_id=reference.event.id,
        member_id=whole.member.id,
        in_person=True,
    )
    note_id = uuid4()
    await EventNote.create(
        id=note_id,
        organisation_id=organisation_id,
        event_reference_id=reference.event.id,
        author_id=whole.member.id,
        text=house.references.seal_note(organisation_id, note_id, NOTE),
        updated_at=clock.now(),
    )


async def _shifts(whole: WholeMember) -> None:
    own = await make_shift(whole.member, whole.building)
    await make_shift(whole.colleague, whole.building, booked_by_id=whole.member.id)
    await ShiftEntry.create(
        organisation_id=own.organisation_id,
        connection_id=whole.house.connection.id,
        shift_id=own.id,
        command_id=uuid4(),
        state=EntryState.WRITTEN,
        created_at=clock.now(),
    )


async def make_shift(member: Member, building: Building, **values: Any) -> Shift:
    """At the office, the whole day."""
    start = datetime(DAY.year, DAY.month, DAY.day, 6, tzinfo=UTC)
    return await Shift.create(
        organisation_id=member.organisation_id,
        member_id=member.id,
        kind=WorkKind.AT_OFFICE,
        building_id=building.id,
        date=DAY,
        slot=Slot.WHOLE_DAY,
        starts_at=start,
        ends_at=start + timedelta(hours=10),
        time_zone="Europe/Amsterdam",
        last_change_id=uuid4(),
        created_at=clock.now(),
        **values,
    )


async def _invitations(whole: WholeMember) -> None:
    house, principal = whole.house, principal_of(whole.member)
    inviting = InvitingService(house.stack.keys, public_url=house.stack.settings.public_url)
    with acting_from(Origin(AuditOrigin.SESSION, COLLEAGUES_ADDRESS)):
        await inviting.invite(principal_of(whole.colleague), Role.MEMBER, whole.member.id, "to them")
        first = await inviting.invite(
            principal_of(whole.colleague), Role.SUBSCRIPTION_ADMINISTRATOR, None, "how they came"
        )
    await inviting.invite(principal, Role.MEMBER, None, "open")
    taken = await inviting.invite(principal, Role.MEMBER, None, "taken")
    used = Invitation.of(whole.member.organisation_id).filter(id=taken.row.id)
    await used.update(used_at=clock.now(), used_by_id=whole.colleague.id)
    theirs = Invitation.of(whole.member.organisation_id).filter(id=first.row.id)
    await theirs.update(used_at=clock.now(), used_by_id=whole.member.id)


async def _acts(whole: WholeMember) -> None:
    """What they began, and what the audit log says of them."""
    organisation_id, house = whole.member.organisation_id, whole.house
    mine = {"started_by_id": whole.member.id, "enabled_by_id": whole.member.id}
    await Integration.of(organisation_id).update(**mine)
    await RoomSync.create(
        organisation_id=organisation_id,
        integration_id=house.integration.id,
        requested_by_id=whole.member.id,
        state=RoomSyncState.SUCCEEDED,
        created_at=clock.now(),
    )
