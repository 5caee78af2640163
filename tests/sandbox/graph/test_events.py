"""Creating, reading, changing and cancelling events."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.graph.conftest import ADA, BEN, CHLOE, OTHER_ROOM, ROOM, Sandbox, answers, event


async def test_a_created_event_is_answered_with_201_seven_decimals_and_rooms_that_have_not_answered(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon()

    created = await ada.post("/v1.0/me/events", event(start, rooms=(ROOM,), people=(BEN,)))

    assert created.status == 201
    assert created.body["start"] == {"dateTime": f"{start.isoformat()}.0000000", "timeZone": "UTC"}
    assert created.body["type"] == "singleInstance"
    assert answers(created.body) == {ROOM: "none", BEN: "none"}
    assert created.body["responseStatus"]["response"] == "organizer"


async def test_a_free_room_accepts_and_a_taken_one_declines_on_the_organisers_copy_only(sandbox: Sandbox) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    first = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,), people=(BEN,)))
    second = await ada.post("/v1.0/me/events", event(sandbox.soon(minute=30), rooms=(ROOM,)))

    sandbox.rooms_answer()

    assert answers((await ada.get(f"/v1.0/me/events/{first.body['id']}")).body)[ROOM] == "accepted"
    assert answers((await ada.get(f"/v1.0/me/events/{second.body['id']}")).body)[ROOM] == "declined"
    [copy] = (await ben.get("/v1.0/me/events")).body["value"]
    assert copy["iCalUId"] == first.body["iCalUId"]
    assert copy["id"] != first.body["id"]
    assert answers(copy) == {ROOM: "none", BEN: "none"}
    assert copy["responseStatus"]["response"] == "notResponded"


async def test_the_same_transaction_id_gives_the_same_event_and_other_content_is_refused(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    body = event(sandbox.soon(), transactionId="t-1")

    first = await ada.post("/v1.0/me/events", body)
    again = await ada.post("/v1.0/me/events", body)
    other = await ada.post("/v1.0/me/events", {**body, "subject": "Another"})

    assert (first.status, again.status) == (201, 201)
    assert again.body["id"] == first.body["id"]
    assert (other.status, other.body["error"]["code"]) == (400, "ErrorDuplicateTransactionId")


async def test_another_time_voids_the_answers_and_asks_the_room_again(sandbox: Sandbox) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,), people=(BEN,)))
    path = f"/v1.0/me/events/{created.body['id']}"
    sandbox.rooms_answer()
    [copy] = (await ben.get("/v1.0/me/events")).body["value"]
    await ben.post(f"/v1.0/me/events/{copy['id']}/accept", {"sendResponse": True})
    assert answers((await ada.get(path)).body) == {ROOM: "accepted", BEN: "accepted"}

    later = event(sandbox.soon(hour=14))
    moved = await ada.patch(path, {"start": later["start"], "end": later["end"]})

    assert answers(moved.body) == {ROOM: "none", BEN: "none"}
    assert sandbox.rooms_answer() == 1
    assert answers((await ada.get(path)).body) == {ROOM: "accepted", BEN: "none"}


async def test_attendees_are_replaced_as_a_whole_and_the_dropped_room_is_free_again(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,), people=(BEN,)))
    sandbox.rooms_answer()

    swapped = event(sandbox.soon(), rooms=(OTHER_ROOM,), people=(BEN,))["attendees"]
    await ada.patch(f"/v1.0/me/events/{created.body['id']}", {"attendees": swapped})
    sandbox.rooms_answer()

    found = await ada.get(f"/v1.0/me/events/{created.body['id']}")
    assert answers(found.body) == {OTHER_ROOM: "accepted", BEN: "none"}
    again = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))
    sandbox.rooms_answer()
    assert answers((await ada.get(f"/v1.0/me/events/{again.body['id']}")).body) == {ROOM: "accepted"}


async def test_an_etag_goes_stale_by_itself_soon_after_the_create(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon()))
    path, etag = f"/v1.0/me/events/{created.body['id']}", created.body["@odata.etag"]

    sandbox.state.clock.advance(timedelta(seconds=3))
    stale = await ada.patch(path, {"subject": "New"}, If_Match=etag)
    fresh = (await ada.get(path)).body["@odata.etag"]
    written = await ada.patch(path, {"subject": "New"}, If_Match=fresh)

    assert (stale.status, stale.body["error"]["code"]) == (412, "ErrorIrresolvableConflict")
    assert written.status == 200
    assert written.body["@odata.etag"] != fresh


async def test_cancelling_is_for_the_organiser_and_leaves_a_cancelled_copy_with_the_others(sandbox: Sandbox) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), people=(BEN,)))
    [copy] = (await ben.get("/v1.0/me/events")).body["value"]

    refused = await ben.post(f"/v1.0/me/events/{copy['id']}/cancel", {"comment": "No"})
    cancelled = await ada.post(f"/v1.0/me/events/{created.body['id']}/cancel", {"comment": "Sorry"})

    assert refused.status == 400
    assert cancelled.status == 202
    gone = await ada.get(f"/v1.0/me/events/{created.body['id']}")
    assert (gone.status, gone.body["error"]["code"]) == (404, "ErrorItemNotFound")
    left = (await ben.get(f"/v1.0/me/events/{copy['id']}")).body
    assert left["isCancelled"] is True
    assert left["subject"] == "Canceled: Design review"


async def test_an_organiser_cannot_answer_their_own_invitation(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), people=(BEN,)))

    refused = await ada.post(f"/v1.0/me/events/{created.body['id']}/accept", {})

    assert refused.status == 400


async def test_a_declined_invitation_leaves_the_calendar_unless_the_mailbox_keeps_it(sandbox: Sandbox) -> None:
    ada, ben, chloe = (sandbox.as_user(a) for a in (ADA, BEN, CHLOE))
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), people=(BEN, CHLOE)))
    await sandbox.control.patch(f"/control/graph/mailboxes/{CHLOE}", {"keeps_declined_events": True})

    for client in (ben, chloe):
        [copy] = (await client.get("/v1.0/me/events")).body["value"]
        declined = await client.post(f"/v1.0/me/events/{copy['id']}/decline", {"Comment": "Away"})
        assert declined.status == 202

    assert (await ben.get("/v1.0/me/events")).body["value"] == []
    [kept] = (await chloe.get("/v1.0/me/events")).body["value"]
    assert kept["responseStatus"]["response"] == "declined"
    tally = (await ada.get(f"/v1.0/me/events/{created.body['id']}")).body
    assert answers(tally) == {BEN: "declined", CHLOE: "declined"}


async def test_ids_have_two_forms_and_only_the_default_one_changes_with_a_move(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon()))
    prefer = 'IdType="ImmutableId"'
    immutable = await ada.get(f"/v1.0/me/events/{created.body['id']}", Prefer=prefer)
    assert immutable.headers["preference-applied"] == prefer

    await sandbox.control.post(f"/control/graph/mailboxes/{ADA}/events/{created.body['id']}/move")

    assert (await ada.get(f"/v1.0/me/events/{created.body['id']}")).status == 404
    found = await ada.get(f"/v1.0/me/events/{immutable.body['id']}", Prefer=prefer)
    assert found.body["id"] == immutable.body["id"] != created.body["id"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"end": {"dateTime": "2020-01-01T00:00:00", "timeZone": "UTC"}}, "ErrorInvalidRequest"),
        ({"end": {"dateTime": "2030-01-01T00:00:00", "timeZone": "Mars/Olympus"}}, "TimeZoneNotSupportedException"),
        ({"subject": "x" * 256}, "ErrorPropertyValidationFailure"),
        ({"colour": "red"}, "RequestBodyRead"),
        ({"attendees": [{"emailAddress": {"address": "nobody"}}]}, "ErrorPropertyValidationFailure"),
        ({"isAllDay": True}, "ErrorInvalidRequest"),
        ({"start": None}, "ErrorPropertyValidationFailure"),
    ],
)
async def test_bad_input_is_refused_with_graphs_code(sandbox: Sandbox, change: dict[str, object], code: str) -> None:
    ada = sandbox.as_user(ADA)

    refused = await ada.post("/v1.0/me/events", {**event(sandbox.soon()), **change})

    assert (refused.status, refused.body["error"]["code"]) == (400, code)
    assert (await ada.get("/v1.0/me/events")).body["value"] == []


async def test_own_data_on_an_event_is_found_again_by_filter_and_does_not_travel(sandbox: Sandbox) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    guid = "{6F3C1D2E-0000-4000-8000-00000000ABCD}"
    name = f"String {guid} Name agendaRef"
    extra: dict[str, Any] = {"singleValueExtendedProperties": [{"id": name, "value": "ref-7"}]}
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), people=(BEN,), **extra))
    await ada.post("/v1.0/me/events", event(sandbox.soon(hour=12)))

    wanted = f"ep/id eq 'String {guid.lower()} Name agendaRef' and ep/value eq 'ref-7'"
    query = f"$filter=singleValueExtendedProperties/Any(ep: {wanted})"
    found = await ada.get("/v1.0/me/events?" + query.replace(" ", "%20"))
    expand = f"$expand=singleValueExtendedProperties($filter=id eq '{name}')".replace(" ", "%20")
    [copy] = (await ben.get(f"/v1.0/me/events?{expand}")).body["value"]

    assert [e["id"] for e in found.body["value"]] == [created.body["id"]]
    assert copy["singleValueExtendedProperties"] == []
