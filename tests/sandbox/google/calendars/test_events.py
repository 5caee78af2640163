"""Creating, changing and cancelling one's own events."""

from typing import Any

import pytest

from tests.sandbox.google.calendars.calling import EVENTS, ZONE, created, events_of, found, read, reason
from tests.sandbox.google.conftest import IRIS, SmallGoogle, event

AT_HOME = {
    "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}},
    "visibility": "public",
    "transparency": "transparent",
}
CONFERENCE = {"createRequest": {"requestId": "r-1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}


async def test_an_event_is_shown_as_google_shows_it(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    made = await created(iris, event(google.soon(), description="Bring plans", location="Attic"))

    assert made["kind"] == "calendar#event"
    assert made["status"] == "confirmed"
    assert made["iCalUID"] == f"{made['id']}@google.com"
    assert made["organizer"] == made["creator"] == {"email": IRIS, "self": True}
    assert (made["description"], made["location"], made["eventType"]) == ("Bring plans", "Attic", "default")
    assert made["etag"].startswith('"')
    assert made["etag"].endswith('"')


async def test_nothing_empty_is_answered(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    made = await created(iris, event(google.soon(), description="", attendees=[], guestsCanModify=False))

    assert not {"description", "attendees", "guestsCanModify", "recurrence", "attendeesOmitted"} & set(made)
    assert all(value not in (None, [], {}, "") for value in made.values())


async def test_times_are_shown_in_the_calendars_zone_and_keep_the_zone_they_were_meant_in(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    body = event(google.soon()) | {
        "start": {"dateTime": "2027-01-12T09:00:00", "timeZone": "America/New_York"},
        "end": {"dateTime": "2027-01-12T16:00:00+01:00"},
    }

    made = await created(iris, body)

    assert made["start"] == {"dateTime": "2027-01-12T15:00:00+01:00", "timeZone": "America/New_York"}
    assert made["end"] == {"dateTime": "2027-01-12T16:00:00+01:00", "timeZone": ZONE}


async def test_an_id_of_ones_own_is_kept(google: SmallGoogle) -> None:
    made = await created(google.as_user(IRIS), event(google.soon(), id="0123456789abcdefv"))

    assert made["id"] == "0123456789abcdefv"


@pytest.mark.parametrize("identifier", ["abcd", "w" * 8, "ABCDEFG", "a_b_c_d_e", "a" * 1025, 7])
async def test_an_id_with_other_characters_or_length_is_refused(google: SmallGoogle, identifier: Any) -> None:
    reply = await google.as_user(IRIS).post(EVENTS, event(google.soon(), id=identifier))

    assert reason(reply) == (400, "invalid")


async def test_an_id_stays_taken_even_after_the_event_is_deleted(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    body = event(google.soon(), id="abcde12345")
    await created(iris, body)
    again = await iris.post(EVENTS, body)
    await iris.delete(f"{EVENTS}/abcde12345")

    after = await iris.post(EVENTS, body)

    assert reason(again) == reason(after) == (409, "duplicate")


async def test_a_deleted_event_is_cancelled_and_cannot_be_deleted_again(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon()))
    path = f"{EVENTS}/{made['id']}"

    first, second = await iris.delete(path), await iris.delete(path)

    assert (first.status, first.body) == (204, None)
    assert reason(second) == (410, "deleted")
    assert (await read(iris, made["id"]))["status"] == "cancelled"
    assert await found(iris) == []


async def test_a_deleted_event_is_revived_by_an_update(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon()))
    await iris.delete(f"{EVENTS}/{made['id']}")

    reply = await iris.call("PUT", f"{EVENTS}/{made['id']}", event(google.soon(), status="confirmed"))

    assert reply.body["status"] == "confirmed"
    assert [one["id"] for one in await found(iris)] == [made["id"]]


async def test_an_unknown_event_is_not_found(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    replies = [
        await iris.get(f"{EVENTS}/unknown"),
        await iris.patch(f"{EVENTS}/unknown", {}),
        await iris.delete(f"{EVENTS}/unknown_20270101T000000Z"),
    ]

    assert {reason(one) for one in replies} == {(404, "notFound")}


async def test_a_patch_changes_what_it_names_replaces_arrays_and_clears_by_null(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    body = event(google.soon(), guests=("a@else.example", "b@else.example"), description="Old", location="Attic")
    made = await created(iris, body)

    change = {"description": None, "attendees": [{"email": "c@else.example"}]}
    reply = await iris.patch(f"{EVENTS}/{made['id']}", change)

    assert "description" not in reply.body
    assert [one["email"] for one in reply.body["attendees"]] == ["c@else.example"]
    assert (reply.body["summary"], reply.body["location"]) == (body["summary"], "Attic")
    assert reply.body["sequence"] == made["sequence"] + 1


async def test_an_organisers_own_answer_is_no_new_version_for_the_guests(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon(), guests=(IRIS,)))

    mine = [{"email": IRIS, "responseStatus": "tentative"}]
    reply = await iris.patch(f"{EVENTS}/{made['id']}", {"attendees": mine})

    assert reply.body["attendees"][0]["responseStatus"] == "tentative"
    assert reply.body["sequence"] == made["sequence"]


async def test_a_put_leaves_nothing_that_it_does_not_name(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon(), location="Attic", colorId="3"))

    reply = await iris.call("PUT", f"{EVENTS}/{made['id']}", {"start": made["start"], "end": made["end"]})

    assert not {"summary", "location", "colorId"} & set(reply.body)


async def test_an_all_day_event_becomes_timed_only_when_its_date_is_cleared(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, {"start": {"date": "2027-02-01"}, "end": {"date": "2027-02-02"}})
    times = ("2027-02-01T09:00:00Z", "2027-02-01T10:00:00Z")

    both = await iris.patch(f"{EVENTS}/{made['id']}", {"start": {"dateTime": times[0]}, "end": {"dateTime": times[1]}})
    start, end = ({"date": None, "dateTime": time} for time in times)
    cleared = await iris.patch(f"{EVENTS}/{made['id']}", {"start": start, "end": end})

    assert reason(both) == (400, "invalid")
    assert cleared.body["start"] == {"dateTime": "2027-02-01T10:00:00+01:00", "timeZone": ZONE}


async def test_the_etag_changes_with_every_write_and_guards_it(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon()))
    path = f"{EVENTS}/{made['id']}"

    changed = await iris.patch(path, {"summary": "New"}, If_Match=made["etag"])
    stale = await iris.patch(path, {"summary": "Stale"}, If_Match=made["etag"])
    stale_delete = await iris.delete(path, If_Match=made["etag"])
    anyway = await iris.patch(path, {"summary": "Anyway"}, If_Match="*")

    assert changed.body["etag"] != made["etag"]
    assert reason(stale) == reason(stale_delete) == (412, "conditionNotMet")
    assert anyway.body["summary"] == "Anyway"


async def test_what_the_caller_has_already_is_not_sent_again(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon()))

    same = await iris.get(f"{EVENTS}/{made['id']}", If_None_Match=made["etag"])
    other = await iris.get(f"{EVENTS}/{made['id']}", If_None_Match='"1"')

    assert (same.status, same.body) == (304, None)
    assert other.body["id"] == made["id"]


async def test_a_video_meeting_is_pending_first_and_there_on_the_next_read(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    asked = (await iris.post(f"{EVENTS}?conferenceDataVersion=1", event(google.soon(), conferenceData=CONFERENCE))).body
    then = await read(iris, asked["id"])

    assert asked["conferenceData"]["createRequest"]["status"] == {"statusCode": "pending"}
    assert "hangoutLink" not in asked
    assert then["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    assert then["hangoutLink"] == then["conferenceData"]["entryPoints"][0]["uri"]


async def test_without_version_1_a_wish_for_a_video_meeting_is_not_heard(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    made = await created(iris, event(google.soon(), conferenceData=CONFERENCE))

    assert "conferenceData" not in await read(iris, made["id"])


async def test_asking_for_the_same_video_meeting_again_changes_nothing(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    path = f"{EVENTS}?conferenceDataVersion=1"
    made = (await iris.post(path, event(google.soon(), conferenceData=CONFERENCE))).body
    link = (await read(iris, made["id"]))["hangoutLink"]

    again = await iris.patch(f"{EVENTS}/{made['id']}?conferenceDataVersion=1", {"conferenceData": CONFERENCE})
    other = {"createRequest": {"requestId": "r-2"}}
    await iris.patch(f"{EVENTS}/{made['id']}?conferenceDataVersion=1", {"conferenceData": other})

    assert again.body["hangoutLink"] == link
    assert (await read(iris, made["id"]))["hangoutLink"] != link


async def test_extended_properties_are_dropped_or_cut_without_a_word(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    private = {"n" * 44: "kept", "n" * 45: "dropped", "long": "v" * 2000}

    made = await created(iris, event(google.soon(), extendedProperties={"private": private, "shared": {"ref": "7"}}))

    assert made["extendedProperties"] == {
        "private": {"n" * 44: "kept", "long": "v" * 1024},
        "shared": {"ref": "7"},
    }


async def test_a_patch_adds_to_extended_properties_and_removes_by_null(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon(), extendedProperties={"private": {"a": "1", "b": "2"}}))

    change = {"extendedProperties": {"private": {"a": None, "c": "3"}}}
    reply = await iris.patch(f"{EVENTS}/{made['id']}", change)

    assert reply.body["extendedProperties"] == {"private": {"b": "2", "c": "3"}}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("workingLocation", AT_HOME),
        ("outOfOffice", {"outOfOfficeProperties": {"autoDeclineMode": "declineNone"}}),
        ("focusTime", {"focusTimeProperties": {"chatStatus": "doNotDisturb"}}),
        ("birthday", {"birthdayProperties": {"type": "birthday"}}),
    ],
)
async def test_other_kinds_of_events_are_kept_and_stay_of_their_kind(
    google: SmallGoogle, kind: str, properties: dict[str, Any]
) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon(), eventType=kind, **properties))

    changed = await iris.patch(f"{EVENTS}/{made['id']}", {"eventType": "default"})

    assert made["eventType"] == kind
    assert {name: made[name] for name in properties} == properties
    assert reason(changed) == (400, "invalid")
    assert [one["id"] for one in await found(iris, eventTypes=[kind, "fromGmail"])] == [made["id"]]
    assert await found(iris, eventTypes="default") == []


async def test_an_event_moves_to_another_calendar_which_becomes_its_organiser(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    other = google.state.google.calendars.create_secondary(google.user(IRIS), "Team", ZONE)
    made = await created(iris, event(google.soon()))

    moved = await iris.post(f"{EVENTS}/{made['id']}/move?destination={other.id}")

    assert moved.body["organizer"] == {"email": other.id, "displayName": "Team", "self": True}
    assert await found(iris) == []
    assert [one["id"] for one in await found(iris, other.id)] == [made["id"]]


async def test_an_instance_cannot_be_moved_to_another_calendar(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    other = google.state.google.calendars.create_secondary(google.user(IRIS), "Team", ZONE)
    made = await created(iris, event(google.soon(), recurrence=["RRULE:FREQ=DAILY;COUNT=2"]))
    [first, _] = await found(iris, singleEvents="true", orderBy="startTime")

    reply = await iris.post(f"{EVENTS}/{first['id']}/move?destination={other.id}")

    assert first["recurringEventId"] == made["id"]
    assert reason(reply) == (400, "cannotChangeOrganizerOfInstance")


async def test_a_path_may_name_the_calendar_by_its_encoded_address(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon()), IRIS)

    assert "%40" in events_of(IRIS)
    assert (await read(iris, made["id"], IRIS))["id"] == made["id"]
