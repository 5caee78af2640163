"""One person's calendar in Exchange Online, with that person's consent.

How Microsoft differs: an event id is valid in one mailbox only, so events are matched by `iCalUId`, which differs for
each occurrence; only the organiser's copy tells what a room answered; attendees are replaced as a whole, under the
version just read. https://learn.microsoft.com/graph/api/resources/calendar-overview
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import msgspec

from app import clock
from app.suites.errors import (
    ChangedMeanwhile,
    DuplicateCommand,
    InvalidRequest,
    MissingScope,
    NotFound,
    NotificationsRefused,
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
from app.suites.microsoft365 import mapping, schedules, working_days, writing
from app.suites.microsoft365.graph import Graph, items, path
from app.suites.microsoft365.wire import EVENT_FIELDS, fields_of
from app.suites.protocol import Watch
from app.suites.retries import Deadline
from app.suites.side_by_side import side_by_side
from app.suites.typed import objects
from app.suites.windows import MOST_EVENTS, READ_AT_ONCE, Reach, Reading, TooManyEvents
from app.suites.working_days import WorkingDay, WorkingLocation

EVENTS_PAGE = 500
CALENDARS_PAGE = 100
ALL_DAY_MARGIN = timedelta(days=1)
"""Exchange compares all-day events with the window in a zone of its own: ask for a day more and filter."""
WATCH_LIFETIME = timedelta(days=6)
"""Graph allows just under seven."""
HANDSHAKE_ALLOWANCE = timedelta(seconds=30)
"""Starting a watch waits for two validations of our webhook, ten seconds each at worst."""

_ROOMS_FIELDS = f"{EVENT_FIELDS},locations"
_ACTIONS = {
    Response.ACCEPTED: "accept",
    Response.TENTATIVELY_ACCEPTED: "tentativelyAccept",
    Response.DECLINED: "decline",
}

_T = TypeVar("_T")
Patch = Callable[[mapping.Wire, Event], mapping.Wire | None]
"""What to write of an event just read; None where it is so already."""


class Microsoft365Mailbox:
    """Implements `Mailbox` over Graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def address(self) -> str:
        return _own_address(await self._graph.get("/me", self._graph.deadline()))

    async def addresses(self) -> Sequence[str]:
        fields = {"$select": "mail,userPrincipalName,proxyAddresses"}
        profile = await self._graph.get("/me", self._graph.deadline(), fields)
        return list(dict.fromkeys((_own_address(profile), *_proxy_addresses(profile))))

    async def calendars(self) -> Sequence[Calendar]:
        fields = {"$select": "id,name,isDefaultCalendar,isTallyingResponses,owner"}
        pages = self._graph.pages("/me/calendars", self._graph.deadline(), fields, CALENDARS_PAGE)
        found = [item async for page in pages for item in objects(page)]
        own = next((_owner(item) for item in found if item.get("isDefaultCalendar") is True), None)
        return [
            Calendar(
                id=item["id"],
                name=item["name"] if isinstance(item.get("name"), str) else "",
                is_default=item.get("isDefaultCalendar") is True,
                is_owned=item.get("isDefaultCalendar") is True or (own is not None and _owner(item) == own),
                tracks_responses=item.get("isTallyingResponses") is True,
            )
            for item in found
            if isinstance(item.get("id"), str)
        ]

    async def events(
        self,
        start: datetime,
        end: datetime,
        *,
        calendar_id: str | None = None,
        parts: EventParts = WHOLE,
        reach: Reach | None = None,
    ) -> Sequence[Event]:
        where = "/me/calendarView" if calendar_id is None else path("me", "calendars", calendar_id, "calendarView")
        return await self._expanded(where, start, end, fields_of(parts), reach)

    async def event(self, mailbox_id: str) -> Event:
        return _readable(await self._read(mailbox_id, self._graph.deadline()))

    async def occurrences(self, series_mailbox_id: str, start: datetime, end: datetime) -> Sequence[Event]:
        return await self._expanded(path("me", "events", series_mailbox_id, "instances"), start, end)

    async def create(self, event: NewEvent, command_id: UUID) -> Event:
        body = writing.new_event(event, command_id)
        return _readable(await self._graph.send("POST", "/me/events", self._graph.deadline(), body, idempotent=True))

    async def find_created(self, command_id: UUID) -> Event | None:
        found = mapping.readable_events(await self._made_by(command_id, EVENT_FIELDS, self._graph.deadline()))
        return found[0] if found else None

    async def change_rooms(self, mailbox_id: str, change: RoomsChange) -> Event:
        return await self._change(mailbox_id, lambda wire, _: writing.rooms_patch(wire, change))

    async def move(self, mailbox_id: str, time: NewTime) -> Event:
        return await self._change(mailbox_id, lambda _, event: writing.time_patch(event, time))

    async def cancel(self, mailbox_id: str, comment: str | None = None) -> None:
        deadline = self._graph.deadline()
        where = path("me", "events", mailbox_id)
        try:
            await self._graph.send("POST", f"{where}/cancel", deadline, {"comment": comment or ""}, idempotent=True)
        except NotFound:
            return
        except (InvalidRequest, NotOrganiser):
            # The status is the same for an attendee, for a cancelled event and for one with nobody invited.
            await self._cancel_otherwise(mailbox_id, deadline)

    async def respond(self, mailbox_id: str, response: Response, comment: str | None = None) -> None:
        action = _ACTIONS.get(response)
        if action is None:
            raise InvalidRequest("NotAnAnswer")
        body = {"comment": comment or "", "sendResponse": True}
        where = path("me", "events", mailbox_id, action)
        await self._graph.send("POST", where, self._graph.deadline(), body, idempotent=False)

    async def schedules(self, addresses: Sequence[str], start: datetime, end: datetime) -> Sequence[ScheduleOfAddress]:
        deadline = self._graph.deadline()
        ask = partial(self._ask_schedules, start=start, end=end, deadline=deadline)
        answers = await side_by_side(*(ask(batch) for batch in schedules.batches(addresses)))
        return schedules.schedules([entry for answer in answers for entry in answer], addresses, start, end)

    async def _ask_schedules(
        self, batch: Sequence[str], start: datetime, end: datetime, deadline: Deadline
    ) -> Sequence[object]:
        """What Graph says of these; in smaller calls where it does not take so many at once."""
        body = schedules.request(batch, start, end)
        try:
            return items(await self._graph.send("POST", "/me/calendar/getSchedule", deadline, body, idempotent=True))
        except InvalidRequest as error:
            if error.provider_code != schedules.TOO_MANY or len(batch) <= schedules.DOCUMENTED_BATCH:
                raise
        ask = partial(self._ask_schedules, start=start, end=end, deadline=deadline)
        answers = await side_by_side(*(ask(part) for part in schedules.batches(batch, schedules.DOCUMENTED_BATCH)))
        return [entry for answer in answers for entry in answer]

    async def watch(self, callback_url: str, secret: str) -> Watch:
        body = {
            "changeType": "created,updated,deleted",
            "resource": "me/events",
            "notificationUrl": callback_url,
            "lifecycleNotificationUrl": callback_url,
            "clientState": secret,
            "expirationDateTime": _instant(clock.now() + WATCH_LIFETIME),
        }
        deadline = self._graph.deadline(HANDSHAKE_ALLOWANCE)
        try:
            return _watch(await self._graph.send("POST", "/subscriptions", deadline, body, idempotent=False))
        except (InvalidRequest, MissingScope) as error:
            raise NotificationsRefused(error.provider_code, correlation=error.correlation) from None

    async def renew_watch(self, suite_id: str, callback_url: str, secret: str) -> Watch:
        body = {"expirationDateTime": _instant(clock.now() + WATCH_LIFETIME)}
        where = path("subscriptions", suite_id)
        return _watch(await self._graph.send("PATCH", where, self._graph.deadline(), body, idempotent=True))

    async def unwatch(self, suite_id: str) -> None:
        try:
            await self._graph.send("DELETE", path("subscriptions", suite_id), self._graph.deadline(), idempotent=True)
        except NotFound:
            return

    async def working_locations(self, first: date, last: date) -> Sequence[WorkingLocation]:
        try:
            pages = self._graph.pages(working_days.plan_path(first, last), self._graph.deadline(), {}, None)
            return working_days.locations([item async for page in pages for item in objects(page)], first, last)
        except (InvalidRequest, MissingScope, NotFound) as error:
            raise WorkingLocationsRefused(error.provider_code, correlation=error.correlation) from None

    async def write_working_day(self, day: WorkingDay, command_id: UUID) -> None:
        deadline = self._graph.deadline()
        # How long Exchange remembers a transaction is not told: the property that it keeps is asked first.
        if await self._made_by(command_id, "id", deadline):
            return
        try:
            body = working_days.new_day(day, command_id)
            await self._graph.send("POST", "/me/events", deadline, body, idempotent=True)
        except DuplicateCommand:
            return

    async def remove_working_day(self, command_id: UUID) -> None:
        deadline = self._graph.deadline()
        for made in objects(await self._made_by(command_id, "id", deadline)):
            made_id = made.get("id")
            if isinstance(made_id, str):
                try:
                    await self._graph.send("DELETE", path("me", "events", made_id), deadline, idempotent=True)
                except NotFound:
                    continue

    async def _made_by(self, command_id: UUID, fields: str, deadline: Deadline) -> Sequence[msgspec.Raw]:
        """What bears the command's property, which is one event or none."""
        ours = f"ep/id eq '{writing.COMMAND_PROPERTY}' and ep/value eq '{command_id}'"
        query = {"$filter": f"singleValueExtendedProperties/any(ep: {ours})", "$select": fields, "$top": "2"}
        return await self._graph.listed("/me/events", deadline, query)

    async def _expanded(
        self, where: str, start: datetime, end: datetime, fields: str = EVENT_FIELDS, reach: Reach | None = None
    ) -> list[Event]:
        reading = Reading(start, end, reach)  # pages by offset may repeat an event while the calendar changes
        query = {
            "startDateTime": _instant(reading.asks_from(ALL_DAY_MARGIN)),
            "endDateTime": _instant(end + ALL_DAY_MARGIN),
            "$select": fields,
        }
        if reach is not None:
            query["$orderby"] = "start/dateTime"
        size = EVENTS_PAGE if reach is None else READ_AT_ONCE
        async with aclosing(self._graph.pages(where, self._graph.deadline(), query, size)) as pages:
            async for page in pages:
                if reading.take(mapping.readable_events(page)):
                    return reading.told(is_whole=False)
                if reading.taken > MOST_EVENTS:
                    raise TooManyEvents
        return reading.told(is_whole=True)

    async def _read(self, mailbox_id: str, deadline: Deadline, fields: str = EVENT_FIELDS) -> mapping.Wire:
        return await self._graph.get(path("me", "events", mailbox_id), deadline, {"$select": fields})

    async def _change(self, mailbox_id: str, patch_of: Patch) -> Event:
        """A write under the version just read, once more where that has moved meanwhile."""
        deadline = self._graph.deadline()
        try:
            return await self._change_once(mailbox_id, patch_of, deadline)
        except ChangedMeanwhile:
            # Exchange also moves the version by itself, seconds after a create and at each room's answer.
            return await self._change_once(mailbox_id, patch_of, deadline)

    async def _change_once(self, mailbox_id: str, patch_of: Patch, deadline: Deadline) -> Event:
        wire = await self._read(mailbox_id, deadline, _ROOMS_FIELDS)
        event = _readable(wire)
        if not event.is_organiser:
            raise NotOrganiser("isOrganizer")
        patch = patch_of(wire, event)
        if patch is None:
            return event
        where = path("me", "events", mailbox_id)
        return _readable(
            await self._graph.send("PATCH", where, deadline, patch, idempotent=True, if_match=event.version)
        )

    async def _cancel_otherwise(self, mailbox_id: str, deadline: Deadline) -> None:
        try:
            event = _readable(await self._read(mailbox_id, deadline))
        except NotFound:
            return
        if not event.is_organiser:
            raise NotOrganiser("isOrganizer")
        if event.attendees or event.rooms:
            raise InvalidRequest("CannotCancel")
        try:
            await self._graph.send("DELETE", path("me", "events", mailbox_id), deadline, idempotent=True)
        except NotFound:
            return


def _readable(wire: mapping.Wire) -> Event:
    try:
        return mapping.event(wire)
    except mapping.Unreadable:
        raise SuiteUnavailable("UnreadableEvent") from None


def _watch(wire: mapping.Wire) -> Watch:
    suite_id, expires = wire.get("id"), wire.get("expirationDateTime")
    try:
        if not isinstance(suite_id, str) or not isinstance(expires, str):
            raise ValueError
        moment = datetime.fromisoformat(expires[:19]).replace(tzinfo=UTC)
    except ValueError:
        raise SuiteUnavailable("MalformedBody") from None
    return Watch(suite_id=suite_id, expires_at=moment)


def _own_address(profile: mapping.Wire) -> str:
    for field in ("mail", "userPrincipalName"):
        value = profile.get(field)
        if isinstance(value, str) and value:
            return value.lower()
    raise SuiteUnavailable("ProfileWithoutAddress")


def _proxy_addresses(profile: mapping.Wire) -> Iterator[str]:
    """Those of mail: `SMTP:` marks the main one, `smtp:` the others, beside entries of other kinds of address.

    https://learn.microsoft.com/graph/api/resources/user#properties
    """
    entries = profile.get("proxyAddresses")
    for entry in entries if isinstance(entries, list) else ():
        kind, _, address = entry.partition(":") if isinstance(entry, str) else ("", "", "")
        if kind.lower() == "smtp" and address:
            yield address.lower()


def _owner(calendar: mapping.Wire) -> str | None:
    owner = calendar.get("owner")
    address = owner.get("address") if isinstance(owner, dict) else None
    return address.lower() if isinstance(address, str) else None


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
