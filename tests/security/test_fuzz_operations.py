"""Whatever is asked, in documents made at random from the schema: answered or refused in words, and nothing leaks.

`HYBRID_MEETINGS_TEST_FUZZ_EXAMPLES` says how many documents are made, instead of the few of an ordinary run; then
they differ from run to run, and a failure prints the seed that makes its document again.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app import clock
from app.database import engine
from app.graphql.callers import Caller, Gate
from app.graphql.engine import Answer, Engine, GraphQLRequest, Outcome
from app.graphql.options import GraphQLOptions
from app.identity.principal import Principal
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Vault
from schema import schema
from schema.context import Context
from schema.costs import LIMITS
from tests.bookings.house import Ticker
from tests.schema.id_places import Possessions, make_possessions
from tests.schema.operations import OPERATIONS
from tests.schema.world import House, Server, make_house
from tests.security.generated import Generated, Generator, Mood
from tests.support import database as databases

EXAMPLES = int(os.environ.get("HYBRID_MEETINGS_TEST_FUZZ_EXAMPLES", "0"))
EXAMPLES_AT_FIRST = 300
DOCUMENTS_PER_HOUSE = 40
SECONDS_FOR_AN_EVENT = 0.02
ANSWER_SECONDS = 5
CODES = {"UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "QUERY_TOO_COSTLY"}
INNARDS = ("Traceback", "Did you mean", "tortoise", "sqlite", "asyncpg", "app.graphql", "schema.")
"""What only somebody who reads our code or our log may see."""
Root = tuple[str, str]
ROOTS: list[Root] = [(name.partition(".")[0], name.partition(".")[2]) for name in sorted(OPERATIONS)]


class Street:
    """Houses one after the other, each with somebody else's beside it: what was asked of one is not put right again."""

    def __init__(self, keys: Keys, vault: Vault) -> None:
        self.server = Server(keys, vault, Ticker())
        self.engine = Engine(
            GraphQLOptions(
                schema=schema, gate=cast("Gate", None), limits=LIMITS, introspection=False, suggestions=False
            )
        )
        self._house: House | None = None
        self._possessions: Possessions | None = None
        self._asked = 0
        self._neighbours: dict[str, str] = {}

    async def settle(self) -> tuple[House, dict[str, str]]:
        """A house to ask in, and the ids that exist there and next door."""
        if self._house is None or self._asked % DOCUMENTS_PER_HOUSE == 0:
            if self._possessions is not None:
                self._neighbours = {f"neighbour_{kind}": id_ for kind, id_ in self._possessions.ids.items()}
            status = IntegrationStatus.DISABLED if self._asked % 3 == 2 else IntegrationStatus.ENABLED
            self._house = await make_house(self.server, f"Quay{self._asked}")
            self._possessions = await make_possessions(self._house)
            self._house.integration.status = status
            await self._house.integration.save()
        assert self._possessions is not None
        self._asked += 1
        return self._house, {str(kind): id_ for kind, id_ in self._possessions.ids.items()} | self._neighbours

    @property
    def secrets(self) -> list[str]:
        """Every token that the suite has issued so far."""
        return [*self.server.suite._owners, *self.server.suite._grants]

    async def answer(self, principal: Principal | None, asked: Generated) -> Answer:
        """What a client would get; of a subscription, the first event if there is one."""
        request = GraphQLRequest(asked.query, None, asked.variables)
        prepared = self.engine.prepare(request)
        if isinstance(prepared, Answer):
            return prepared
        caller = Caller(new_context=lambda: Context(services=self.server.services, principal=principal))
        if not asked.query.startswith("subscription"):
            return await self.engine.run(prepared, request, caller)
        async with aclosing(self.engine.stream(prepared, request, caller)) as answers:
            try:
                async with asyncio.timeout(SECONDS_FOR_AN_EVENT):
                    return await anext(answers)
            except (TimeoutError, StopAsyncIteration):
                return Answer(Outcome.EXECUTED, {"data": None})


@pytest.fixture
async def street(database_url: str, tmp_path: Path, keys: Keys, vault: Vault) -> AsyncIterator[Street]:
    await databases.migrate(database_url)
    async with engine.database(database_url):
        street = Street(keys, vault)
        with clock.use(street.server.ticker):
            yield street


profile = settings(
    max_examples=EXAMPLES or EXAMPLES_AT_FIRST,
    derandomize=not EXAMPLES,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@profile
@given(seed=st.integers(0, 2**64 - 1), mood=st.sampled_from(Mood), root=st.sampled_from(ROOTS), who=st.integers(0, 6))
async def test_no_document_ends_in_a_defect_hangs_or_tells_a_secret(
    street: Street, seed: int, mood: Mood, root: Root, who: int
) -> None:
    house, ids = await street.settle()
    asked = _made(seed, mood, root, ids)
    note(str(asked))
    principal = None if who == 0 else house.member if who < 3 else house.administrator
    before = asyncio.all_tasks()

    with capture_logs() as log:
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await street.answer(principal, asked)
    answer, body = street.engine.encoded(answer)

    await _finished(before)
    assert answer.outcome in {Outcome.EXECUTED, Outcome.NOT_EXECUTED}
    assert {error["extensions"]["code"] for error in cast("list[dict[str, Any]]", answer.errors)} <= CODES
    assert [entry for entry in log if entry["log_level"] in {"error", "critical"}] == []
    assert [word for word in (*INNARDS, *street.secrets) if word in body.decode()] == []


async def test_most_documents_that_mean_well_are_answered(street: Street) -> None:
    """Else the test above tries little more than the validation of documents."""
    answered = Counter[Outcome]()

    for seed, root in enumerate(ROOTS):
        house, ids = await street.settle()
        asked = _made(seed, Mood.DECENT, root, ids)
        answered[(await street.answer(house.administrator, asked)).outcome] += 1

    assert answered[Outcome.EXECUTED] > 0.9 * len(ROOTS)


def _made(seed: int, mood: Mood, root: Root, ids: dict[str, str]) -> Generated:
    kind, field = root
    return Generator(schema._schema, ids, Random(seed), mood).operation(kind.lower(), field)  # noqa: S311  # no secret


async def _finished(before: set[asyncio.Task[Any]]) -> None:
    """Returns once nothing of the answer runs any more. Raises TimeoutError."""
    async with asyncio.timeout(ANSWER_SECONDS):
        while asyncio.all_tasks() - before:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0)
