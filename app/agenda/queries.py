"""The statements that an agenda costs, each asked once whatever the number of events.

The one about people stands in `app.agenda.people`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.agenda.asking import Row, as_uuid, ask
from app.agenda.values import Colleague
from app.bookings.status import BookingReason, BookingState
from app.rooms.models import Room

_ROOM_FIELDS = {column: Room._meta.fields_map[field] for field, column in Room._meta.fields_db_projection.items()}
_ROOM_COLUMNS = ", ".join(f"room.{column}" for column in _ROOM_FIELDS)

_ROOMS_WITH_BOOKINGS = f"""
SELECT {_ROOM_COLUMNS},
       NULL AS key_hash, NULL AS event_reference_id, NULL AS booking_id, NULL AS member_id,
       NULL AS state, NULL AS reason
  FROM room
 WHERE room.organisation_id = <1> AND room.address IN <2> AND room.removed_at IS NULL
UNION ALL
SELECT {_ROOM_COLUMNS}, reference.key_hash, reference.id, booking.id, booking.member_id, booking.state, booking.reason
  FROM event_reference reference
  JOIN room_booking booking ON booking.event_reference_id = reference.id AND booking.live_slot = 1
  JOIN room ON room.id = booking.room_id
 WHERE reference.organisation_id = <1> AND reference.key_hash IN <3>
UNION ALL
SELECT {_ROOM_COLUMNS}, reference.key_hash, reference.id, booking.id, booking.member_id, occurrence.state,
       occurrence.reason
  FROM event_reference reference
  JOIN booking_occurrence occurrence ON occurrence.event_reference_id = reference.id
  JOIN room_booking booking ON booking.id = occurrence.booking_id AND booking.live_slot = 1
  JOIN room ON room.id = COALESCE(occurrence.room_id, booking.room_id)
 WHERE reference.organisation_id = <1> AND reference.key_hash IN <3> AND occurrence.state <> 'CANCELLED'
"""  # noqa: S608  # column names of our own model

_OWN_DATA = """
SELECT reference.key_hash, reference.id AS event_reference_id, attendance.in_person, NULL AS note_id, NULL AS text,
       member.id AS member_id, member.name, member.address
  FROM event_reference reference
  JOIN event_attendance attendance ON attendance.event_reference_id = reference.id
  JOIN member ON member.id = attendance.member_id
 WHERE reference.organisation_id = <1> AND reference.key_hash IN <2>
UNION ALL
SELECT reference.key_hash, reference.id, NULL, note.id, note.text, member.id, member.name, member.address
  FROM event_reference reference
  JOIN event_note note ON note.event_reference_id = reference.id
  JOIN member ON member.id = note.author_id
 WHERE reference.organisation_id = <1> AND reference.key_hash IN <2>
"""


@dataclass(frozen=True, slots=True)
class BookedRoom:
    """A room booked through us for one event or occurrence."""

    room: Room
    event_reference_id: UUID
    booking_id: UUID
    member_id: UUID
    state: BookingState
    reason: BookingReason | None


@dataclass(frozen=True, slots=True)
class RoomsAndBookings:
    """The organisation's rooms by address, and what is booked by the event's hash."""

    by_address: Mapping[str, Room]
    booked: Mapping[str, Sequence[BookedRoom]]


NO_ROOMS = RoomsAndBookings({}, {})


@dataclass(frozen=True, slots=True)
class OwnDatum:
    """One attendance (`in_person` is set) or one note (`sealed_note` is set) of a colleague."""

    event_reference_id: UUID
    member: Colleague
    in_person: bool | None
    note_id: UUID | None
    sealed_note: bytes | None


NO_DATA: Mapping[str, Sequence[OwnDatum]] = {}


async def rooms_with_bookings(
    organisation_id: UUID, addresses: Collection[str], key_hashes: Collection[str]
) -> RoomsAndBookings:
    """Rooms with these addresses, and live bookings on events with these hashes; one statement."""
    by_address: dict[str, Room] = {}
    booked: dict[str, list[BookedRoom]] = {}
    for row in await ask(_ROOMS_WITH_BOOKINGS, organisation_id, addresses, key_hashes):
        room = by_address.get(row["address"])
        if room is None:
            room = by_address[row["address"]] = _room(row)
        if row["key_hash"] is not None:
            booked.setdefault(row["key_hash"], []).append(
                BookedRoom(
                    room=room,
                    event_reference_id=as_uuid(row["event_reference_id"]),
                    booking_id=as_uuid(row["booking_id"]),
                    member_id=as_uuid(row["member_id"]),
                    state=BookingState(row["state"]),
                    reason=BookingReason(row["reason"]) if row["reason"] else None,
                )
            )
    return RoomsAndBookings(by_address, booked)


async def own_data(organisation_id: UUID, key_hashes: Collection[str]) -> Mapping[str, Sequence[OwnDatum]]:
    """Attendances and notes on events with these hashes, by hash, in order of the colleagues' names; one statement."""
    found: dict[str, list[OwnDatum]] = {}
    for row in await ask(_OWN_DATA, organisation_id, key_hashes):
        is_note = row["note_id"] is not None
        found.setdefault(row["key_hash"], []).append(
            OwnDatum(
                event_reference_id=as_uuid(row["event_reference_id"]),
                member=Colleague(as_uuid(row["member_id"]), row["name"], row["address"]),
                in_person=None if is_note else bool(row["in_person"]),
                note_id=as_uuid(row["note_id"]) if is_note else None,
                sealed_note=bytes(row["text"]) if is_note else None,
            )
        )
    for entries in found.values():
        entries.sort(key=lambda entry: (entry.member.name, str(entry.member.member_id)))
    return found


def _room(row: Row) -> Room:
    values = {field.model_field_name: field.to_python_value(row[column]) for column, field in _ROOM_FIELDS.items()}
    return Room.construct(_saved_in_db=True, **values)
