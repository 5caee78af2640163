"""One member's agenda: read from the suite with their own consent, joined with what is ours, and kept nowhere."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

from app.agenda.join import AgendaJoin
from app.agenda.pages import AgendaPage, following, known_of_all
from app.agenda.parts import EVERYTHING, AgendaParts, of_suite
from app.agenda.responding import RESPONSE_OF_ANSWER, AnswerScope, RespondToEvent, answered_id
from app.agenda.values import AgendaEvent, AgendaResult, CalendarSelection
from app.connections.models import CalendarConnection
from app.connections.problems import needing
from app.errors import InvalidInput, NotFound, PermissionMissing, ProblemError
from app.identity.principal import Principal
from app.suites import errors as suite_errors
from app.suites.events import Event, EventParts
from app.suites.protocol import CalendarSuite, Mailbox, Purpose, SuiteName
from app.suites.windows import Reach, TooManyEvents, order_of_start
from app.windows import check_window


class ConnectedCalendar(Protocol):
    """A member's working connection and the mailbox it opens."""

    @property
    def connection(self) -> CalendarConnection: ...

    @property
    def mailbox(self) -> Mailbox: ...

    @property
    def suite(self) -> CalendarSuite: ...


class Connections(Protocol):
    """What an agenda needs of the members' connections."""

    async def connected(self, principal: Principal) -> ConnectedCalendar:
        """Raises ConnectionRequired, ReconnectRequired, ConnectionBlocked, IntegrationUnavailable."""
        ...

    def use(self, connection: CalendarConnection) -> AbstractAsyncContextManager[object]:
        """What the suite raises inside becomes a problem in a member's words."""
        ...


@dataclass(slots=True)
class _Window:
    """What the suite is asked for: the half-open window of time, and the parts of each event in it."""

    start: datetime
    end: datetime
    parts: EventParts
    page: AgendaPage | None
    problems: list[ProblemError] = field(default_factory=list)
    """What could not be read."""
    is_whole: bool = True
    """Whether every calendar was read to its end."""

    @property
    def reach(self) -> Reach | None:
        """How much of it is wanted; None: all of it."""
        return None if self.page is None else self.page.reach


class AgendaService:
    """Reads agendas and single events."""

    def __init__(self, connections: Connections, join: AgendaJoin) -> None:
        self._connections = connections
        self._join = join

    async def agenda(
        self,
        principal: Principal,
        start: datetime,
        end: datetime,
        calendars: CalendarSelection = CalendarSelection.DEFAULT,
        *,
        parts: AgendaParts = EVERYTHING,
        page: AgendaPage | None = None,
    ) -> AgendaResult:
        """Every event that overlaps the half-open window (aware instants, at most 62 days), series expanded.

        Parts beside `parts` are neither fetched nor looked up, and where one page is wanted no events beside it. A
        calendar beside the default one that cannot be found or read becomes a problem of the answer. Raises
        InvalidInput, what stands between the member and their calendar, and SuiteUnavailable.
        """
        check_window(start, end)
        calendar = await self._connections.connected(principal)
        window = _Window(start, end, of_suite(parts), page)
        if calendars is CalendarSelection.DEFAULT:
            found = await self._events(calendar, window, None)
        else:
            found = await self._of_all_owned(calendar, window)
        events = found if page is None else following(found, page.request)
        shown = events if page is None else events[: page.request.first]
        joined = await self._join.join(
            principal.organisation_id, principal.member_id, calendar.suite.name, shown, parts
        )
        return AgendaResult(
            joined,
            tuple(window.problems),
            page=page.request if page else None,
            has_next_page=len(events) > len(shown),
            total=len(found) if window.is_whole else None,
        )

    async def event(self, principal: Principal, mailbox_id: str, *, parts: AgendaParts = EVERYTHING) -> AgendaEvent:
        """One event of the member's calendar; what is ours is looked up for these parts alone.

        Raises NotFound and what `agenda` raises of the connection.
        """
        calendar = await self._connections.connected(principal)
        async with self._connections.use(calendar.connection):
            event = await calendar.mailbox.event(mailbox_id)
        return await self.joined(principal, calendar.suite.name, event, parts)

    async def respond(self, principal: Principal, command: RespondToEvent) -> AgendaEvent | None:
        """Answer an invitation; the event as it is now, or None where the suite does not show it any more, or not now.

        Raises NotFound, InvalidInput, EventChanged and what `agenda` raises of the connection.
        """
        comment = command.checked_comment()
        calendar = await self._connections.connected(principal)
        async with self._connections.use(calendar.connection):
            event = await calendar.mailbox.event(command.mailbox_id)
            target = answered_id(event, command.scope)
            try:
                await calendar.mailbox.respond(target, RESPONSE_OF_ANSWER[command.answer], comment)
            except suite_errors.NotFound:
                if command.scope is AnswerScope.SERIES and target != event.mailbox_id:
                    raise InvalidInput("scope", "You are invited to this date alone, not to its series.") from None
                raise
            try:
                after = await calendar.mailbox.event(command.mailbox_id)
            except (suite_errors.NotFound, suite_errors.Retriable):
                return None
        return await self.joined(principal, calendar.suite.name, after)

    async def joined(
        self, principal: Principal, suite: SuiteName, event: Event, parts: AgendaParts = EVERYTHING
    ) -> AgendaEvent:
        """An event that was read with this member's consent elsewhere, with everything that belongs to it."""
        joined = await self._join.join(principal.organisation_id, principal.member_id, suite, [event], parts)
        return joined[0]

    async def _of_all_owned(self, calendar: ConnectedCalendar, window: _Window) -> Sequence[Event]:
        """One call for each owned calendar, side by side; an event in several of them counts once."""
        others, default = await asyncio.gather(
            self._of_others(calendar, window),
            self._events(calendar, window, None),
            return_exceptions=True,
        )
        if isinstance(default, BaseException):
            raise default
        if isinstance(others, BaseException):
            raise others
        found: dict[str, Event] = {}
        for event in known_of_all([default, *others], None if window.is_whole else window.reach):
            known = found.get(event.shared_key)
            if known is None or (event.is_organiser and not known.is_organiser):
                found[event.shared_key] = event
        return order_of_start(found.values())

    async def _of_others(self, calendar: ConnectedCalendar, window: _Window) -> Sequence[Sequence[Event]]:
        """What each owned calendar beside the default one holds; what cannot be read becomes a problem."""
        try:
            async with self._connections.use(calendar.connection):
                with needing(Purpose.OWNED_CALENDARS, calendar.suite, calendar.connection):
                    calendars = await calendar.mailbox.calendars()
        except PermissionMissing as problem:
            window.problems.append(problem)
            return ()
        others = [entry.id for entry in calendars if entry.is_owned and not entry.is_default]
        answers = await asyncio.gather(
            *(self._events(calendar, window, calendar_id) for calendar_id in others), return_exceptions=True
        )
        found: list[Sequence[Event]] = []
        for answer in answers:
            if isinstance(answer, ProblemError):
                window.problems.append(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found.append(answer)
        return found

    async def _events(self, calendar: ConnectedCalendar, window: _Window, calendar_id: str | None) -> Sequence[Event]:
        read = partial(calendar.mailbox.events, window.start, window.end, calendar_id=calendar_id, parts=window.parts)
        async with self._connections.use(calendar.connection):
            try:
                if window.page is None or window.page.counts:
                    try:
                        return await read()
                    except TooManyEvents:
                        if window.page is None:
                            raise
                window.is_whole = False
                return await read(reach=window.reach)
            except suite_errors.NotFound as error:
                raise NotFound("calendar") from error
