"""Calendars beside the default one, copies in them, and members laid over what Exchange would show."""

from typing import Any

from tests.sandbox.graph.client import AsgiClient
from tests.sandbox.graph.conftest import ADA, BEN, ROOM, SCOPES, Sandbox, answers, event
from tests.sandbox.graph.test_calendar_view import around, weekly

BOX = f"/control/graph/mailboxes/{ADA}"


async def further_calendar(sandbox: Sandbox, **more: str) -> str:
    return str((await sandbox.control.post(f"{BOX}/calendars", {"name": "Projects", **more})).body["id"])


async def subjects(client: AsgiClient, path: str) -> list[str]:
    return [found["subject"] for found in (await client.get(path)).body["value"]]


async def test_a_further_calendar_is_listed_with_its_owner_and_tallies_no_answers(sandbox: Sandbox) -> None:
    await further_calendar(sandbox)
    await further_calendar(sandbox, shared_by=BEN)

    default, own, shared = (await sandbox.as_user(ADA).get("/v1.0/me/calendars")).body["value"]

    assert [one["owner"]["address"] for one in (default, own, shared)] == [ADA, ADA, BEN]
    assert [one["isDefaultCalendar"] for one in (default, own, shared)] == [True, False, False]
    assert [one["isTallyingResponses"] for one in (default, own, shared)] == [True, False, False]
    assert [one["canEdit"] for one in (default, own, shared)] == [True, True, False]


async def test_each_calendar_holds_its_own_events(sandbox: Sandbox) -> None:
    ada, calendar = sandbox.as_user(ADA), await further_calendar(sandbox)
    start = sandbox.soon()
    await ada.post("/v1.0/me/events", event(start, subject="In the default one"))
    await ada.post(f"/v1.0/me/calendars/{calendar}/events", event(start, subject="In the other"))

    window = around(start).partition("?")[2]

    assert await subjects(ada, f"/v1.0/me/calendarView?{window}") == ["In the default one"]
    assert await subjects(ada, f"/v1.0/me/calendars/{calendar}/calendarView?{window}") == ["In the other"]
    assert await subjects(ada, "/v1.0/me/events") == ["In the default one"]
    assert await subjects(ada, f"/v1.0/me/calendars/{calendar}/events") == ["In the other"]


async def test_an_event_of_a_further_calendar_is_found_by_its_id_alone(sandbox: Sandbox) -> None:
    ada, calendar = sandbox.as_user(ADA), await further_calendar(sandbox)
    made = await ada.post(f"/v1.0/me/calendars/{calendar}/events", event(sandbox.soon()))
    default = (await ada.get("/v1.0/me/calendar")).body["id"]

    anywhere = await ada.get(f"/v1.0/me/events/{made.body['id']}")
    here = await ada.get(f"/v1.0/me/calendars/{calendar}/events/{made.body['id']}")
    elsewhere = await ada.get(f"/v1.0/me/calendars/{default}/events/{made.body['id']}")

    assert (anywhere.status, here.status, elsewhere.status) == (200, 200, 404)


async def test_a_series_in_a_further_calendar_is_expanded_there(sandbox: Sandbox) -> None:
    ada, calendar = sandbox.as_user(ADA), await further_calendar(sandbox)
    start = sandbox.soon(days=3)
    made = await ada.post(f"/v1.0/me/calendars/{calendar}/events", weekly(start, 3, "UTC"))

    window = around(start, days=30).partition("?")[2]
    dates = (await ada.get(f"/v1.0/me/events/{made.body['id']}/instances?{window}")).body["value"]

    assert len(dates) == 3


async def test_a_room_booked_from_a_further_calendar_is_taken_and_says_nothing(sandbox: Sandbox) -> None:
    ada, calendar = sandbox.as_user(ADA), await further_calendar(sandbox)
    made = await ada.post(f"/v1.0/me/calendars/{calendar}/events", event(sandbox.soon(), rooms=(ROOM,)))
    second = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))

    sandbox.rooms_answer()

    assert answers((await ada.get(f"/v1.0/me/events/{made.body['id']}")).body) == {ROOM: "none"}
    assert answers((await ada.get(f"/v1.0/me/events/{second.body['id']}")).body) == {ROOM: "declined"}


async def test_a_colleagues_calendar_needs_a_permission_on_shared_ones(sandbox: Sandbox) -> None:
    calendar = await further_calendar(sandbox, shared_by=BEN)
    where = f"/v1.0/me/calendars/{calendar}/events"

    refused = await sandbox.as_user(ADA).get(where)
    allowed = await sandbox.as_user(ADA, SCOPES | {"Calendars.Read.Shared"}).get(where)

    assert (refused.status, refused.body["error"]["code"]) == (403, "ErrorAccessDenied")
    assert allowed.status == 200


async def test_a_copy_in_another_calendar_keeps_the_icaluid_and_has_its_own_id(sandbox: Sandbox) -> None:
    ada, calendar = sandbox.as_user(ADA), await further_calendar(sandbox)
    made = (await ada.post("/v1.0/me/events", event(sandbox.soon(), transactionId="t-1"))).body

    copied = (await sandbox.control.post(f"{BOX}/events/{made['id']}/copy", {"calendar": calendar})).body
    await ada.delete(f"/v1.0/me/events/{made['id']}")

    assert copied["iCalUId"] == made["iCalUId"]
    assert copied["id"] != made["id"]
    assert copied["transactionId"] is None
    assert (await ada.get(f"/v1.0/me/events/{copied['id']}")).status == 200


async def test_taking_the_further_calendars_takes_what_lies_in_them(sandbox: Sandbox) -> None:
    ada, calendar = sandbox.as_user(ADA), await further_calendar(sandbox)
    gone = (await ada.post(f"/v1.0/me/calendars/{calendar}/events", event(sandbox.soon()))).body
    kept = (await ada.post("/v1.0/me/events", event(sandbox.soon()))).body

    left = (await sandbox.control.delete(f"{BOX}/calendars")).body

    assert [one["is_default"] for one in left] == [True]
    assert (await ada.get(f"/v1.0/me/events/{gone['id']}")).status == 404
    assert (await ada.get(f"/v1.0/me/events/{kept['id']}")).status == 200


async def test_an_event_shows_the_members_laid_over_it(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    made = (await ada.post("/v1.0/me/events", event(sandbox.soon()))).body
    odd: dict[str, Any] = {"subject": None, "originalStartTimeZone": "tzone://Microsoft/Custom"}

    await sandbox.control.post(f"{BOX}/events/{made['id']}/overlay", odd)
    unknown = await sandbox.control.post(f"{BOX}/events/{made['id']}/overlay", {"colour": "green"})

    shown = (await ada.get(f"/v1.0/me/events/{made['id']}?$select=subject,originalStartTimeZone,type")).body
    assert {name: shown[name] for name in odd} == odd
    assert shown["type"] == "singleInstance"
    assert unknown.status == 422


async def test_one_date_of_a_series_may_be_the_odd_one(sandbox: Sandbox) -> None:
    ada, start = sandbox.as_user(ADA), sandbox.soon(days=3)
    series = (await ada.post("/v1.0/me/events", weekly(start, 2, "UTC"))).body

    await sandbox.control.post(f"{BOX}/events/{series['id']}/overlay?occurrence={start.date()}", {"subject": None})

    window = around(start, days=30).partition("?")[2]
    assert await subjects(ada, f"/v1.0/me/calendarView?{window}") == [None, series["subject"]]


async def test_control_calls_name_what_they_do_not_find(sandbox: Sandbox) -> None:
    made = (await sandbox.as_user(ADA).post("/v1.0/me/events", event(sandbox.soon()))).body

    nowhere = await sandbox.control.post(f"{BOX}/events/{made['id']}/copy", {"calendar": "none"})
    nobody = await sandbox.control.post(f"{BOX}/calendars", {"name": "X", "shared_by": "ghost@harbour.example"})
    in_none = await sandbox.control.post(f"{BOX}/events?calendar=none", event(sandbox.soon()))

    assert (nowhere.status, nobody.status, in_none.status) == (404, 404, 404)
