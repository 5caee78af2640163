"""What reading a calendar of any size takes: the events that a window may hold, one page, and nothing that grows."""

import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from app.suites.errors import SuiteUnavailable
from app.suites.google_workspace.api import Descriptions, GoogleApi
from app.suites.google_workspace.mailbox import GoogleMailbox
from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse
from app.suites.microsoft365.graph import Graph
from app.suites.microsoft365.mailbox import Microsoft365Mailbox
from app.suites.protocol import Mailbox
from app.suites.windows import MOST_EVENTS
from tests.suites.google_workspace.wire import google_event
from tests.suites.microsoft365.test_graph import OneToken
from tests.suites.microsoft365.wire import graph_event

ADDRESS = "https://suite.example"
START = datetime(2026, 11, 12, 13, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE = 500
EVENTS_OF_CALENDAR = 50_000
BYTES_OF_EVENT = 4_096
"""What one event with two guests may take, once read."""


class Pages(SuiteHttp):
    """A suite that answers with one page again and again, which leads on to another until the calendar ends."""

    def __init__(self, page: Callable[[int], bytes], pages: int) -> None:
        super().__init__([ADDRESS], timedelta(seconds=60))
        self._page = page
        self._pages = pages
        self.answered = 0

    async def send(self, request: SuiteRequest, *_: Any, **__: Any) -> SuiteResponse:
        self.answered += 1
        return SuiteResponse(200, {}, self._page(min(self.answered, self._pages)))


def microsoft(pages: int, **members: object) -> tuple[Mailbox, Pages]:
    items = orjson.dumps([graph_event(START, id=f"AAMk-{n}", **members) for n in range(PAGE)])

    def page(number: int) -> bytes:
        link = b"" if number == pages else b', "@odata.nextLink": "%s/v1.0/me?$skip=%d"' % (ADDRESS.encode(), number)
        return b"".join((b'{"value": ', items, link, b"}"))

    http = Pages(page, pages)
    return Microsoft365Mailbox(Graph(http, f"{ADDRESS}/v1.0", OneToken(), "ada")), http


def google(pages: int, **members: object) -> tuple[Mailbox, Pages]:
    items = orjson.dumps([google_event(START, id=f"k3v9{n}", **members) for n in range(PAGE)])

    def page(number: int) -> bytes:
        token = b"" if number == pages else b', "nextPageToken": "%d"' % number
        return b"".join((b'{"items": ', items, token, b"}"))

    http = Pages(page, pages)
    addresses: Any = SimpleNamespace(calendar_url=ADDRESS, directory_url=ADDRESS, openid_url=ADDRESS)
    return GoogleMailbox(GoogleApi(http, Descriptions(addresses), OneToken(), "ada")), http


SUITES = pytest.mark.parametrize("suite", [microsoft, google])


async def peak_of(reading: Callable[[], Awaitable[object]]) -> int:
    """The most bytes that were held at once because of it."""
    tracemalloc.start()
    try:
        await reading()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@SUITES
async def test_of_a_calendar_of_fifty_thousand_events_no_more_is_held_than_a_window_may_have(
    suite: Callable[..., tuple[Mailbox, Pages]],
) -> None:
    mailbox, http = suite(EVENTS_OF_CALENDAR // PAGE)

    async def reading() -> None:
        with pytest.raises(SuiteUnavailable, match="TooManyEvents"):
            await mailbox.events(START, START + DAY)

    assert await peak_of(reading) < MOST_EVENTS * BYTES_OF_EVENT
    assert http.answered == MOST_EVENTS // PAGE + 1


@SUITES
async def test_of_many_pages_there_are_two_at_once_the_one_that_was_read_and_the_one_that_comes(
    suite: Callable[..., tuple[Mailbox, Pages]],
) -> None:
    long = {"bodyPreview": "x" * 20_000} if suite is microsoft else {"description": "x" * 20_000}
    mailbox, http = suite(6, **long)
    bytes_of_page = PAGE * 20_000

    assert (
        await peak_of(lambda: mailbox.events(START, START + DAY))
        < 2 * bytes_of_page + http.answered * PAGE * BYTES_OF_EVENT
    )
    assert http.answered == 6
