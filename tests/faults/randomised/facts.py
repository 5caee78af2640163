"""What is left in the end, on both sides: the rows of the database, opened as only the product can, and the suites."""

import base64
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.executor import EXECUTOR_CACHE

from app.bookings.models import RoomBooking
from app.database import engine
from app.keys import Keys, Vault
from app.references.service import ReferenceService
from tests.faults.randomised.houses import Fate
from tests.faults.randomised.known import KnownBooking
from tests.faults.randomised.run import Home, Run
from tests.faults.randomised.suites import Item, TrueEvent, Truth
from tests.support.server import KEYS

SECRET_KEY = base64.b64decode(KEYS["HYBRID_MEETINGS_SECRET_KEY"])
_KEY_ID, _, _KEY = KEYS["HYBRID_MEETINGS_ENCRYPTION_KEYS"].partition(":")
VAULT = Vault(((_KEY_ID, base64.b64decode(_KEY)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRow:
    """A booking as the database has it, with the suite's id of its event."""

    id: UUID
    member: str
    state: str
    reason: str | None
    state_since: datetime
    room: str
    event_id: str
    command: str | None
    """The command by which the suite made its event."""
    is_closed: bool

    def __str__(self) -> str:
        standing = f"{self.state} ({self.reason}) since {self.state_since:%m-%d %H:%M:%S.%f}"
        return f"{self.member} {self.room} {self.id} event {self.event_id[-12:]}: {standing}"


@dataclass
class HomeFacts:
    """One organisation's."""

    home: Home
    organisation_id: UUID
    truth: Truth
    items: Mapping[str, Sequence[Item]]
    """What lies in each member's calendar."""
    bookings: Sequence[BookingRow]
    rejections: Mapping[UUID, Sequence[datetime]]
    """When members were told that a room said no, by booking."""

    @property
    def name(self) -> str:
        return self.home.house.company.name

    @property
    def has_ended(self) -> bool:
        return self.home.house.fate is Fate.ENDS

    def event(self, event_id: str) -> TrueEvent | None:
        """With its rooms; None where it is gone, or has none."""
        return next((event for event in self.truth.events if event_id in event.ids), None)

    def item(self, row: BookingRow) -> Item | None:
        """The booking's event in its organiser's calendar; None where it is gone."""
        own = self.items[row.member]
        return next((one for one in own if row.event_id in one.ids or row.command == one.command), None)

    def known_of(self, row: BookingRow) -> KnownBooking | None:
        """What its member was told of it; None where they were never answered."""
        known = self.home.knowledge.bookings.values()
        return next((one for one in known if not one.is_erased and self.row_id(one.id) == row.id), None)

    def row_id(self, booking_id: str) -> UUID:
        """What an id that a client has stands for."""
        return row_id(self.organisation_id, booking_id)


@dataclass
class Facts:
    """Everything."""

    run: Run
    homes: Sequence[HomeFacts]


def row_id(organisation_id: UUID, id_: str) -> UUID:
    """The row that a client's id names."""
    _, raw = Keys(SECRET_KEY).open_id(organisation_id, id_)
    return UUID(bytes=raw)


async def gathered(run: Run) -> Facts:
    """Read everything once."""
    bookings = await _bookings(run)
    rejections: dict[UUID, list[datetime]] = defaultdict(list)
    told = "SELECT subject_id, created_at FROM notification WHERE kind = 'ROOM_REJECTED'"
    for row in await run.stage.postgresql.query(told):
        rejections[row["subject_id"]].append(row["created_at"])
    organisations = await run.stage.postgresql.query("SELECT id, name FROM organisation")
    ids = {row["name"]: row["id"] for row in organisations}
    homes = []
    for home in run.homes:
        organisation_id = ids[home.house.company.name]
        items = {address: await home.side.items(address) for address in home.house.member_addresses()}
        homes.append(
            HomeFacts(home, organisation_id, await home.side.truth(), items, bookings[organisation_id], rejections)
        )
    return Facts(run, homes)


async def _bookings(run: Run) -> Mapping[UUID, list[BookingRow]]:
    """Of each organisation."""
    references = ReferenceService(VAULT, Keys(SECRET_KEY))
    found: dict[UUID, list[BookingRow]] = defaultdict(list)
    EXECUTOR_CACHE.clear()  # Tortoise keeps statements by table name, in whichever dialect came first
    commands = await _commands(run)
    async with engine.database(run.stage.postgresql.url):
        for row in await RoomBooking.all().select_related("room", "mailbox_reference", "connection"):
            found[row.organisation_id].append(_row(row, references, commands.get(row.id)))
    EXECUTOR_CACHE.clear()
    return found


async def _commands(run: Run) -> Mapping[UUID, str]:
    """By the booking that came of it."""
    statement = "SELECT i.id, r.result_ids FROM booking_intent i JOIN idempotency_record r ON r.id = i.record_id"
    found = await run.stage.postgresql.query(statement)
    return {UUID(result): row["id"].hex for row in found for result in json.loads(row["result_ids"] or "[]")}


def _row(row: Any, references: ReferenceService, command: str | None) -> BookingRow:
    return BookingRow(
        id=row.id,
        member=row.connection.address,
        state=row.state.value,
        reason=row.reason.value if row.reason else None,
        state_since=row.state_since,
        room=row.room.address,
        event_id=references.open(row.mailbox_reference),
        command=command,
        is_closed=row.closed_at is not None,
    )
