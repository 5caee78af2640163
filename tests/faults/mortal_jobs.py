"""Every job, killed at each step of a run in which there is something to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app import clock
from app.connections.models import MailboxWatch
from app.identity.models import AccessToken, Member
from app.integrations.models import Integration
from app.references.models import EventReference
from app.suites.protocol import SuiteName
from tests.faults.mortal_acts import (
    BOOK_SHIFT,
    CANCEL,
    CANCEL_SHIFT,
    PREFER,
    SET_NOTE,
    SYNC,
    answer,
    at_suite,
    book,
    booked,
    disabled,
    end_watches,
    expect,
    make_due,
    plant,
    remove_event,
)
from tests.faults.mortal_steps import Kind, Step
from tests.faults.mortal_story import Deed, Life, Scenario

WATCHES = {"MICROSOFT_365": "graph/subscriptions", "GOOGLE_WORKSPACE": "google/channels"}
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CLAIMS_ARE_OVER = 6 * MINUTE
"""The longest claim of any job, and a little."""
MOST_SHIFT_DAYS = 50


def runs(name: str, *, after: timedelta = timedelta()) -> Deed:
    """The job looks once, so much later."""

    async def act(life: Life) -> None:
        await life.product.run(name, after=after)

    return act


def rounds(name: str, *, after: timedelta = CLAIMS_ARE_OVER, times: int = 3) -> Deed:
    """The job looks again and again, each time when every claim is over."""

    async def act(life: Life) -> None:
        for _ in range(times):
            await life.product.run(name, after=after)

    return act


async def _declined(life: Life) -> None:
    await booked(life)
    await answer(life, "decline")
    await make_due(life)


async def _declined_series(life: Life) -> None:
    await booked(life, weekly=True)
    await answer(life, "decline")
    await make_due(life)


async def _gone(life: Life) -> None:
    await booked(life)
    await remove_event(life)
    await make_due(life)


def _created(step: Step) -> bool:
    """The suite has made the event, and we do not know it yet."""
    return (
        step.kind is Kind.SUITE and step.is_after and step.words.startswith("POST") and step.words.endswith("/events")
    )


async def _adopted(life: Life) -> None:
    """Whoever comes later adopts the event, and has its mailbox watched."""
    for _ in range(3):
        await life.product.run("booking-intents", "watches", after=15 * MINUTE)
    await end_watches(life)


async def _watched(life: Life) -> None:
    """A mailbox is watched, and the watch is to be looked at."""
    await booked(life)
    await life.product.run("watches")
    await MailboxWatch.all().update(next_attempt_at=clock.now())


async def _cancelled(life: Life) -> None:
    said = await life.ask(life.world.member, CANCEL, bookingId=life.notes["booking"], cancelEvent=True)
    expect(said, "BookingCancelled")


async def _watched_for_nothing(life: Life) -> None:
    await _watched(life)
    await _cancelled(life)


async def _watches_at_suite(life: Life) -> list[Any]:
    """Of each watch of ours, its state and whether the suite has it too."""
    live = {watch["id"] for watch in await life.order("GET", WATCHES[life.world.suite])}
    service: Any = life.product.job("watches")
    rows = await MailboxWatch.all()
    return [[row.status, row.suite_id is not None and service._suite_id(row) in live] for row in rows]


async def _noted_and_gone(life: Life) -> None:
    event = await plant(life)
    expect(await life.ask(life.world.member, SET_NOTE, eventId=event, text="Bring charts"), "EventNoteSet")
    await remove_event(life)
    await EventReference.all().update(next_look_at=clock.now())


def _shift_day(life: Life) -> str:
    return life.day(4 + life.turn % MOST_SHIFT_DAYS)


async def _days(life: Life) -> list[dict[str, Any]]:
    """The whole-day entries of the member's calendar on this life's day."""
    company = life.world.company
    found = await life.order("GET", f"{company.control}/mailboxes/{company.member}/items")
    return [
        item
        for item in found
        if item.get("status") != "cancelled"
        and (item["start"].get("date") or (item["start"]["dateTime"][:10] if item.get("isAllDay") else None))
        == _shift_day(life)
    ]


async def _how_many_days(life: Life) -> int:
    return len(await _days(life))


async def _shift_to_show(life: Life) -> None:
    company = life.world.company
    for item in await _days(life):
        await life.order("DELETE", f"{company.control}/mailboxes/{company.member}/events/{item['id']}")
    expect(await life.ask(life.world.member, PREFER, showInCalendar=True), "ShiftPreferencesSet")
    wanted = {"kind": "REMOTE", "days": {"dates": [_shift_day(life)]}, "idempotencyKey": "a shift"}
    made = expect(await life.ask(life.world.member, BOOK_SHIFT, **wanted), "ShiftsBooked")
    life.notes["shift"] = made["shifts"][0]["id"]


async def _shift_to_take_away(life: Life) -> None:
    await _shift_to_show(life)
    await life.product.run("shift-entries")
    expect(await life.ask(life.world.member, CANCEL_SHIFT, shiftId=life.notes["shift"]), "ShiftsCancelled")


async def _told_by_an_administrator(life: Life) -> None:
    """The member, who has an address of this life alone, was told of a shift."""
    await Member.filter(address=life.world.company.member).update(address=f"turn-{life.turn}@killed.example")
    wanted = {"kind": "REMOTE", "days": {"dates": [_shift_day(life)]}, "idempotencyKey": "a shift"}
    made = await life.ask(life.world.admin, BOOK_SHIFT, memberId=life.world.ids["member"], **wanted)
    expect(made, "ShiftsBooked")


async def _directory_to_read(life: Life) -> None:
    """The directory has a new room, and the administrator wants it read."""
    company = life.world.company
    domain = company.member.partition("@")[2]
    if company.control == "graph":
        room = {"address": f"quay@{domain}", "name": "Quay"}
    else:
        room = {"customer": domain, "name": "Quay", "address": f"quay@{domain}"}
    await life.order("POST", f"{company.control}/rooms", room)
    expect(await life.ask(life.world.admin, SYNC), "RoomSyncRequested")


async def _directory_refused(life: Life) -> None:
    """The suite does not list its rooms any more."""
    host = "graph" if life.world.company.control == "graph" else "google-directory"
    path, why = ("/v1.0/places/**", {}) if host == "graph" else ("**", {"code": "forbidden"})
    await life.order("POST", "faults", {"host": host, "path": path, "status": 403, "times": None, **why})
    await Integration.all().update(next_check_at=clock.now())


async def _disabled_with_belongings(life: Life) -> None:
    await _noted_and_gone(life)
    await _declined(life)
    await life.product.run("booking-checks")
    await disabled(life)


async def _past_its_time(life: Life) -> None:
    """A booking whose event is gone, a token that ended, and everything else that the world began with."""
    await booked(life)
    await _cancelled(life)
    await AccessToken.filter(member__address=life.world.company.administrator).update(
        expires_at=datetime.now(UTC) - 30 * DAY
    )


JOBS = [
    Scenario(
        name="booking-checks",
        covers=("booking-checks",),
        arrange=_declined,
        arranged_once=True,
        act=runs("booking-checks"),
        afterwards=rounds("booking-checks"),
        gains={"notification": 1},
    ),
    Scenario(
        name="booking-checks of a series",
        covers=("booking-checks",),
        arrange=_declined_series,
        arranged_once=True,
        act=runs("booking-checks"),
        afterwards=rounds("booking-checks"),
        gains={"notification": 1},
    ),
    Scenario(
        name="booking-checks of what is gone",
        covers=("booking-checks",),
        arrange=_gone,
        arranged_once=True,
        act=runs("booking-checks"),
        afterwards=rounds("booking-checks"),
        gains={},
    ),
    Scenario(
        name="booking-intents",
        covers=("booking-intents",),
        arrange=book,
        arranged_once=True,
        dies_arranging=_created,
        act=runs("booking-intents", after=4 * MINUTE),
        afterwards=_adopted,
        tells=at_suite,
        gains={"room_booking": 1, "event_reference": 1, "mailbox_reference": 1, "mailbox_watch": 1},
    ),
    Scenario(
        name="watches",
        covers=("watches",),
        arrange=booked,
        act=runs("watches"),
        afterwards=rounds("watches"),
        tells=_watches_at_suite,
        gains={},
    ),
    Scenario(
        name="watches renewed",
        covers=("watches",),
        arrange=_watched,
        act=runs("watches"),
        afterwards=rounds("watches"),
        tells=_watches_at_suite,
        gains={},
    ),
    Scenario(
        name="watches let go",
        covers=("watches",),
        arrange=_watched_for_nothing,
        act=runs("watches"),
        afterwards=rounds("watches"),
        tells=_watches_at_suite,
        gains={"mailbox_watch": -1},
    ),
    Scenario(
        name="silent-rooms",
        covers=("silent-rooms",),
        arrange=booked,
        arranged_once=True,
        act=runs("silent-rooms", after=16 * MINUTE),
        afterwards=rounds("silent-rooms", after=16 * MINUTE),
        gains={"notification": 1},
        suites=frozenset({SuiteName.MICROSOFT_365}),
    ),
    Scenario(
        name="event-looks",
        covers=("event-looks",),
        arrange=_noted_and_gone,
        arranged_once=True,
        act=runs("event-looks"),
        afterwards=rounds("event-looks"),
        gains={},
    ),
    Scenario(
        name="shift-entries",
        covers=("shift-entries",),
        arrange=_shift_to_show,
        act=runs("shift-entries"),
        afterwards=rounds("shift-entries"),
        tells=_how_many_days,
        gains={},
    ),
    Scenario(
        name="shift-entries taken away",
        covers=("shift-entries",),
        arrange=_shift_to_take_away,
        act=runs("shift-entries"),
        afterwards=rounds("shift-entries"),
        tells=_how_many_days,
        gains={"shift_entry": -1},
    ),
    Scenario(
        name="room-sync",
        covers=("room-sync",),
        arrange=_directory_to_read,
        arranged_once=True,
        act=runs("room-sync"),
        afterwards=rounds("room-sync"),
        gains={"room": 1},
    ),
    Scenario(
        name="health-check",
        covers=("health-check",),
        arrange=_directory_refused,
        arranged_once=True,
        act=runs("health-check"),
        afterwards=rounds("health-check"),
        gains={"notification": 1},
    ),
    Scenario(
        name="retention",
        covers=("retention",),
        arrange=_disabled_with_belongings,
        arranged_once=True,
        act=runs("retention", after=5 * DAY),
        afterwards=rounds("retention", after=5 * DAY, times=2),
        gains={
            "audit_entry": 1,
            "authorisation_flow": -2,
            "booking_intent": -1,
            "calendar_connection": -2,
            "event_note": -1,
            "event_reference": -2,
            "idempotency_record": -1,
            "mailbox_reference": -2,
            "mailbox_watch": -1,
            "notification": -1,
            "room_booking": -1,
        },
        suites=frozenset({SuiteName.MICROSOFT_365}),
    ),
    Scenario(
        name="clean-up",
        covers=("clean-up",),
        arrange=_past_its_time,
        arranged_once=True,
        act=runs("clean-up", after=60 * DAY),
        afterwards=rounds("clean-up", after=60 * DAY, times=1),
        gains={
            "access_token": -3,
            "authorisation_flow": -5,
            "booking_intent": -1,
            "event_reference": -1,
            "idempotency_record": -5,
            "invitation": -1,
            "mailbox_reference": -1,
            "room_booking": -1,
            "session": -3,
        },
        suites=frozenset({SuiteName.MICROSOFT_365}),
    ),
    Scenario(
        name="shift-retention",
        covers=("shift-retention",),
        arrange=_shift_to_show,
        arranged_once=True,
        act=runs("shift-retention", after=200 * DAY),
        afterwards=rounds("shift-retention", after=200 * DAY, times=1),
        gains={"shift": -1},
        suites=frozenset({SuiteName.MICROSOFT_365}),
    ),
]

MAILING = Scenario(
    name="mailing",
    covers=("mailing",),
    arrange=_told_by_an_administrator,
    act=runs("mailing", after=2 * MINUTE),
    afterwards=rounds("mailing"),
    # An address of its own in each copy tells their mails apart.
    ignores=frozenset({"member.address"}),
    gains={},
    suites=frozenset({SuiteName.MICROSOFT_365}),
)
