"""Operations that are given up at their deadline: nothing runs on, and what was begun is finished by its repeat."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.bookings.models import RoomBooking
from app.graphql.callers import Caller, Gate
from app.graphql.engine import Answer, Engine, GraphQLRequest
from app.graphql.options import GraphQLOptions
from app.keys import Keys, Vault
from app.suites.events import Event, NewEvent
from app.suites.protocol import AccessTokens, Mailbox
from schema import schema
from schema.context import Context
from schema.costs import LIMITS
from tests.bookings.house import Ticker
from tests.schema.documents import AGENDA, WINDOW
from tests.schema.world import BOOK, House, Server, make_house
from tests.support.suites import Account, FakeMailbox, FakeSuite, _OpenMailbox

DEADLINE = timedelta(seconds=0.5)
WAIT_SECONDS = 5


class HoldingSuite(FakeSuite):
    """A suite that keeps its answers back until it is told to let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()
        self.let_go.set()
        self.holds_after_creating = False

    def mailbox(self, tokens: AccessTokens, *, key: str, tenant: str | None = None) -> Mailbox:
        return _HoldingMailbox(self, tokens)

    async def mailbox_behind(self, tokens: AccessTokens, operation: str) -> tuple[Account, FakeMailbox]:
        if not self.holds_after_creating:
            await self.let_go.wait()
        return await super().mailbox_behind(tokens, operation)


class _HoldingMailbox(_OpenMailbox):
    async def create(self, event: NewEvent, command_id: UUID) -> Event:
        created = await super().create(event, command_id)
        assert isinstance(self._suite, HoldingSuite)
        await self._suite.let_go.wait()
        return created


@pytest.fixture
def suite() -> HoldingSuite:
    return HoldingSuite()


@pytest.fixture
async def house(database: TortoiseContext, keys: Keys, vault: Vault, suite: HoldingSuite) -> AsyncIterator[House]:
    ticker = Ticker()
    with clock.use(ticker):
        yield await make_house(Server(keys, vault, ticker, suite))


async def _ask(house: House, query: str, variables: dict[str, Any]) -> Answer:
    """What the member is answered within the deadline."""
    engine = Engine(GraphQLOptions(schema=schema, gate=cast("Gate", None), limits=LIMITS, deadline=DEADLINE))
    request = GraphQLRequest(query, None, variables)
    operation = engine.prepare(request)
    assert not isinstance(operation, Answer)
    context = Context(services=house.server.services, principal=house.member)
    return await engine.run(operation, request, Caller(new_context=lambda: context))


async def _finished(before: set[asyncio.Task[Any]]) -> None:
    """Returns once nothing runs that did not run before. Raises TimeoutError."""
    async with asyncio.timeout(WAIT_SECONDS):
        while asyncio.all_tasks() - before:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0)


def _codes(answer: Answer) -> list[str]:
    return [error["extensions"]["code"] for error in cast("list[dict[str, Any]]", answer.errors)]


async def test_a_query_whose_suite_does_not_answer_is_given_up_and_nothing_of_it_runs_on(
    house: House, suite: HoldingSuite
) -> None:
    before = asyncio.all_tasks()
    suite.let_go.clear()

    given_up = await _ask(house, AGENDA, WINDOW)
    await _finished(before)
    suite.let_go.set()
    answered = await _ask(house, AGENDA, WINDOW)

    assert (_codes(given_up), _codes(answered)) == (["DEADLINE_EXCEEDED"], [])


@pytest.mark.parametrize("holds_after_creating", [False, True], ids=["before it is done", "after it is done"])
async def test_a_booking_given_up_at_the_deadline_is_one_booking_once_it_is_repeated(
    house: House, suite: HoldingSuite, holds_after_creating: bool
) -> None:
    suite.holds_after_creating = holds_after_creating
    variables = {"input": {"roomIds": [house.room_id], "event": house.new_event(), "idempotencyKey": "a booking"}}
    before = asyncio.all_tasks()
    suite.let_go.clear()

    given_up = await _ask(house, BOOK, variables)
    await _finished(before)
    recorded = await RoomBooking.of(house.organisation.id).count()
    suite.let_go.set()
    repeated = await _ask(house, BOOK, variables)

    assert _codes(given_up) == ["DEADLINE_EXCEEDED"]
    assert "Look whether it took effect" in str(given_up.payload)
    assert recorded == 0
    data = cast("dict[str, Any]", repeated.payload["data"])
    assert data["bookRoom"]["__typename"] == "RoomsBooked"
    assert len(house.calendar.events) == 1
    assert await RoomBooking.of(house.organisation.id).count() == 1
