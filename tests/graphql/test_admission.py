"""What an operation counts as, and what a caller hears who asks for too much: the same by every way in."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.graphql.conftest import Serving
from tests.graphql.server import Served
from tests.graphql.world import ORIGIN, SESSION, TOKEN, TestGate, World

BEARER = {"Authorization": f"Bearer {TOKEN}"}
MANY_OBJECTS = "{ items(first: 50) { edges { node { items(first: 50) { edges { node { id } } } } } } }"
ONE_CALL = "{ item { checked } }"
REFUSED = {
    "message": "Too many requests came in too short a time: ask again in 3 seconds.",
    "extensions": {"code": "RATE_LIMITED", "retryAfterSeconds": 3},
}


@dataclass
class Counting:
    """An allowance that notes what is taken, and refuses what it is told to."""

    taken: list[tuple[int, int, int]] = field(default_factory=list)
    refuses_requests: bool = False
    refuses_mutations: bool = False
    refuses_calls: bool = False
    wait: timedelta = timedelta(seconds=2, milliseconds=1)

    async def take(self, *, requests: int = 0, mutations: int = 0, calls: int = 0) -> timedelta | None:
        if (
            (requests and self.refuses_requests)
            or (mutations and self.refuses_mutations)
            or (calls and self.refuses_calls)
        ):
            return self.wait
        self.taken.append((requests, mutations, calls))
        return None


@pytest.fixture
def allowance(gate: TestGate) -> Counting:
    gate.allowance = counting = Counting()
    return counting


@pytest.mark.parametrize(
    ("document", "counts"),
    [
        ("{ hello }", [(1, 0, 0)]),
        ("mutation { change(to: 1) }", [(1, 0, 0), (0, 1, 0)]),
        (ONE_CALL, [(1, 0, 0), (0, 0, 1)]),
        (MANY_OBJECTS, [(1, 0, 0), (5, 0, 0)]),
        ("{ nothing }", [(1, 0, 0)]),
        ("{", [(1, 0, 0)]),
    ],
)
async def test_an_operation_counts_as_what_its_document_is_priced_at(
    served: Served, allowance: Counting, document: str, counts: list[tuple[int, int, int]]
) -> None:
    await served.query(document, BEARER)

    assert allowance.taken == counts


async def test_a_socket_and_what_is_asked_over_it_count_as_the_same_by_http(
    served: Served, allowance: Counting
) -> None:
    async with served.ready_socket(BEARER) as client:
        await client.subscribe("mutation { change(to: 1) }")
        await client.receive()
        await client.receive()

    assert allowance.taken == [(1, 0, 0), (1, 0, 0), (0, 1, 0)]


async def test_a_subscription_counts_when_it_opens_and_not_with_what_it_tells(
    served: Served, allowance: Counting
) -> None:
    reply = await served.query("subscription { count(to: 20) { id } }", {**BEARER, "Accept": "text/event-stream"})

    assert reply.body.count(b"event: next") == 20
    assert allowance.taken == [(1, 0, 0)]


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "text/event-stream"])
async def test_too_many_requests_are_answered_429_with_when_to_come_back(
    served: Served, allowance: Counting, accept: str
) -> None:
    allowance.refuses_requests = True

    reply = await served.query("{ hello }", {**BEARER, "Accept": accept})

    assert (reply.status, reply.headers["Retry-After"]) == (429, "3")
    assert reply.json == {"errors": [REFUSED]}


@pytest.mark.parametrize(
    ("wait", "seconds"), [(timedelta(microseconds=1), 1), (timedelta(seconds=1), 1), (timedelta(seconds=60), 60)]
)
async def test_when_to_come_back_is_said_in_whole_seconds_and_never_in_none(
    served: Served, allowance: Counting, wait: timedelta, seconds: int
) -> None:
    allowance.refuses_requests, allowance.wait = True, wait

    reply = await served.query("{ hello }", BEARER)

    assert reply.headers["Retry-After"] == str(seconds)
    assert reply.json["errors"][0]["extensions"]["retryAfterSeconds"] == seconds


async def test_who_asks_for_too_much_costs_no_reading_of_a_document(served: Served, allowance: Counting) -> None:
    allowance.refuses_requests = True

    reply = await served.request("POST", data=b"no json", headers={"Content-Type": "application/json", **BEARER})

    assert reply.status == 429


async def test_a_subscription_too_many_is_refused_before_its_stream_begins(
    served: Served, allowance: Counting, world: World
) -> None:
    allowance.refuses_requests = True

    reply = await served.query("subscription { endless }", {**BEARER, "Accept": "text/event-stream"})

    assert (reply.status, reply.json) == (429, {"errors": [REFUSED]})
    assert world.contexts == []


async def test_a_mutation_too_many_does_nothing_and_queries_go_on(
    served: Served, allowance: Counting, world: World
) -> None:
    allowance.refuses_mutations = True

    refused = await served.query("mutation { changeSlowly }", BEARER)
    query = await served.query("{ hello }", BEARER)

    assert (refused.status, refused.json) == (429, {"errors": [REFUSED]})
    assert not world.started.is_set()
    assert query.json == {"data": {"hello": "hello world"}}


async def test_who_may_not_reach_other_servers_may_still_ask_for_what_is_here(
    served: Served, allowance: Counting
) -> None:
    allowance.refuses_calls = True

    refused = await served.query(ONE_CALL, BEARER)
    query = await served.query("{ hello }", BEARER)

    assert (refused.status, query.status) == (429, 200)


async def test_an_operation_too_many_is_an_error_on_its_socket_and_the_socket_stays(
    served: Served, allowance: Counting
) -> None:
    async with served.ready_socket(BEARER) as client:
        allowance.refuses_mutations = True
        await client.subscribe("mutation { change(to: 1) }")
        refused = await client.receive()
        allowance.refuses_mutations = False
        await client.subscribe("mutation { change(to: 1) }")
        done = await client.receive()

    assert refused == {"id": "1", "type": "error", "payload": [REFUSED]}
    assert done["payload"] == {"data": {"change": 1}}


async def test_what_a_socket_runs_already_goes_on_when_nothing_more_may_be_asked(
    served: Served, allowance: Counting, world: World
) -> None:
    async with served.ready_socket(BEARER) as client:
        await client.subscribe("{ slow }", id="slow")
        await world.started.wait()
        allowance.refuses_requests = True
        await client.subscribe("{ hello }", id="hello")
        refused = await client.receive()
        world.release.set()
        done = await client.receive()

    assert (refused["id"], refused["type"]) == ("hello", "error")
    assert (done["id"], done["payload"]) == ("slow", {"data": {"slow": "done"}})


async def test_a_socket_too_many_closes_as_one_that_is_to_be_opened_later(served: Served, allowance: Counting) -> None:
    allowance.refuses_requests = True
    async with served.socket() as client:
        await client.send(type="connection_init", payload=BEARER)

        assert await client.until_closed() == (1013, REFUSED["message"])


@pytest.mark.parametrize(
    "forged",
    [
        {"Origin": "https://evil.example", "X-Requested-With": "x"},
        {"Origin": ORIGIN},
        {"X-Requested-With": "x"},
    ],
)
async def test_a_foreign_page_takes_nothing_from_the_member_whose_cookie_it_sends(
    served: Served, allowance: Counting, forged: dict[str, str]
) -> None:
    reply = await served.query("{ hello }", {"Cookie": f"session={SESSION}", **forged})

    assert reply.status == 403
    assert allowance.taken == []


async def test_without_an_allowance_nothing_is_counted(serving_with: Serving, gate: TestGate) -> None:
    assert gate.allowance is None
    async with serving_with() as served:
        replies: list[Any] = [await served.query("{ hello }", BEARER) for _ in range(20)]

    assert {reply.status for reply in replies} == {200}
