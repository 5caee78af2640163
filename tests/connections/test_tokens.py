"""One refresh for many callers, decided in the database, and nothing resurrected."""

import asyncio
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.connections.tokens import EXPIRY_LEEWAY, LOCK_PERIOD, TokenService
from app.events_bus.bus import MessageKind
from app.identity.models import Member
from app.keys import Keys, Vault
from app.notifications.models import Notification
from app.suites.errors import (
    ConsentNeeded,
    OperatorMustAct,
    ReconnectReason,
    ReconnectRequired,
    SuiteUnavailable,
    WrongAccount,
)
from tests.connections.stack import Stack, account_of, make_connection, make_integration
from tests.identity.queries import counted_queries
from tests.support.people import make_member, make_organisation, principal_of


class World:
    """A member with a connection whose access token is about to die, and some processes that notice."""

    def __init__(self, stack: Stack, member: Member, connection: CalendarConnection) -> None:
        self.stack, self.member, self.connection = stack, member, connection

    async def loaded(self) -> CalendarConnection:
        """The row as another request reads it."""
        rows = CalendarConnection.of(self.member.organisation_id).select_related("integration")
        return await rows.get(id=self.connection.id)

    async def token(self, service: TokenService) -> str:
        return await service.for_connection(await self.loaded()).current()


async def _world(keys: Keys, vault: Vault, *, lives: timedelta = timedelta(minutes=1)) -> World:
    stack = Stack(keys, vault)
    organisation = await make_organisation()
    member = await make_member(organisation)
    integration = await make_integration(organisation)
    connection = await make_connection(stack, member, integration, expires_at=clock.now() + lives)
    stack.bus.published.clear()
    return World(stack, member, connection)


@pytest.fixture
async def world(keys: Keys, vault: Vault, database: TortoiseContext) -> World:
    return await _world(keys, vault)


class SlowAnswer:
    """The token endpoint takes its time: it says when it was asked, and answers when told to."""

    def __init__(self) -> None:
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.asked.set()
        await self.answers.wait()


@pytest.fixture
def slow(world: World) -> SlowAnswer:
    world.stack.suite.before_refresh = SlowAnswer()
    return world.stack.suite.before_refresh


async def test_a_fresh_token_costs_no_query_and_no_call(keys: Keys, vault: Vault, database: TortoiseContext) -> None:
    world = await _world(keys, vault, lives=EXPIRY_LEEWAY + timedelta(seconds=30))
    row = await world.loaded()

    async with counted_queries() as queries:
        token = await world.stack.tokens.for_connection(row).current()

    assert token
    assert queries == []
    assert world.stack.suite.token_calls == 0


async def test_a_token_within_minutes_of_its_end_is_refreshed_first(world: World) -> None:
    before = world.stack.tokens.opened(await world.loaded())

    token = await world.token(world.stack.tokens)

    after = await world.loaded()
    kept = world.stack.tokens.opened(after)
    assert token == kept.access_token != before.access_token
    assert kept.refresh_token != before.refresh_token
    assert after.generation == world.connection.generation + 1
    assert after.refresh_lock_until is None


async def test_many_callers_of_several_processes_share_one_refresh(world: World, slow: SlowAnswer) -> None:
    waiting = 0

    async def sleep(_: float) -> None:
        nonlocal waiting
        waiting += 1
        if waiting == 9:  # three processes have found the lock taken, three times each
            slow.answers.set()
        await asyncio.sleep(0)

    processes = [world.stack.token_service(sleep) for _ in range(4)]

    tokens = await asyncio.gather(*(world.token(processes[number % 4]) for number in range(40)))

    assert world.stack.suite.refreshes == 1
    assert len(set(tokens)) == 1


async def test_waiting_processes_wait_with_growing_pauses_and_never_ask_the_suite(
    world: World, slow: SlowAnswer
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 6:
            slow.answers.set()
        await asyncio.sleep(0)

    holder = asyncio.create_task(world.token(world.stack.token_service()))
    await slow.asked.wait()

    token = await world.token(world.stack.token_service(sleep))

    assert token == await holder
    assert world.stack.suite.refreshes == 1
    assert len(pauses) >= 6
    assert pauses[0] < 0.03 < pauses[4] < 0.5


async def test_who_waits_too_long_hears_that_the_suite_is_unavailable(world: World, slow: SlowAnswer) -> None:
    holder = asyncio.create_task(world.token(world.stack.token_service()))
    await slow.asked.wait()

    async def no_time(_: float) -> None:
        await asyncio.sleep(0)

    with pytest.raises(SuiteUnavailable):
        await world.token(world.stack.token_service(no_time))

    slow.answers.set()
    await holder
    assert world.stack.suite.refreshes == 1


async def test_the_lock_of_a_process_that_died_runs_out(world: World) -> None:
    lock_end = clock.now() + LOCK_PERIOD
    await CalendarConnection.of(world.member.organisation_id).update(refresh_lock_until=lock_end)

    with clock.use(lambda: lock_end):
        await world.token(world.stack.tokens)

    assert world.stack.suite.refreshes == 1


async def test_a_refresh_that_outlives_its_lock_gives_way_to_the_one_that_came_after(
    world: World, slow: SlowAnswer
) -> None:
    first = asyncio.create_task(world.token(world.stack.token_service()))
    await slow.asked.wait()
    world.stack.suite.before_refresh = None
    later = clock.now() + LOCK_PERIOD
    with clock.use(lambda: later):
        second = await world.token(world.stack.token_service())
    slow.answers.set()

    assert await first == second
    assert world.stack.tokens.opened(await world.loaded()).access_token == second
    assert (await world.loaded()).generation == world.connection.generation + 1


async def test_a_late_refresh_resurrects_nothing_after_the_member_disconnected(world: World) -> None:
    async def disconnect_meanwhile() -> None:
        await world.stack.connections.disconnect(principal_of(world.member))

    world.stack.suite.before_refresh = disconnect_meanwhile

    with pytest.raises(ConsentNeeded):
        await world.token(world.stack.tokens)

    assert await CalendarConnection.all().count() == 0


async def test_a_late_refresh_does_not_overwrite_a_newer_consent(world: World) -> None:
    async def reconnect_meanwhile() -> None:
        world.stack.suite.before_refresh = None
        row = await world.loaded()
        await make_connection(world.stack, world.member, row.integration)

    world.stack.suite.before_refresh = reconnect_meanwhile

    token = await world.token(world.stack.tokens)

    row = await world.loaded()
    assert world.stack.tokens.opened(row).access_token == token
    assert row.generation == world.connection.generation + 1


async def test_a_refused_refresh_is_not_believed_before_the_row_was_read_again(world: World) -> None:
    async def another_process_was_faster() -> None:
        world.stack.suite.before_refresh = None
        row = await world.loaded()
        renewed = world.stack.suite.credentials_of(await account_of(world.member))
        assert await world.stack.tokens.store(row, renewed)

    world.stack.suite.before_refresh = another_process_was_faster
    world.stack.suite.fail_next("refresh", ReconnectRequired(ReconnectReason.EXPIRED))

    await world.token(world.stack.tokens)

    assert (await world.loaded()).status is ConnectionStatus.CONNECTED
    assert world.stack.suite.refreshes == 1


async def test_a_dead_grant_asks_the_member_to_reconnect_and_tells_them_once(world: World) -> None:
    world.stack.suite.withdraw(await account_of(world.member))
    processes = [world.stack.token_service() for _ in range(3)]

    results = await asyncio.gather(
        *(world.token(processes[number % 3]) for number in range(12)), return_exceptions=True
    )

    row = await world.loaded()
    assert all(isinstance(result, ReconnectRequired) for result in results)
    assert (row.status, row.reason) == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.CONSENT_WITHDRAWN)
    assert row.refresh_lock_until is None
    assert await Notification.of(world.member.organisation_id).count() == 1
    assert world.stack.bus.kinds == [MessageKind.CONNECTION_CHANGED, MessageKind.NOTIFICATION_ADDED]
    assert world.stack.suite.refreshes == 1


async def test_our_own_wrong_secret_leaves_the_consent_untouched(world: World) -> None:
    world.stack.suite.fail_next("refresh", OperatorMustAct("AADSTS7000222"))

    with pytest.raises(OperatorMustAct):
        await world.token(world.stack.tokens)

    row = await world.loaded()
    assert row.status is ConnectionStatus.CONNECTED
    assert row.generation == world.connection.generation
    await world.token(world.stack.tokens)


async def test_a_grant_that_is_another_tenants_by_now_asks_the_member_to_connect_anew(world: World) -> None:
    world.stack.suite.fail_next("refresh", WrongAccount("OtherTenant"))

    with pytest.raises(ConsentNeeded):
        await world.token(world.stack.tokens)

    row = await world.loaded()
    assert (row.status, row.reason) == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.CONSENT_NEEDED)
    assert await Notification.of(world.member.organisation_id).count() == 1


async def test_a_suite_that_is_down_frees_the_lock_for_the_next_attempt(world: World) -> None:
    world.stack.suite.fail_next("refresh", SuiteUnavailable())

    with pytest.raises(SuiteUnavailable):
        await world.token(world.stack.tokens)

    await world.token(world.stack.token_service())
    assert world.stack.suite.refreshes == 2


async def test_a_rejected_token_is_renewed_once_for_everybody_who_held_it(
    keys: Keys, vault: Vault, database: TortoiseContext
) -> None:
    world = await _world(keys, vault, lives=timedelta(hours=1))
    rejected = await world.token(world.stack.tokens)
    processes = [world.stack.token_service() for _ in range(3)]

    async def renewed(service: TokenService) -> str:
        return await service.for_connection(await world.loaded()).renewed(rejected, "claims")

    tokens = await asyncio.gather(*(renewed(processes[number % 3]) for number in range(12)))

    assert world.stack.suite.refreshes == 1
    assert {*tokens} - {rejected} == {*tokens}
    assert len({*tokens}) == 1


async def test_a_caller_that_gives_up_does_not_take_the_others_refresh_with_it(world: World, slow: SlowAnswer) -> None:
    impatient = asyncio.create_task(world.token(world.stack.tokens))
    await slow.asked.wait()
    patient = asyncio.create_task(world.token(world.stack.tokens))

    impatient.cancel()
    slow.answers.set()

    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await patient
    assert world.stack.suite.refreshes == 1


async def test_an_answer_that_comes_during_shutdown_is_kept(world: World, slow: SlowAnswer) -> None:
    caller = asyncio.create_task(world.token(world.stack.tokens))
    await slow.asked.wait()
    caller.cancel()
    slow.answers.set()

    await world.stack.tokens.drain()

    assert (await world.loaded()).generation == world.connection.generation + 1


async def test_the_callers_row_is_brought_up_to_date(world: World) -> None:
    row = await world.loaded()
    tokens = world.stack.tokens.for_connection(row)

    first = await tokens.current()
    async with counted_queries() as queries:
        second = await tokens.current()

    assert first == second
    assert queries == []


async def test_credentials_whose_key_is_not_at_hand_are_the_operators_business_and_no_members(world: World) -> None:
    other_server = TokenService(Vault((("k2", b"\x02" * 32),)), world.stack.registry, world.stack.bus)

    with pytest.raises(OperatorMustAct):
        await world.token(other_server)

    assert (await world.loaded()).status is ConnectionStatus.CONNECTED


async def test_credentials_are_sealed_to_their_row(world: World) -> None:
    newbridge = await make_organisation("Newbridge")
    other = await make_member(newbridge, "Bo Lind", tenant="another-tenant")
    foreign = await make_connection(world.stack, other, await make_integration(newbridge, tenant="another-tenant"))
    stolen = await world.loaded()
    await CalendarConnection.filter(id=foreign.id).update(credentials=stolen.credentials)
    row = await CalendarConnection.filter(id=foreign.id).select_related("integration").get()

    with pytest.raises(ReconnectRequired):
        await world.stack.tokens.for_connection(row).current()

    credentials = world.stack.tokens.opened(stolen)
    raw = str(await CalendarConnection.all().values())
    assert credentials.access_token not in raw
    assert str(credentials.refresh_token) not in raw
