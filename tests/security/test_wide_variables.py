"""Variables that fill a whole request: read in time that grows with them, and refused or answered in words."""

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, cast

import pytest

from app import clock
from app.database import engine as database_engine
from app.graphql.callers import Caller, Gate
from app.graphql.engine import Answer, Engine, GraphQLRequest, encode
from app.graphql.options import GraphQLOptions
from app.keys import Keys, Vault
from schema import schema
from schema.costs import LIMITS
from tests.bookings.house import Ticker
from tests.schema.operations import OPERATIONS
from tests.schema.world import House, Server, make_house
from tests.support import database as databases

BODY = 100 * 1024

Wide = Callable[[int], dict[str, Any]]

WIDE: dict[str, tuple[str, Wide]] = {
    "ids": ("Mutation.markNotificationsRead", lambda n: {"input": {"notificationIds": ["a"] * n}}),
    "members": (
        "Query.suggestOfficeDays",
        lambda n: {"from": "2031-05-12", "to": "2031-05-18", "memberIds": ["a"] * n},
    ),
    "days": (
        "Mutation.bookShift",
        lambda n: {"input": {"kind": "REMOTE", "days": {"dates": ["2031-05-13"] * n}, "idempotencyKey": "a shift"}},
    ),
    "attendees": (
        "Mutation.bookRoom",
        lambda n: {
            "input": {
                "roomIds": ["a"],
                "idempotencyKey": "a booking",
                "event": {
                    "subject": "Tide tables",
                    "start": "2031-05-12T10:00:00Z",
                    "end": "2031-05-12T11:00:00Z",
                    "timeZone": "UTC",
                    "attendees": [{"email": "a@b.example"}] * n,
                },
            }
        },
    ),
    "rooms": ("Mutation.bookRoom", lambda n: {"input": {"roomIds": ["a"] * n, "idempotencyKey": "a booking"}}),
    "floors": (
        "Mutation.createBuilding",
        lambda n: {
            "input": {
                "name": "Harbour office",
                "timeZone": "UTC",
                "idempotencyKey": "a building",
                "floors": [{"name": "Attic", "areas": []}] * n,
            }
        },
    ),
    "items of the wrong type": ("Mutation.markNotificationsRead", lambda n: {"input": {"notificationIds": [{}] * n}}),
    "keys that are unknown": ("Mutation.markNotificationsRead", lambda n: {"input": {f"a{i}": 1 for i in range(n)}}),
    "variables that nothing asks for": ("Query.viewer", lambda n: {f"a{i}": 1 for i in range(n)}),
    "a text": ("Mutation.setEventNote", lambda n: {"input": {"eventId": "a", "text": "x" * n}}),
    "an id": ("Query.node", lambda n: {"id": "x" * n}),
}


@pytest.fixture
async def house(database_url: str, tmp_path: Path, keys: Keys, vault: Vault) -> AsyncIterator[House]:
    await databases.migrate(database_url)
    ticker = Ticker()
    async with database_engine.database(database_url):
        with clock.use(ticker):
            yield await make_house(Server(keys, vault, ticker))


def _as_wide_as_fits(wide: Wide) -> dict[str, Any]:
    """The variables that fill a body, to within a part in ten."""
    count = BODY
    while len(encode(wide(count))) > BODY:
        count = count * 9 // 10
    return wide(count)


@pytest.mark.parametrize(("operation", "wide"), WIDE.values(), ids=WIDE)
async def test_a_body_full_of_one_variable_is_answered_or_refused_in_words(
    house: House, operation: str, wide: Wide
) -> None:
    answer = await house.server.ask(house.administrator, OPERATIONS[operation].document, **_as_wide_as_fits(wide))

    errors: list[dict[str, Any]] = answer.get("errors", [])
    assert {error["extensions"]["code"] for error in errors} <= {"BAD_USER_INPUT", "QUERY_TOO_COSTLY"}
    assert errors or answer["data"]
    assert len(encode(answer)) < BODY


async def _calls(document: str, variables: Mapping[str, Any]) -> int:
    """How many functions are called until a resolver is reached, who finds nobody there."""
    engine = Engine(GraphQLOptions(schema=schema, gate=cast("Gate", None), limits=LIMITS))
    request = GraphQLRequest(document, None, variables)
    operation = engine.prepare(request)
    count = 0

    def see(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        if not isinstance(operation, Answer):
            await engine.run(operation, request, Caller(new_context=lambda: None))
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(("operation", "wide"), WIDE.values(), ids=WIDE)
async def test_variables_are_read_in_steps_that_grow_with_their_number(operation: str, wide: Wide) -> None:
    short, middle, long = [await _calls(OPERATIONS[operation].document, wide(n)) for n in (200, 400, 800)]

    assert middle <= 2.1 * short
    assert long <= 2.1 * middle
