"""What is watched is counted by how it ended, under names of ours and nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from prometheus_client import generate_latest

from app.connections.observing import RefreshOutcome, failed_with
from app.graphql.endings import ended_with
from app.graphql.engine import Answer, Outcome
from app.graphql.observing import Ended, Transport
from app.jobs.dispatch import LocalDispatch
from app.jobs.runner import JobRunner
from app.suites.errors import (
    AdminApprovalNeeded,
    ConsentNeeded,
    OperatorMustAct,
    SuiteError,
    SuiteThrottled,
    SuiteUnavailable,
)
from app.suites.http import SuiteHttp, SuiteRequest
from app.suites.protocol import SuiteName
from app.telemetry.metrics import Metrics
from app.telemetry.watching import BROKEN_OFF, UNREAD, Watching
from tests.jobs.test_runner import BrokenJob, CountingJob
from tests.suites.doubles import FakeTime, Provider, provider
from tests.telemetry.scraping import Scrape

SUITE = SuiteName.GOOGLE_WORKSPACE


@pytest.fixture
def watching() -> Watching:
    return Watching(Metrics())


@pytest.fixture
async def suite() -> AsyncIterator[Provider]:
    async with provider() as double:
        yield double


@pytest.fixture
async def http(suite: Provider, watching: Watching) -> AsyncIterator[SuiteHttp]:
    client = SuiteHttp(
        [suite.origin], timedelta(seconds=10), timing=FakeTime().timing(), observer=watching.calls_to(SUITE)
    )
    yield client
    await client.close()


def _told(watching: Watching) -> Scrape:
    return Scrape(generate_latest(watching.metrics.registry).decode())


async def _send(http: SuiteHttp, url: str) -> None:
    request = SuiteRequest(operation="events.list", method="GET", url=url)
    try:
        await http.send(request, http.deadline(), lane="somebody@calendar.example")
    except SuiteUnavailable:
        return


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "ok"), (204, "ok"), (404, "refused"), (403, "refused"), (429, "throttled"), (500, "unavailable")],
)
async def test_a_call_to_a_suite_is_counted_by_what_it_came_to(
    suite: Provider, http: SuiteHttp, watching: Watching, status: int, outcome: str
) -> None:
    for _ in range(5):
        suite.answer("/thing", status=status)

    await _send(http, suite.origin + "/thing")

    told = _told(watching)
    assert told.value("suite_calls_total", suite=SUITE, operation="events.list", outcome=outcome) == 1
    assert told.value("suite_calls_total") == 1
    assert told.value("suite_call_duration_seconds_count", suite=SUITE, operation="events.list") == 1


async def test_a_call_that_is_sent_again_is_one_call_and_says_why_it_was_repeated(
    suite: Provider, http: SuiteHttp, watching: Watching
) -> None:
    suite.answer("/thing", status=429, Retry_After="1")
    suite.answer("/thing", status=503)
    suite.answer("/thing", {"ok": True})

    await _send(http, suite.origin + "/thing")

    told = _told(watching)
    assert told.value("suite_calls_total", outcome="ok") == told.value("suite_calls_total") == 1
    assert told.value("suite_call_repeats_total", reason="throttled") == 1
    assert told.value("suite_call_repeats_total", reason="unavailable") == 1


async def test_what_was_not_sent_and_what_nobody_answered_are_told_apart(
    suite: Provider, http: SuiteHttp, watching: Watching
) -> None:
    await _send(http, "https://elsewhere.example/thing")
    nobody = SuiteHttp(
        ["http://127.0.0.1:1"], timedelta(seconds=1), timing=FakeTime().timing(), observer=watching.calls_to(SUITE)
    )
    await _send(nobody, "http://127.0.0.1:1/thing")
    await nobody.close()

    told = _told(watching)
    assert told.value("suite_calls_total", outcome="not_sent") == 1
    assert told.value("suite_calls_total", outcome="unavailable") == 1


async def test_no_address_path_or_mailbox_is_told_of_a_call(
    suite: Provider, http: SuiteHttp, watching: Watching
) -> None:
    suite.answer("/calendars/somebody@calendar.example/events")

    await _send(http, suite.origin + "/calendars/somebody@calendar.example/events?q=secret")

    told = _told(watching).text
    assert "events.list" in told
    assert [word for word in ("somebody", "calendar.example", "secret", "/calendars") if word in told] == []


def test_what_ends_without_a_word_is_counted_as_broken_off(watching: Watching) -> None:
    with watching.operation(Transport.WEBSOCKET), watching.run("mailing"), watching.refresh(SUITE):
        pass

    told = _told(watching)
    assert told.value("operations_total", transport="websocket", kind=UNREAD, outcome=BROKEN_OFF) == 1
    assert told.value("job_runs_total", job_name="mailing", outcome=BROKEN_OFF) == 1
    assert told.value("refreshes_total", suite=SUITE, outcome=BROKEN_OFF) == 1


def test_only_a_run_that_did_not_fail_is_a_jobs_last_success(watching: Watching) -> None:
    with watching.run("mailing") as failed:
        failed.ended(well=False)
    before = _told(watching).labels("job_last_success_timestamp_seconds")
    with watching.run("mailing") as run:
        run.ended(well=True)

    assert before == []
    assert _told(watching).value("job_last_success_timestamp_seconds", job_name="mailing") > 0
    assert _told(watching).value("job_runs_total", outcome="failed") == 1


async def test_every_run_of_every_job_is_counted_by_how_it_ended(watching: Watching) -> None:
    good, broken = CountingJob(), BrokenJob()
    running = asyncio.create_task(JobRunner([good, broken], LocalDispatch(), watching).run())

    await good.ran(1)
    await broken.ran(1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    told = _told(watching)
    assert told.value("job_runs_total", job_name=good.name, outcome="ok") == 1
    assert told.value("job_runs_total", job_name=broken.name, outcome="failed") == 1
    assert told.value("job_run_duration_seconds_count") == told.value("job_runs_total") == 2


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConsentNeeded(), RefreshOutcome.MEMBER_MUST_ACT),
        (AdminApprovalNeeded(), RefreshOutcome.ADMINISTRATOR_MUST_ACT),
        (OperatorMustAct(), RefreshOutcome.OPERATOR_MUST_ACT),
        (SuiteUnavailable(), RefreshOutcome.UNAVAILABLE),
        (SuiteThrottled(), RefreshOutcome.UNAVAILABLE),
    ],
)
def test_a_refresh_that_failed_says_who_can_mend_it(error: SuiteError, outcome: RefreshOutcome) -> None:
    assert failed_with(error) is outcome


def _answer(outcome: Outcome, *codes: str) -> Answer:
    return Answer(outcome, {"errors": [{"extensions": {"code": code}} for code in codes]} if codes else {})


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        (_answer(Outcome.EXECUTED), Ended.ANSWERED),
        (_answer(Outcome.EXECUTED, "UNAUTHENTICATED"), Ended.PARTLY),
        (_answer(Outcome.EXECUTED, "UNAUTHENTICATED", "INTERNAL"), Ended.BROKEN),
        (_answer(Outcome.EXECUTED, "UNAVAILABLE"), Ended.UNAVAILABLE),
        (_answer(Outcome.NOT_EXECUTED, "BAD_USER_INPUT"), Ended.REFUSED),
        (_answer(Outcome.NOT_EXECUTED, "RATE_LIMITED"), Ended.LIMITED),
        (_answer(Outcome.GIVEN_UP, "DEADLINE_EXCEEDED"), Ended.GIVEN_UP),
        (_answer(Outcome.UNAVAILABLE, "UNAVAILABLE"), Ended.UNAVAILABLE),
        (_answer(Outcome.BROKEN, "INTERNAL"), Ended.BROKEN),
    ],
)
def test_an_operation_that_failed_through_us_is_never_counted_as_the_clients_fault(
    answer: Answer, ended: Ended
) -> None:
    assert ended_with(answer) is ended
