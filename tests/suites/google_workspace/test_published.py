"""Every kind of request that we send, judged by Google's published description."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from app.suites.events import Frequency, NewEvent, Person, Recurrence, Response, RoomsChange
from app.suites.google_workspace.api import GoogleApi
from app.suites.google_workspace.directory import GoogleRoomDirectory
from app.suites.google_workspace.mailbox import GoogleMailbox
from app.suites.http import SuiteRequest
from tests.suites.doubles import Provider
from tests.suites.google_workspace.wire import BEN, EVENT_ID, HARBOUR, LIGHTHOUSE, google_event, guest
from tests.support.published import validator

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
COMMAND = UUID("01234567-89ab-cdef-0123-456789abcdef")
CALENDAR = "/calendar/v3/calendars/primary/events"
EVENT = f"{CALENDAR}/{EVENT_ID}"
RESOURCES = "/admin/directory/v1/customer/my_customer/resources"
SENT = {
    ("DELETE", EVENT),
    ("GET", CALENDAR),
    ("GET", EVENT),
    ("GET", f"{EVENT}/instances"),
    ("GET", "/calendar/v3/users/me/calendarList"),
    ("GET", f"{RESOURCES}/buildings"),
    ("GET", f"{RESOURCES}/calendars"),
    ("PATCH", EVENT),
    ("POST", CALENDAR),
    ("POST", f"{CALENDAR}/watch"),
    ("POST", "/calendar/v3/channels/stop"),
    ("POST", "/calendar/v3/freeBusy"),
}
"""Every call that there is, by its method and path."""

Check = Callable[..., list[str] | None]


@pytest.fixture
def check() -> Check:
    """The check that comes with the descriptions beside the project."""
    found: Check = validator("google").check
    return found


@pytest.fixture
def answering(server: Provider) -> Provider:
    """Google with one meeting of Ada's, to which everything may be done."""
    channel = {"id": "c1", "resourceId": "r1"}
    for method, path in SENT:
        server.answer(path, channel if path.endswith("/watch") else google_event(START), method=method)
    server.answer(f"{CALENDAR}/{COMMAND.hex}", google_event(START))
    return server


async def everything(mailbox: GoogleMailbox, api: GoogleApi) -> None:
    """Each method of the mailbox and of the directory, but for whoever signed in."""
    room = Person(LIGHTHOUSE, "HQ-2-Lighthouse (8)")
    new = NewEvent(
        subject="Weekly planning",
        start=START,
        end=START + HOUR,
        time_zone="Europe/Amsterdam",
        attendees=(Person(BEN, "Ben Kok"),),
        rooms=(room,),
        body="Agenda follows",
        online_meeting=True,
        recurrence=Recurrence(frequency=Frequency.WEEKLY, count=3),
    )
    await mailbox.calendars()
    await mailbox.events(START, START + WEEK)
    await mailbox.occurrences(EVENT_ID, START, START + WEEK)
    await mailbox.create(new, COMMAND)
    await mailbox.find_created(COMMAND)
    change = RoomsChange(add=(Person(HARBOUR, "HQ-3-Harbour (12)"),), remove=frozenset({LIGHTHOUSE}))
    await mailbox.change_rooms(EVENT_ID, change)
    await mailbox.cancel(EVENT_ID)
    await mailbox.schedules([LIGHTHOUSE], START, START + WEEK)
    await mailbox.renew_watch("c0 r0", "https://meetings.fernhill.test/webhooks/google", "secret")
    _ = [page async for page in GoogleRoomDirectory(api).pages()]


async def test_every_request_is_as_google_publishes_it(
    answering: Provider, mailbox: GoogleMailbox, api: GoogleApi, sent: list[SuiteRequest], check: Check
) -> None:
    await everything(mailbox, api)

    findings = {f"{request.method} {request.url}": check(recorded(request), "google", True) for request in sent}

    assert {request: found for request, found in findings.items() if found != []} == {}
    assert {(seen.method, seen.path) for seen in answering.seen} >= SENT


async def test_an_answer_to_an_invitation_is_as_google_publishes_it(
    server: Provider, mailbox: GoogleMailbox, sent: list[SuiteRequest], check: Check
) -> None:
    copy = google_event(START, organizer={"email": BEN}, attendees=[guest("ada@fernhill.test", self=True)])
    server.answer(EVENT, copy)
    server.answer(EVENT, copy, method="PATCH")

    await mailbox.respond(EVENT_ID, Response.DECLINED, "Elsewhere that day")

    assert [check(recorded(request), "google", True) for request in sent] == [[], []]


def recorded(request: SuiteRequest) -> dict[str, Any]:
    body = None if request.body is None else orjson.loads(request.body)
    sent = {"method": request.method, "url": request.url, "headers": dict(request.headers), "body": body}
    return {"request": sent, "response": None}
