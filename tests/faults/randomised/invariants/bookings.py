"""The suite and we agree on every booking and every event."""

from collections import Counter
from collections.abc import Sequence

from tests.faults.randomised.facts import BookingRow, Facts, HomeFacts


async def true(facts: Facts) -> Sequence[str]:
    """Each open booking stands as its room stands at the suite."""
    lines = []
    for home in facts.homes:
        for row in home.bookings:
            expected = _expected(home, row)
            if not row.is_closed and row.state != expected:
                lines.append(f"{row}, at the suite {expected}")
    return lines


def _expected(home: HomeFacts, row: BookingRow) -> str:
    event = home.event(row.event_id)
    if event is not None and not event.is_cancelled:
        return event.rooms.get(row.room, "REJECTED")
    item = home.item(row)
    # Without any room it does not stand among the bookings.
    return "CANCELLED" if item is None or item.is_gone else "REJECTED"


async def complete(facts: Facts) -> Sequence[str]:
    """Each event that we made has a booking, and each act made one."""
    lines = []
    for home in facts.homes:
        if home.has_ended:
            continue  # what it had made stays at the suite
        known_to_us = {row.event_id for row in home.bookings} | {row.command for row in home.bookings}
        for member in home.home.members:
            own = [item for item in home.items[member.address] if member.number_of(item.subject) is not None]
            counted = Counter(item.subject for item in own)
            lines += [f"{subject}: {count} events" for subject, count in counted.items() if count > 1]
            for item in own:
                number = member.number_of(item.subject) or 0
                is_given_up = number <= member.disconnected_at
                if not item.is_gone and not {item.command, *item.ids} & known_to_us and not is_given_up:
                    lines.append(f"{item.subject}: its event has no booking")
    return lines
