"""The test flow: every check that tells whether members will be served, side by side under one deadline.

The token is proved first, since nothing else can be learned without it; the others then run together and none waits
for another that hangs. Nothing of a calendar leaves the run but the preview, which goes to whoever asked and nowhere
else.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from app import clock
from app.connections.models import CalendarConnection
from app.integrations import issues
from app.integrations.checking import Failed, Hear, Skipped, checked, unheard
from app.integrations.models import Integration
from app.integrations.ports import Connections, Suites, Tokens
from app.integrations.preview import EMPTY_CALENDAR, preview_event
from app.integrations.report import Check, CheckName, CheckOutcome, TestReport
from app.keys import new_token
from app.rooms.carriers import may_list_rooms
from app.rooms.directories import DIRECTORY_REFUSED, RoomDirectories
from app.suites.errors import ConsentNeeded, MissingScope
from app.suites.events import Availability, Event
from app.suites.protocol import CalendarSuite, Mailbox, PermissionVariant, Purpose, RoomDirectory, SuiteName
from app.suites.registry import DESCRIPTIONS

TEST_DEADLINE = timedelta(seconds=8)
"""How long a whole run may last: below the deadline of the request that asks for it."""

FREE_BUSY_WINDOW = timedelta(hours=1)
FREE_BUSY_ROOMS = 5
"""How many rooms are asked about: one that tells is enough."""

_NO_TOKEN = "Not tried, because the suite gives no access token."  # noqa: S105  # words, not a secret
_NOBODY_CONNECTED = "Not tried, because no administrator's calendar is connected."
_NO_DIRECTORY = "The integration was started without the room directory: rooms are entered by email address."
_NOTIFICATIONS_OFF = "This server does not ask for change notifications: bookings are looked at regularly instead."


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """What a run gives: the report is kept, the preview is not. A passed run has a preview or says why not."""

    __test__: ClassVar[bool] = False  # the name is the product's, not a test's

    report: TestReport
    preview: Event | None = None
    preview_says: str | None = None


class TestFlow:
    """Runs the checks of one integration with one administrator's connection."""

    __test__ = False  # the name is the product's, not a test's

    def __init__(
        self,
        registry: Suites,
        connections: Connections,
        tokens: Tokens,
        directories: RoomDirectories,
        *,
        public_url: str,
        change_notifications: bool,
        deadline: timedelta = TEST_DEADLINE,
    ) -> None:
        self._registry = registry
        self._connections = connections
        self._tokens = tokens
        self._directories = directories
        self._public_url = public_url
        self._change_notifications = change_notifications
        self._deadline = deadline

    async def run(self, integration: Integration, connection: CalendarConnection, hear: Hear = unheard) -> TestRun:
        """Every check, within the deadline; never raises for what the suite answers. `hear` is told of each.

        `integration.tenant` is proved already; `connection` is the asking administrator's own, loaded with its
        identity. Do not call inside a transaction.
        """
        suite = self._registry.get(integration.suite)
        mailbox = self._connections.open(connection)
        ends = asyncio.get_running_loop().time() + self._deadline.total_seconds()
        token = await checked(CheckName.TOKEN, self._tokens.for_connection(connection).current, ends, hear)
        if token.outcome is not CheckOutcome.PASSED:
            skipped = (Check.skipped(name, _NO_TOKEN) for name in CheckName if name is not CheckName.TOKEN)
            return TestRun(report=TestReport(checks=(token, *skipped), at=clock.now()))
        run = _Run(suite, integration, connection, mailbox, self._directories, self._callback_url(suite.name), ends)
        checks = {
            CheckName.GRANTED_SCOPES: run.granted_scopes,
            CheckName.RIGHT_TENANT: run.right_tenant,
            CheckName.PROFILE: mailbox.address,
            CheckName.CALENDAR_READ: run.calendar_read,
            CheckName.ROOM_DIRECTORY: run.room_directory,
            CheckName.FREE_BUSY: run.free_busy,
            CheckName.CHANGE_NOTIFICATIONS: run.change_notifications,
        }
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(checked(name, work, ends, hear)) for name, work in checks.items()]
        report = TestReport(checks=(token, *(task.result() for task in tasks)), at=clock.now())
        if not report.passed:
            return TestRun(report=report)
        return TestRun(report=report, preview=run.preview, preview_says=run.preview_says)

    async def run_without_member(self, integration: Integration) -> TestRun:
        """What can be looked at while no administrator's calendar is connected: the application's own credential.

        Where the suite gives the application none, nothing is tried and the report says so.
        """
        suite = self._registry.get(integration.suite)
        ends = asyncio.get_running_loop().time() + self._deadline.total_seconds()
        application = _Application(suite, integration, self._directories)
        token = await checked(CheckName.TOKEN, application.token, ends)
        checks = [token, *(Check.skipped(name, _NOBODY_CONNECTED) for name in CheckName if name is not token.name)]
        if token.outcome is CheckOutcome.PASSED:
            rooms = await checked(CheckName.ROOM_DIRECTORY, application.room_directory, ends)
            checks = [rooms if check.name is rooms.name else check for check in checks]
        return TestRun(report=TestReport(checks=tuple(checks), at=clock.now()))

    def _callback_url(self, suite: SuiteName) -> str | None:
        return self._public_url + DESCRIPTIONS[suite].webhook_path if self._change_notifications else None


class _Application:
    """The checks that need no member."""

    def __init__(self, suite: CalendarSuite, integration: Integration, directories: RoomDirectories) -> None:
        self._suite = suite
        self._integration = integration
        self._directories = directories

    async def token(self) -> None:
        if not self._suite.capabilities.directory_by_application or self._integration.tenant is None:
            raise Skipped(_NOBODY_CONNECTED)
        try:
            await self._suite.application_tokens(self._integration.tenant)
        except (MissingScope, ConsentNeeded) as error:
            raise Failed(issues.ROOM_DIRECTORY_NOT_APPROVED, error) from None

    async def room_directory(self) -> Sequence[str]:
        return await _rooms_of_application(self._integration, self._directories)


class _Run:
    """The checks of one run, and what they learn for each other."""

    def __init__(
        self,
        suite: CalendarSuite,
        integration: Integration,
        connection: CalendarConnection,
        mailbox: Mailbox,
        directories: RoomDirectories,
        callback_url: str | None,
        ends: float,
    ) -> None:
        self._suite = suite
        self._integration = integration
        self._connection = connection
        self._mailbox = mailbox
        self._directories = directories
        self._callback_url = callback_url
        self._ends = ends
        self._some_rooms: asyncio.Future[Sequence[str]] = asyncio.get_running_loop().create_future()
        self.preview: Event | None = None
        self.preview_says: str | None = None

    async def granted_scopes(self) -> None:
        granted = {scope.lower() for scope in self._connection.scopes}
        asked = self._suite.scopes(self._integration.variant, administrator=True)
        # Sign-in scopes are not echoed by every suite; the profile's own check proves them.
        missing = [
            item.scope
            for item in self._suite.permissions
            if item.delegated and item.required and item.purpose is not Purpose.SIGN_IN
            if item.scope in asked and item.scope.lower() not in granted
        ]
        if missing:
            raise Failed(issues.scopes_missing(missing))

    async def right_tenant(self) -> None:
        if self._connection.identity.tenant != self._integration.tenant:
            raise Failed(issues.OTHER_TENANT)

    async def calendar_read(self) -> None:
        self.preview = await preview_event(self._mailbox)
        self.preview_says = None if self.preview else EMPTY_CALENDAR

    async def room_directory(self) -> None:
        try:
            self._tell_free_busy(await self._rooms())
        finally:
            self._tell_free_busy(())

    def _tell_free_busy(self, addresses: Sequence[str]) -> None:
        if not self._some_rooms.done():
            self._some_rooms.set_result(addresses)

    async def _rooms(self) -> Sequence[str]:
        if self._suite.capabilities.directory_by_application:
            return await _rooms_of_application(self._integration, self._directories)
        if self._integration.variant is PermissionVariant.WITHOUT_ROOM_DIRECTORY:
            raise Skipped(_NO_DIRECTORY)
        return await self._rooms_of_administrator()

    async def _rooms_of_administrator(self) -> Sequence[str]:
        """Whether the asking administrator's own consent lists the rooms; the integration works without."""
        if not may_list_rooms(self._suite, self._connection):
            raise Failed(issues.ROOM_DIRECTORY_NOT_TICKED, required=False)
        try:
            rooms = await _some_rooms(self._directories.of_administrator(self._connection))
        except DIRECTORY_REFUSED as error:
            await self._directories.refused(self._connection)
            raise Failed(issues.ROOM_DIRECTORY_REFUSED, error, required=False) from None
        await self._directories.allowed(self._connection)
        return rooms

    async def free_busy(self) -> None:
        rooms = await self._rooms_in_time()
        start = clock.now().replace(minute=0, second=0, microsecond=0)
        try:
            told = await self._mailbox.schedules([*rooms, self._connection.address], start, start + FREE_BUSY_WINDOW)
        except MissingScope as error:
            if not self._can_do_without(Purpose.AVAILABILITY):
                raise
            raise Failed(issues.FREE_BUSY_NOT_GRANTED, error, required=False) from None
        known = [entry.availability is not Availability.UNKNOWN for entry in told]
        if not any(known):
            raise Failed(issues.FREE_BUSY_UNKNOWN)
        if rooms and not any(known[: len(rooms)]):
            raise Failed(issues.ROOMS_FREE_BUSY_UNKNOWN, required=False)

    def _can_do_without(self, purpose: Purpose) -> bool:
        """Whether the suite has a permission of its own for this that people may leave out."""
        return any(item.purpose is purpose and not item.required for item in self._suite.permissions)

    async def _rooms_in_time(self) -> Sequence[str]:
        """Rooms to ask about, where the directory gives some before half of the remaining time has gone."""
        now = asyncio.get_running_loop().time()
        done, _ = await asyncio.wait({self._some_rooms}, timeout=(self._ends - now) / 2)
        return self._some_rooms.result() if done else ()

    async def change_notifications(self) -> None:
        if self._callback_url is None:
            raise Skipped(_NOTIFICATIONS_OFF)
        watch = await self._mailbox.watch(self._callback_url, new_token("test"))
        await self._mailbox.unwatch(watch.suite_id)


async def _rooms_of_application(integration: Integration, directories: RoomDirectories) -> Sequence[str]:
    """Some rooms that the application's own credentials list, where the directory was asked for."""
    if integration.variant is PermissionVariant.WITHOUT_ROOM_DIRECTORY:
        raise Skipped(_NO_DIRECTORY)
    try:
        return await _some_rooms(await directories.of_application(integration))
    except MissingScope:
        raise Failed(issues.ROOM_DIRECTORY_NOT_APPROVED) from None


async def _some_rooms(directory: RoomDirectory) -> Sequence[str]:
    """The addresses of the first few rooms: any single one may be closed to everybody."""
    async for page in directory.pages():
        if page.rooms:
            return [room.address for room in page.rooms[:FREE_BUSY_ROOMS]]
    return ()
