"""What can be ordered from outside."""

from tests.sandbox.graph.client import AsgiClient
from tests.sandbox.graph.conftest import ADA, BEN, ROOM, Sandbox, answers, event
from tests.sandbox.graph.test_calendar_view import around, weekly, whole

BOX = f"/control/graph/mailboxes/{ADA}"


async def test_a_person_in_outlook_creates_changes_and_cancels_events(sandbox: Sandbox) -> None:
    ben = sandbox.as_user(BEN)
    created = (await sandbox.control.post(f"{BOX}/events", event(sandbox.soon(), people=(BEN,)))).body

    await sandbox.control.patch(f"{BOX}/events/{created['id']}", {"subject": "Changed in Outlook"})
    [changed] = (await ben.get("/v1.0/me/events")).body["value"]
    await sandbox.control.delete(f"{BOX}/events/{created['immutableId']}")
    [cancelled] = (await ben.get("/v1.0/me/events")).body["value"]

    assert changed["subject"] == "Changed in Outlook"
    assert cancelled["isCancelled"] is True
    assert (await sandbox.control.get(f"{BOX}/items")).body == []


async def test_one_date_of_a_series_is_named_by_its_day(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(days=3)
    series = await ada.post("/v1.0/me/events", weekly(start, 3, "UTC"))
    path = f"{BOX}/events/{series.body['id']}"

    gone = await sandbox.control.delete(f"{path}?occurrence={start.date()}")
    absent = await sandbox.control.delete(f"{path}?occurrence=1999-01-01")

    assert (gone.status, absent.status) == (200, 404)
    assert len(await whole(ada, around(start, days=30))) == 2


async def test_events_are_counted_by_subject_and_transaction_id(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    await ada.post("/v1.0/me/events", event(sandbox.soon(), transactionId="t-1", subject="Once"))
    await ada.post("/v1.0/me/events", event(sandbox.soon(), transactionId="t-1", subject="Once"))

    by_transaction = (await sandbox.control.get(f"{BOX}/items?transaction_id=t-1")).body
    by_subject = (await sandbox.control.get(f"{BOX}/items?subject=Once")).body
    by_neither = (await sandbox.control.get(f"{BOX}/items?subject=Never")).body

    assert [len(rows) for rows in (by_transaction, by_subject, by_neither)] == [1, 1, 0]


async def test_a_room_is_added_and_answers_and_a_deleted_one_cannot_be_resolved(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    new = "room.new@harbour.example"
    added = await sandbox.control.post("/control/graph/rooms", {"address": new, "name": "New"})
    taken = await sandbox.control.post("/control/graph/rooms", {"address": new, "name": "New"})
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(new,)))
    await sandbox.control.post("/control/graph/attendant/run")

    found = await ada.get(f"/v1.0/me/events/{created.body['id']}")
    await sandbox.control.delete(f"/control/graph/rooms/{new}")
    late = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(new,)))
    sandbox.rooms_answer()

    assert (added.status, taken.status) == (200, 409)
    assert answers(found.body) == {new: "accepted"}
    assert answers((await ada.get(f"/v1.0/me/events/{late.body['id']}")).body) == {new: "none"}


async def test_bad_orders_are_answered_in_words(sandbox: Sandbox) -> None:
    async def refused(client: AsgiClient, method: str, path: str, body: object) -> int:
        reply = await client.call(method, path, body)
        assert reply.body["error"]
        return reply.status

    control = sandbox.control
    assert await refused(control, "PATCH", f"/control/graph/rooms/{ROOM}", {"behaviour": "MAYBE"}) == 422
    assert await refused(control, "PATCH", "/control/graph/rooms/none@x", {"behaviour": "SILENT"}) == 404
    assert await refused(control, "GET", "/control/graph/mailboxes/none@x/items", None) == 404
    assert await refused(control, "DELETE", f"{BOX}/events/nonsense", None) == 400
    assert await refused(control, "POST", f"{BOX}/events", {"subject": "No times"}) == 400
