"""Requests as aiogoogle builds them from a discovery document, unchanged, at the sandbox's Calendar."""

from typing import Any

from aiogoogle.resource import GoogleAPI

from tests.sandbox.google.calendars.calling import reason
from tests.sandbox.google.conftest import IRIS, SmallGoogle, event
from tests.sandbox.graph.client import AsgiClient, Reply

_CALENDAR = {"calendarId": {"type": "string", "required": True, "location": "path"}}
_EVENT = {**_CALENDAR, "eventId": {"type": "string", "required": True, "location": "path"}}
_FLAG = {"type": "boolean", "location": "query"}
_TEXT = {"type": "string", "location": "query"}


def method(name: str, verb: str, path: str, parameters: dict[str, Any], *, body: bool = False) -> dict[str, Any]:
    order = [one for one, described in parameters.items() if described["location"] == "path"]
    described = {"id": f"calendar.events.{name}", "httpMethod": verb, "path": path, "parameters": parameters}
    described["parameterOrder"] = order
    return described | ({"request": {"$ref": "Event"}} if body else {})


DISCOVERY: dict[str, Any] = {
    "name": "calendar",
    "version": "v3",
    "rootUrl": "https://www.googleapis.com/",
    "servicePath": "calendar/v3/",
    "batchPath": "batch/calendar/v3",
    "baseUrl": "https://www.googleapis.com/calendar/v3/",
    "parameters": {"fields": _TEXT},
    "schemas": {"Event": {"id": "Event", "type": "object", "properties": {}}},
    "resources": {
        "events": {
            "methods": {
                "list": method(
                    "list",
                    "GET",
                    "calendars/{calendarId}/events",
                    {**_CALENDAR, "singleEvents": _FLAG, "timeMin": _TEXT, "orderBy": _TEXT},
                ),
                "insert": method(
                    "insert", "POST", "calendars/{calendarId}/events", {**_CALENDAR, "sendUpdates": _TEXT}, body=True
                ),
                "patch": method("patch", "PATCH", "calendars/{calendarId}/events/{eventId}", _EVENT, body=True),
                "delete": method("delete", "DELETE", "calendars/{calendarId}/events/{eventId}", _EVENT),
            }
        }
    },
}


async def send(client: AsgiClient, request: Any) -> Reply:
    return await client.call(request.method, request.url, request.json)


async def test_aiogoogles_own_requests_create_list_change_and_cancel(google: SmallGoogle) -> None:
    iris, events = google.as_user(IRIS), GoogleAPI(DISCOVERY).events  # type: ignore[no-untyped-call]  # aiogoogle is untyped
    series = event(google.soon(), recurrence=["RRULE:FREQ=DAILY;COUNT=2"])

    made = await send(iris, events.insert(calendarId=IRIS, json=series, sendUpdates="all", validate=False))
    window = {"singleEvents": "true", "orderBy": "startTime", "timeMin": "2026-01-01T00:00:00+01:00"}
    listed = await send(iris, events.list(calendarId=IRIS, **window, validate=False))
    instance = listed.body["items"][0]["id"]
    change = {"summary": "Special"}
    changed = await send(iris, events.patch(calendarId=IRIS, eventId=instance, json=change, validate=False))
    gone = await send(iris, events.delete(calendarId=IRIS, eventId=made.body["id"], validate=False))
    again = await send(iris, events.delete(calendarId=IRIS, eventId=made.body["id"], validate=False))

    assert len(listed.body["items"]) == 2
    assert (changed.body["id"], changed.body["summary"]) == (instance, "Special")
    assert gone.status == 204
    assert reason(again) == (410, "deleted")
