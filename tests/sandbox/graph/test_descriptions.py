"""Every kind of call, recorded, against the published description of Graph."""

from datetime import timedelta
from types import ModuleType

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from app.sandbox.microsoft.graph.app import graph_routes
from tests.sandbox.graph.client import AsgiClient
from tests.sandbox.graph.conftest import ADA, BEN, DAVE, LIST, OTHER_ROOM, ROOM, Sandbox, event
from tests.sandbox.graph.receiver import receiving
from tests.sandbox.graph.test_calendar_view import around, weekly, whole
from tests.sandbox.graph.test_seed import seeded
from tests.support.published import findings, validator

pytestmark = pytest.mark.descriptions


@pytest.fixture(scope="module")
def validate() -> ModuleType:
    return validator("graph")


async def test_calendars_and_events_are_as_described(sandbox: Sandbox, validate: ModuleType) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    start = sandbox.soon(days=3)
    await ada.get("/v1.0/me")
    await ada.get(f"/v1.0/users/{ADA}")
    await ada.get("/v1.0/me/calendar")
    [calendar] = (await ada.get("/v1.0/me/calendars?$count=true")).body["value"]
    full = event(
        start,
        rooms=(ROOM,),
        people=(BEN,),
        transactionId="t-1",
        isOnlineMeeting=True,
        onlineMeetingProvider="teamsForBusiness",
        body={"contentType": "html", "content": "<p>Agenda &amp; more</p>"},
        location={"displayName": "Mill 1", "locationType": "conferenceRoom", "locationEmailAddress": ROOM},
        categories=["Blue category"],
        singleValueExtendedProperties=[{"id": "String {00000000-0000-4000-8000-0000000000aa} Name ref", "value": "1"}],
        extensions=[{"@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "example.agenda", "k": "v"}],
    )
    created = await ada.post("/v1.0/me/events", full, Prefer='IdType="ImmutableId"')
    again = await ada.post("/v1.0/me/events", full)
    clash = await ada.post("/v1.0/me/events", {**full, "subject": "Other"})
    series = await ada.post(f"/v1.0/me/calendars/{calendar['id']}/events", weekly(start + timedelta(hours=2), 4))
    sandbox.rooms_answer()
    path = f"/v1.0/me/events/{created.body['id']}"
    await ada.get(path + "?$expand=extensions", Prefer='outlook.timezone="Tokyo Standard Time"')
    await ada.patch(path, {"attendees": full["attendees"][:1], "importance": "high"})
    stale = await ada.patch(path, {"subject": "Stale"}, If_Match='W/"old"')
    rows = await whole(ada, around(start, days=40, more="&$top=2&$select=subject,start,end,attendees"))
    await ada.get(f"/v1.0/me/calendars/{calendar['id']}/calendarView?{around(start).split('?')[1]}")
    await ada.get(f"/v1.0/me/events/{series.body['id']}/instances?{around(start, days=40).split('?')[1]}")
    await ada.patch(f"/v1.0/me/events/{rows[1]['id']}", {"subject": "Exception"})
    await ada.post(f"/v1.0/me/events/{rows[2]['id']}/cancel", {"comment": "Not this week"})
    chosen = "?$select=cancelledOccurrences,subject&$expand=exceptionOccurrences"
    await ada.get(f"/v1.0/me/events/{series.body['id']}{chosen}")
    [copy] = (await ben.get("/v1.0/me/calendar/events")).body["value"]
    await ben.post(f"/v1.0/me/events/{copy['id']}/tentativelyAccept", {"SendResponse": True, "Comment": "Maybe"})
    await ben.post(f"/v1.0/me/events/{copy['id']}/accept", {"sendResponse": True})
    await ben.post(f"/v1.0/me/events/{copy['id']}/decline", {"comment": "After all not"})
    refused = await ada.post(f"{path}/accept", {})
    await ada.delete(path)
    gone = await ada.get(path)
    no_mailbox = await sandbox.as_user(DAVE).get("/v1.0/me/events")
    unauthenticated = await AsgiClient(sandbox.app, "unknown", sandbox.exchanges).get("/v1.0/me/events")

    assert (created.status, again.status, series.status) == (201, 201, 201)
    errors = (clash, stale, refused, gone, no_mailbox, unauthenticated)
    assert [reply.status for reply in errors] == [400, 412, 400, 404, 404, 401]
    assert findings(validate, "graph", sandbox.exchanges) == []


async def test_free_and_busy_and_places_are_as_described(sandbox: Sandbox, validate: ModuleType) -> None:
    ada, application = sandbox.as_user(ADA), sandbox.as_application("Place.Read.All")
    start = sandbox.soon(hour=0)
    await ada.post("/v1.0/me/events", event(start, rooms=(ROOM,)))
    sandbox.rooms_answer()
    window = {"dateTime": start.isoformat(), "timeZone": "UTC"}
    until = {"dateTime": (start + timedelta(days=1)).isoformat(), "timeZone": "W. Europe Standard Time"}

    schedule = await ada.post(
        "/v1.0/me/calendar/getSchedule",
        {"schedules": [ADA, ROOM, "ghost@harbour.example"], "startTime": window, "endTime": until},
    )
    for path in (
        "/v1.0/places/microsoft.graph.room?$top=100&$skip=0&$count=true",
        "/v1.0/places/microsoft.graph.roomlist",
        f"/v1.0/places/{LIST}/microsoft.graph.roomlist/rooms",
        f"/v1.0/places/{OTHER_ROOM}",
    ):
        assert (await application.get(path)).status == 200
    denied = await ada.get("/v1.0/places/microsoft.graph.room")

    assert (schedule.status, denied.status) == (200, 403)
    assert findings(validate, "graph", sandbox.exchanges) == []


async def test_subscriptions_their_notifications_and_batches_are_as_described(
    sandbox: Sandbox, validate: ModuleType
) -> None:
    ada = sandbox.as_user(ADA)
    expiry = (sandbox.state.clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    async with receiving() as receiver:
        body = {
            "changeType": "created,updated,deleted",
            "notificationUrl": receiver.url,
            "lifecycleNotificationUrl": receiver.url,
            "resource": "me/events",
            "expirationDateTime": expiry,
            "clientState": "secret",
        }
        made = await ada.post("/v1.0/subscriptions", body)
        path = f"/v1.0/subscriptions/{made.body['id']}"
        await ada.get("/v1.0/subscriptions")
        await ada.get(path)
        await ada.patch(path, {"expirationDateTime": expiry})
        await ada.post(f"{path}/reauthorize")
        await ada.post("/v1.0/me/events", event(sandbox.soon()))
        await receiver.until(lambda r: bool(r.notifications))
        for lifecycle in ("missed", "reauthorizationRequired"):
            await sandbox.control.post(
                f"/control/graph/subscriptions/{made.body['id']}/lifecycle", {"event": lifecycle}
            )
        await receiver.until(lambda r: len(r.notifications) == 3)
        await ada.delete(path)
    gone = await ada.get(path)
    requests = [{"id": "1", "method": "GET", "url": "/me"}, {"id": "2", "method": "GET", "url": "/me/calendars"}]
    await ada.post("/v1.0/$batch", {"requests": requests})

    assert (made.status, gone.status) == (201, 404)
    assert findings(validate, "graph", sandbox.exchanges) == []
    schema = {"$ref": "#/components/schemas/changeNotificationCollection"}
    root = {"components": validate.doc("graph")["components"]}
    for notification in receiver.notifications:
        # The description knows resourceData only as an open type; its id is documented in prose.
        notification.get("resourceData", {}).pop("id", None)
    assert [validate.errors(schema, envelope, root) for envelope in receiver.envelopes] == [
        [] for _ in receiver.envelopes
    ]


async def test_everything_seeded_is_as_described(validate: ModuleType) -> None:
    state = seeded()
    now = state.clock.now().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    window = (
        f"startDateTime={(now - timedelta(days=14)).isoformat()}&endDateTime={(now + timedelta(days=14)).isoformat()}"
    )
    seen = Sandbox(state, Starlette(routes=[Mount("/v1.0", routes=graph_routes(state))]), AsgiClient(Starlette()), [])
    people = [user for user in state.directory.users() if user.has_mailbox and user.enabled]
    for number, user in enumerate(people):
        size = 1000 if number == 0 else 10
        found = await seen.as_user(user.address).get(f"/v1.0/me/calendarView?{window}&$top={size}")
        assert found.body["value"], user.address
    for tenant in state.directory.tenants():
        await seen.as_application("Place.Read.All", tenant=tenant.id).get("/v1.0/places/microsoft.graph.room")
        await seen.as_application("Place.Read.All", tenant=tenant.id).get("/v1.0/places/microsoft.graph.roomlist")

    assert findings(validate, "graph", seen.exchanges) == []
