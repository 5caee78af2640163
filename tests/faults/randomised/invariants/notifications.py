"""Members are told of each refusal once."""

from collections.abc import Sequence

from tests.faults.randomised.facts import BookingRow, Facts, HomeFacts


async def once(facts: Facts) -> Sequence[str]:
    """Nobody is told more often than rooms said no, or were taken off."""
    lines = []
    for home in facts.homes:
        for row in home.bookings:
            told, most = len(home.rejections.get(row.id, ())), _refusals(home, row)
            if told > most:
                lines.append(f"{row}: told {told} times of {most}, {home.known_of(row)} {home.event(row.event_id)}")
    twice = "SELECT occasion, count(*) FROM notification GROUP BY member_id, occasion HAVING count(*) > 1"
    lines += [f"told twice: {row[0]}" for row in await facts.run.stage.postgresql.query(twice)]
    return lines


async def all_told(facts: Facts) -> Sequence[str]:
    """Whoever's room says no has been told since it does."""
    return [
        f"{row}: never told so"
        for home in facts.homes
        for row in home.bookings
        if row.state == "REJECTED" and not any(at >= row.state_since for at in home.rejections.get(row.id, ()))
    ]


def _refusals(home: HomeFacts, row: BookingRow) -> int:
    """How often a room of this event newly said no, or was taken off it by somebody else."""
    event = home.event(row.event_id)
    ids = {row.event_id, *(event.ids if event else ())}
    declined = sum(home.truth.declines.get(event_id, 0) for event_id in ids)
    known = home.known_of(row)
    return declined + (home.home.knowledge.removals.get(known.subject, 0) if known else 0)
