"""What has to be gone is gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.keys import Keys
from app.webhooks.watches import WATCH_SPACE
from tests.faults.randomised.facts import SECRET_KEY, Facts

TABLES = (
    "calendar_connection",
    "mailbox_reference",
    "event_reference",
    "mailbox_watch",
    "booking_intent",
    "room_booking",
    "booking_occurrence",
    "event_attendance",
    "event_note",
    "shift_entry",
)
LONGEST_WATCH = timedelta(days=7, hours=1)


async def nothing_left(facts: Facts) -> Sequence[str]:
    """No credential, reference, watch or booking of the organisation that was purged, and its integration is over."""
    lines = []
    for home in facts.homes:
        if not home.has_ended:
            continue
        for table in TABLES:
            statement = f"SELECT count(*) FROM {table} WHERE organisation_id = $1"  # noqa: S608  # a name from above
            [row] = await facts.run.stage.postgresql.query(statement, home.organisation_id)
            if row[0]:
                lines.append(f"{home.name}: {row[0]} rows of {table}")
        state = "SELECT status, retained_until FROM integration WHERE organisation_id = $1"
        lines += [
            f"{home.name}: its integration is {row['status']} until {row['retained_until']}"
            for row in await facts.run.stage.postgresql.query(state, home.organisation_id)
            if (row["status"], row["retained_until"]) != ("NOT_CONFIGURED", None)
        ]
    return lines


async def watches(facts: Facts) -> Sequence[str]:
    """A watch that the suite could not be told to end is nobody's: it lasts no longer than watches do."""
    keys, now, lines = Keys(SECRET_KEY), facts.run.stage.clock.now(), []
    rows = await facts.run.stage.postgresql.query("SELECT suite_id_hash FROM mailbox_watch")
    ours = {row[0] for row in rows}
    for home in facts.homes:
        for watch in await home.home.side.watches():
            if keys.lookup_hash(WATCH_SPACE, "watch", watch["id"]) in ours:
                continue
            expires = datetime.fromisoformat(watch["expires_at"])
            facts.run.stage.orphans += 1
            if expires > now + LONGEST_WATCH:
                lines.append(f"{home.name} {watch['address']}: {watch['id']} is nobody's until {expires}")
    return lines
