"""Access tokens of members' connections: sealed at rest, and one refresh for however many callers.

The database decides who refreshes, so it holds across processes: lock the row by compare-and-swap, refresh, swap the
credentials in on the row's generation. A swap that finds another generation drops what it got: somebody else was
faster, or the member disconnected, and nothing is resurrected. Callers of one process share one attempt besides.

Microsoft keeps an old refresh token alive when it issues a new one, so a process that dies between the token answer and
the commit loses nothing: the lock runs out and the next caller refreshes again.
https://learn.microsoft.com/entra/identity-platform/refresh-tokens
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import orjson
from tortoise.expressions import Q

from app import clock
from app.connections.models import CalendarConnection, ConnectionStatus
from app.connections.observing import UNOBSERVED, RefreshObserver, RefreshOutcome, failed_with
from app.connections.standing import StandingKeeper, refusal_of
from app.events_bus.bus import EventsBus
from app.keys import KeyMissing, Place, SealBroken, Vault
from app.suites.errors import (
    AdministratorMustAct,
    ConsentNeeded,
    MemberMustAct,
    OperatorMustAct,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    SuiteUnavailable,
    WrongAccount,
)
from app.suites.protocol import AccessTokens, Credentials
from app.suites.registry import SuiteRegistry

EXPIRY_LEEWAY = timedelta(minutes=5)
"""A token that dies within this time counts as dead: clocks differ, and calls take time."""
REFRESH_TIMEOUT = timedelta(seconds=20)
LOCK_PERIOD = timedelta(seconds=30)
"""Longer than a refresh may take; after it the lock of a process that died is free."""
LONGEST_WAIT = timedelta(seconds=35)
_FIRST_PAUSE = timedelta(milliseconds=20)
_LONGEST_PAUSE = timedelta(milliseconds=500)

Sleeper = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Fresh:
    """The row as a refresh left it, and the access token in it: opened once for all who wait, and gone with them."""

    row: CalendarConnection
    access_token: str = field(repr=False)


class _Refresh:
    """A refresh under way, and the callers that wait for it."""

    __slots__ = ("_task", "_waiting")

    def __init__(self, task: asyncio.Task[_Fresh]) -> None:
        self._task = task
        self._waiting: list[asyncio.Future[_Fresh]] = []
        task.add_done_callback(self._told)

    def outcome(self) -> asyncio.Future[_Fresh]:
        """For one caller: whoever gives up waiting does not take the refresh with them."""
        waiter = self._task.get_loop().create_future()
        self._waiting.append(waiter)
        return waiter

    async def over(self) -> None:
        """Whatever came of it."""
        await asyncio.wait((self._task,))

    def _told(self, task: asyncio.Task[_Fresh]) -> None:
        waiting = [waiter for waiter in self._waiting if not waiter.done()]
        if task.cancelled():
            for waiter in waiting:
                waiter.cancel()
        elif (error := task.exception()) is not None:
            for waiter in waiting:
                waiter.set_exception(error)
        else:
            for waiter in waiting:
                waiter.set_result(task.result())


class TokenService:
    """Seals credentials, opens them, and keeps them fresh."""

    def __init__(
        self,
        vault: Vault,
        registry: SuiteRegistry,
        bus: EventsBus,
        *,
        sleep: Sleeper = asyncio.sleep,
        observer: RefreshObserver = UNOBSERVED,
    ) -> None:
        self._vault = vault
        self._registry = registry
        self._standing = StandingKeeper(bus)
        self._sleep = sleep
        self._observer = observer
        self._running: dict[tuple[UUID, str | None], _Refresh] = {}

    def for_connection(self, connection: CalendarConnection) -> AccessTokens:
        """Tokens for calls with this member's consent; the row is the caller's and is kept up to date."""
        return ConnectionTokens(self, connection)

    def sealed(self, organisation_id: UUID, connection_id: UUID, credentials: Credentials) -> bytes:
        """The credentials as the row of this connection keeps them."""
        content = {
            "access_token": credentials.access_token,
            "expires_at": credentials.expires_at.isoformat(),
            "refresh_token": credentials.refresh_token,
            "scopes": sorted(credentials.scopes),
        }
        return self._vault.seal(orjson.dumps(content), _place(organisation_id, connection_id))

    def opened(self, connection: CalendarConnection) -> Credentials:
        """What the row holds.

        Raises ConsentNeeded where it holds none, OperatorMustAct where its key is not at hand, and ReconnectRequired
        where it was changed or belongs elsewhere: then nobody but the member can give us credentials again.
        """
        if connection.credentials is None:
            raise ConsentNeeded
        try:
            plain = self._vault.open(connection.credentials, _place(connection.organisation_id, connection.id))
        except KeyMissing:
            raise OperatorMustAct("EncryptionKeyMissing") from None
        except SealBroken:
            raise ReconnectRequired(ReconnectReason.EXPIRED, "CredentialsUnreadable") from None
        content = orjson.loads(plain)
        return Credentials(
            access_token=content["access_token"],
            expires_at=datetime.fromisoformat(content["expires_at"]),
            refresh_token=content["refresh_token"],
            scopes=frozenset(content["scopes"]),
        )

    async def store(self, connection: CalendarConnection, credentials: Credentials) -> bool:
        """Swap the row's credentials for these and free its lock; False where it is not as it was read any more."""
        columns = {
            "credentials": self.sealed(connection.organisation_id, connection.id, credentials),
            "scopes": sorted(credentials.scopes),
            "access_expires_at": credentials.expires_at,
            "generation": connection.generation + 1,
        }
        stored = (
            await CalendarConnection.of(connection.organisation_id)
            .filter(id=connection.id, generation=connection.generation, credentials__isnull=False)
            .update(**columns, refresh_lock_until=None, refresh_lock_owner=None)
        )
        if stored:
            connection.update_from_dict(columns)
        return bool(stored)

    async def refreshed(self, connection: CalendarConnection, rejected: str | None, claims: str | None = None) -> str:
        """A fresh access token other than `rejected`, by the one refresh that all callers share. Raises SuiteError."""
        key = (connection.id, claims)
        while True:
            running = self._running.get(key)
            is_mine = running is None
            if running is None:
                running = self._begin(key, connection, rejected)
            fresh = await running.outcome()
            if is_mine or (fresh.access_token != rejected and fresh.row.generation >= connection.generation):
                _adopt(connection, fresh.row)
                return fresh.access_token

    @property
    def is_refreshing(self) -> bool:
        """Whether anything is under way, and with it an opened token in memory that is nobody's yet."""
        return bool(self._running)

    async def drain(self) -> None:
        """Wait for the refreshes that are under way, so that a shutdown loses none of their answers."""
        await asyncio.gather(*(running.over() for running in self._running.values()))

    def _begin(self, key: tuple[UUID, str | None], connection: CalendarConnection, rejected: str | None) -> _Refresh:
        _, claims = key
        task = asyncio.create_task(self._fresh(connection.organisation_id, connection.id, rejected, claims))
        # Before anybody is told: who asks again after what they heard begins anew.
        task.add_done_callback(lambda _: self._running.pop(key))
        self._running[key] = _Refresh(task)
        return self._running[key]

    async def _fresh(
        self, organisation_id: UUID, connection_id: UUID, rejected: str | None, claims: str | None
    ) -> _Fresh:
        row = await self._refresh(organisation_id, connection_id, rejected, claims)
        return _Fresh(row, self.opened(row).access_token)

    async def _refresh(
        self, organisation_id: UUID, connection_id: UUID, rejected: str | None, claims: str | None
    ) -> CalendarConnection:
        """The row with fresh credentials: made here, or by whoever holds the lock."""
        has_waited = False
        for pause in _pauses():
            row = await _read(organisation_id, connection_id)
            if row is None:
                raise ConsentNeeded
            credentials = self.opened(row)
            if credentials.access_token != rejected and is_usable(credentials):
                return row
            if has_waited and row.status is not ConnectionStatus.CONNECTED:
                raise refusal_of(row)
            owner = uuid4()
            if await _lock(row, owner):
                fresh = None
                try:
                    fresh = await self._refresh_observed(row, credentials, claims)
                finally:
                    # What was stored anew is free already.
                    if fresh is None:
                        await asyncio.shield(_unlock(row, owner))
                if fresh is not None:
                    return fresh
            else:
                await self._sleep(pause)
            has_waited = True
        raise SuiteUnavailable("RefreshLocked")

    async def _refresh_observed(
        self, row: CalendarConnection, credentials: Credentials, claims: str | None
    ) -> CalendarConnection | None:
        with self._observer.refresh(row.integration.suite) as observed:
            try:
                fresh = await self._refresh_locked(row, credentials, claims)
            except SuiteError as error:
                observed.ended(failed_with(error))
                raise
            observed.ended(RefreshOutcome.OVERTAKEN if fresh is None else RefreshOutcome.RENEWED)
            return fresh

    async def _refresh_locked(
        self, row: CalendarConnection, credentials: Credentials, claims: str | None
    ) -> CalendarConnection | None:
        """One call to the token endpoint; None where the row changed meanwhile and has to be read again."""
        try:
            renewed = await self._renewed(row, credentials, claims)
        except (MemberMustAct, AdministratorMustAct, OperatorMustAct) as error:
            present = await _read(row.organisation_id, row.id)
            if present is not None and present.generation != row.generation:
                return None
            await self._standing.record(row, error)
            raise
        scopes = frozenset(row.scopes)
        if not await self.store(row, renewed):
            return None
        if not scopes <= renewed.scopes:
            await self._standing.scopes_lost(row)
        return row

    async def _renewed(self, row: CalendarConnection, credentials: Credentials, claims: str | None) -> Credentials:
        suite = self._registry.get(row.integration.suite)
        try:
            async with asyncio.timeout(REFRESH_TIMEOUT.total_seconds()):
                return await suite.refresh(credentials, row.identity.tenant, claims)
        except TimeoutError:
            raise SuiteUnavailable("RefreshTimedOut") from None
        except WrongAccount as error:
            # The account has moved to another tenant: the consent was not given for that one.
            raise ConsentNeeded(error.provider_code) from None


class ConnectionTokens:
    """Implements `AccessTokens` for one connection."""

    def __init__(self, service: TokenService, connection: CalendarConnection) -> None:
        self._service = service
        self._connection = connection

    async def current(self) -> str:
        """Costs no query while the token in the row is fresh."""
        connection = self._connection
        # What has ended need not be opened first: thousands may wait for the same refresh. What is sealed decides else.
        if connection.credentials is None or not _has_ended(connection):
            credentials = self._service.opened(connection)
            if is_usable(credentials):
                return credentials.access_token
        return await self._service.refreshed(connection, None)

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        return await self._service.refreshed(self._connection, rejected, claims)


class GrantedTokens:
    """Implements `AccessTokens` for a grant that has just been given and is not stored yet."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def current(self) -> str:
        return self._credentials.access_token

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        """A token that is refused when it is seconds old is not mended by another."""
        raise ConsentNeeded


def is_usable(credentials: Credentials) -> bool:
    """Whether the access token lives long enough still."""
    return _is_alive(credentials.expires_at)


def _has_ended(connection: CalendarConnection) -> bool:
    """As its column says; one that says nothing may be alive."""
    return connection.access_expires_at is not None and not _is_alive(connection.access_expires_at)


def _is_alive(expires_at: datetime) -> bool:
    return expires_at - EXPIRY_LEEWAY > clock.now()


def _place(organisation_id: UUID, connection_id: UUID) -> Place:
    return Place(organisation_id, "calendar_connection", connection_id, "credentials")


async def _read(organisation_id: UUID, connection_id: UUID) -> CalendarConnection | None:
    return await (
        CalendarConnection.of(organisation_id)
        .filter(id=connection_id)
        .select_related("integration", "identity")
        .first()
    )


async def _lock(row: CalendarConnection, owner: UUID) -> bool:
    """Take the row's refresh lock, if it is free and the credentials are the ones that were read."""
    now = clock.now()
    locked = (
        await CalendarConnection.of(row.organisation_id)
        .filter(
            Q(refresh_lock_until__isnull=True) | Q(refresh_lock_until__lte=now),
            id=row.id,
            generation=row.generation,
        )
        .update(refresh_lock_until=now + LOCK_PERIOD, refresh_lock_owner=owner)
    )
    return bool(locked)


async def _unlock(row: CalendarConnection, owner: UUID) -> None:
    """Free the lock unless it is somebody else's by now."""
    await (
        CalendarConnection.of(row.organisation_id)
        .filter(id=row.id, refresh_lock_owner=owner)
        .update(refresh_lock_until=None, refresh_lock_owner=None)
    )


def _adopt(connection: CalendarConnection, row: CalendarConnection) -> None:
    """Bring the caller's row up to date, so that its next call costs no query.

    Past the ORM's setter, which looks for relations among these plain columns: it took a quarter of each caller's time.
    """
    vars(connection).update(
        credentials=row.credentials,
        generation=row.generation,
        scopes=row.scopes,
        access_expires_at=row.access_expires_at,
    )


def _pauses() -> Iterator[float]:
    """Seconds to wait between looks at the lock: doubling, with jitter, until the longest wait is used up."""
    waited, pause = 0.0, _FIRST_PAUSE.total_seconds()
    while waited < LONGEST_WAIT.total_seconds():
        jittered = pause * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, no secret
        yield jittered
        waited += jittered
        pause = min(pause * 2, _LONGEST_PAUSE.total_seconds())
