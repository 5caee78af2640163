"""The way out to a suite: what is sent, what is sent again, and what is refused."""

import asyncio
import gzip
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from app.suites.errors import SuiteUnavailable
from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse
from app.suites.limits import CALLS_SIDE_BY_SIDE, CLOSED_FOR, FAILURES_TO_CLOSE, Lanes
from app.suites.retries import Deadline
from tests.suites.doubles import FakeTime, Provider, provider

TEN_SECONDS = timedelta(seconds=10)


@pytest.fixture
async def suite() -> AsyncIterator[Provider]:
    async with provider() as double:
        yield double


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
async def http(suite: Provider, time: FakeTime) -> AsyncIterator[SuiteHttp]:
    client = SuiteHttp([suite.origin], TEN_SECONDS, timing=time.timing(), max_body_bytes=100_000)
    yield client
    await client.close()


def call(suite: Provider, path: str = "/thing", *, method: str = "GET", idempotent: bool = True) -> SuiteRequest:
    return SuiteRequest(operation="test", method=method, url=suite.origin + path, idempotent=idempotent)


async def test_a_throttled_call_waits_as_long_as_it_was_told(suite: Provider, http: SuiteHttp, time: FakeTime) -> None:
    suite.answer("/thing", status=429, Retry_After="1.5")
    suite.answer("/thing", {"ok": True})

    response = await http.send(call(suite), http.deadline())

    assert response.json() == {"ok": True}
    assert time.pauses == [1.5]


@pytest.mark.parametrize("header", ["-1", None])
async def test_without_a_sensible_retry_after_the_pauses_double(
    suite: Provider, http: SuiteHttp, time: FakeTime, header: str | None
) -> None:
    headers = {} if header is None else {"Retry_After": header}
    suite.answer("/thing", status=503, **headers)
    suite.answer("/thing", status=504, **headers)
    suite.answer("/thing", {"ok": True})

    response = await http.send(call(suite), http.deadline())

    assert response.status == 200
    assert time.pauses == [1.5, 2.5]


async def test_a_pause_longer_than_the_deadline_is_not_begun(suite: Provider, http: SuiteHttp, time: FakeTime) -> None:
    suite.answer("/thing", status=429, Retry_After="86400")

    response = await http.send(call(suite), http.deadline())

    assert response.status == 429
    assert response.retry_after == timedelta(days=1)
    assert time.pauses == []


async def test_nothing_is_sent_by_whoever_comes_after_the_end(suite: Provider, http: SuiteHttp) -> None:
    await http.close()

    with pytest.raises(SuiteUnavailable, match="Closed"):
        await http.send(call(suite), http.deadline())


async def test_a_suite_can_name_further_answers_to_send_again_for(suite: Provider, time: FakeTime) -> None:
    suite.answer("/thing", {"slow": "down"}, status=403)
    suite.answer("/thing", {"you": "may not"}, status=403)
    http = SuiteHttp(
        [suite.origin], TEN_SECONDS, timing=time.timing(), retry_when=lambda response: b"slow" in response.body
    )

    response = await http.send(call(suite), http.deadline())
    await http.close()

    assert response.json() == {"you": "may not"}
    assert time.pauses == [1.5]


async def test_a_call_that_must_not_happen_twice_is_sent_once(suite: Provider, http: SuiteHttp) -> None:
    suite.answer("/thing", method="POST", status=503, Retry_After="1")

    response = await http.send(call(suite, method="POST", idempotent=False), http.deadline())

    assert response.status == 503
    assert len(suite.seen) == 1


async def test_an_idempotent_post_is_sent_again(suite: Provider, http: SuiteHttp) -> None:
    suite.answer("/thing", method="POST", status=503, Retry_After="1")
    suite.answer("/thing", {"ok": True}, method="POST")

    response = await http.send(call(suite, method="POST"), http.deadline())

    assert response.status == 200


async def test_a_dropped_connection_is_tried_again(suite: Provider, http: SuiteHttp) -> None:
    async def drop(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    suite.handle("/thing", drop, method="POST")
    suite.answer("/thing", {"ok": True}, method="POST")

    response = await http.send(call(suite, method="POST"), http.deadline())

    assert response.status == 200


async def test_an_answer_that_never_comes_ends_with_the_deadline(suite: Provider) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    suite.handle("/thing", hang)
    http = SuiteHttp([suite.origin], timedelta(milliseconds=50))

    with pytest.raises(SuiteUnavailable, match="Timeout"):
        await http.send(call(suite), http.deadline())

    await http.close()


async def test_a_body_that_trickles_in_ends_with_the_deadline(suite: Provider) -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(1000):
            await answer.write(b" ")
            await asyncio.sleep(0.01)
        return answer

    suite.handle("/thing", trickle)
    http = SuiteHttp([suite.origin], timedelta(milliseconds=60))

    with pytest.raises(SuiteUnavailable, match="Timeout"):
        await http.send(call(suite), http.deadline())

    await http.close()


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.test/thing",
        "http://127.0.0.1:1/thing",
        "//elsewhere.test/thing",
        "/thing",
        "http://user@{host}/thing",
        "http://{host}@elsewhere.test/thing",
        "http://{host}.elsewhere.test/thing",
        "file:///etc/passwd",
        "http://[",
    ],
)
async def test_nothing_is_sent_to_a_host_that_was_not_named_at_the_start(
    suite: Provider, http: SuiteHttp, address: str
) -> None:
    request = SuiteRequest(
        operation="test",
        method="GET",
        url=address.replace("{host}", suite.origin.removeprefix("http://")),
        headers={"Authorization": "Bearer secret"},
    )

    with pytest.raises(SuiteUnavailable, match="ForeignAddress"):
        await http.send(request, http.deadline())

    assert suite.seen == []


async def test_a_redirect_is_not_followed(suite: Provider, http: SuiteHttp) -> None:
    suite.answer("/thing", status=302, Location=suite.origin + "/other")

    with pytest.raises(SuiteUnavailable, match="Redirect"):
        await http.send(call(suite), http.deadline())

    assert [seen.path for seen in suite.seen] == ["/thing"]


async def test_no_cookie_is_kept_between_calls(suite: Provider, http: SuiteHttp) -> None:
    suite.answer("/thing", {"ok": True}, Set_Cookie="who=somebody; Path=/")

    await http.send(call(suite), http.deadline())
    await http.send(call(suite), http.deadline())

    assert all("Cookie" not in seen.headers for seen in suite.seen)


@pytest.mark.parametrize("zipped", [False, True])
async def test_a_body_beyond_the_cap_is_refused(suite: Provider, http: SuiteHttp, zipped: bool) -> None:
    body = b'"' + b"a" * 200_000 + b'"'
    if zipped:
        suite.answer("/thing", gzip.compress(body), Content_Encoding="gzip")
    else:
        suite.answer("/thing", body)

    with pytest.raises(SuiteUnavailable, match="BodyTooBig"):
        await http.send(call(suite), http.deadline())


async def test_a_malformed_body_is_no_answer(suite: Provider, http: SuiteHttp) -> None:
    suite.answer("/thing", '{"value": [')

    response = await http.send(call(suite), http.deadline())

    with pytest.raises(SuiteUnavailable, match="MalformedBody"):
        response.json()


async def test_one_mailbox_gets_four_calls_side_by_side_and_no_more(suite: Provider, http: SuiteHttp) -> None:
    running = 0
    most = 0
    gate = asyncio.Event()

    async def count(request: web.Request) -> web.StreamResponse:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == CALLS_SIDE_BY_SIDE:
            gate.set()
        await gate.wait()
        await asyncio.sleep(0)
        running -= 1
        return web.json_response({})

    suite.handle("/thing", count)

    await asyncio.gather(*(http.send(call(suite), http.deadline(), lane="ada") for _ in range(12)))

    assert most == CALLS_SIDE_BY_SIDE
    assert len(suite.seen) == 12


async def test_a_mailbox_that_keeps_failing_is_left_alone_for_a_moment_and_no_other(
    suite: Provider, http: SuiteHttp, time: FakeTime
) -> None:
    suite.answer("/thing", status=503)
    failing = call(suite, idempotent=False)
    for _ in range(FAILURES_TO_CLOSE):
        await http.send(failing, http.deadline(), lane="ada")

    with pytest.raises(SuiteUnavailable, match="CircuitOpen"):
        await http.send(failing, http.deadline(), lane="ada")
    assert (await http.send(failing, http.deadline(), lane="ben")).status == 503
    time.seconds += CLOSED_FOR.total_seconds()
    assert (await http.send(failing, http.deadline(), lane="ada")).status == 503


async def test_the_limits_remember_no_more_mailboxes_than_they_may() -> None:
    time = FakeTime()
    lanes = Lanes(lambda: time.seconds, max_idle=10)

    for number in range(100):
        async with lanes.enter(f"mailbox {number}", Deadline(TEN_SECONDS, lambda: time.seconds)):
            pass

    assert len(lanes) == 10


async def test_whoever_records_hears_every_attempt(suite: Provider, time: FakeTime) -> None:
    suite.answer("/thing", status=503, Retry_After="1")
    suite.answer("/thing", {"ok": True})
    heard: list[tuple[SuiteRequest, SuiteResponse]] = []
    http = SuiteHttp(
        [suite.origin],
        TEN_SECONDS,
        recorder=lambda request, response: heard.append((request, response)),
        timing=time.timing(),
    )

    await http.send(call(suite), http.deadline())
    await http.close()

    assert [response.status for _, response in heard] == [503, 200]


async def test_no_log_line_holds_an_address_a_body_or_a_token(
    suite: Provider, http: SuiteHttp, written: io.StringIO
) -> None:
    suite.answer("/thing", {"error": {"code": "x", "message": "canary-in-body"}}, status=503, Retry_After="1")
    suite.answer("/thing", {"ok": True})
    request = SuiteRequest(
        operation="test",
        method="GET",
        url=suite.origin + "/thing?name=canary-in-query",
        headers={"Authorization": "Bearer canary-token"},
    )

    await http.send(request, http.deadline())

    assert "repeated" in written.getvalue()
    assert "canary" not in written.getvalue()


def test_what_went_over_the_wire_never_shows_in_a_text() -> None:
    request = SuiteRequest(
        operation="token",
        method="POST",
        url="https://suite.example/token?code=hush",
        headers={"Authorization": "Bearer hush"},
        body=b"refresh_token=hush",
    )
    response = SuiteResponse(200, {"Set-Cookie": "hush"}, b'{"access_token": "hush"}')

    assert "hush" not in f"{request!r} {response!r}"
