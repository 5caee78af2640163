"""Going on without a key that is lost for good.

What it sealed stays as it is, in case the key turns up, and is not waited for any more. Members whose consent is among
it are asked to connect again, which is all that mends that; a note is left out, a watch is made anew, and a booking
whose reference does not open cannot be looked at any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from app import clock
from app.connections.models import CalendarConnection, ConnectionStatus
from app.connections.standing import StandingKeeper
from app.errors import InvalidInput
from app.events_bus.bus import EventsBus
from app.keyring.columns import SEALED_COLUMNS, SealedColumn
from app.keyring.models import KeyProof
from app.keyring.proofs import ENCRYPTION
from app.keys import Vault
from app.suites.errors import ReconnectReason, ReconnectRequired

_BATCH = 200
_CREDENTIALS = SEALED_COLUMNS[0]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What was sealed under the key."""

    left: Mapping[SealedColumn, int]
    """How many values of each column, where there are any."""
    to_reconnect: int
    """So many members were asked to connect again."""


async def give_up(key_id: str, vault: Vault, bus: EventsBus) -> GivenUp:
    """Have no server wait for this key. Raises InvalidInput where the key is at hand, or nothing is sealed under it."""
    if key_id in vault.key_ids:
        raise InvalidInput("id", f"The key {key_id} is in HYBRID_MEETINGS_ENCRYPTION_KEYS: nothing has to be given up.")
    counts = {column: await column.under(key_id).count() for column in SEALED_COLUMNS}
    left = {column: count for column, count in counts.items() if count}
    if not left:
        raise InvalidInput("id", f"Nothing is sealed under a key {key_id}.")
    now, name = clock.now(), ENCRYPTION + key_id
    fresh = KeyProof(id=uuid4(), name=name, proof=None, created_at=now)
    await KeyProof.bulk_create([fresh], ignore_conflicts=True)
    await KeyProof.filter(name=name).update(given_up_at=now)
    return GivenUp(left, await _ask_to_reconnect(key_id, bus))


async def _ask_to_reconnect(key_id: str, bus: EventsBus) -> int:
    standing, asked = StandingKeeper(bus), 0
    after: UUID | None = None
    while values := await _CREDENTIALS.page(_CREDENTIALS.under(key_id), after, _BATCH):
        after = values[-1].row_id
        for value in values:
            connection = await CalendarConnection.of(value.place.organisation).get_or_none(id=value.row_id)
            if connection is not None and not _is_asked(connection):
                await standing.record(connection, ReconnectRequired(ReconnectReason.EXPIRED, "KeyGivenUp"))
                asked += _is_asked(connection)
    return asked


def _is_asked(connection: CalendarConnection) -> bool:
    return connection.status is ConnectionStatus.RECONNECT_REQUIRED
