"""What a member asks of the suite, killed at each step: bookings and answers, at each suite."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.faults.mortal_acts import (
    CANCEL,
    answer,
    at_suite,
    book,
    booked,
    end_watches,
    event_id,
    expect,
    items,
    make_due,
    plant,
)
from tests.faults.mortal_story import Deed, Life, Scenario
from tests.journeys.story import BOOK

PROBLEM = "... on Problem { code message }"
REPLACE = f"mutation ($input: ReplaceRoomInput!) {{ replaceRoom(input: $input) {{ __typename {PROBLEM} }} }}"
RESCHEDULE = (
    f"mutation ($input: RescheduleBookingInput!) {{ rescheduleBooking(input: $input) {{ __typename {PROBLEM} }} }}"
)
RESPOND = f"mutation ($input: RespondToEventInput!) {{ respondToEvent(input: $input) {{ __typename {PROBLEM} }} }}"
ATTEND = f"mutation ($input: SetAttendanceInput!) {{ setAttendance(input: $input) {{ __typename {PROBLEM} }} }}"
NOTE = f"mutation ($input: SetEventNoteInput!) {{ setEventNote(input: $input) {{ __typename {PROBLEM} }} }}"
MINUTE = timedelta(minutes=1)
ARRIVES_SECONDS = 20
A_BOOKING = {
    "room_booking": 1,
    "event_reference": 1,
    "mailbox_reference": 1,
    "booking_intent": 1,
    "idempotency_record": 1,
    "mailbox_watch": 1,
}
TRIES = frozenset({"booking_intent", "idempotency_record"})
"""What remains of an attempt that was given up."""

COURSE = frozenset({"room_booking.previous_state", "room_booking.reason"})
"""By which way a booking came to be what it is."""


def then_jobs(act: Deed) -> Deed:
    """The client asks again; later whoever runs the jobs looks at what was left behind."""

    async def afterwards(life: Life) -> None:
        await act(life)
        await jobs(life)

    return afterwards


async def jobs(life: Life) -> None:
    """Nobody asks again: whoever runs the jobs finds what was left behind."""
    for _ in range(3):
        await life.product.run("booking-intents", "booking-checks", "watches", after=15 * MINUTE)
    await end_watches(life)


async def _book(life: Life) -> None:
    await book(life)


async def _book_weekly(life: Life) -> None:
    await book(life, weekly=True)


async def _meeting(life: Life) -> None:
    life.notes["event"] = await plant(life)


async def _book_for_meeting(life: Life) -> None:
    wanted = {"roomIds": [life.world.rooms[1]], "eventId": life.notes["event"], "idempotencyKey": "a room"}
    expect(await life.product.ask(life.world.member, BOOK, input=wanted), "RoomsBooked")


async def _booked(life: Life) -> None:
    await booked(life)


async def _accepted(life: Life) -> None:
    """A room that said yes, which is known here."""
    await booked(life)
    await answer(life, "accept")
    await make_due(life)
    await life.product.run("booking-checks")


async def _booked_weekly(life: Life) -> None:
    await booked(life, weekly=True)


def _replace(**more: object) -> Deed:
    async def act(life: Life) -> None:
        wanted = {"bookingId": life.notes["booking"], "roomId": life.world.rooms[2], "idempotencyKey": "another"}
        expect(await life.ask(life.world.member, REPLACE, **wanted, **more), "RoomReplaced")

    return act


def _reschedule(**more: object) -> Deed:
    async def act(life: Life) -> None:
        moved = {
            "start": (life.slot.start + 5 * MINUTE).isoformat(),
            "end": (life.slot.end + 5 * MINUTE).isoformat(),
            "timeZone": "Europe/Amsterdam",
        }
        wanted = {"bookingId": life.notes["booking"], **moved, **more}
        expect(await life.ask(life.world.member, RESCHEDULE, **wanted), "BookingRescheduled")

    return act


def _cancel(**more: object) -> Deed:
    async def act(life: Life) -> None:
        said = await life.ask(life.world.member, CANCEL, bookingId=life.notes["booking"], **more)
        assert said["__typename"] == "BookingCancelled" or said["code"] == "BOOKING_CLOSED", said

    return act


async def _invited(life: Life) -> None:
    """The administrator invites the member to an event of this life."""
    event = life.slot.as_event(life.subject, life.world.company.member)
    wanted = {"roomIds": [life.world.rooms[3]], "event": event, "idempotencyKey": "an invitation"}
    expect(await life.product.ask(life.world.admin, BOOK, input=wanted), "RoomsBooked")
    async with asyncio.timeout(ARRIVES_SECONDS):
        while not await items(life):
            continue
    life.notes["event"] = await event_id(life)


async def _respond(life: Life) -> None:
    said = await life.ask(life.world.member, RESPOND, eventId=life.notes["event"], response="ACCEPT")
    expect(said, "EventResponded")


async def _answers(life: Life) -> list[Any]:
    """What the member answered, as the suite holds it."""
    found = []
    for item in await items(life):
        mine = item.get("responseStatus", {}).get("response")
        guests = [guest for guest in item.get("attendees", []) if guest.get("email") == life.world.company.member]
        found.append(mine or [guest["responseStatus"] for guest in guests])
    return found


async def _attend(life: Life) -> None:
    expect(await life.ask(life.world.member, ATTEND, eventId=life.notes["event"], kind="IN_PERSON"), "AttendanceSet")


async def _note(life: Life) -> None:
    expect(await life.ask(life.world.member, NOTE, eventId=life.notes["event"], text="Bring charts"), "EventNoteSet")


BOOKINGS = [
    Scenario(
        name="bookRoom",
        covers=("bookRoom",),
        act=_book,
        afterwards=then_jobs(_book),
        tells=at_suite,
        gains=A_BOOKING,
    ),
    Scenario(
        name="bookRoom that nobody repeats",
        covers=("bookRoom",),
        act=_book,
        afterwards=jobs,
        tells=at_suite,
        repeats_count=True,
        ignores=TRIES,
        gains={name: number for name, number in A_BOOKING.items() if name not in TRIES},
    ),
    Scenario(
        name="bookRoom every week",
        covers=("bookRoom",),
        act=_book_weekly,
        afterwards=then_jobs(_book_weekly),
        tells=at_suite,
        gains=A_BOOKING | {"booking_occurrence": 4, "event_reference": 5, "mailbox_reference": 5},
    ),
    Scenario(
        name="bookRoom for an event",
        covers=("bookRoom",),
        arrange=_meeting,
        act=_book_for_meeting,
        afterwards=then_jobs(_book_for_meeting),
        tells=at_suite,
        gains=A_BOOKING,
    ),
    Scenario(
        name="replaceRoom",
        covers=("replaceRoom",),
        arrange=_booked,
        act=_replace(),
        afterwards=then_jobs(_replace()),
        tells=at_suite,
        gains={"idempotency_record": 1},
    ),
    Scenario(
        name="replaceRoom that nobody repeats",
        covers=("replaceRoom",),
        arrange=_booked,
        act=_replace(),
        afterwards=jobs,
        tells=at_suite,
        repeats_count=True,
        # What the member wanted is kept where the suite was never reached: it is told of nowhere, and taken on should
        # the room come after all.
        ignores=TRIES | {"room_booking.wanted_room_id"},
        gains={},
    ),
    Scenario(
        name="replaceRoom of a series",
        covers=("replaceRoom",),
        arrange=_booked_weekly,
        act=_replace(scope="SERIES"),
        afterwards=then_jobs(_replace(scope="SERIES")),
        tells=at_suite,
        gains={"idempotency_record": 1},
    ),
    Scenario(
        name="rescheduleBooking",
        covers=("rescheduleBooking",),
        arrange=_accepted,
        act=_reschedule(),
        afterwards=then_jobs(_reschedule()),
        tells=at_suite,
        ignores=COURSE,
        gains={},
    ),
    Scenario(
        name="rescheduleBooking that nobody repeats",
        covers=("rescheduleBooking",),
        arrange=_accepted,
        act=_reschedule(),
        afterwards=jobs,
        tells=at_suite,
        repeats_count=True,
        ignores=COURSE,
        gains={},
    ),
    Scenario(
        name="rescheduleBooking of a series",
        covers=("rescheduleBooking",),
        arrange=_booked_weekly,
        act=_reschedule(scope="SERIES"),
        afterwards=then_jobs(_reschedule(scope="SERIES")),
        tells=at_suite,
        # Found moved, it is as if it had been moved in the suite's own application: former dates are known as gone.
        ignores=COURSE | {"booking_occurrence", "event_reference", "mailbox_reference"},
        gains={},
    ),
    Scenario(
        name="cancelBooking",
        covers=("cancelBooking",),
        arrange=_booked,
        act=_cancel(),
        afterwards=then_jobs(_cancel()),
        tells=at_suite,
        gains={"mailbox_watch": -1},
    ),
    Scenario(
        name="cancelBooking that nobody repeats",
        covers=("cancelBooking",),
        arrange=_accepted,
        act=_cancel(cancelEvent=True),
        afterwards=jobs,
        tells=at_suite,
        repeats_count=True,
        ignores=COURSE,
        gains={"mailbox_watch": -1},
    ),
    Scenario(
        name="cancelBooking with the event",
        covers=("cancelBooking",),
        arrange=_booked,
        act=_cancel(cancelEvent=True),
        afterwards=then_jobs(_cancel(cancelEvent=True)),
        tells=at_suite,
        gains={"mailbox_watch": -1},
    ),
    Scenario(
        name="respondToEvent",
        covers=("respondToEvent",),
        arrange=_invited,
        act=_respond,
        afterwards=_respond,
        tells=_answers,
        gains={},
    ),
    Scenario(
        name="setAttendance",
        covers=("setAttendance",),
        arrange=_meeting,
        act=_attend,
        afterwards=_attend,
        gains={"event_attendance": 1, "event_reference": 1, "mailbox_reference": 1},
    ),
    Scenario(
        name="setEventNote",
        covers=("setEventNote",),
        arrange=_meeting,
        act=_note,
        afterwards=_note,
        gains={"event_note": 1, "event_reference": 1, "mailbox_reference": 1},
    ),
]
