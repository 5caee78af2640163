"""The ways in which a room's answer goes another way than asked, accepted, done: each told as it is, at each suite.

What a suite's wire shows is proved against the sandboxes in `tests/contract` (named C, by module); what we make of it
is proved here, each test with what either suite is known to tell.

| # | case | Microsoft 365 | Google Workspace |
| --- | --- | --- | --- |
| 1 | answers by itself | `test_01…`; C writing: pending until it answers | `test_01…`, in the write's answer too |
| 2 | approval by a person | `test_02…`; C rooms: awaits approval | `test_02…`: looks as not answered |
| 3 | nobody decides | `test_03…`; `test_silence` | the same |
| 4 | answers after the start | `test_04…` | the same |
| 5 | a series with dates in conflict | `test_05…`, `test_06…`; C rooms: series | the same |
| 6 | reading that | `test_06…`: each date by itself; `test_series_rooms` | `test_06…` |
| 7 | a series cut short in silence | `test_series_rooms`: dates on which the room is not taken | does not happen |
| 8 | the time is moved | `test_08…`; C writing: asks its room anew | the same |
| 9 | two rooms | `test_09…` | the same |
| 10 | a person takes the room off | `test_10…`; C rooms: taken off | the same |
| 11 | another room in its place | `test_11…`: a person did that | `test_11…`, `test_replaced_rooms`; C rooms |
| 12 | given up after accepting | `test_12…`: declines; C rooms: gives up its slot | `test_12…`: taken off |
| 13 | an organiser elsewhere | `test_13…`: unknown | `test_13…`: seen |
| 14 | a room elsewhere | `test_14…` | the same |
| 15 | made by a delegate | `test_15…` | the same |
| 16 | a further calendar | `test_16…`: no answer ever; C calendars | C calendars: answers as in the main one |
| 17 | a room that is only text | `test_17…` | the same |
| 18 | an alias | `test_18…` | does not happen, `test_18…` all the same |
| 19 | the room's mailbox is gone | `test_19…`; C availability: unknown | the same |
| 20 | a private meeting | `test_20…`; `test_mailing` | the same |
| 21 | nobody else invited | `test_21…` | the same |
| 22 | asked twice after a lost answer | `test_22…`; C writing: the same command | the same |
| 23 | given up and asked for anew | `test_23…` | the same |
"""

from datetime import timedelta
from typing import Any

import pytest

from app.agenda.values import EventRoomState
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.silence import SilentRooms
from app.bookings.status import BookingReason, BookingState
from app.errors import NotOrganiser, SuiteUnavailable
from app.notifications.models import Notification, NotificationKind
from app.notifications.preferences import NO_ANSWER_AFTER
from app.notifications.service import notify
from app.rooms.models import Room, RoomPairing
from app.suites import errors as suite_errors
from app.suites.events import (
    EventKind,
    EventStatus,
    EventTime,
    Person,
    RoomAnswer,
    RoomInvitation,
    Sensitivity,
)
from app.suites.protocol import SuiteName
from app.suites.registry import DESCRIPTIONS
from tests.bookings.house import START, House, invitation, make_event

PENDING, ACCEPTED, REJECTED, CANCELLED = BookingState
BOTH = list(SuiteName)
MICROSOFT, GOOGLE = SuiteName.MICROSOFT_365, SuiteName.GOOGLE_WORKSPACE
SOON = timedelta(minutes=1)


@pytest.fixture(params=BOTH)
def suite(request: pytest.FixtureRequest, house: House) -> SuiteName:
    """The suite tells what this one tells."""
    name: SuiteName = request.param
    house.stack.suite.capabilities = DESCRIPTIONS[name].capabilities
    return name


async def _booked(house: House, *rooms: Room, **values: Any) -> list[RoomBooking]:
    return list((await house.book(*(rooms or [await house.room()]), **values)).bookings)


async def _look(house: House, after: timedelta = SOON) -> None:
    house.ticker.advance(after)
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()


async def _stands(house: House, booking: RoomBooking) -> tuple[BookingState, BookingReason | None]:
    row = await house.booking(booking)
    return row.state, row.reason


async def _told(house: House) -> list[NotificationKind]:
    return [row.kind for row in await Notification.of(house.organisation.id).order_by("created_at")]


async def _series(house: House, room: Room, *answers: RoomAnswer, master: RoomAnswer) -> RoomBooking:
    """A weekly series whose dates answer so, once it is booked."""
    start = START + timedelta(hours=2)
    whole = house.hold(make_event(start, kind=EventKind.SERIES))
    dates = [
        house.hold(
            make_event(start + timedelta(weeks=week), kind=EventKind.OCCURRENCE, series_mailbox_id=whole.mailbox_id)
        )
        for week in range(len(answers))
    ]
    [booking] = await _booked(house, room, event_mailbox_id=whole.mailbox_id)
    house.change(whole.mailbox_id, rooms=(invitation(room, master),))
    for date, answer in zip(dates, answers, strict=True):
        house.change(date.mailbox_id, rooms=(invitation(room, answer),))
    return booking


async def _states_of_dates(house: House) -> list[BookingState]:
    return sorted(row.state for row in await BookingOccurrence.of(house.organisation.id))


async def test_01_a_room_that_answers_by_itself_is_accepted_at_once_or_a_moment_later(
    house: House, suite: SuiteName
) -> None:
    room = await house.room()
    event = house.hold(make_event(START + timedelta(hours=2), rooms=(invitation(room, RoomAnswer.ACCEPTED),)))
    [at_once] = await _booked(house, room, event_mailbox_id=event.mailbox_id)
    pier = await house.room("Pier")
    [later] = await _booked(house, pier)
    assert (at_once.state, later.state) == (ACCEPTED, PENDING)

    house.answer(pier, RoomAnswer.ACCEPTED)
    await _look(house)

    assert await _stands(house, later) == (ACCEPTED, None)
    assert await _told(house) == []


@pytest.mark.parametrize(
    ("decision", "state", "reason"),
    [(RoomAnswer.ACCEPTED, ACCEPTED, None), (RoomAnswer.DECLINED, REJECTED, BookingReason.DECLINED)],
)
async def test_02_a_person_decides_after_days(
    house: House, suite: SuiteName, decision: RoomAnswer, state: BookingState, reason: BookingReason | None
) -> None:
    room = await house.room()
    event = house.hold(make_event(START + timedelta(days=9)))
    [booking] = await _booked(house, room, event_mailbox_id=event.mailbox_id)
    told = DESCRIPTIONS[suite].capabilities.tells_awaiting_approval

    house.answer(room, RoomAnswer.AWAITING_APPROVAL if told else RoomAnswer.PENDING)
    await _look(house)
    waiting = BookingReason.AWAITING_APPROVAL if told else BookingReason.NOT_ANSWERED
    assert await _stands(house, booking) == (PENDING, waiting)

    house.answer(room, decision)
    await _look(house, timedelta(days=3))
    assert await _stands(house, booking) == (state, reason)


async def test_03_where_nobody_ever_decides_it_says_so_once_and_ends_with_the_event(
    house: House, suite: SuiteName
) -> None:
    [booking] = await _booked(house)
    silent = SilentRooms(notify, house.stack.bus)

    for _ in range(3):
        await _look(house, NO_ANSWER_AFTER)
        await silent.run_due()
    assert await _stands(house, booking) == (PENDING, BookingReason.NOT_ANSWERED)
    assert await _told(house) == [NotificationKind.ROOM_NOT_ANSWERING]

    await _look(house, timedelta(hours=3))
    row = await house.booking(booking)
    assert (row.state, row.closed_at) == (PENDING, house.ticker.moment)


async def test_04_a_room_may_answer_until_the_event_is_over(house: House, suite: SuiteName) -> None:
    room = await house.room()
    [booking] = await _booked(house, room)

    await _look(house, timedelta(hours=2, minutes=30))
    assert await _stands(house, booking) == (PENDING, BookingReason.NOT_ANSWERED)
    house.answer(room, RoomAnswer.ACCEPTED)
    await _look(house)

    assert await _stands(house, booking) == (ACCEPTED, None)


async def test_05_a_series_that_is_declined_whole_is_one_piece_of_bad_news(house: House, suite: SuiteName) -> None:
    declined = RoomAnswer.DECLINED
    booking = await _series(house, await house.room(), declined, declined, declined, master=declined)

    await _look(house)
    await _look(house)

    assert await _stands(house, booking) == (REJECTED, BookingReason.DECLINED)
    assert await _told(house) == [NotificationKind.ROOM_REJECTED]


async def test_06_a_series_that_is_accepted_has_dates_that_are_not_each_by_itself(
    house: House, suite: SuiteName
) -> None:
    accepted, declined = RoomAnswer.ACCEPTED, RoomAnswer.DECLINED
    booking = await _series(house, await house.room(), accepted, declined, accepted, master=accepted)

    await _look(house)

    assert await _states_of_dates(house) == [ACCEPTED, ACCEPTED, REJECTED]
    assert await _stands(house, booking) == (REJECTED, BookingReason.DECLINED)
    assert await _told(house) == [NotificationKind.ROOM_REJECTED]


@pytest.mark.parametrize(("answer", "state"), [(RoomAnswer.ACCEPTED, ACCEPTED), (RoomAnswer.DECLINED, REJECTED)])
async def test_08_an_event_moved_elsewhere_is_asked_for_anew_and_may_be_turned_down(
    house: House, suite: SuiteName, answer: RoomAnswer, state: BookingState
) -> None:
    room = await house.room()
    [booking] = await _booked(house, room)
    house.answer(room, RoomAnswer.ACCEPTED)
    await _look(house)

    moved = START + timedelta(days=2)
    house.change(start=EventTime("UTC", moved), end=EventTime("UTC", moved + SOON), rooms=(invitation(room),))
    await _look(house)
    assert await _stands(house, booking) == (PENDING, BookingReason.NOT_ANSWERED)

    house.answer(room, answer)
    await _look(house)
    assert (await _stands(house, booking))[0] is state


async def test_09_two_rooms_of_one_event_answer_each_for_itself(house: House, suite: SuiteName) -> None:
    lighthouse, pier = await house.room(), await house.room("Pier")
    first, second = await _booked(house, lighthouse, pier)

    house.answer(lighthouse, RoomAnswer.ACCEPTED)
    house.answer(pier, RoomAnswer.DECLINED)
    await _look(house)

    assert await _stands(house, first) == (ACCEPTED, None)
    assert await _stands(house, second) == (REJECTED, BookingReason.DECLINED)


@pytest.mark.parametrize("answer", [RoomAnswer.PENDING, RoomAnswer.ACCEPTED])
async def test_10_a_room_that_somebody_takes_off_is_told_once(
    house: House, suite: SuiteName, answer: RoomAnswer
) -> None:
    room = await house.room()
    [booking] = await _booked(house, room)
    house.answer(room, answer)
    await _look(house)

    house.change(rooms=())
    await _look(house)
    await _look(house)

    assert await _stands(house, booking) == (REJECTED, BookingReason.REMOVED)
    assert await _told(house) == [NotificationKind.ROOM_REJECTED]


async def test_11_another_room_in_its_place_is_followed_where_the_suite_swaps_by_itself(
    house: House, suite: SuiteName
) -> None:
    [booking] = await _booked(house)
    pier = await house.room("Pier")

    house.change(rooms=(invitation(pier, RoomAnswer.ACCEPTED),))
    await _look(house)

    row = await house.booking(booking)
    if suite is GOOGLE:
        assert (row.state, row.reason, row.room_id) == (ACCEPTED, BookingReason.REPLACED, pier.id)
        assert await _told(house) == [NotificationKind.ROOM_REPLACED]
    else:
        assert (row.state, row.reason, row.room_id) == (REJECTED, BookingReason.REPLACED, booking.room_id)
        assert await _told(house) == [NotificationKind.ROOM_REJECTED]


@pytest.mark.parametrize(
    ("left", "reason"), [(True, BookingReason.RELEASED), (False, BookingReason.REMOVED)], ids=["declines", "goes"]
)
async def test_12_a_slot_that_the_room_gives_up_later_is_told(
    house: House, suite: SuiteName, left: bool, reason: BookingReason
) -> None:
    room = await house.room()
    [booking] = await _booked(house, room)
    house.answer(room, RoomAnswer.ACCEPTED)
    await _look(house)

    house.change(rooms=(invitation(room, RoomAnswer.DECLINED),) if left else ())
    await _look(house)

    assert await _stands(house, booking) == (REJECTED, reason)
    assert await _told(house) == [NotificationKind.ROOM_REJECTED]


async def test_13_a_room_on_somebody_elses_event_is_shown_as_far_as_the_suite_tells_and_cannot_be_booked(
    house: House, suite: SuiteName
) -> None:
    room = await house.room()
    tells = DESCRIPTIONS[suite].capabilities.room_answer_for_attendees
    seen = RoomAnswer.DECLINED if tells else RoomAnswer.UNKNOWN
    outside = Person("guest@elsewhere.example", "Guest")
    event = house.hold(make_event(is_organiser=False, organiser=outside, rooms=(invitation(room, seen),)))

    shown = await house.agenda.event(house.principal, event.mailbox_id)

    assert [entry.state for entry in shown.rooms] == [EventRoomState.REJECTED if tells else EventRoomState.UNKNOWN]
    with pytest.raises(NotOrganiser):
        await _booked(house, await house.room("Pier"), event_mailbox_id=event.mailbox_id)


@pytest.mark.parametrize("answer", [RoomAnswer.PENDING, RoomAnswer.ACCEPTED])
async def test_14_a_room_of_somebody_else_is_shown_and_is_never_taken_for_ours(
    house: House, suite: SuiteName, answer: RoomAnswer
) -> None:
    [booking] = await _booked(house)
    foreign = RoomInvitation(Person("hall@hotel.example", "Hall"), answer)
    [mailbox_id] = house.calendar.events

    house.change(rooms=(foreign,))
    await _look(house)

    assert await _stands(house, booking) == (REJECTED, BookingReason.REMOVED)
    shown = await house.agenda.event(house.principal, mailbox_id)
    first = shown.rooms[0]
    assert (first.person.address, first.room) == ("hall@hotel.example", None)


async def test_15_whose_calendar_it_is_counts_not_who_typed_it(house: House, suite: SuiteName) -> None:
    room = await house.room()
    typed_by_another = Person("assistant@tidewater.example", "Assistant")
    event = house.hold(make_event(START + timedelta(hours=2), organiser=typed_by_another, is_organiser=True))

    [booking] = await _booked(house, room, event_mailbox_id=event.mailbox_id)
    house.change(rooms=(invitation(room, RoomAnswer.ACCEPTED),))
    await _look(house)

    assert await _stands(house, booking) == (ACCEPTED, None)


async def test_16_where_a_calendar_tallies_no_answers_none_is_made_up(house: House, suite: SuiteName) -> None:
    [booking] = await _booked(house)

    for _ in range(3):
        await _look(house, NO_ANSWER_AFTER)
    await SilentRooms(notify, house.stack.bus).run_due()

    assert await _stands(house, booking) == (PENDING, BookingReason.NOT_ANSWERED)
    assert await _told(house) == [NotificationKind.ROOM_NOT_ANSWERING]


async def test_17_a_room_that_is_only_written_as_the_place_is_not_booked(house: House, suite: SuiteName) -> None:
    room = await house.room()
    event = house.hold(make_event(START + timedelta(hours=2), location=room.name))
    shown = await house.agenda.event(house.principal, event.mailbox_id)
    assert shown.rooms == ()

    await _booked(house, room, event_mailbox_id=event.mailbox_id)

    assert [entry.room.address for entry in house.calendar.events[event.mailbox_id].rooms] == [room.address]


@pytest.mark.parametrize("alias", ["sea-room@tidewater.example", "/o=tidewater/ou=exchange/cn=recipients/cn=lh"])
async def test_18_a_room_under_another_address_of_its_own_is_still_the_room(
    house: House, suite: SuiteName, alias: str
) -> None:
    room = await house.room()
    [booking] = await _booked(house, room)

    house.change(rooms=(RoomInvitation(Person(alias, room.name), RoomAnswer.ACCEPTED),))
    await _look(house)

    assert await _stands(house, booking) == (ACCEPTED, None)
    assert await _told(house) == []


async def test_18_a_room_of_the_same_name_that_we_list_is_another(house: House, suite: SuiteName) -> None:
    [booking] = await _booked(house)
    namesake = await house.room("Lighthouse", address="other-lighthouse@rooms.tidewater.example")

    house.change(rooms=(invitation(namesake, RoomAnswer.DECLINED),))
    await _look(house)

    assert await _stands(house, booking) == (REJECTED, BookingReason.REPLACED)


async def test_19_a_room_whose_mailbox_is_gone_stays_unanswered_and_is_told(house: House, suite: SuiteName) -> None:
    room = await house.room()
    [booking] = await _booked(house, room)
    await Room.of(house.organisation.id).filter(id=room.id).update(pairing=RoomPairing.UNPAIRED)

    await _look(house, NO_ANSWER_AFTER)
    await SilentRooms(notify, house.stack.bus).run_due()

    assert await _stands(house, booking) == (PENDING, BookingReason.NOT_ANSWERED)
    assert await _told(house) == [NotificationKind.ROOM_NOT_ANSWERING]


@pytest.mark.parametrize("sensitivity", [Sensitivity.PRIVATE, Sensitivity.CONFIDENTIAL])
async def test_20_a_private_meetings_room_is_told_without_a_word_of_the_meeting(
    house: House, suite: SuiteName, sensitivity: Sensitivity
) -> None:
    room = await house.room()
    [booking] = await _booked(house, room)
    house.change(sensitivity=sensitivity, subject="Salaries")
    house.answer(room, RoomAnswer.DECLINED)

    await _look(house)

    assert await _stands(house, booking) == (REJECTED, BookingReason.DECLINED)
    rows = [*await Notification.all().values(), *await RoomBooking.all().values()]
    assert "Salaries" not in str(rows)


async def test_21_a_meeting_with_nobody_else_needs_the_rooms_own_invitation(house: House, suite: SuiteName) -> None:
    room = await house.room()
    [booking] = await _booked(house, room)
    [event] = house.calendar.events.values()
    assert (event.attendees, [entry.room.address for entry in event.rooms]) == ((), [room.address])

    house.answer(room, RoomAnswer.ACCEPTED)
    await _look(house)

    assert await _stands(house, booking) == (ACCEPTED, None)


async def test_22_what_is_sent_again_after_a_lost_answer_asks_the_room_once(house: House, suite: SuiteName) -> None:
    room, event = await house.room(), house.new_event()
    house.interruptions.lose_answer("create", suite_errors.SuiteUnavailable("504"))
    with pytest.raises(SuiteUnavailable):
        await house.book(room, key="again", event=event)

    [booking] = (await house.book(room, key="again", event=event)).bookings

    assert len(house.calendar.events) == 1
    assert await RoomBooking.of(house.organisation.id).count() == 1
    assert booking.state is PENDING


async def test_23_a_room_that_has_not_let_the_slot_go_yet_may_say_no_first_and_yes_later(
    house: House, suite: SuiteName
) -> None:
    room = await house.room()
    [former] = await _booked(house, room)
    house.change(status=EventStatus.CANCELLED)
    await _look(house)
    assert await _stands(house, former) == (CANCELLED, BookingReason.EVENT_GONE)
    [booking] = await _booked(house, room)

    for answer in (RoomAnswer.DECLINED, RoomAnswer.ACCEPTED):
        house.answer(room, answer)
        await _look(house)

    assert await _stands(house, booking) == (ACCEPTED, None)
    assert await _stands(house, former) == (CANCELLED, BookingReason.EVENT_GONE)
