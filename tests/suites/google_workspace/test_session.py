"""What aiogoogle builds goes out by our own client, and nothing it does not know comes back to it."""

from collections.abc import AsyncIterator

import pytest
from aiogoogle.models import Request, Response

from app.suites.errors import FlowExpired, SuiteUnavailable
from app.suites.google_workspace.session import SuiteSession
from app.suites.http import SuiteResponse
from tests.suites.google_workspace.accounts import Google, google


@pytest.fixture
async def accounts() -> AsyncIterator[Google]:
    async with google() as double:
        yield double


def judged(response: SuiteResponse) -> FlowExpired:
    return FlowExpired(f"Judged{response.status}")


@pytest.fixture
def session(accounts: Google) -> SuiteSession:
    return SuiteSession(accounts.http, "test", judged)


async def test_a_form_is_sent_as_a_form(accounts: Google, session: SuiteSession) -> None:
    accounts.provider.answer("/form", {"ok": True}, method="POST")
    request = Request("POST", accounts.provider.origin + "/form", data={"token": "a b&c"})

    content = await session.send(request)

    sent = accounts.provider.seen[0]
    assert content == {"ok": True}
    assert (sent.headers["Content-Type"], sent.body) == ("application/x-www-form-urlencoded", b"token=a+b%26c")


async def test_a_json_body_is_sent_as_json_with_the_headers_that_aiogoogle_gave(
    accounts: Google, session: SuiteSession
) -> None:
    accounts.provider.answer("/json", {"ok": True}, method="PATCH")
    request = Request("PATCH", accounts.provider.origin + "/json?a=1", headers={"If-Match": '"2"'}, json={"x": "é"})

    await session.send(request)

    sent = accounts.provider.seen[0]
    assert (sent.json(), sent.query) == ({"x": "é"}, {"a": "1"})
    assert (sent.headers["Content-Type"], sent.headers["If-Match"]) == ("application/json", '"2"')


async def test_an_answer_that_is_no_success_is_judged_by_us(accounts: Google, session: SuiteSession) -> None:
    accounts.provider.answer("/no", {"error": {"message": "canary"}}, status=401)

    with pytest.raises(FlowExpired, match="Judged401"):
        await session.send(Request("GET", accounts.provider.origin + "/no"))


async def test_several_requests_are_answered_in_their_order(accounts: Google, session: SuiteSession) -> None:
    accounts.provider.answer("/one", {"n": 1})
    accounts.provider.answer("/two", {"n": 2})
    origin = accounts.provider.origin

    answers = await session.send(Request("GET", origin + "/one"), Request("GET", origin + "/two"))

    assert answers == [{"n": 1}, {"n": 2}]


async def test_aiogoogle_can_have_the_whole_response(accounts: Google, session: SuiteSession) -> None:
    accounts.provider.answer("/one", {"n": 1}, ETag='"7"')

    async with session as entered:
        answer = await entered.send(Request("GET", accounts.provider.origin + "/one"), full_res=True)

    assert isinstance(answer, Response)
    assert (answer.status_code, answer.json, answer.headers["ETag"]) == (200, {"n": 1}, '"7"')


async def test_nothing_is_sent_to_a_host_that_was_not_named(session: SuiteSession) -> None:
    with pytest.raises(SuiteUnavailable, match="ForeignAddress"):
        await session.send(Request("GET", "https://accounts.google.com/.well-known/openid-configuration"))
