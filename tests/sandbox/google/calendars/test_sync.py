"""Sync tokens: what has changed since, and when they are worth nothing."""

import pytest

from tests.sandbox.google.calendars.calling import EVENTS, created, listing, reason, weekly
from tests.sandbox.google.conftest import HUGO, IRIS, SmallGoogle, event
from tests.sandbox.graph.client import AsgiClient


async def token_of(client: AsgiClient, **parameters: str) -> str:
    """The sync token with which a full list ends."""
    token: str = (await client.get(listing(**parameters))).body["nextSyncToken"]
    return token


async def test_a_sync_token_stands_on_the_last_page_only(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    for _ in range(2):
        await created(iris, event(google.soon()))

    first = (await iris.get(listing(maxResults=1))).body
    last = (await iris.get(listing(maxResults=1, pageToken=first["nextPageToken"]))).body

    assert "nextSyncToken" not in first
    assert "nextSyncToken" in last
    assert "nextPageToken" not in last


async def test_what_changes_while_pages_are_read_is_not_lost(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = [await created(iris, event(google.soon(days=day))) for day in (1, 2)]
    first = (await iris.get(listing(maxResults=1))).body
    await iris.patch(f"{EVENTS}/{made[0]['id']}", {"summary": "Meanwhile"})
    last = (await iris.get(listing(maxResults=1, pageToken=first["nextPageToken"]))).body

    changed = (await iris.get(listing(syncToken=last["nextSyncToken"]))).body["items"]

    assert [one["summary"] for one in changed] == ["Meanwhile"]


async def test_only_what_has_changed_comes_and_what_is_gone_as_a_stub(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    kept, changed, gone = [await created(iris, event(google.soon(days=day))) for day in (1, 2, 3)]
    token = await token_of(iris)
    await iris.patch(f"{EVENTS}/{changed['id']}", {"summary": "New"})
    await iris.delete(f"{EVENTS}/{gone['id']}")
    new = await created(iris, event(google.soon()))

    body = (await iris.get(listing(syncToken=token))).body
    after = (await iris.get(listing(syncToken=body["nextSyncToken"]))).body

    assert [(one["id"], one["status"]) for one in body["items"]] == [
        (changed["id"], "confirmed"),
        (gone["id"], "cancelled"),
        (new["id"], "confirmed"),
    ]
    assert set(body["items"][1]) == {"kind", "etag", "id", "status"}
    assert after["items"] == []
    assert kept["id"] not in {one["id"] for one in body["items"]}


async def test_an_instance_that_was_cancelled_names_its_series(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    series = await created(iris, weekly("2027-03-20T09:30:00", 3))
    token = await token_of(iris, singleEvents="true")
    await iris.delete(f"{EVENTS}/{series['id']}_20270327T083000Z")

    [stub] = (await iris.get(listing(syncToken=token, singleEvents="true"))).body["items"]

    assert stub["status"] == "cancelled"
    assert stub["recurringEventId"] == series["id"]
    assert stub["originalStartTime"]["dateTime"] == "2027-03-27T09:30:00+01:00"
    assert "start" not in stub


async def test_a_list_from_a_moment_on_can_be_continued_without_the_moment(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    token = await token_of(iris, timeMin="2027-01-01T00:00:00Z")
    made = await created(iris, event(google.soon(days=-30)))

    body = (await iris.get(listing(syncToken=token))).body

    assert [one["id"] for one in body["items"]] == [made["id"]]


async def test_a_guest_is_told_of_an_invitation_and_of_its_end(google: SmallGoogle) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    token = await token_of(hugo)
    made = await created(iris, event(google.soon(), guests=(HUGO,)))
    invited = (await hugo.get(listing(syncToken=token))).body
    await iris.patch(f"{EVENTS}/{made['id']}", {"attendees": None})

    uninvited = (await hugo.get(listing(syncToken=invited["nextSyncToken"]))).body

    assert [one["status"] for one in invited["items"]] == ["confirmed"]
    assert [one["status"] for one in uninvited["items"]] == ["cancelled"]


@pytest.mark.parametrize(
    "restriction",
    [
        {"timeMin": "2027-01-01T00:00:00Z"},
        {"timeMax": "2027-01-01T00:00:00Z"},
        {"updatedMin": "2027-01-01T00:00:00Z"},
        {"q": "word"},
        {"iCalUID": "x@google.com"},
        {"orderBy": "updated"},
        {"privateExtendedProperty": "a=1"},
        {"sharedExtendedProperty": "a=1"},
        {"showDeleted": "false"},
        {"singleEvents": "true"},
    ],
)
async def test_a_sync_token_stands_no_restriction(google: SmallGoogle, restriction: dict[str, str]) -> None:
    iris = google.as_user(IRIS)
    token = await token_of(iris)

    reply = await iris.get(listing(syncToken=token, **restriction))

    assert reason(reply) == (400, "invalid")


async def test_a_sync_token_that_means_nothing_any_more_asks_for_a_new_beginning(google: SmallGoogle) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    token, others = await token_of(iris), await token_of(hugo)
    google.state.google.calendars.expire_sync_tokens(IRIS)

    replies = [await iris.get(listing(syncToken=one)) for one in (token, others, "garbage", "bm9uc2Vuc2U")]
    fresh = await token_of(iris)

    assert {reason(one) for one in replies} == {(410, "fullSyncRequired")}
    assert (await iris.get(listing(syncToken=fresh))).status == 200
    assert (await hugo.get(listing(syncToken=others))).status == 200


async def test_a_sync_token_does_not_outlive_the_calendars_it_was_about(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    token = await token_of(iris)
    google.state.google.calendars.listing.clear()

    reply = await iris.get(listing(syncToken=token))

    assert reason(reply) == (410, "fullSyncRequired")
