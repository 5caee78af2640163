"""What a room's state is, from one read of its event."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.derivation import ASKED, GONE, Asked, Finding, Standing, finding_of
from app.bookings.replacing import EventRooms, Holding, KnownRoom
from app.bookings.status import BookingReason, BookingState, may_follow
from app.suites.events import Attendee, AttendeeKind, EventStatus, Person, Response, RoomAnswer, RoomInvitation
from app.suites.protocol import Capabilities
from tests.bookings.house import make_event
from tests.support.suites import CAPABILITIES

ROOM = "lighthouse@rooms.example"
LIGHTHOUSE, PIER = KnownRoom(uuid4(), ROOM), KnownRoom(uuid4(), "pier@rooms.example")
BOOKING = uuid4()
TELLING = replace(CAPABILITIES, room_answer_for_attendees=True)
"""A suite whose attendees' copies show what the rooms answered."""
SWAPPING = replace(TELLING, replaces_rooms=True, tells_awaiting_approval=False)
ACCEPTED = Standing(BookingState.ACCEPTED, None)
DECLINED = Standing(BookingState.REJECTED, BookingReason.DECLINED)
RELEASED = Standing(BookingState.REJECTED, BookingReason.RELEASED)
REMOVED = Standing(BookingState.REJECTED, BookingReason.REMOVED)
IN_PLACE = Standing(BookingState.ACCEPTED, BookingReason.REPLACED)
APPROVAL = Standing(BookingState.PENDING, BookingReason.AWAITING_APPROVAL)

_STANDINGS = st.builds(
    Standing, st.sampled_from([state for state in BookingState if state is not BookingState.CANCELLED]), st.none()
)


def _find(
    answer: RoomAnswer | None,
    present: Standing = ASKED,
    capabilities: Capabilities = CAPABILITIES,
    requested: KnownRoom = LIGHTHOUSE,
    **values: Any,
) -> Finding:
    rooms = () if answer is None else (RoomInvitation(Person(ROOM, "Lighthouse"), answer),)
    event = make_event(**{"rooms": rooms, **values})
    ours = EventRooms([Holding(BOOKING, LIGHTHOUSE, present.state)], {PIER.address: PIER})
    return finding_of(event, Asked(BOOKING, LIGHTHOUSE, requested.id, present), ours, capabilities)


def _read(
    answer: RoomAnswer | None, present: Standing = ASKED, capabilities: Capabilities = CAPABILITIES, **values: Any
) -> Standing:
    return _find(answer, present, capabilities, **values).standing


def _pier(answer: RoomAnswer) -> tuple[RoomInvitation, ...]:
    return (RoomInvitation(Person(PIER.address, "Pier"), answer),)


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


class TestAnAttendeesCopy:
    @given(
        present=_STANDINGS, answer=st.sampled_from(RoomAnswer), capabilities=st.sampled_from([CAPABILITIES, TELLING])
    )
    def test_what_it_tells_of_the_room_counts_as_in_the_organisers(
        self, present: Standing, answer: RoomAnswer, capabilities: Capabilities
    ) -> None:
        own = _read(answer, present, capabilities)

        assert _read(answer, present, capabilities, is_organiser=False) == own

    @given(present=_STANDINGS)
    def test_an_answer_that_it_does_not_tell_leaves_the_state(self, present: Standing) -> None:
        assert _read(RoomAnswer.UNKNOWN, present, TELLING, is_organiser=False) == present

    @given(present=_STANDINGS)
    def test_a_room_that_it_does_not_show_is_gone_only_where_such_copies_tell(self, present: Standing) -> None:
        assert _read(None, present, is_organiser=False) == present
        assert _read(None, present, TELLING, is_organiser=False).state is BookingState.REJECTED

    def test_a_room_among_the_people_tells_nothing_where_such_copies_do_not_tell(self) -> None:
        guest = Attendee(Person(ROOM, "Lighthouse"), AttendeeKind.REQUIRED, Response.NOT_RESPONDED)

        assert _read(None, ACCEPTED, attendees=(guest,), is_organiser=False) == ACCEPTED
        assert _read(None, ACCEPTED, TELLING, attendees=(guest,), is_organiser=False) == ASKED


class TestARoomThatTookThePlace:
    @pytest.mark.parametrize(
        ("answer", "following"),
        [
            (RoomAnswer.PENDING, ASKED),
            (RoomAnswer.UNKNOWN, ASKED),
            (RoomAnswer.AWAITING_APPROVAL, APPROVAL),
            (RoomAnswer.ACCEPTED, IN_PLACE),
        ],
    )
    @pytest.mark.parametrize("present", [ASKED, ACCEPTED, DECLINED, REMOVED])
    def test_the_booking_follows_and_stands_as_that_room_answers(
        self, present: Standing, answer: RoomAnswer, following: Standing
    ) -> None:
        assert _find(None, present, SWAPPING, rooms=_pier(answer)) == Finding(following, PIER)

    def test_it_is_not_followed_where_it_has_declined(self) -> None:
        finding = _find(None, ACCEPTED, SWAPPING, rooms=_pier(RoomAnswer.DECLINED))

        assert finding == Finding(Standing(BookingState.REJECTED, BookingReason.REPLACED))

    def test_it_is_not_followed_where_the_suite_swaps_no_rooms_by_itself(self) -> None:
        finding = _find(None, ACCEPTED, TELLING, rooms=_pier(RoomAnswer.ACCEPTED))

        assert finding == Finding(Standing(BookingState.REJECTED, BookingReason.REPLACED))

    def test_it_is_not_followed_in_a_copy_that_does_not_show_which_rooms_there_are(self) -> None:
        blind = replace(SWAPPING, room_answer_for_attendees=False)

        finding = _find(None, ACCEPTED, blind, rooms=_pier(RoomAnswer.ACCEPTED), is_organiser=False)

        assert finding == Finding(ACCEPTED)

    @pytest.mark.parametrize(
        ("answer", "following"),
        [(RoomAnswer.ACCEPTED, IN_PLACE), (RoomAnswer.PENDING, ASKED), (RoomAnswer.DECLINED, RELEASED)],
    )
    def test_it_says_that_it_is_another_one_as_long_as_it_holds(self, answer: RoomAnswer, following: Standing) -> None:
        assert _find(answer, IN_PLACE, SWAPPING, requested=PIER) == Finding(following)


@pytest.mark.parametrize(
    ("capabilities", "following"), [(CAPABILITIES, APPROVAL), (SWAPPING, ASKED)], ids=["telling", "not telling"]
)
def test_a_tentative_room_awaits_approval_only_where_the_suite_means_that(
    capabilities: Capabilities, following: Standing
) -> None:
    guest = Attendee(Person(ROOM, "Lighthouse"), AttendeeKind.REQUIRED, Response.TENTATIVELY_ACCEPTED)

    assert _read(None, ASKED, capabilities, attendees=(guest,)) == following


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
