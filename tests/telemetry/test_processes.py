"""What a running server and a running worker tell of what people do with them."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journeys.companies import COMPANIES, NEWBRIDGE, Company
from tests.journeys.story import PENDING, Slot, story_on
from tests.privacy.test_canaries import AGENDA
from tests.serving.product import product_in
from tests.support.database import sqlite_url
from tests.support.server import free_port
from tests.telemetry.scraping import Scrape, asked, scraped

TOKEN = "a-token-that-scrapes"
SECONDS = 20


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("company", COMPANIES, ids=[company.suite for company in COMPANIES])
async def test_a_server_tells_of_requests_suites_refreshes_sockets_and_jobs(company: Company, tmp_path: Path) -> None:
    port, slot = free_port(), Slot.in_days(3)
    settings = {"MONITORING_PORT": str(port), "METRICS_TOKEN": TOKEN}
    async with story_on(sqlite_url(tmp_path), tmp_path, company, moves_clock=True, **settings) as story:
        await story.enabled()
        token = await story.connected_member()
        address = story.server.address
        async with story.speaking_for(token) as member, story.speaking_for("not-a-token") as stranger:
            await story.advance(timedelta(hours=2))
            throttled = {"status": 429, "headers": {"Retry-After": "0.01"}, "times": 1}
            await story.sandbox.control("POST", "faults", {**company.calendar_calls, **throttled})
            await member.field(AGENDA, **slot.as_window())
            await member.send("{ nonsense }")
            await stranger.send("{ __typename }")
            async with member.subscribe(PENDING), member.stream(PENDING):
                told = await scraped(_address(port))
        by_token = await scraped(address, Authorization=f"Bearer {TOKEN}")
        ready = await asked(f"{_address(port)}/health/ready")
        elsewhere = await asked(f"{_address(port)}/graphql")
        without_token = await asked(f"{address}/metrics")

    assert told.value("operations_total", transport="http", kind="query", outcome="answered") >= 1
    assert told.value("operations_total", transport="http", kind="none", outcome="refused") == 2
    assert told.value("operations_total", outcome="broken") == 0
    assert told.value("operation_duration_seconds_count", kind="query") >= 1
    for transport in ("websocket", "event_stream"):
        assert told.value("open_sockets", transport=transport) == 1
    assert told.value("suite_call_repeats_total", suite=company.suite, reason="throttled") == 1
    assert told.value("suite_calls_total", suite=company.suite, outcome="ok") >= 3
    assert told.value("refreshes_total", suite=company.suite, outcome="renewed") >= 1
    assert told.value("job_runs_total", job_name="room-sync", outcome="ok") >= 1
    assert told.value("integrations", suite=company.suite, health="HEALTHY") == 1
    assert told.value("ready") == told.value("database_up") == 1
    assert told.value("http_responses_total", route="/graphql", status="401") == 1
    assert by_token.names() == told.names()
    assert (ready[0], elsewhere[0], without_token[0]) == (200, 404, 401)


async def test_a_server_without_either_setting_has_no_metrics_anywhere(tmp_path: Path, migrated_template: Path) -> None:
    async with product_in(tmp_path, migrated_template) as (server, _):
        status, text = await asked(f"{server.url}/metrics", Authorization=f"Bearer {TOKEN}")

    assert status == 404
    assert "hybrid_meetings" not in text


@pytest.mark.postgresql
@pytest.mark.redis
async def test_a_worker_can_be_probed_and_tells_the_same_of_the_deployment_as_its_server(
    postgresql_url: str, redis_url: str, tmp_path: Path
) -> None:
    of_server, of_worker = free_port(), free_port()
    async with story_on(
        postgresql_url, tmp_path, NEWBRIDGE, REDIS_URL=redis_url, MONITORING_PORT=str(of_server)
    ) as story:
        story.server.environment = {**story.server.environment, "HYBRID_MEETINGS_MONITORING_PORT": str(of_worker)}
        async with story.server.worker():
            worker = _address(of_worker)
            await _until_ready(worker)
            await story.enabled()
            told = [await scraped(_address(of_server)), await scraped(worker)]
            ready = await asked(f"{worker}/health/ready")
            live = await asked(f"{worker}/health/live")

    server, worker_told = told
    assert (ready, live[0]) == ((200, '{"status":"ready","redis":"reachable"}'), 200)
    assert worker_told.value("job_runs_total", job_name="room-sync", outcome="ok") >= 1
    assert server.labels("job_runs_total") == []
    for shared in ("integrations", "redis_up", "database_up"):
        assert server.value(shared) == worker_told.value(shared) == 1
    assert _jobs(server) == _jobs(worker_told) != set()
    assert worker_told.value("database_connections") >= 1


async def _until_ready(address: str) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                if (await asked(f"{address}/health/ready"))[0] == 200:
                    return
            except OSError:
                await asyncio.sleep(0.05)


def _jobs(told: Scrape) -> set[str]:
    return {labels["job_name"] for labels in told.labels("job_due_rows")}
