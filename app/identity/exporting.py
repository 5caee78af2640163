"""Writing out everything that is kept of a member: for themselves, or by the operator for whoever cannot sign in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol, TypeVar
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.audit import persons as audit_log
from app.audit import service as audit
from app.audit.models import AuditAction
from app.bookings.models import BookingOccurrence, RoomBooking
from app.connections.models import AuthorisationFlow, CalendarConnection
from app.identity import member_data
from app.identity.belongings import Person, person, rows_of
from app.identity.member_data import InvitationPart, MemberData
from app.identity.models import (
    AccessToken,
    IdempotencyRecord,
    Identity,
    Invitation,
    Member,
    MemberAlias,
    Organisation,
    Session,
)
from app.identity.roles import member_of_own
from app.notifications.models import Notification
from app.references.models import EventAttendance, EventNote
from app.rooms.models import Room
from app.shifts.models import EntryState, Shift, ShiftEntry

T = TypeVar("T")


class _Notes(Protocol):
    def open_note(self, organisation_id: UUID, note_id: UUID, sealed: bytes) -> str | None: ...


class MemberDataService:
    """Collects it, in as many queries as there are kinds of it."""

    def __init__(self, notes: _Notes) -> None:
        self._notes = notes

    async def of(self, organisation_id: UUID, member_id: UUID) -> MemberData:
        """Everything of this member. Raises NotFound where they are none, or were merged into another."""
        member = await member_of_own(organisation_id, member_id)
        organisation = await Organisation.get(id=organisation_id)
        who = await person(member)
        room_names = await _room_names(who)
        return MemberData(
            created_at=clock.now(),
            organisation=organisation.name,
            profile=_copied(member_data.Profile, member),
            former_profiles=await _former(who),
            accounts=[_copied(member_data.Account, row) for row in await _of(who, Identity)],
            aliases=[row.address for row in await rows_of(who, MemberAlias, "member_id").order_by("address")],
            calendars=await _calendars(who),
            bookings=await _bookings(who, room_names),
            attendances=[
                _copied(member_data.Attendance, row) for row in await rows_of(who, EventAttendance, "member_id")
            ],
            notes=[self._note(row) for row in await rows_of(who, EventNote, "author_id").order_by("updated_at")],
            shifts=await _shifts(who),
            notifications=[_told(row, room_names) for row in await _of(who, Notification)],
            sessions=[_copied(member_data.SignIn, row) for row in await _of(who, Session)],
            access_tokens=[_copied(member_data.Token, row) for row in await _of(who, AccessToken)],
            invitations=await _invitations(who),
            visits=[_copied(member_data.Visit, row) for row in await _of(who, AuthorisationFlow)],
            idempotency_keys=[_copied(member_data.KeyUse, row) for row in await _of(who, IdempotencyRecord)],
            acts=[
                _copied(member_data.RecordedAct, entry)
                for entry in await audit_log.acts_of(organisation_id, who.member_ids)
            ],
        )

    async def handed_out(self, member: Member) -> MemberData:
        """As `of`, by the operator; the audit log says so. Raises NotFound."""
        async with in_transaction():
            await audit.record(
                member.organisation_id, AuditAction.MEMBER_DATA_EXPORTED, actor_id=None, target_id=member.id
            )
            return await self.of(member.organisation_id, member.id)

    def _note(self, row: EventNote) -> member_data.Note:
        return _copied(member_data.Note, row, text=self._notes.open_note(row.organisation_id, row.id, row.text))


def _copied(record: Callable[..., T], row: Any, **others: Any) -> T:
    """The record with the row's columns of the same names, but for what is given."""
    names = {field.name for field in fields(record)}  # type: ignore[arg-type]  # every record is a dataclass
    return record(**{name: getattr(row, name) for name in names - others.keys()}, **others)


async def _of(who: Person, model: type[Any]) -> Sequence[Any]:
    """The member's own rows, the oldest first."""
    rows: Sequence[Any] = await rows_of(who, model, "member_id").order_by("created_at", "id")
    return rows


async def _former(who: Person) -> Sequence[member_data.FormerProfile]:
    shells = Member.of(who.organisation_id).filter(id__in=list(who.member_ids[1:])).order_by("created_at", "id")
    return [_copied(member_data.FormerProfile, shell) for shell in await shells]


async def _calendars(who: Person) -> Sequence[member_data.Calendar]:
    rows = rows_of(who, CalendarConnection, "member_id").select_related("integration").order_by("connected_at", "id")
    return [_copied(member_data.Calendar, row, suite=row.integration.suite) for row in await rows]


async def _room_names(who: Person) -> Mapping[UUID, str]:
    """The organisation's rooms by id; those that are removed are named in past bookings."""
    return {room.id: room.name for room in await Room.of(who.organisation_id).only("id", "name")}


async def _bookings(who: Person, rooms: Mapping[UUID, str]) -> Sequence[member_data.Booking]:
    dates: dict[UUID, list[member_data.BookedDate]] = {}
    for row in await rows_of(who, BookingOccurrence, "booking__member_id").order_by("state_since", "id"):
        booked = _copied(member_data.BookedDate, row, room=_name(rooms, row.room_id))
        dates.setdefault(row.booking_id, []).append(booked)
    return [
        _copied(
            member_data.Booking,
            row,
            room=_name(rooms, row.room_id),
            requested_room=_name(rooms, row.requested_room_id),
            wanted_room=_name(rooms, row.wanted_room_id),
            dates=dates.get(row.id, []),
        )
        for row in await _of(who, RoomBooking)
    ]


def _name(rooms: Mapping[UUID, str], room_id: UUID | None) -> str | None:
    return None if room_id is None else rooms.get(room_id)


async def _shifts(who: Person) -> Sequence[member_data.ShiftRecord]:
    entries = rows_of(who, ShiftEntry, "connection__member_id").exclude(state=EntryState.TO_WRITE)
    shown = {entry.shift_id for entry in await entries}
    rows = rows_of(who, Shift, "member_id").select_related("building", "floor", "area").order_by("starts_at", "id")
    return [
        _copied(
            member_data.ShiftRecord,
            row,
            building=row.building.name if row.building else None,
            floor=row.floor.name if row.floor else None,
            area=row.area.name if row.area else None,
            booked_by_another=row.booked_by_id is not None,
            is_shown_in_calendar=row.id in shown,
        )
        for row in await rows
    ]


def _told(row: Notification, rooms: Mapping[UUID, str]) -> member_data.Told:
    return _copied(member_data.Told, row, room=_name(rooms, row.room_id), former_room=_name(rooms, row.former_room_id))


async def _invitations(who: Person) -> Sequence[member_data.InvitationRecord]:
    parts = (
        (InvitationPart.SENT, "invited_by_id"),
        (InvitationPart.RECEIVED, "member_id"),
        (InvitationPart.TAKEN, "used_by_id"),
    )
    found: list[member_data.InvitationRecord] = []
    for part, path in parts:
        found.extend(_records(await rows_of(who, Invitation, path).order_by("created_at", "id"), part))
    return found


def _records(rows: Iterable[Invitation], part: InvitationPart) -> Iterable[member_data.InvitationRecord]:
    return (_copied(member_data.InvitationRecord, row, part=part) for row in rows)
