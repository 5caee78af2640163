"""What a trace tells of a member's request and of the jobs, and whose word about traces is believed."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.journeys.story import Slot, Story, story_on
from tests.privacy.test_canaries import AGENDA
from tests.serving.product import product_in
from tests.support.collector import Collector, collector
from tests.support.database import sqlite_url
from tests.telemetry.scraping import asked

CHANGED = "subscription { integrationChanged { status } }"
THEIR_TRACE = "0af7651916cd43dd8448eb211c80319c"
THEIR_SPAN = "b7ad6b7169203331"
TRACEPARENT = f"00-{THEIR_TRACE}-{THEIR_SPAN}-01"


@pytest.fixture
async def spans(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """A collector that every process started from now on sends its spans to."""
    async with collector() as taking:
        for name, value in taking.environment.items():
            monkeypatch.setenv(name, value)
        yield taking


def _lines(story: Story, **values: object) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in story.server.log().splitlines() if line.startswith("{")]
    return [line for line in lines if values.items() <= line.items()]


async def _sent(address: str, body: object, **headers: str) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{address}/graphql", json=body, headers=headers) as answer,
    ):
        await answer.read()
    return answer.status


async def test_a_request_its_operation_and_its_calls_to_the_suite_are_one_trace(
    tmp_path: Path, spans: Collector
) -> None:
    slot = Slot.in_days(3)
    async with story_on(sqlite_url(tmp_path), tmp_path) as story:
        await story.enabled()
        token = await story.connected_member()
        fault = {**story.company.calendar_calls, "status": 503, "headers": {"Retry-After": "0.01"}, "times": 1}
        await story.sandbox.control("POST", "faults", fault)
        async with story.speaking_for(token) as member:
            await member.field(AGENDA, **slot.as_window())
            async with member.subscribe(CHANGED) as updates:
                await updates.next()
                await story.server.stop()
                await updates.until_closed()
        logged = _lines(story, route="/graphql", status=200)[-1]

    [operation] = spans.named("query agenda")
    [request] = [span for span in spans.named("POST /graphql") if span.trace_id == operation.trace_id]
    [call] = [span for span in spans.named("graph get") if span.trace_id == operation.trace_id]
    assert (operation.parent_id, call.parent_id, request.parent_id) == (request.span_id, operation.span_id, "")
    assert operation.attributes | {"correlation_id": ""} == {
        "transport": "http",
        "correlation_id": "",
        "graphql.operation.type": "query",
        "graphql.root_fields": ["agenda"],
        "outcome": "answered",
    }
    assert call.events == (("repeated", {"reason": "unavailable"}),)
    assert request.attributes["http.response.status_code"] == 200
    assert logged["trace_id"] == request.trace_id
    assert logged["correlation_id"] == request.attributes["correlation_id"] == operation.attributes["correlation_id"]
    [opened] = spans.named("subscription integrationChanged")
    assert (opened.attributes["transport"], opened.attributes["outcome"], opened.parent_id) == (
        "websocket",
        "opened",
        "",
    )
    assert spans.service_names == {"hybrid-meetings"}


async def test_a_job_that_did_something_leaves_a_span_and_one_that_found_nothing_leaves_none(
    tmp_path: Path, spans: Collector
) -> None:
    async with story_on(sqlite_url(tmp_path), tmp_path) as story:
        await story.enabled()
        await story.server.stop()

    [synced] = spans.named("job room-sync")
    assert synced.attributes == {"job": "room-sync", "outcome": "ok"}
    calls = [span for span in spans.named("graph get") if span.trace_id == synced.trace_id]
    assert {call.parent_id for call in calls} == {synced.span_id}
    assert {span.name for span in spans.spans if span.name.startswith("job ")} == {"job room-sync"}


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_callers_trace_is_linked_to_and_continued_only_where_the_operator_says_so(
    tmp_path: Path, migrated_template: Path, spans: Collector, *, trusted: bool
) -> None:
    async with product_in(tmp_path, migrated_template, trust_traceparent=trusted) as (server, _):
        headers = {"traceparent": TRACEPARENT, "tracestate": "secret=tracestate", "baggage": "secret=baggage"}
        await _sent(server.url, {"query": "{ __typename }"}, **headers)

    [request] = spans.named("POST /graphql")
    if trusted:
        assert (request.trace_id, request.parent_id, request.links) == (THEIR_TRACE, THEIR_SPAN, ())
    else:
        assert (request.parent_id, request.links) == ("", (THEIR_TRACE,))
        assert request.trace_id != THEIR_TRACE
    assert [body for body in spans.bodies if b"secret" in body] == []


@pytest.mark.parametrize("sent", ["nonsense", TRACEPARENT.replace("00-", "ff-"), TRACEPARENT + ",", ""])
async def test_a_traceparent_that_is_none_is_as_if_it_were_not_there(
    tmp_path: Path, migrated_template: Path, spans: Collector, sent: str
) -> None:
    async with product_in(tmp_path, migrated_template, trust_traceparent=True) as (server, _):
        await _sent(server.url, {"query": "{ __typename }"}, traceparent=sent)

    [request] = spans.named("POST /graphql")
    assert (request.parent_id, request.links) == ("", ())
    assert request.trace_id != THEIR_TRACE


async def test_no_word_of_a_client_stands_in_a_span(tmp_path: Path, migrated_template: Path, spans: Collector) -> None:
    operation = "query Zebrafish($Marmoset: Boolean!) { Okapi: __typename @skip(if: $Marmoset) }"
    variables = {"Marmoset": False, "Gibbon": "Kiwi"}
    async with product_in(tmp_path, migrated_template) as (server, _):
        await _sent(server.url, {"query": operation, "operationName": "Zebrafish", "variables": variables})
        await _sent(server.url, {"query": "{ Tapir }"}, Authorization="Bearer Lemur")
        async with aiohttp.ClientSession() as session:
            for method, path in (("GET", "/Narwhal?code=Ocelot"), ("PROPFIND", "/x"), ("GET", "/auth/continue/Wombat")):
                async with session.request(method, server.url + path) as answer:
                    await answer.read()

    sent = b"".join(spans.bodies)
    assert spans.named("query __typename")
    assert spans.named("GET /auth/continue/{ticket}")
    assert spans.named("_OTHER (no route)")
    words = "Zebrafish Marmoset Okapi Gibbon Kiwi Tapir Lemur Narwhal Ocelot PROPFIND Wombat"
    assert [word for word in words.split() if word.encode() in sent] == []


async def test_a_stream_is_traced_as_far_as_its_opening_and_probes_are_not_traced(
    tmp_path: Path, migrated_template: Path, spans: Collector
) -> None:
    async with product_in(tmp_path, migrated_template) as (server, _):
        body = {"query": "subscription { pendingRooms { __typename } }"}
        await _sent(server.url, body, accept="text/event-stream")
        for path in ("/health/live", "/health/ready"):
            assert (await asked(server.url + path))[0] == 200

    [opened] = spans.named("subscription pendingRooms")
    [request] = spans.named("POST /graphql")
    assert opened.parent_id == request.span_id
    assert {span.name for span in spans.spans} == {opened.name, request.name}


async def test_traces_that_nobody_takes_hold_nobody_up(
    tmp_path: Path, migrated_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    async with asyncio.timeout(15), product_in(tmp_path, migrated_template) as (server, _):
        assert await _sent(server.url, {"query": "{ __typename }"}) == 200
