"""The statements that an agenda costs, each asked once whatever the number of events.

Plain SQL through Tortoise's connection: lists of thousands of keys travel as one parameter (an array at PostgreSQL, a
JSON text at SQLite, whose number of parameters is limited, https://www.sqlite.org/limits.html#max_variable_number), and
rows of several tables come back together. Every statement takes the organisation first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from tortoise.connection import get_connection

from app.addresses import domain_of
from app.agenda.values import Colleague
from app.bookings.status import BookingReason, BookingState
from app.rooms.models import Room

_Row = Mapping[str, Any]

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

_MEMBERS_WITH_DOMAINS = """
SELECT COALESCE(survivor.id, member.id) AS id, COALESCE(survivor.name, member.name) AS name, member.address,
       NULL AS domain
  FROM member
  LEFT JOIN member survivor ON survivor.id = member.merged_into_id
 WHERE member.organisation_id = <1> AND member.address IN <2>
UNION ALL
SELECT NULL, NULL, NULL, domains.domain
  FROM (SELECT DISTINCT <domain of member.address> AS domain FROM member WHERE member.organisation_id = <1>) domains
"""

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


@dataclass(frozen=True, slots=True)
class MembersAndDomains:
    """The members among the addresses asked for, and the domains of all members' addresses."""

    by_address: Mapping[str, Colleague]
    domains: frozenset[str]

    def is_external(self, address: str) -> bool:
        return address not in self.by_address and domain_of(address) not in self.domains


@dataclass(frozen=True, slots=True)
class OwnDatum:
    """One attendance (`in_person` is set) or one note (`sealed_note` is set) of a colleague."""

    event_reference_id: UUID
    member: Colleague
    in_person: bool | None
    note_id: UUID | None
    sealed_note: bytes | None


async def rooms_with_bookings(
    organisation_id: UUID, addresses: Collection[str], key_hashes: Collection[str]
) -> RoomsAndBookings:
    """Rooms with these addresses, and live bookings on events with these hashes; one statement."""
    by_address: dict[str, Room] = {}
    booked: dict[str, list[BookedRoom]] = {}
    for row in await _ask(_ROOMS_WITH_BOOKINGS, organisation_id, addresses, key_hashes):
        room = by_address.get(row["address"])
        if room is None:
            room = by_address[row["address"]] = _room(row)
        if row["key_hash"] is not None:
            booked.setdefault(row["key_hash"], []).append(
                BookedRoom(
                    room=room,
                    event_reference_id=_uuid(row["event_reference_id"]),
                    booking_id=_uuid(row["booking_id"]),
                    member_id=_uuid(row["member_id"]),
                    state=BookingState(row["state"]),
                    reason=BookingReason(row["reason"]) if row["reason"] else None,
                )
            )
    return RoomsAndBookings(by_address, booked)


async def members_with_domains(organisation_id: UUID, addresses: Collection[str]) -> MembersAndDomains:
    """The members with these addresses, and every domain that members' addresses have; one statement."""
    by_address: dict[str, Colleague] = {}
    domains = set()
    for row in await _ask(_MEMBERS_WITH_DOMAINS, organisation_id, addresses):
        if row["domain"] is not None:
            domains.add(row["domain"])
        else:
            by_address.setdefault(row["address"], Colleague(_uuid(row["id"]), row["name"], row["address"]))
    return MembersAndDomains(by_address, frozenset(domains))


async def own_data(organisation_id: UUID, key_hashes: Collection[str]) -> Mapping[str, Sequence[OwnDatum]]:
    """Attendances and notes on events with these hashes, by hash, in order of the colleagues' names; one statement."""
    found: dict[str, list[OwnDatum]] = {}
    for row in await _ask(_OWN_DATA, organisation_id, key_hashes):
        is_note = row["note_id"] is not None
        found.setdefault(row["key_hash"], []).append(
            OwnDatum(
                event_reference_id=_uuid(row["event_reference_id"]),
                member=Colleague(_uuid(row["member_id"]), row["name"], row["address"]),
                in_person=None if is_note else bool(row["in_person"]),
                note_id=_uuid(row["note_id"]) if is_note else None,
                sealed_note=bytes(row["text"]) if is_note else None,
            )
        )
    for entries in found.values():
        entries.sort(key=lambda entry: (entry.member.name, str(entry.member.member_id)))
    return found


async def _ask(statement: str, organisation_id: UUID, *lists: Collection[str]) -> Sequence[_Row]:
    """Run a statement whose parameters are the organisation (<1>) and lists of text (<2>, <3>)."""
    connection = get_connection("default")
    if connection.capabilities.dialect == "sqlite":
        values: list[Any] = [str(organisation_id), *(orjson.dumps(list(items)).decode() for items in lists)]
        sql = _for_sqlite(statement, len(lists))
    else:
        values = [organisation_id, *(list(items) for items in lists)]
        sql = _for_postgresql(statement, len(lists))
    rows: Sequence[_Row] = await connection.execute_query_dict(sql, values)
    return rows


def _for_sqlite(statement: str, lists: int) -> str:
    sql = statement.replace("<domain of member.address>", "substr(member.address, instr(member.address, '@') + 1)")
    for number in range(2, lists + 2):
        sql = sql.replace(f"IN <{number}>", f"IN (SELECT value FROM json_each(?{number}))")  # noqa: S608  # a number
    return sql.replace("<1>", "?1")


def _for_postgresql(statement: str, lists: int) -> str:
    sql = statement.replace("<domain of member.address>", "split_part(member.address, '@', 2)")
    for number in range(2, lists + 2):
        sql = sql.replace(f"IN <{number}>", f"= ANY(${number}::text[])")
    return sql.replace("<1>", "$1")


def _room(row: _Row) -> Room:
    values = {field.model_field_name: field.to_python_value(row[column]) for column, field in _ROOM_FIELDS.items()}
    return Room.construct(_saved_in_db=True, **values)


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
