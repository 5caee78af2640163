"""Pages of an agenda, which lead on by moments: a cursor names the start of its event, and then the event.

So a page is read from its cursor on, and no further than it goes; an event that was moved or deleted meanwhile leaves
the pages after it as they are. Nothing of a calendar is kept between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.agenda.values import AgendaEvent, AgendaResult
from app.paging import Page, PageRequest, foreign_cursor
from app.suites.events import Event
from app.suites.windows import Reach, first_moment

Place = tuple[datetime, str]
"""Where an event stands among others: by its first moment, then by its id in the mailbox."""


@dataclass(frozen=True, slots=True)
class AgendaPage:
    """The only page of a window that somebody wants to see. Raises InvalidInput for a cursor that is none of ours."""

    request: PageRequest
    counts: bool
    """Whether all events of the window are to be counted, which takes reading all of them."""

    reach: Reach = field(init=False)
    """How much of the window this takes: one event more tells whether there is a next page."""

    def __post_init__(self) -> None:
        after = self.request.after
        reach = Reach(None if after is None else place_named(after)[0], self.request.first + 1)
        object.__setattr__(self, "reach", reach)


def place_of(event: Event) -> Place:
    """Where the event stands."""
    return first_moment(event.start), event.mailbox_id


def place_named(cursor: bytes) -> Place:
    """Where a cursor's event stands, or stood. Raises InvalidInput for one that is none of ours."""
    try:
        moment, mark, mailbox_id = cursor.decode().partition("|")
        named = datetime.fromisoformat(moment)
    except ValueError:
        raise foreign_cursor() from None
    if not mark or named.tzinfo is None:
        raise foreign_cursor()
    return named, mailbox_id


def following(events: Sequence[Event], request: PageRequest) -> Sequence[Event]:
    """Those of some events in order that come after the request's cursor. Raises InvalidInput."""
    if request.after is None:
        return events
    place = place_named(request.after)
    return [event for event in events if place_of(event) > place]


def known_of_all(calendars: Sequence[Sequence[Event]], reach: Reach | None) -> list[Event]:
    """The events of several calendars that were read as far as `reach`, up to where nothing is missing in any of them.

    A calendar that told enough may hold more: of the others nothing counts that begins after its last. So all copies of
    an event are there, or none.
    """
    ends = [] if reach is None else [last for events in calendars if (last := _last_if_enough(events, reach))]
    until = min(ends, default=None)
    return [event for events in calendars for event in events if until is None or first_moment(event.start) <= until]


def _last_if_enough(events: Sequence[Event], reach: Reach) -> datetime | None:
    """When the last of them begins, where they are enough, so that there may be more."""
    moments = [first_moment(event.start) for event in events]
    later = sum(reach.since is None or moment > reach.since for moment in moments)
    return max(moments) if moments and later >= reach.enough else None


def page_of(agenda: AgendaResult, request: PageRequest) -> Page[AgendaEvent]:
    """A page of an agenda: any of a whole one, or the one that it was read for. Raises InvalidInput."""
    shown, has_next = agenda.events, agenda.has_next_page
    if agenda.page is None:
        place = None if request.after is None else place_named(request.after)
        rest = [entry for entry in shown if place is None or place_of(entry.event) > place]
        shown, has_next = rest[: request.first], len(rest) > request.first
    elif agenda.page != request:
        raise ValueError("this agenda was read for another page")
    return Page(
        [(entry, _cursor_of(entry.event)) for entry in shown],
        has_next_page=has_next,
        has_previous_page=request.after is not None,
        total=agenda.total,
    )


def _cursor_of(event: Event) -> bytes:
    moment, mailbox_id = place_of(event)
    return f"{moment.isoformat()}|{mailbox_id}".encode()
