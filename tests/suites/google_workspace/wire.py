"""Events, guests and resources as Google writes them, to be varied by tests."""

from datetime import datetime, timedelta

ADA, BEN = "ada@fernhill.test", "ben@fernhill.test"
LIGHTHOUSE = "c_188abc@resource.calendar.google.com"
HARBOUR = "c_188def@resource.calendar.google.com"
ZONE = "Europe/Amsterdam"
EVENT_ID = "k3v9s1qv5i7t"


def google_time(moment: datetime) -> dict[str, object]:
    return {"dateTime": moment.isoformat(), "timeZone": ZONE}


def guest(address: str, response: str = "needsAction", **members: object) -> dict[str, object]:
    return {"email": address, "displayName": address.partition("@")[0], "responseStatus": response, **members}


def room(
    address: str = LIGHTHOUSE, response: str = "needsAction", name: str = "HQ-2-Lighthouse (8)"
) -> dict[str, object]:
    return guest(address, response, displayName=name, resource=True)


def google_event(begins: datetime, /, **changes: object) -> dict[str, object]:
    """A meeting of Ada's in Ada's calendar; a change to None leaves the member out, as Google does."""
    event = {
        "kind": "calendar#event",
        "etag": '"3541880023456000"',
        "id": EVENT_ID,
        "status": "confirmed",
        "eventType": "default",
        "htmlLink": "https://www.google.example/calendar/event?eid=1",
        "summary": "Design review",
        "description": "Agenda follows",
        "location": "HQ-2-Lighthouse (8)",
        "iCalUID": f"{EVENT_ID}@google.com",
        "organizer": {"email": ADA, "self": True},
        "start": google_time(begins),
        "end": google_time(begins + timedelta(hours=1)),
        "attendees": [room(), guest(BEN)],
        **changes,
    }
    return {member: value for member, value in event.items() if value is not None}


def google_instance(begins: datetime, /, **changes: object) -> dict[str, object]:
    """One date of Ada's series."""
    stamp = begins.strftime("%Y%m%dT%H%M%SZ")
    members = {"id": f"{EVENT_ID}_{stamp}", "recurringEventId": EVENT_ID, "originalStartTime": google_time(begins)}
    return google_event(begins, **{**members, **changes})


def error(status: int, reason: str) -> dict[str, object]:
    return {"error": {"code": status, "message": "canary", "errors": [{"domain": "global", "reason": reason}]}}
