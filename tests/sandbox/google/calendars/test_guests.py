"""Copies: what guests see of a meeting, what they may do with it, and what reaches everybody."""

from typing import Any

import pytest

from tests.sandbox.google.calendars.calling import EVENTS, answers, created, found, read, reason, weekly
from tests.sandbox.google.conftest import HUGO, IRIS, LENA, STRANGER, SmallGoogle, event


async def test_every_guest_has_a_copy_of_the_same_id_with_marks_of_their_own(google: SmallGoogle) -> None:
    made = await created(google.as_user(IRIS), event(google.soon(), guests=(IRIS, HUGO, STRANGER)))

    for address in (HUGO, STRANGER):
        copy = await read(google.as_user(address), made["id"])
        assert copy["iCalUID"] == made["iCalUID"]
        assert copy["organizer"] == copy["creator"] == {"email": IRIS}
        assert [one["email"] for one in copy["attendees"] if one.get("self")] == [address]
        assert [one["email"] for one in copy["attendees"] if one.get("organizer")] == [IRIS]
    assert answers(made) == {IRIS: "accepted", HUGO: "needsAction", STRANGER: "needsAction"}


async def test_an_answer_is_in_every_copy(google: SmallGoogle) -> None:
    iris, hugo, lena = (google.as_user(one) for one in (IRIS, HUGO, LENA))
    made = await created(iris, event(google.soon(), guests=(HUGO, LENA)))

    mine = {"email": HUGO, "responseStatus": "tentative", "comment": "Perhaps later"}
    reply = await hugo.patch(f"{EVENTS}/{made['id']}", {"attendees": [mine, {"email": LENA}]})

    assert reply.status == 200
    for client in (iris, hugo, lena):
        copy = await read(client, made["id"])
        assert answers(copy) == {HUGO: "tentative", LENA: "needsAction"}
        assert copy["attendees"][0]["comment"] == "Perhaps later"


async def test_nobody_answers_for_another(google: SmallGoogle) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    made = await created(iris, event(google.soon(), guests=(HUGO, LENA)))
    accepted = [{"email": one, "responseStatus": "accepted"} for one in (HUGO, LENA)]

    by_guest = await hugo.patch(f"{EVENTS}/{made['id']}", {"attendees": accepted})
    by_organiser = await iris.patch(f"{EVENTS}/{made['id']}", {"attendees": accepted})

    assert answers(by_guest.body) == answers(by_organiser.body) == {HUGO: "accepted", LENA: "needsAction"}


@pytest.mark.parametrize(
    "change",
    [
        {"summary": "Mine now"},
        {"location": "Elsewhere"},
        {"start": {"dateTime": "2030-01-01T09:00:00Z"}, "end": {"dateTime": "2030-01-01T10:00:00Z"}},
        {"attendees": [{"email": HUGO}, {"email": STRANGER}]},
        {"recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]},
    ],
)
async def test_what_is_everybodys_is_changed_by_the_organiser_only(google: SmallGoogle, change: Any) -> None:
    made = await created(google.as_user(IRIS), event(google.soon(), guests=(HUGO,)))

    reply = await google.as_user(HUGO).patch(f"{EVENTS}/{made['id']}", change)

    assert reason(reply) == (403, "forbiddenForNonOrganizer")
    assert (await read(google.as_user(IRIS), made["id"]))["summary"] == made["summary"]


async def test_guests_may_change_what_is_everybodys_where_the_organiser_lets_them(google: SmallGoogle) -> None:
    made = await created(google.as_user(IRIS), event(google.soon(), guests=(HUGO,), guestsCanModify=True))

    await google.as_user(HUGO).patch(f"{EVENTS}/{made['id']}", {"summary": "Ours"})

    assert (await read(google.as_user(IRIS), made["id"]))["summary"] == "Ours"


async def test_reminders_colour_and_transparency_are_each_ones_own(google: SmallGoogle) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    made = await created(iris, event(google.soon(), guests=(HUGO,)))
    own = {
        "colorId": "5",
        "transparency": "transparent",
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 3}]},
        "extendedProperties": {"private": {"mine": "1"}},
    }

    reply = await hugo.patch(f"{EVENTS}/{made['id']}", own)

    assert {name: reply.body[name] for name in own} == own
    theirs = await read(iris, made["id"])
    assert theirs["etag"] == made["etag"]
    assert not {"colorId", "transparency", "extendedProperties"} & set(theirs)


async def test_a_guest_who_deletes_declines_and_has_it_no_more(google: SmallGoogle) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    made = await created(iris, event(google.soon(), guests=(HUGO,)))

    gone = await hugo.delete(f"{EVENTS}/{made['id']}")

    assert gone.status == 204
    assert await found(hugo) == []
    assert answers(await read(iris, made["id"])) == {HUGO: "declined"}
    assert reason(await hugo.delete(f"{EVENTS}/{made['id']}")) == (410, "deleted")
    assert reason(await hugo.patch(f"{EVENTS}/{made['id']}", {"colorId": "1"})) == (404, "notFound")


async def test_a_guest_who_only_declines_keeps_the_event(google: SmallGoogle) -> None:
    made = await created(google.as_user(IRIS), event(google.soon(), guests=(HUGO,)))
    hugo = google.as_user(HUGO)

    await hugo.patch(f"{EVENTS}/{made['id']}", {"attendees": [{"email": HUGO, "responseStatus": "declined"}]})

    assert len(await found(hugo)) == 1


async def test_one_date_is_declined_alone(google: SmallGoogle) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    made = await created(iris, weekly("2027-03-20T09:30:00", 3, attendees=[{"email": HUGO}]))
    instance = f"{made['id']}_20270327T083000Z"

    await hugo.delete(f"{EVENTS}/{instance}")

    listed = await found(iris, singleEvents="true", orderBy="startTime")
    assert [answers(one)[HUGO] for one in listed] == ["needsAction", "declined", "needsAction"]
    assert len(await found(hugo, singleEvents="true")) == 2


async def test_who_is_invited_to_one_date_has_that_date_only(google: SmallGoogle) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    made = await created(iris, weekly("2027-03-20T09:30:00", 3))
    instance = f"{made['id']}_20270327T083000Z"

    await iris.patch(f"{EVENTS}/{instance}", {"attendees": [{"email": HUGO}]})

    assert [one["id"] for one in await found(hugo, singleEvents="true")] == [instance]
    assert [one["id"] for one in await found(hugo)] == [instance]


async def test_an_organisers_cancellation_reaches_everybody(google: SmallGoogle) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    made = await created(iris, event(google.soon(), guests=(HUGO,)))

    await iris.patch(f"{EVENTS}/{made['id']}", {"status": "cancelled"})

    assert await found(hugo) == []
    gone = await read(hugo, made["id"])
    assert (gone["status"], "summary" in gone) == ("cancelled", False)


async def test_a_guest_who_is_taken_off_and_invited_again_has_the_event_again(google: SmallGoogle) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    made = await created(iris, event(google.soon(), guests=(HUGO,)))
    await hugo.delete(f"{EVENTS}/{made['id']}")
    await iris.patch(f"{EVENTS}/{made['id']}", {"attendees": []})

    await iris.patch(f"{EVENTS}/{made['id']}", {"attendees": [{"email": HUGO}]})

    assert [answers(one) for one in await found(hugo)] == [{HUGO: "needsAction"}]


async def test_guests_who_may_not_see_each_other_see_themselves(google: SmallGoogle) -> None:
    made = await created(google.as_user(IRIS), event(google.soon(), guests=(HUGO, LENA), guestsCanSeeOtherGuests=False))

    seen = await read(google.as_user(HUGO), made["id"])

    assert answers(seen) == {HUGO: "needsAction"}
    assert seen["attendeesOmitted"] is True
    assert seen["guestsCanSeeOtherGuests"] is False
    assert len(answers(await read(google.as_user(IRIS), made["id"]))) == 2


async def test_beyond_200_guests_answers_stay_with_the_organiser(google: SmallGoogle) -> None:
    crowd = tuple(f"guest{number}@else.example" for number in range(199))
    iris, hugo, lena = (google.as_user(one) for one in (IRIS, HUGO, LENA))
    made = await created(iris, event(google.soon(), guests=(*crowd, HUGO, LENA)))

    await hugo.patch(f"{EVENTS}/{made['id']}", {"attendees": [{"email": HUGO, "responseStatus": "accepted"}]})

    seen = [answers(await read(client, made["id"]))[HUGO] for client in (iris, hugo, lena)]
    assert seen == ["accepted", "accepted", "needsAction"]


async def test_an_event_on_a_secondary_calendar_is_organised_by_that_calendar(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    team = google.state.google.calendars.create_secondary(google.user(IRIS), "Team", "Europe/Lisbon")

    made = await created(iris, event(google.soon(), guests=(HUGO,)), team.id)

    assert made["organizer"] == {"email": team.id, "displayName": "Team", "self": True}
    assert made["creator"] == {"email": IRIS}
    assert (await read(google.as_user(HUGO), made["id"]))["organizer"] == {"email": team.id, "displayName": "Team"}
