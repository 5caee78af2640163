"""Merging: one person who is two members here becomes one, in one transaction.

What is theirs moves to the member who survives. Who was emptied stays as a shell that nobody is any more: it keeps what
is history, such as its entries of the audit log, and leads on to the survivor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import F

from app.bookings.models import RoomBooking
from app.connections.models import CalendarConnection
from app.database.tenancy import OrganisationModel
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.identity import credentials, roles
from app.identity.models import Identity, Invitation, Member, MemberAlias, Role
from app.identity.roles import RoleChange
from app.integrations.models import Integration
from app.notifications.models import Notification
from app.references.models import EventAttendance, EventNote
from app.rooms.carriers import tell_of_carrier
from app.rooms.models import RoomSync
from app.shifts import entries
from app.shifts import merging as shift_merging
from app.shifts.models import Shift
from app.shifts.preferences import come_with_the_calendar
from app.shifts.sharing_choice import keep_the_narrower_word

MOVED: tuple[tuple[type[OrganisationModel], str], ...] = (
    (CalendarConnection, "member_id"),
    (Identity, "member_id"),
    (RoomBooking, "member_id"),
    (Notification, "member_id"),
    (EventAttendance, "member_id"),
    (EventNote, "author_id"),
    (Shift, "member_id"),
    (Shift, "booked_by_id"),
    (MemberAlias, "member_id"),
    (Invitation, "member_id"),
    (Invitation, "invited_by_id"),
    (Integration, "started_by_id"),
    (Integration, "enabled_by_id"),
    (RoomSync, "requested_by_id"),
    (Member, "merged_into_id"),
)
"""What leads to the survivor from now on. Connections come first: a booking made at this moment waits for them."""


class CannotBeMerged(Exception):
    """Both have something that one member has only once; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Two members are one, and this has to be told."""

    survivor: Member
    emptied: Member
    ended_credentials: Sequence[UUID]
    connections: Sequence[CalendarConnection]
    role_change: RoleChange | None


async def merge(emptied: Member, survivor: Member) -> Merged:
    """Move what is the one's to the other. Call in a transaction, with `roles.one_at_a_time` held.

    Raises CannotBeMerged, and then the caller's transaction goes too.
    """
    organisation_id = survivor.organisation_id
    await _lock(emptied, survivor)
    await _require_one_connection(emptied, survivor)
    await _drop_what_both_were_told(emptied, survivor)
    await _drop_what_both_said(emptied, survivor)
    await shift_merging.make_way(emptied, survivor)
    await keep_the_narrower_word(emptied, survivor)
    await come_with_the_calendar(emptied, survivor)
    role_change = None
    if emptied.role is Role.SUBSCRIPTION_ADMINISTRATOR:
        role_change = await roles.change_role(survivor, emptied.role, actor_id=survivor.id)
    for model, field in MOVED:
        await model.of(organisation_id).filter(**{field: emptied.id}).update(**{field: survivor.id})
    await shift_merging.own_what_was_booked_for_oneself(survivor)
    ended = await credentials.revoke_all(organisation_id, emptied.id)
    await Member.of(organisation_id).filter(id=emptied.id).update(merged_into_id=survivor.id, role=Role.MEMBER)
    return Merged(
        survivor=survivor,
        emptied=emptied,
        ended_credentials=ended,
        connections=await CalendarConnection.of(organisation_id).filter(member_id=survivor.id),
        role_change=role_change,
    )


async def announce(bus: EventsBus, merged: Merged) -> None:
    """Close the sockets of who is nobody any more, and tell the survivor what is theirs; call after the transaction."""
    for credential_id in merged.ended_credentials:
        await credentials.announce_revoked(bus, merged.emptied.id, credential_id)
    if merged.role_change is not None:
        await roles.announce(bus, merged.role_change)
    topic = member_topic(merged.survivor.id)
    for connection in merged.connections:
        await bus.publish(topic, Message(MessageKind.CONNECTION_CHANGED, connection.id))
        await tell_of_carrier(bus, connection)
    await entries.announce(bus)


async def _lock(emptied: Member, survivor: Member) -> None:
    """In the order of whoever signs in (member, identity) and of whoever stores a consent (integration, connection)."""
    organisation_id = survivor.organisation_id
    both = Member.of(organisation_id).filter(id__in=[emptied.id, survivor.id])
    await both.order_by("id").select_for_update(no_key=True)
    await Integration.of(organisation_id).order_by("id").select_for_update()
    both_connections = CalendarConnection.of(organisation_id).filter(member_id__in=[emptied.id, survivor.id])
    await both_connections.order_by("id").select_for_update()
    # Whoever holds one of these bookings as it was would tell somebody who is nobody any more: let them look again.
    await RoomBooking.of(organisation_id).filter(member_id=emptied.id).update(version=F("version") + 1)


async def _require_one_connection(emptied: Member, survivor: Member) -> None:
    """A member has one under each integration: two consents cannot both be the survivor's."""
    rows = CalendarConnection.of(survivor.organisation_id)
    theirs = await rows.filter(member_id=emptied.id).values_list("integration_id", flat=True)
    own = await rows.filter(member_id=survivor.id).values_list("integration_id", flat=True)
    if not set(theirs).isdisjoint(own):
        raise CannotBeMerged


async def _drop_what_both_said(emptied: Member, survivor: Member) -> None:
    """Of what both said on one event one word stays: how the survivor attends, and the newer of the notes."""
    attendances = EventAttendance.of(survivor.organisation_id)
    own_events = {row.event_reference_id for row in await attendances.filter(member_id=survivor.id)}
    for attendance in await attendances.filter(member_id=emptied.id):
        if attendance.event_reference_id in own_events:
            await attendance.delete()
    notes = EventNote.of(survivor.organisation_id)
    own_notes = {note.event_reference_id: note for note in await notes.filter(author_id=survivor.id)}
    for note in await notes.filter(author_id=emptied.id):
        own = own_notes.get(note.event_reference_id)
        if own is not None:
            await (own if own.updated_at < note.updated_at else note).delete()


async def _drop_what_both_were_told(emptied: Member, survivor: Member) -> None:
    """One member is told of an occasion once."""
    rows = Notification.of(survivor.organisation_id)
    told = {notification.occasion for notification in await rows.filter(member_id=survivor.id)}
    for notification in await rows.filter(member_id=emptied.id):
        if notification.occasion in told:
            await rows.filter(id=notification.id).delete()
