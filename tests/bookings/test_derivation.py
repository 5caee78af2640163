"""What a room's state is, from one read of its event."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.derivation import ASKED, GONE, Standing, standing_of
from app.bookings.status import BookingReason, BookingState, may_follow
from app.suites.events import Attendee, AttendeeKind, EventStatus, Person, Response, RoomAnswer, RoomInvitation
from tests.bookings.house import make_event

ROOM = "lighthouse@rooms.example"
ACCEPTED = Standing(BookingState.ACCEPTED, None)
DECLINED = Standing(BookingState.REJECTED, BookingReason.DECLINED)
RELEASED = Standing(BookingState.REJECTED, BookingReason.RELEASED)
REMOVED = Standing(BookingState.REJECTED, BookingReason.REMOVED)
APPROVAL = Standing(BookingState.PENDING, BookingReason.AWAITING_APPROVAL)

_STANDINGS = st.builds(
    Standing, st.sampled_from([state for state in BookingState if state is not BookingState.CANCELLED]), st.none()
)


def _read(answer: RoomAnswer | None, present: Standing = ASKED, **values: Any) -> Standing:
    rooms = () if answer is None else (RoomInvitation(Person(ROOM, "Lighthouse"), answer),)
    event = make_event(**{"rooms": rooms, **values})
    return standing_of(event, ROOM, present, booked={ROOM}, directory={"pier@rooms.example"})


@pytest.mark.parametrize(
    ("answer", "present", "following"),
    [
        (RoomAnswer.PENDING, ASKED, ASKED),
        (RoomAnswer.AWAITING_APPROVAL, ASKED, APPROVAL),
        (RoomAnswer.ACCEPTED, ASKED, ACCEPTED),
        (RoomAnswer.DECLINED, ASKED, DECLINED),
        (RoomAnswer.DECLINED, APPROVAL, DECLINED),
        (RoomAnswer.DECLINED, ACCEPTED, RELEASED),
        (RoomAnswer.DECLINED, RELEASED, RELEASED),
        (RoomAnswer.PENDING, ACCEPTED, ASKED),
        (RoomAnswer.ACCEPTED, DECLINED, ACCEPTED),
        (RoomAnswer.UNKNOWN, ACCEPTED, ACCEPTED),
        (None, ASKED, REMOVED),
        (None, ACCEPTED, REMOVED),
        (None, DECLINED, DECLINED),
    ],
)
def test_the_rooms_answer_leads_from_one_standing_to_the_next(
    answer: RoomAnswer | None, present: Standing, following: Standing
) -> None:
    assert _read(answer, present) == following


def test_a_room_without_its_flag_is_found_among_the_people() -> None:
    guest = Attendee(Person(ROOM, "Lighthouse"), AttendeeKind.REQUIRED, Response.ACCEPTED)

    assert _read(None, attendees=(guest,)) == ACCEPTED


@pytest.mark.parametrize(
    ("other", "reason"),
    [("pier@rooms.example", BookingReason.REPLACED), ("hotel@elsewhere.example", BookingReason.REMOVED)],
)
def test_only_a_room_that_we_list_replaces_another(other: str, reason: BookingReason) -> None:
    standing = _read(None, rooms=(RoomInvitation(Person(other, "Other"), RoomAnswer.PENDING),))

    assert standing == Standing(BookingState.REJECTED, reason)


@given(present=_STANDINGS, answer=st.none() | st.sampled_from(RoomAnswer))
def test_a_copy_that_is_not_the_organisers_leaves_everything_as_it_is(
    present: Standing, answer: RoomAnswer | None
) -> None:
    assert _read(answer, present, is_organiser=False) == present


@given(present=_STANDINGS, answer=st.none() | st.sampled_from(RoomAnswer), is_organiser=st.booleans())
def test_a_cancelled_event_is_gone_for_everybody(
    present: Standing, answer: RoomAnswer | None, is_organiser: bool
) -> None:
    assert _read(answer, present, status=EventStatus.CANCELLED, is_organiser=is_organiser) == GONE


@given(present=_STANDINGS, answer=st.none() | st.sampled_from(RoomAnswer))
def test_every_standing_that_is_derived_can_follow_the_present_one(
    present: Standing, answer: RoomAnswer | None
) -> None:
    following = _read(answer, present)

    assert following.state is present.state or may_follow(present.state, following.state)


@given(present=_STANDINGS, answer=st.none() | st.sampled_from(RoomAnswer))
def test_reading_the_same_answer_twice_changes_nothing_more(present: Standing, answer: RoomAnswer | None) -> None:
    once = _read(answer, present)

    assert _read(answer, once) == once
