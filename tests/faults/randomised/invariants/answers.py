"""What members were answered holds, and what their clients were told is what is so."""

import asyncio
from collections.abc import Iterator, Sequence
from uuid import UUID

from tests.faults.randomised.facts import BookingRow, Facts, HomeFacts, row_id
from tests.faults.randomised.known import KnownBooking
from tests.faults.randomised.run import Run

HEARD_SECONDS = 45
"""Whoever listens looks again every thirty seconds."""
LOOK_SECONDS = 0.5
RESPONSES = {
    "ACCEPT": frozenset({"accepted"}),
    "TENTATIVE": frozenset({"tentativelyAccepted", "tentative"}),
    "DECLINE": frozenset({"declined"}),
}
"""In either suite's words."""
NEVER = frozenset({"INTERNAL", "UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "QUERY_TOO_COSTLY", "RATE_LIMITED"})
"""Errors that no failure around us explains: an outage has a code of its own, and so has the end of our patience."""


async def kept(facts: Facts) -> Sequence[str]:
    """Bookings, their times and rooms, responses and shifts."""
    lines: list[str] = []
    for home in facts.homes:
        if not home.has_ended:
            rows = {row.id: row for row in home.bookings}
            for known in home.home.knowledge.bookings.values():
                if not known.is_erased:
                    row = rows.get(home.row_id(known.id))
                    lines += [f"{known.subject}: {what}" for what in _broken(home, known, row)]
            lines += _broken_responses(home)
        lines += await _broken_shifts(facts, home)
    return lines


def _broken(home: HomeFacts, known: KnownBooking, row: BookingRow | None) -> Iterator[str]:
    if row is None:
        yield "was booked and is not there"
        return
    event = home.event(row.event_id)
    if known.is_cancelled:
        if row.state != "CANCELLED":
            yield f"was cancelled and is {row}"
        if known.is_event_cancelled and event is not None and not event.is_cancelled:
            yield "its event was cancelled and is there"
        return
    if known.is_touched or known.is_unsure:
        return
    if row.state == "CANCELLED":
        yield f"was never cancelled: {row}"
        return
    if row.room != known.room:
        yield f"is of {row.room}, and {known.room} was asked for"
    if event is None:
        yield "its event is gone, or has no room"
    elif (event.start, event.end) != (known.start, known.end):
        yield f"takes place at {event.start}, and was to at {known.start}"


def _broken_responses(home: HomeFacts) -> Sequence[str]:
    lines = []
    for response in home.home.knowledge.responses.values():
        known = response.booking
        if known.changes != response.at_change or known.is_event_cancelled or known.is_touched:
            continue
        items = [item for item in home.items[response.address] if item.subject == known.subject]
        said = {item.answers.get(response.address, "") for item in items} | {item.answers.get("", "") for item in items}
        if response.answer == "DECLINE" and not items:
            continue  # a declined copy leaves the calendar
        if not said & RESPONSES[response.answer]:
            lines.append(f"{known.subject}: {response.address} answered {response.answer}, and it says {said}")
    return lines


async def _broken_shifts(facts: Facts, home: HomeFacts) -> Sequence[str]:
    found = await facts.run.stage.postgresql.query(
        "SELECT id, cancelled_at FROM shift WHERE organisation_id = $1", home.organisation_id
    )
    rows = {row["id"]: row["cancelled_at"] for row in found}
    lines = []
    for member in home.home.members:
        for shift in member.shifts:
            shift_id = home.row_id(shift.id)
            if shift_id not in rows:
                lines.append(f"{member.address}: the shift {shift_id} was booked and is not there")
            elif not shift.is_unsure and shift.is_cancelled != (rows[shift_id] is not None):
                lines.append(f"{member.address}: the shift {shift_id} is cancelled or not, as nobody was answered")
    return lines


async def heard(facts: Facts) -> Sequence[str]:
    """What each client believes of each booking."""
    found = await _unheard(facts.run)
    complaints = [complaint for home in facts.homes for one in home.home.listeners for complaint in one.view.complaints]
    return [*found, *complaints]


async def until_heard(run: Run) -> None:
    """Give the last news some time to arrive."""
    for _ in range(int(HEARD_SECONDS / LOOK_SECONDS)):
        if not await _unheard(run):
            return
        await asyncio.sleep(LOOK_SECONDS)


async def _unheard(run: Run) -> Sequence[str]:
    lines = []
    statement = """SELECT b.id, b.state, b.organisation_id, m.address, b.state_since FROM room_booking b
        JOIN member m ON m.id = b.member_id"""
    rows = await run.stage.postgresql.query(statement)
    for home in run.homes:
        for member, listener in zip(home.members, home.listeners, strict=True):
            mine = [row for row in rows if row["address"] == member.address]
            believed: dict[UUID, str] = {}
            for row in mine[:1]:
                believed = {row_id(row["organisation_id"], id_): s for id_, s in listener.view.states.items()}
            lines += [
                f"{member.address} {row['id']}: {row['state']} since {row['state_since']}, "
                f"and their client was told {believed.get(row['id'])}"
                for row in mine
                if believed.get(row["id"]) != row["state"]
            ]
    return lines


async def explained(facts: Facts) -> Sequence[str]:
    """Errors that are defects, and problems that nobody can have."""
    lines = [complaint for home in facts.homes for complaint in home.home.knowledge.complaints]
    for failure in facts.run.ledger.failures:
        if failure.what in NEVER:
            seconds = failure.at - facts.run.began
            lines.append(f"{failure.operation} at {failure.server} after {seconds:.1f} s: {failure.what}")
    return lines
