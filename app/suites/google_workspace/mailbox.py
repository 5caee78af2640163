"""One person's Google calendar, with that person's consent.

How Google differs: every copy of an event has the same id and tells what a room answered; an event is found again by
an id that we choose; deleting a copy declines the invitation, so only the organiser's may be deleted; an occurrence is
an event of its own. https://developers.google.com/workspace/calendar/api/concepts . Of the addresses it tells the
account's own alone: the others are the directory's, which a member cannot be asked to open to us.
https://developers.google.com/workspace/admin/directory/v1/guides/manage-user-aliases
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from aiogoogle.resource import Method

from app.suites.errors import (
    ChangedMeanwhile,
    DuplicateCommand,
    InvalidRequest,
    MissingScope,
    NotFound,
    NotOrganiser,
    SuiteUnavailable,
    WorkingLocationsRefused,
)
from app.suites.events import (
    WHOLE,
    Calendar,
    Event,
    EventParts,
    NewEvent,
    NewTime,
    Response,
    RoomsChange,
    ScheduleOfAddress,
)
from app.suites.google_workspace import calendars, mapping, schedules, wire, working_days, writing
from app.suites.google_workspace.api import GoogleApi, Wire, items
from app.suites.google_workspace.building import Parameter
from app.suites.google_workspace.calendars import PRIMARY, located
from app.suites.google_workspace.id_tokens import ADDRESS_FORM
from app.suites.google_workspace.times import Unreadable, utc_text
from app.suites.google_workspace.watches import Watches
from app.suites.protocol import Watch
from app.suites.retries import Deadline
from app.suites.side_by_side import both, side_by_side
from app.suites.windows import MOST_EVENTS, READ_AT_ONCE, Reach, Reading, TooManyEvents
from app.suites.working_days import WorkingDay, WorkingLocation

EVENTS_PAGE = "2500"
ALL_DAY_MARGIN = timedelta(days=1)
"""Google compares all-day events with the window in the calendar's zone: ask for a day more and filter."""
TELL_EVERYBODY = "all"
"""Without it Google changes the event and writes to nobody."""

_T = TypeVar("_T")
Patch = Callable[[Wire, Event], Wire | None]
"""What to write of an event just read; None where it is so already."""


class GoogleMailbox:
    """Implements `Mailbox` over Calendar v3."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api
        self._events = api.calendar.events
        self._watches = Watches(api)

    async def address(self) -> str:
        address = (await self._api.profile(self._api.deadline())).get("email")
        if not isinstance(address, str) or not ADDRESS_FORM.fullmatch(address):
            raise SuiteUnavailable("ProfileWithoutAddress")
        return address.lower()

    async def addresses(self) -> Sequence[str]:
        return [await self.address()]

    async def calendars(self) -> Sequence[Calendar]:
        return await calendars.listed(self._api)

    async def events(
        self,
        start: datetime,
        end: datetime,
        *,
        calendar_id: str | None = None,
        parts: EventParts = WHOLE,
        reach: Reach | None = None,
    ) -> Sequence[Event]:
        parameters: dict[str, Parameter] = {
            "calendarId": calendar_id or PRIMARY,
            "singleEvents": "true",
            "orderBy": "startTime",
            "eventTypes": list(mapping.MEETING_TYPES),
        }
        reading = Reading(start, end, reach)
        asked = _window(parameters, reading.asks_from(ALL_DAY_MARGIN), end + ALL_DAY_MARGIN, wire.list_fields_of(parts))
        if reach is not None:
            asked["maxResults"] = str(READ_AT_ONCE)
        is_whole = await self._read_into(reading, self._events.list, asked, self._api.deadline())
        return reading.told(is_whole=is_whole, completed=mapping.told_apart)

    async def event(self, mailbox_id: str) -> Event:
        return _readable(await self._get(mailbox_id, self._api.deadline()), mailbox_id)

    async def occurrences(self, series_mailbox_id: str, start: datetime, end: datetime) -> Sequence[Event]:
        deadline, where = self._api.deadline(), located(series_mailbox_id)
        reading = Reading(start, end)
        asked = _window(where, start - ALL_DAY_MARGIN, end + ALL_DAY_MARGIN, wire.LIST_FIELDS)
        series, _ = await both(
            self._api.call(self._events.get, deadline, where | {"fields": "etag"}),
            self._read_into(reading, self._events.instances, asked, deadline),
        )
        told_apart = partial(mapping.told_apart, series_version=series.get("etag"))
        return reading.told(is_whole=True, completed=told_apart)

    async def create(self, event: NewEvent, command_id: UUID) -> Event:
        deadline = self._api.deadline()
        body = writing.new_event(event, command_id)
        parameters = {"calendarId": PRIMARY, "sendUpdates": TELL_EVERYBODY, "fields": wire.EVENT_FIELDS}
        if event.online_meeting:
            parameters["conferenceDataVersion"] = "1"
        try:
            made = await self._api.call(self._events.insert, deadline, parameters, body)
        except DuplicateCommand:
            made = await self._made_before(body, command_id, deadline)
        return _readable(made, command_id.hex)

    async def find_created(self, command_id: UUID) -> Event | None:
        try:
            return await self.event(command_id.hex)
        except NotFound:
            return None

    async def change_rooms(self, mailbox_id: str, change: RoomsChange) -> Event:
        return await self._change(mailbox_id, lambda wire, _: writing.rooms_patch(wire, change))

    async def move(self, mailbox_id: str, time: NewTime) -> Event:
        return await self._change(mailbox_id, lambda _, event: writing.time_patch(event, time))

    async def cancel(self, mailbox_id: str, comment: str | None = None) -> None:
        deadline = self._api.deadline()
        try:
            event = _readable(await self._get(mailbox_id, deadline), mailbox_id)
            if not event.is_organiser:
                raise NotOrganiser("organizer.self")
            parameters = located(mailbox_id) | {"sendUpdates": TELL_EVERYBODY}
            await self._api.call(self._events.delete, deadline, parameters)
        except NotFound:
            return

    async def respond(self, mailbox_id: str, response: Response, comment: str | None = None) -> None:
        deadline = self._api.deadline()

        async def attempt() -> None:
            read = await self._get(mailbox_id, deadline, wire.WHOLE_FIELDS)
            event = _readable(read, mailbox_id)
            if event.is_organiser:
                raise InvalidRequest("OrganiserAnswersNobody")
            await self._patch(event, writing.answer_patch(read, response, comment), deadline)

        await _once_more(attempt)

    async def schedules(self, addresses: Sequence[str], start: datetime, end: datetime) -> Sequence[ScheduleOfAddress]:
        deadline = self._api.deadline()
        query = self._api.calendar.freebusy.query
        bodies = schedules.requests(addresses, start, end)
        answers = await side_by_side(*(self._api.call(query, deadline, {}, body) for body in bodies))
        return schedules.schedules(answers, addresses, start, end)

    async def watch(self, callback_url: str, secret: str) -> Watch:
        return await self._watches.start(callback_url, secret)

    async def renew_watch(self, suite_id: str, callback_url: str, secret: str) -> Watch:
        return await self._watches.replace(suite_id, callback_url, secret)

    async def unwatch(self, suite_id: str) -> None:
        await self._watches.stop(suite_id)

    async def working_locations(self, first: date, last: date) -> Sequence[WorkingLocation]:
        parameters: dict[str, Parameter] = {
            "calendarId": PRIMARY,
            "singleEvents": "true",
            "eventTypes": [working_days.EVENT_TYPE],
        }
        start, end = (datetime.combine(day, time(), UTC) for day in (first, last + ALL_DAY_MARGIN))
        asked = _window(parameters, start - ALL_DAY_MARGIN, end + ALL_DAY_MARGIN, working_days.LIST_FIELDS)
        try:
            pages = [page async for page in self._api.pages(self._events.list, self._api.deadline(), asked)]
        except (InvalidRequest, MissingScope, NotFound) as error:
            raise WorkingLocationsRefused(error.provider_code, correlation=error.correlation) from None
        wires = [item for page in pages for item in items(page)]
        return working_days.locations(wires, pages[0].get("timeZone"), first, last)

    async def write_working_day(self, day: WorkingDay, command_id: UUID) -> None:
        deadline, where = self._api.deadline(), {"calendarId": PRIMARY, "fields": "id"}
        try:
            try:
                await self._api.call(self._events.insert, deadline, where, working_days.new_day(day, command_id))
            except (InvalidRequest, MissingScope):  # an edition without working locations
                await self._api.call(self._events.insert, deadline, where, working_days.ordinary_day(day, command_id))
        except DuplicateCommand:
            return

    async def remove_working_day(self, command_id: UUID) -> None:
        try:
            await self._api.call(self._events.delete, self._api.deadline(), located(command_id.hex))
        except NotFound:
            return

    async def _read_into(
        self, reading: Reading, method: Method, asked: Mapping[str, Parameter], deadline: Deadline
    ) -> bool:
        """Read a list's pages, each as it comes so that none is kept; whether it was read to its end.

        Raises TooManyEvents.
        """
        told, time_zone = 0, None
        async with aclosing(self._api.event_pages(method, deadline, asked)) as pages:
            async for page in pages:
                told, time_zone = told + len(page.items), time_zone or page.time_zone
                if told > MOST_EVENTS:
                    raise TooManyEvents
                if reading.take(mapping.readable_events(page.items, str(asked["calendarId"]), time_zone)):
                    return False
        return True

    async def _get(self, mailbox_id: str, deadline: Deadline, fields: str = wire.EVENT_FIELDS) -> Wire:
        """One event as Google has it. Raises NotFound, also for one that is cancelled."""
        read = await self._api.call(self._events.get, deadline, located(mailbox_id) | {"fields": fields})
        if mapping.is_cancelled(read):
            raise NotFound("cancelled")
        return read

    async def _change(self, mailbox_id: str, patch_of: Patch) -> Event:
        deadline = self._api.deadline()

        async def attempt() -> Event:
            read = await self._get(mailbox_id, deadline, wire.WHOLE_FIELDS)
            event = _readable(read, mailbox_id)
            if not event.is_organiser:
                raise NotOrganiser("organizer.self")
            patch = patch_of(read, event)
            return event if patch is None else await self._patch(event, patch, deadline)

        return await _once_more(attempt)

    async def _patch(self, event: Event, patch: Wire, deadline: Deadline) -> Event:
        parameters = located(event.mailbox_id) | {"sendUpdates": TELL_EVERYBODY, "fields": wire.EVENT_FIELDS}
        try:
            changed = await self._api.call(self._events.patch, deadline, parameters, patch, if_match=event.version)
        except DuplicateCommand as error:  # somebody else's change at the very same moment
            raise ChangedMeanwhile(error.provider_code) from None
        return _readable(changed, event.mailbox_id)

    async def _made_before(self, body: Wire, command_id: UUID, deadline: Deadline) -> Wire:
        """The event of an earlier try of the same command. Raises DuplicateCommand where it was another one.

        Raises NotFound where it was deleted since, which is for ever: Google takes no id twice.
        """
        made = await self._get(command_id.hex, deadline)
        if mapping.content_of(made) != mapping.content_of(body):
            raise DuplicateCommand("duplicate")
        return made


async def _once_more(attempt: Callable[[], Awaitable[_T]]) -> _T:
    """A change under the version just read; somebody's answer may come between, but not twice."""
    try:
        return await attempt()
    except ChangedMeanwhile:
        return await attempt()


def _readable(wire: Wire, mailbox_id: str) -> Event:
    try:
        return mapping.event(wire, located(mailbox_id)["calendarId"])
    except Unreadable:
        raise SuiteUnavailable("UnreadableEvent") from None


def _window(where: Mapping[str, Parameter], start: datetime, end: datetime, fields: str) -> dict[str, Parameter]:
    """What a list is asked for: whatever touches the window."""
    return {
        **where,
        "timeMin": utc_text(start),
        "timeMax": utc_text(end),
        "maxResults": EVENTS_PAGE,
        "fields": fields,
    }
