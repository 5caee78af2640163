"""Events as Graph writes them, to be varied by tests."""

from datetime import datetime, timedelta

NEVER = "0001-01-01T00:00:00Z"


def graph_time(moment: datetime) -> dict[str, object]:
    return {"dateTime": moment.strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": "UTC"}


def attendee(address: str, response: str = "none", kind: str = "required") -> dict[str, object]:
    return {
        "type": kind,
        "status": {"response": response, "time": NEVER},
        "emailAddress": {"name": address.partition("@")[0], "address": address},
    }


def graph_event(begins: datetime, /, **changes: object) -> dict[str, object]:
    return {
        "@odata.etag": 'W/"v1"',
        "id": "AAMk-1",
        "iCalUId": "040000-1",
        "type": "singleInstance",
        "seriesMasterId": None,
        "subject": "Design review",
        "isAllDay": False,
        "isCancelled": False,
        "isOrganizer": True,
        "showAs": "busy",
        "sensitivity": "normal",
        "responseStatus": {"response": "organizer", "time": NEVER},
        "originalStartTimeZone": "W. Europe Standard Time",
        "originalEndTimeZone": "W. Europe Standard Time",
        "start": graph_time(begins),
        "end": graph_time(begins + timedelta(hours=1)),
        "location": {"displayName": "Lighthouse 2.14"},
        "organizer": {"emailAddress": {"name": "Ada Vos", "address": "Ada@Tidewater.test"}},
        "attendees": [attendee("lh214@tidewater.test", kind="resource"), attendee("ben@tidewater.test")],
        "onlineMeeting": None,
        "webLink": "https://outlook.example/1",
        "bodyPreview": "Agenda follows",
        **changes,
    }
