"""One person's Google calendar, with that person's consent."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.suites.events import Calendar, Event, NewEvent, Response, RoomsChange, ScheduleOfAddress
from app.suites.google_workspace.api import GoogleApi
from app.suites.protocol import Watch


class GoogleMailbox:
    """Implements `Mailbox` over Calendar v3."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api

    async def address(self) -> str:
        raise NotImplementedError

    async def calendars(self) -> Sequence[Calendar]:
        raise NotImplementedError

    async def events(self, start: datetime, end: datetime, *, calendar_id: str | None = None) -> Sequence[Event]:
        raise NotImplementedError

    async def event(self, mailbox_id: str) -> Event:
        raise NotImplementedError

    async def occurrences(self, series_mailbox_id: str, start: datetime, end: datetime) -> Sequence[Event]:
        raise NotImplementedError

    async def create(self, event: NewEvent, command_id: UUID) -> Event:
        raise NotImplementedError

    async def find_created(self, command_id: UUID) -> Event | None:
        raise NotImplementedError

    async def change_rooms(self, mailbox_id: str, change: RoomsChange) -> Event:
        raise NotImplementedError

    async def cancel(self, mailbox_id: str, comment: str | None = None) -> None:
        raise NotImplementedError

    async def respond(self, mailbox_id: str, response: Response, comment: str | None = None) -> None:
        raise NotImplementedError

    async def schedules(self, addresses: Sequence[str], start: datetime, end: datetime) -> Sequence[ScheduleOfAddress]:
        raise NotImplementedError

    async def watch(self, callback_url: str, secret: str) -> Watch:
        raise NotImplementedError

    async def renew_watch(self, suite_id: str, callback_url: str, secret: str) -> Watch:
        raise NotImplementedError

    async def unwatch(self, suite_id: str) -> None:
        raise NotImplementedError
