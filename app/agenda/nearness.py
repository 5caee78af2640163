"""In which buildings the people of an event work at its time: where a room for it had best be."""

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

from app.agenda.people import People, people_on
from app.agenda.values import AttendeeLocation
from app.suites.events import Event, Response


async def buildings_of_people(organisation_id: UUID, viewer_id: UUID, dates: Sequence[Event]) -> tuple[str, ...]:
    """Names of these buildings, those with the most people over all dates first, as far as the viewer may see.

    A building's names follow one another: ours, then what the suite's rooms call it besides. Who declined does not
    count, and who organises does. `dates` are the dates of one event, at least one.
    """
    people = await people_on(organisation_id, viewer_id, dates)
    counted = Counter(
        location.building_names for date in dates for location in _places(people, date) if location.building_names
    )
    order = sorted(counted, key=lambda names: (-counted[names], names))
    return tuple(name for names in order for name in names)


def _places(people: People, event: Event) -> Iterator[AttendeeLocation]:
    invited = people.attendees(event)
    for attendee in invited:
        if attendee.attendee.response is not Response.DECLINED:
            yield attendee.location
    host = people.host(event)
    if host is not None and all(attendee.member is not host.colleague for attendee in invited):
        yield people.organiser_location(event)
