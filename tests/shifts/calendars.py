"""A member with shifts and a calendar, asked as a client asks, and the job that keeps the two in step."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from app import clock
from app.buildings.hours import Opening
from app.buildings.models import Building
from app.connections.models import CalendarConnection
from app.identity.principal import Principal
from app.keys import Keys, Vault
from app.shifts.entry_job import ShiftEntries
from app.shifts.models import EntryState, ShiftEntry
from app.suites.events import Weekday
from app.suites.protocol import Mailbox
from app.suites.working_days import WorkingDay
from schema.ids import NodeKind
from tests.bookings.house import Ticker
from tests.buildings.making import make_building
from tests.integrations.mailboxes import PassOn
from tests.schema.world import House, Server, make_house

EVERY_DAY = {weekday: Opening(time(8), time(18)) for weekday in Weekday}
MONDAY = date(2031, 5, 12)
"""Today: the clock stands at nine in London, eleven in Amsterdam."""

PREFERENCES = """
mutation Prefer($input: SetShiftPreferencesInput) {
  setShiftPreferences(input: $input) {
    __typename ... on ShiftPreferencesSet { preferences { suggestFromCalendar showInCalendar } }
  }
}
"""
_BOOK = """
mutation Book($input: BookShiftInput!) {
  bookShift(input: $input) { __typename ... on ShiftsBooked { shifts { id } } ... on Problem { message } }
}
"""
_CHANGE = """
mutation Change($input: ChangeShiftInput!) {
  changeShift(input: $input) { __typename ... on ShiftsChanged { shifts { id } } ... on Problem { message } }
}
"""
_CANCEL = """
mutation Cancel($input: CancelShiftInput!) {
  cancelShift(input: $input) { __typename ... on ShiftsCancelled { shifts { id } } ... on Problem { message } }
}
"""


def day(offset: int) -> date:
    """So many days after today."""
    return MONDAY + timedelta(days=offset)


class Desk:
    """One member, their calendar and a building."""

    def __init__(self, house: House, building: Building) -> None:
        self.house, self.building = house, building
        self.suite = house.server.suite
        self.job = ShiftEntries(house.server.stack.connections)

    @property
    def written(self) -> list[WorkingDay]:
        """What stands in the member's calendar, in order of the days."""
        return sorted(self.house.calendar.working_days.values(), key=lambda one: (one.day, one.subject))

    @property
    def subjects(self) -> list[str]:
        return [one.subject for one in self.written]

    async def entries(self) -> list[ShiftEntry]:
        return await ShiftEntry.of(self.house.organisation.id).order_by("created_at", "id")

    async def states(self) -> list[EntryState]:
        return [entry.state for entry in await self.entries()]

    async def pass_time(self, period: timedelta) -> None:
        """Time passes, and the job looks."""
        self.house.server.ticker.advance(period)
        await self.job.run_due()

    async def prefer(self, **wanted: bool) -> dict[str, bool]:
        data = await self.house.ask(PREFERENCES, input=wanted)
        preferences: dict[str, bool] = data["setShiftPreferences"]["preferences"]
        return preferences

    async def book(self, *days: date, kind: str = "AT_OFFICE", by: Principal | None = None, **values: Any) -> list[str]:
        """The ids of the shifts."""
        wanted: dict[str, Any] = {
            "days": {"dates": [one.isoformat() for one in days]},
            "kind": kind,
            "idempotencyKey": uuid4().hex,
        }
        if kind == "AT_OFFICE":
            wanted["place"] = {"buildingId": self.house.ids.seal(NodeKind.BUILDING, self.building.id)}
        return await self._do(_BOOK, wanted | values, by)

    async def change(self, shift_id: str, **values: Any) -> None:
        await self._do(_CHANGE, {"shiftId": shift_id} | values)

    async def cancel(self, shift_id: str) -> None:
        await self._do(_CANCEL, {"shiftId": shift_id})

    async def _do(self, document: str, command: dict[str, Any], by: Principal | None = None) -> list[str]:
        data = await self.house.server.data(by or self.house.member, document, input=command)
        [answer] = data.values()
        assert "shifts" in answer, answer
        return [shift["id"] for shift in answer["shifts"]]


@asynccontextmanager
async def at_desk(keys: Keys, vault: Vault) -> AsyncIterator[Desk]:
    """A desk in the database that is open, and a clock that stands at nine in the morning."""
    ticker = Ticker()
    with clock.use(ticker):
        house = await make_house(Server(keys, vault, ticker))
        yield Desk(house, await make_building(house.organisation.id, hours=EVERY_DAY))


class Interrupted:
    """Connections on which something happens while the suite writes a day."""

    def __init__(self, desk: Desk, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._connections = desk.house.server.stack.connections
        self._meanwhile = meanwhile

    def open(self, connection: CalendarConnection) -> Mailbox:
        return _Interrupted(self._connections.open(connection), self._meanwhile)

    def use(self, connection: CalendarConnection) -> AbstractAsyncContextManager[object]:
        return self._connections.use(connection)


class _Interrupted(PassOn):
    def __init__(self, mailbox: Mailbox, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(mailbox)
        self._meanwhile = meanwhile

    async def write_working_day(self, day: WorkingDay, command_id: UUID) -> None:
        await self._meanwhile()
        await super().write_working_day(day, command_id)
