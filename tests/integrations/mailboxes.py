"""Mailboxes that pass calls on to another and misbehave in one way."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from uuid import UUID

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
from app.suites.protocol import Mailbox, Watch
from app.suites.windows import Reach
from app.suites.working_days import WorkingDay, WorkingLocation


class PassOn:
    """Implements `Mailbox` by another mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def address(self) -> str:
        return await self._mailbox.address()

    async def addresses(self) -> Sequence[str]:
        return await self._mailbox.addresses()

    async def calendars(self) -> Sequence[Calendar]:
        return await self._mailbox.calendars()

    async def events(
        self,
        start: datetime,
        end: datetime,
        *,
        calendar_id: str | None = None,
        parts: EventParts = WHOLE,
        reach: Reach | None = None,
    ) -> Sequence[Event]:
        return await self._mailbox.events(start, end, calendar_id=calendar_id, parts=parts, reach=reach)

    async def event(self, mailbox_id: str) -> Event:
        return await self._mailbox.event(mailbox_id)

    async def occurrences(self, series_mailbox_id: str, start: datetime, end: datetime) -> Sequence[Event]:
        return await self._mailbox.occurrences(series_mailbox_id, start, end)

    async def create(self, event: NewEvent, command_id: UUID) -> Event:
        return await self._mailbox.create(event, command_id)

    async def find_created(self, command_id: UUID) -> Event | None:
        return await self._mailbox.find_created(command_id)

    async def change_rooms(self, mailbox_id: str, change: RoomsChange) -> Event:
        return await self._mailbox.change_rooms(mailbox_id, change)

    async def move(self, mailbox_id: str, time: NewTime) -> Event:
        return await self._mailbox.move(mailbox_id, time)

    async def cancel(self, mailbox_id: str, comment: str | None = None) -> None:
        await self._mailbox.cancel(mailbox_id, comment)

    async def respond(self, mailbox_id: str, response: Response, comment: str | None = None) -> None:
        await self._mailbox.respond(mailbox_id, response, comment)

    async def schedules(self, addresses: Sequence[str], start: datetime, end: datetime) -> Sequence[ScheduleOfAddress]:
        return await self._mailbox.schedules(addresses, start, end)

    async def watch(self, callback_url: str, secret: str) -> Watch:
        return await self._mailbox.watch(callback_url, secret)

    async def renew_watch(self, suite_id: str, callback_url: str, secret: str) -> Watch:
        return await self._mailbox.renew_watch(suite_id, callback_url, secret)

    async def unwatch(self, suite_id: str) -> None:
        await self._mailbox.unwatch(suite_id)

    async def working_locations(self, first: date, last: date) -> Sequence[WorkingLocation]:
        return await self._mailbox.working_locations(first, last)

    async def write_working_day(self, day: WorkingDay, command_id: UUID) -> None:
        await self._mailbox.write_working_day(day, command_id)

    async def remove_working_day(self, command_id: UUID) -> None:
        await self._mailbox.remove_working_day(command_id)


class WhileAddressIsAsked(PassOn):
    """Something else happens while the suite thinks about the profile."""

    def __init__(self, mailbox: Mailbox, happening: Callable[[], Awaitable[object]]) -> None:
        super().__init__(mailbox)
        self._happening = happening

    async def address(self) -> str:
        await self._happening()
        return await super().address()


class NeverTellsEvents(PassOn):
    """The suite never answers for events."""

    async def events(
        self,
        start: datetime,
        end: datetime,
        *,
        calendar_id: str | None = None,
        parts: EventParts = WHOLE,
        reach: Reach | None = None,
    ) -> Sequence[Event]:
        await asyncio.Event().wait()
        raise AssertionError("waited for ever")


class NeverTellsEventsOf(PassOn):
    """The suite never answers for one person's events."""

    def __init__(self, mailbox: Mailbox, whose: str) -> None:
        super().__init__(mailbox)
        self._whose = whose

    async def events(
        self,
        start: datetime,
        end: datetime,
        *,
        calendar_id: str | None = None,
        parts: EventParts = WHOLE,
        reach: Reach | None = None,
    ) -> Sequence[Event]:
        if await self.address() == self._whose:
            await asyncio.Event().wait()
        return await super().events(start, end, calendar_id=calendar_id, parts=parts, reach=reach)


class RemembersWatches(PassOn):
    """Which watches were started and stopped, and where they were to report."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__(mailbox)
        self.callback_urls: list[str] = []
        self.running: set[str] = set()

    async def watch(self, callback_url: str, secret: str) -> Watch:
        watch = await super().watch(callback_url, secret)
        self.callback_urls.append(callback_url)
        self.running.add(watch.suite_id)
        return watch

    async def unwatch(self, suite_id: str) -> None:
        await super().unwatch(suite_id)
        self.running.remove(suite_id)
