"""Which parts of its events an agenda is asked for: no suite and no statement is asked for what nobody reads."""

from collections.abc import Set
from enum import StrEnum

from app.suites.events import EventPart, EventParts


class AgendaPart(StrEnum):
    """A part of an event that is fetched for whoever needs it; the rest is cheap and always there."""

    ATTENDEES = "ATTENDEES"
    """The people invited, as the suite knows them."""
    MEMBERS = "MEMBERS"
    """Which of the people are colleagues, and which are strangers."""
    WHEREABOUTS = "WHEREABOUTS"
    """Where the people, and whoever organises, work at the time."""
    ROOMS = "ROOMS"
    """The rooms, with ours and what was booked through us."""
    OWN_DATA = "OWN_DATA"
    """What colleagues said of the event: how they attend, and their notes."""
    RESPONSE = "RESPONSE"
    """The viewer's own answer."""
    LOCATION = "LOCATION"
    """The place in words."""
    ONLINE_MEETING = "ONLINE_MEETING"
    WEB_URL = "WEB_URL"
    BODY_PREVIEW = "BODY_PREVIEW"


AgendaParts = Set[AgendaPart]
EVERYTHING: AgendaParts = frozenset(AgendaPart)

_OF_SUITE = {
    AgendaPart.ATTENDEES: EventPart.INVITED,
    AgendaPart.MEMBERS: EventPart.INVITED,
    AgendaPart.ROOMS: EventPart.INVITED,
    AgendaPart.RESPONSE: EventPart.RESPONSE,
    AgendaPart.LOCATION: EventPart.LOCATION,
    AgendaPart.ONLINE_MEETING: EventPart.ONLINE_MEETING,
    AgendaPart.WEB_URL: EventPart.WEB_URL,
    AgendaPart.BODY_PREVIEW: EventPart.BODY_PREVIEW,
}


def of_suite(parts: AgendaParts) -> EventParts:
    """What the suite has to tell for these parts.

    Whereabouts alone are the organiser's: who organises is always told.
    """
    return frozenset(_OF_SUITE[part] for part in parts if part in _OF_SUITE)
