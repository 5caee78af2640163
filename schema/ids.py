"""Opaque ids and cursors: typed, sealed for one organisation, the same at every read.

An id says nothing to a client, and one that was made up, altered, taken from another organisation or given for
another type is as good as unknown: whoever opens it gets NotFound. An event's id also holds whose mailbox it was read
from, so it is useless to a colleague. So does a cursor: where something stands in somebody's list is for them to know.
"""

from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

from strawberry import ID

from app.errors import NotFound
from app.keys import Keys, SealBroken
from app.paging import foreign_cursor
from app.references.service import event_node, parse_event_node

_UUID_BYTES = 16
_CURSOR = "Cursor"


class NodeKind(StrEnum):
    """The types that have ids, by their names in the schema."""

    MEMBER = "Member"
    INTEGRATION = "Integration"
    EVENT = "Event"
    ROOM = "Room"
    ROOM_BOOKING = "RoomBooking"
    BOOKING_OCCURRENCE = "BookingOccurrence"
    SHIFT = "Shift"
    ACCESS_TOKEN = "AccessToken"  # noqa: S105  # a type's name
    NOTIFICATION = "Notification"
    AUDIT_ENTRY = "AuditEntry"
    BUILDING = "Building"
    FLOOR = "Floor"
    AREA = "Area"


_NOUNS = {
    NodeKind.MEMBER: "member",
    NodeKind.INTEGRATION: "integration",
    NodeKind.EVENT: "event",
    NodeKind.ROOM: "room",
    NodeKind.ROOM_BOOKING: "booking",
    NodeKind.BOOKING_OCCURRENCE: "occurrence of the booking",
    NodeKind.SHIFT: "shift",
    NodeKind.ACCESS_TOKEN: "access token",
    NodeKind.NOTIFICATION: "notification",
    NodeKind.AUDIT_ENTRY: "entry of the audit log",
    NodeKind.BUILDING: "building",
    NodeKind.FLOOR: "floor",
    NodeKind.AREA: "area",
}


class NodeIds:
    """The ids and cursors of one organisation, as one member sees them; most ids look the same to all members."""

    def __init__(self, keys: Keys, organisation_id: UUID, member_id: UUID | Callable[[], UUID]) -> None:
        """`member_id`: that of the viewer, or what tells it, which is asked where it matters only."""
        self._keys = keys
        self._organisation_id = organisation_id
        self._told_member_id = member_id
        self._sealed: dict[tuple[NodeKind, UUID], ID] = {}

    @property
    def _member_id(self) -> UUID:
        told = self._told_member_id
        return told() if callable(told) else told

    def seal(self, kind: NodeKind, row_id: UUID) -> ID:
        """The id of a row of ours."""
        known = self._sealed.get((kind, row_id))
        if known is None:
            known = self._sealed[kind, row_id] = ID(self._keys.seal_id(self._organisation_id, kind, row_id.bytes))
        return known

    def seal_event(self, mailbox_id: str) -> ID:
        """The id of an event in the viewer's own mailbox."""
        raw = event_node(self._member_id, mailbox_id)
        return ID(self._keys.seal_id(self._organisation_id, NodeKind.EVENT, raw))

    def open(self, kind: NodeKind, id_: str) -> UUID:
        """The row that an id of this kind names. Raises NotFound for every other text."""
        found, raw = self._open(id_, _NOUNS[kind])
        if found is not kind or len(raw) != _UUID_BYTES:
            raise NotFound(_NOUNS[kind])
        return UUID(bytes=raw)

    def open_event(self, id_: str) -> str:
        """The viewer's mailbox id of an event. Raises NotFound, for a colleague's event too."""
        noun = _NOUNS[NodeKind.EVENT]
        found, raw = self._open(id_, noun)
        if found is not NodeKind.EVENT:
            raise NotFound(noun)
        member_id, mailbox_id = parse_event_node(raw)
        if member_id != self._member_id:
            raise NotFound(noun)
        return mailbox_id

    def kind_of(self, id_: str) -> NodeKind:
        """What an id of this organisation names. Raises NotFound."""
        return self._open(id_, "object")[0]

    def seal_cursor(self, list_name: str, raw: bytes) -> str:
        """A cursor of one list, as this member reads it."""
        return self._keys.seal_id(self._organisation_id, _CURSOR, self._cursor_prefix(list_name) + raw)

    def open_cursor(self, list_name: str, cursor: str) -> bytes:
        """What a cursor of this list holds. Raises InvalidInput, for a colleague's cursor too."""
        prefix = self._cursor_prefix(list_name)
        try:
            kind, raw = self._keys.open_id(self._organisation_id, cursor)
        except SealBroken:
            kind, raw = "", b""
        if kind != _CURSOR or not raw.startswith(prefix):
            raise foreign_cursor()
        return raw.removeprefix(prefix)

    def _cursor_prefix(self, list_name: str) -> bytes:
        return self._member_id.bytes + f"{list_name}:".encode()

    def _open(self, id_: str, noun: str) -> tuple[NodeKind, bytes]:
        try:
            kind, raw = self._keys.open_id(self._organisation_id, id_)
            return NodeKind(kind), raw
        except (SealBroken, ValueError):
            raise NotFound(noun) from None
