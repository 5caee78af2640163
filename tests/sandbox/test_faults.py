"""Faults are met as they were ordered, by the calls that were meant."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from app.sandbox.faults import (
    Call,
    FaultBook,
    FaultEffect,
    FaultMatch,
    FaultNotFoundError,
    FaultOrder,
    Host,
)
from app.sandbox.process import SandboxClient, SandboxControlError
from tests.sandbox.entra.client import connect

ADA = "ada.vos@tidewater.example"
BEN = "ben.kok@tidewater.example"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
READ_PROFILE = Call(host=Host.GRAPH, method="GET", path="/v1.0/me", template="/v1.0/me", user_oid="ada")


@dataclass(frozen=True, slots=True)
class Caller:
    """One person's calls to Graph."""

    session: aiohttp.ClientSession
    sandbox: SandboxClient
    bearer: str

    def call(self, method: str = "GET", path: str = "/me", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.bearer}"}
        return self.session.request(
            method,
            self.sandbox.description.graph_url + path,
            headers=headers,
            ssl=self.sandbox.trust(),
            **more,
        )

    async def status(self, method: str = "GET", path: str = "/me", **more: Any) -> int:
        async with self.call(method, path, **more) as response:
            await response.read()
            return int(response.status)

    async def subjects(self) -> list[str]:
        async with self.call(path="/me/events") as response:
            return [event["subject"] for event in (await response.json())["value"]]


@pytest.fixture
async def ada(sandbox: SandboxClient) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(session, sandbox, (await connect(sandbox, ADA))["access_token"])


@pytest.fixture
async def ben(sandbox: SandboxClient) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(session, sandbox, (await connect(sandbox, BEN))["access_token"])


def an_event(subject: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "start": {"dateTime": "2031-05-06T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2031-05-06T10:00:00", "timeZone": "UTC"},
    }


@pytest.mark.parametrize(
    ("match", "met"),
    [
        (FaultMatch(), True),
        (FaultMatch(host=Host.ENTRA), False),
        (FaultMatch(method="get"), True),
        (FaultMatch(method="POST"), False),
        (FaultMatch(path="/me"), True),
        (FaultMatch(path="/v1.0/me"), True),
        (FaultMatch(path="/*"), True),
        (FaultMatch(path="/m"), False),
        (FaultMatch(path="/me/*"), False),
        (FaultMatch(path="**"), True),
        (FaultMatch(user_oid="ada"), True),
        (FaultMatch(user_oid="ben"), False),
        (FaultMatch(tenant_id="tidewater"), False),
    ],
)
def test_a_fault_meets_the_calls_it_describes(match: FaultMatch, met: bool) -> None:
    assert match.meets(READ_PROFILE) is met


def test_a_star_stays_within_a_segment() -> None:
    deep = Call(host=Host.GRAPH, method="GET", path="/v1.0/me/events/1/instances", template="")

    assert not FaultMatch(path="/me/events/*").meets(deep)
    assert FaultMatch(path="/me/events/**").meets(deep)


def test_faults_are_met_first_come_first_met_and_used_up() -> None:
    book = FaultBook()
    first = book.order(FaultOrder(match=FaultMatch(), effect=FaultEffect.DROP, times=2))
    second = book.order(FaultOrder(match=FaultMatch(), effect=FaultEffect.DELAY, times=None))

    met = [book.take(READ_PROFILE, NOW) for _ in range(4)]

    assert met == [first, first, second, second]
    assert [applied.fault_id for applied in book.record] == [first.id, first.id, second.id, second.id]


def test_an_unknown_fault_is_not_found() -> None:
    with pytest.raises(FaultNotFoundError):
        FaultBook().get("fault-9")


async def test_an_ordered_answer_strikes_as_often_as_ordered(sandbox: SandboxClient, ada: Caller) -> None:
    order = {"host": "graph", "path": "/me", "status": 429, "headers": {"Retry-After": "7"}, "times": 2}
    await sandbox.control("POST", "faults", order)

    async with ada.call() as struck:
        body = await struck.json()
    rest = [await ada.status(), await ada.status()]

    assert (struck.status, struck.headers["Retry-After"]) == (429, "7")
    assert body["error"]["code"] == "ApplicationThrottled"
    assert rest == [429, 200]


async def test_a_fault_for_one_person_leaves_the_others_alone(sandbox: SandboxClient, ada: Caller, ben: Caller) -> None:
    await sandbox.control("POST", "faults", {"user": ADA, "status": 503, "times": None})

    assert [await ada.status(), await ben.status()] == [503, 200]


async def test_a_call_answered_with_an_error_after_it_was_carried_out_has_happened(
    sandbox: SandboxClient, ada: Caller
) -> None:
    order = {"method": "POST", "path": "/me/events", "status": 504, "moment": "after"}
    await sandbox.control("POST", "faults", order)

    status = await ada.status("POST", "/me/events", json=an_event("Built twice?"))

    assert status == 504
    assert await ada.subjects() == ["Built twice?"]


async def test_a_dropped_connection_gives_no_answer_and_nothing_has_happened(
    sandbox: SandboxClient, ada: Caller
) -> None:
    await sandbox.control("POST", "faults", {"method": "POST", "path": "/me/events", "effect": "drop"})

    with pytest.raises(aiohttp.ClientConnectionError):
        await ada.status("POST", "/me/events", json=an_event("Never"))

    assert await ada.subjects() == []


async def test_an_answer_can_be_lost_though_the_event_exists(sandbox: SandboxClient, ada: Caller) -> None:
    order = {"method": "POST", "path": "/me/events", "effect": "drop", "moment": "after"}
    await sandbox.control("POST", "faults", order)

    with pytest.raises(aiohttp.ClientConnectionError):
        await ada.status("POST", "/me/events", json=an_event("Exists"))

    assert await ada.subjects() == ["Exists"]


async def test_an_answer_can_be_held_until_it_is_released(sandbox: SandboxClient, ada: Caller) -> None:
    fault = await sandbox.control("POST", "faults", {"method": "POST", "path": "/me/events", "effect": "hold"})

    held = asyncio.create_task(ada.status("POST", "/me/events", json=an_event("Held")))
    waiting = await sandbox.control("GET", f"faults/{fault['id']}/held")
    meanwhile = await ada.subjects()
    await sandbox.control("POST", f"faults/{fault['id']}/release")

    assert waiting["held"] == 1
    assert meanwhile == ["Held"]
    assert await held == 201


async def test_waiting_for_a_call_that_never_comes_ends(sandbox: SandboxClient) -> None:
    fault = await sandbox.control("POST", "faults", {"effect": "hold"})

    with pytest.raises(SandboxControlError, match="0 calls are held"):
        await sandbox.control("GET", f"faults/{fault['id']}/held?timeout=0.05")


async def test_a_malformed_body_is_not_what_its_headers_announce(sandbox: SandboxClient, ada: Caller) -> None:
    await sandbox.control("POST", "faults", {"path": "/me", "effect": "malformed"})

    async with ada.call() as response:
        assert response.status == 200
        assert "json" in response.headers["Content-Type"]
        with pytest.raises(ValueError, match=r"."):
            await response.json()


async def test_a_slow_answer_arrives_byte_by_byte(sandbox: SandboxClient, ada: Caller) -> None:
    await sandbox.control("POST", "faults", {"path": "/me", "effect": "trickle", "delay_seconds": 0.0005})

    async with ada.call() as response:
        first = await response.content.readany()
        rest = await response.content.read()

    assert len(first) < len(rest)


async def test_an_entra_fault_carries_an_entra_error(sandbox: SandboxClient) -> None:
    await sandbox.control("POST", "faults", {"host": "entra", "status": 503, "code": 90033})
    address = f"{sandbox.description.authority}/organizations/v2.0/.well-known/openid-configuration"

    async with aiohttp.ClientSession() as session, session.get(address, ssl=sandbox.trust()) as response:
        body = await response.json()

    assert body["error_codes"] == [90033]


@pytest.mark.parametrize(
    "order",
    [
        {"status": 99},
        {"effect": "explode"},
        {"times": 0},
        {"surprise": True},
        {"host": "entra", "code": 1},
        {"user": "nobody@tidewater.example"},
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(sandbox: SandboxClient, order: dict[str, Any]) -> None:
    with pytest.raises(SandboxControlError) as refused:
        await sandbox.control("POST", "faults", order)

    assert refused.value.status in {404, 422}


async def test_calls_are_counted_by_path_template_and_faults_are_recorded(sandbox: SandboxClient, ada: Caller) -> None:
    await sandbox.control("DELETE", "calls")
    await sandbox.control("POST", "faults", {"path": "/me/events/*", "status": 404})

    await ada.status(path="/me/events/AAA=")
    await ada.status(path="/me/events/BBB=")
    counted = await sandbox.control("GET", "calls")
    book = await sandbox.control("GET", "faults")

    [row] = counted["counts"]
    assert (row["host"], row["method"], row["count"]) == ("graph", "GET", 2)
    assert row["path"].startswith("/v1.0/me/events/{")
    assert counted["recent"][0]["fault"] == book["applied"][0]["fault"] == book["faults"][0]["id"]


def test_a_fault_by_chance_meets_the_same_calls_in_every_run_and_lets_the_others_through() -> None:
    books = [FaultBook(), FaultBook()]
    for book in books:
        book.order(
            FaultOrder(match=FaultMatch(), effect=FaultEffect.ANSWER, status=429, times=None, probability=0.05, seed=9)
        )

    met = [[book.take(READ_PROFILE, NOW) is not None for _ in range(2000)] for book in books]

    assert met[0] == met[1]
    assert 60 < met[0].count(True) < 140


def test_only_calls_that_a_fault_by_chance_meets_use_it_up() -> None:
    book = FaultBook()
    order = FaultOrder(match=FaultMatch(), effect=FaultEffect.ANSWER, times=3, probability=0.2, seed=1)
    fault = book.order(order)

    met = [book.take(READ_PROFILE, NOW) is not None for _ in range(200)]

    assert met.count(True) == 3
    assert not met[2]
    assert (fault.applied, fault.remaining) == (3, 0)


@pytest.mark.parametrize("probability", [0, -0.1, 1.1])
async def test_a_probability_is_more_than_nought_and_no_more_than_one(
    sandbox: SandboxClient, probability: float
) -> None:
    with pytest.raises(SandboxControlError):
        await sandbox.control("POST", "faults", {"host": "graph", "probability": probability})
