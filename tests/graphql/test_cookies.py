"""What a browser sends unasked must not be enough: cross-site requests with a session cookie."""

import pytest

from tests.graphql.server import Reply, Served
from tests.graphql.world import ORIGIN, SESSION, TOKEN

COOKIE = {"Cookie": f"session={SESSION}"}
OWN_PAGE = {**COOKIE, "X-Requested-With": "app", "Origin": ORIGIN}


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in OWN_PAGE.items() if key != name}


async def test_our_own_page_may_use_the_cookie(served: Served) -> None:
    reply = await served.query("{ me }", OWN_PAGE)

    assert reply.json == {"data": {"me": "Ada"}}


@pytest.mark.parametrize(
    "headers",
    [
        without("X-Requested-With"),
        without("Origin"),
        {**OWN_PAGE, "Origin": "https://evil.example"},
        {**OWN_PAGE, "Origin": "null"},
        {**OWN_PAGE, "Origin": f"{ORIGIN}.evil.example"},
    ],
)
async def test_a_foreign_page_may_not(served: Served, headers: dict[str, str]) -> None:
    reply = await served.query("mutation { change(to: 1) }", headers)

    assert (reply.status, reply.codes) == (403, ["FORBIDDEN"])
    assert "data" not in reply.json


async def test_a_cookie_is_not_enough_for_a_get(served: Served) -> None:
    reply = await served.request("GET", "?query={me}", headers={**OWN_PAGE, "Accept": "application/json"})

    assert reply.status == 405
    assert "data" not in reply.json


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_what_a_form_can_send_is_refused(served: Served, content_type: str) -> None:
    reply = await served.post({"query": "{ me }"}, {**OWN_PAGE, "Content-Type": content_type})

    assert reply.status == 415


@pytest.mark.parametrize("credentials", [{}, {"Authorization": f"Bearer {TOKEN}"}])
async def test_other_callers_need_no_such_headers(served: Served, credentials: dict[str, str]) -> None:
    replies: list[Reply] = [
        await served.query("{ hello }", credentials),
        await served.query("{ hello }", {**credentials, "Origin": "https://elsewhere.example"}),
        await served.request("GET", "?query={hello}", headers={**credentials, "Accept": "application/json"}),
    ]

    assert [reply.status for reply in replies] == [200, 200, 200]
