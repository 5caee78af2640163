"""Every exchange of the contract run against the published descriptions of the APIs, in both directions.

The descriptions cover Graph, Calendar and the Directory. Left out are the exchanges that neither suite publishes there:
those of OAuth and OpenID Connect (Entra, Google's accounts), Google's profile among them. The recorders do not hear
those; their forms are held to by msal and aiogoogle, which make and read them.
"""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tests.contract.conftest import Exchange, Record
from tests.support.published import validator

WRONG_ON_PURPOSE = (
    "test_a_malformed_answer_is_no_answer",
    "test_words_of_a_later_version_mean_what_is_safe",
    "UNHEARD_OF_VALUES]",
    # Graph's description promises 20 addresses a call; Exchange takes 100, and the client falls back where it does not
    # (https://github.com/microsoftgraph/microsoft-graph-docs/issues/7047).
    "test_five_hundred_rooms_cost_a_handful_of_calls[microsoft",
    "test_more_addresses_than_one_call_takes_are_asked_in_several[microsoft",
    # The description at hand gives `/me` no query; Graph tells further addresses only where they are selected
    # (https://learn.microsoft.com/graph/api/user-get#optional-query-parameters).
    "test_a_mailbox_tells_its_addresses_its_own_first_and_each_once[microsoft",
)
"""Parts of the names of those tests whose bodies no description covers."""
NOT_IN_THE_CUT = ("/me/settings/workHoursAndLocations/",)
"""What Graph has and the description beside the project leaves out
(https://learn.microsoft.com/graph/api/workhoursandlocationssetting-occurrencesview)."""

pytestmark = pytest.mark.descriptions

Check = Callable[[dict[str, Any]], list[str] | None]


def published() -> Check:
    """The check that comes with the descriptions beside the project."""
    check: Check = validator("graph", "google").check
    return check


def as_recorded(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": None if request.body is None else orjson.loads(request.body),
        },
        "response": {
            "status": response.status,
            "headers": dict(response.headers),
            "body": orjson.loads(response.body) if response.body else None,
        },
    }


def test_every_exchange_is_as_the_suite_publishes_it(record: Record) -> None:
    check = published()
    judged = [
        exchange
        for exchange in record.exchanges
        if not any(name in exchange.test for name in WRONG_ON_PURPOSE)
        and not any(part in exchange.request.url for part in NOT_IN_THE_CUT)
    ]
    if not judged:
        pytest.skip("nothing was recorded: run the contract in the same run")

    assert {exchange.suite for exchange in judged} == set(record.methods)
    findings = {}
    for exchange in judged:
        found = check(as_recorded(exchange))
        if found is None or found:
            line = f"{exchange.test}: {exchange.request.method} {exchange.request.url} {exchange.response.status}"
            findings[line] = found or ["not described"]

    assert findings == {}


def test_the_check_finds_what_is_wrong() -> None:
    check = published()
    good: dict[str, Any] = {
        "request": {
            "method": "POST",
            "url": "https://graph.microsoft.com/v1.0/me/events/1/cancel",
            "headers": {"Authorization": "Bearer x"},
            "body": {"comment": "no"},
        },
        "response": {"status": 202, "headers": {}, "body": None},
    }

    assert check(good) == []
    assert check({**good, "request": {**good["request"], "body": {"remark": "no"}}})
    assert check({**good, "response": {"status": 404, "headers": {}, "body": {"error": "gone"}}})
    assert check({**good, "request": {**good["request"], "url": "https://graph.microsoft.com/v1.0/me/nothing"}}) is None
