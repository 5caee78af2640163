"""Growing quiet: everything is put right, and time passes until nothing that is due is left undone."""

import asyncio
from datetime import datetime, timedelta

from app.events_bus.bus import MessageKind
from app.jobs.queue import QueueDispatch
from tests.faults.randomised.machines import until_ready
from tests.faults.randomised.trouble import Stage

STEPS = (
    timedelta(minutes=4),  # what those who were killed had claimed is free again
    timedelta(minutes=8),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=27),
    timedelta(minutes=3),
)
"""Past every claim, every pause after a failure, the last look for an event that was never made, and the day's look."""
SETTLING_SECONDS = 60
LOOK_SECONDS = 0.25
QUIET_LOOKS = 3
"""So many times in a row nothing is due."""
A_LITTLE = timedelta(seconds=1)
"""What became due just now is no sign of unrest: pending rooms are asked after every few seconds."""
DUE = {
    "bookings": """SELECT count(*) FROM room_booking b JOIN calendar_connection c ON c.id = b.connection_id
        JOIN integration i ON i.id = c.integration_id WHERE b.closed_at IS NULL AND b.next_check_at <= $1
        AND c.status = 'CONNECTED' AND i.status = 'ENABLED'""",
    "intents": """SELECT count(*) FROM booking_intent b JOIN calendar_connection c ON c.id = b.connection_id
        JOIN integration i ON i.id = c.integration_id WHERE b.state = 'OPEN' AND b.next_check_at <= $1
        AND b.created_at <= $1 - interval '3 minutes' AND c.status = 'CONNECTED' AND i.status = 'ENABLED'""",
    "watches": "SELECT count(*) FROM mailbox_watch WHERE next_attempt_at <= $1",
    "shift entries": """SELECT count(*) FROM shift_entry s JOIN calendar_connection c ON c.id = s.connection_id
        JOIN integration i ON i.id = c.integration_id WHERE s.next_try_at <= $1
        AND c.status = 'CONNECTED' AND i.status = 'ENABLED'""",
    "room syncs": "SELECT count(*) FROM room_sync WHERE open_slot IS NOT NULL AND $1::timestamptz IS NOT NULL",
    "purges": "SELECT count(*) FROM integration WHERE retained_until <= $1",
}
CLAIMS = {
    "bookings": "room_booking.claimed_until",
    "intents": "booking_intent.claimed_until",
    "watches": "mailbox_watch.claimed_until",
    "shift entries": "shift_entry.claimed_until",
    "room syncs": "room_sync.claimed_until",
    "event looks": "event_reference.look_claimed_until",
    "refreshes": "calendar_connection.refresh_lock_until",
}


class NeverQuietError(AssertionError):
    """Something that was due stayed undone; the message says what."""


async def grow(stage: Stage) -> None:
    """Returns once everything is done. Raises NeverQuietError."""
    await stage.sandbox.control("DELETE", "faults")
    for control in ("graph", "google"):
        await stage.sandbox.control("PATCH", f"{control}/delivery", {})
    await until_ready(stage.servers)
    dispatch = QueueDispatch(stage.redis.url)
    try:
        for step in STEPS:
            await stage.advance(step)
            await _settle(stage, dispatch)
    finally:
        await dispatch.close()


async def _settle(stage: Stage, dispatch: QueueDispatch) -> None:
    quiet = 0
    undone: dict[str, int] = {}
    try:
        async with asyncio.timeout(SETTLING_SECONDS):
            while quiet < QUIET_LOOKS:
                await dispatch.wake(MessageKind.JOBS_DUE)
                await asyncio.sleep(LOOK_SECONDS)
                undone = await unrest(stage)
                quiet = 0 if undone else quiet + 1
    except TimeoutError:
        raise NeverQuietError(f"after {SETTLING_SECONDS} s there are still {undone}") from None


async def unrest(stage: Stage) -> dict[str, int]:
    """What is due and what is claimed just now, and how much of it."""
    now = stage.clock.now()
    found = {f"{name} due": await _count(stage, statement, now - A_LITTLE) for name, statement in DUE.items()}
    for name, column in CLAIMS.items():
        table, _, field = column.partition(".")
        found[f"{name} claimed"] = await _count(stage, f"SELECT count(*) FROM {table} WHERE {field} > $1", now)  # noqa: S608  # names from above
    return {name: count for name, count in found.items() if count}


async def _count(stage: Stage, statement: str, moment: datetime) -> int:
    [row] = await stage.postgresql.query(statement, moment)
    return int(row[0])
