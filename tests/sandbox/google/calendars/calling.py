"""What the tests of events share: paths, bodies, and how answers are read."""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from tests.sandbox.google.conftest import SmallGoogle
from tests.sandbox.graph.client import AsgiClient, Reply

ZONE = "Europe/Amsterdam"


def events_of(calendar: str = "primary") -> str:
    """The path of a calendar's events, its id encoded as clients do."""
    return f"/calendar/v3/calendars/{quote(calendar, safe='')}/events"


EVENTS = events_of()


def listing(calendar: str = "primary", **parameters: str | int | list[str]) -> str:
    """The path of a list."""
    return f"{events_of(calendar)}?{urlencode(parameters, doseq=True)}"


def weekly(start: str, count: int = 8, minutes: int = 60, **more: Any) -> dict[str, Any]:
    """A weekly series from a local time in Amsterdam."""
    begins = datetime.fromisoformat(start)
    ends = begins.replace(minute=0, hour=begins.hour + minutes // 60)
    return {
        "summary": "Weekly planning",
        "start": {"dateTime": begins.isoformat(), "timeZone": ZONE},
        "end": {"dateTime": ends.isoformat(), "timeZone": ZONE},
        "recurrence": [f"RRULE:FREQ=WEEKLY;COUNT={count}"],
        **more,
    }


async def created(client: AsgiClient, body: dict[str, Any], calendar: str = "primary") -> dict[str, Any]:
    """An event that the client has just made."""
    reply = await client.post(events_of(calendar), body)
    assert reply.status == 200, reply.body
    made: dict[str, Any] = reply.body
    return made


async def found(client: AsgiClient, calendar: str = "primary", **parameters: str | int | list[str]) -> list[Any]:
    """The items of a list."""
    reply = await client.get(listing(calendar, **parameters))
    assert reply.status == 200, reply.body
    items: list[Any] = reply.body["items"]
    return items


async def read(client: AsgiClient, event_id: str, calendar: str = "primary") -> dict[str, Any]:
    """One event."""
    reply = await client.get(f"{events_of(calendar)}/{event_id}")
    assert reply.status == 200, reply.body
    body: dict[str, Any] = reply.body
    return body


def reason(reply: Reply) -> tuple[int, str]:
    """Status and reason of a refusal."""
    assert reply.body["error"]["code"] == reply.status
    return reply.status, reply.body["error"]["errors"][0]["reason"]


def answers(body: dict[str, Any]) -> dict[str, str]:
    """Who on an event answered what."""
    return {one["email"]: one["responseStatus"] for one in body.get("attendees", ())}


def rooms_answer(google: SmallGoogle) -> int:
    """Let every waiting room answer now."""
    return google.state.google.calendars.attendant.run()
