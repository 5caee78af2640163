"""Which room took whose place on an event."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.replacing import EventRooms, Holding, KnownRoom, replacements
from app.bookings.status import BookingState
from app.suites.events import Event, Person, RoomAnswer, RoomInvitation
from tests.bookings.house import make_event

HARBOUR, STATION = "Harbour", "Station"


def _room(name: str, building: str | None = HARBOUR) -> KnownRoom:
    return KnownRoom(uuid4(), f"{name}@rooms.example", building)


def _event(*rooms: KnownRoom, answer: RoomAnswer = RoomAnswer.ACCEPTED) -> Event:
    return make_event(rooms=tuple(RoomInvitation(Person(room.address, room.address), answer) for room in rooms))


def _held(*rooms: KnownRoom, state: BookingState = BookingState.ACCEPTED) -> list[Holding]:
    return [Holding(uuid4(), room, state) for room in rooms]


def _listed(*rooms: KnownRoom) -> dict[str, KnownRoom]:
    return {room.address: room for room in rooms}


LIGHTHOUSE, PIER, ANCHOR, SIDING = _room("lighthouse"), _room("pier"), _room("anchor"), _room("siding", STATION)
PLATFORM, NOWHERE = _room("platform", STATION), _room("nowhere", None)


def test_one_room_that_came_took_the_place_of_the_one_that_went() -> None:
    (holding,) = holdings = _held(LIGHTHOUSE)

    found = replacements(_event(SIDING), EventRooms(holdings, _listed(SIDING)))

    assert found == {holding.booking_id: SIDING}


def test_a_booking_whose_room_is_still_there_stays_with_it() -> None:
    _, went = holdings = _held(PIER, LIGHTHOUSE)

    found = replacements(_event(PIER, ANCHOR), EventRooms(holdings, _listed(PIER, ANCHOR)))

    assert found == {went.booking_id: ANCHOR}


@pytest.mark.parametrize(
    ("came", "listed", "answer"),
    [
        pytest.param([], [], RoomAnswer.ACCEPTED, id="none came"),
        pytest.param([PIER], [], RoomAnswer.ACCEPTED, id="the organisation does not list it"),
        pytest.param([PIER], [PIER], RoomAnswer.DECLINED, id="it declined"),
        pytest.param([PIER, ANCHOR], [PIER, ANCHOR], RoomAnswer.ACCEPTED, id="two came"),
    ],
)
def test_without_one_plain_successor_there_is_none(
    came: list[KnownRoom], listed: list[KnownRoom], answer: RoomAnswer
) -> None:
    rooms = EventRooms(_held(LIGHTHOUSE), _listed(*listed))

    assert replacements(_event(*came, answer=answer), rooms) == {}


def test_a_room_that_another_booking_has_takes_nobodys_place() -> None:
    rooms = EventRooms(_held(LIGHTHOUSE, PIER), _listed(PIER))

    assert replacements(_event(PIER), rooms) == {}


def test_two_that_went_are_told_apart_by_their_buildings() -> None:
    harbour, station = holdings = _held(LIGHTHOUSE, PLATFORM)

    found = replacements(_event(SIDING, PIER), EventRooms(holdings, _listed(SIDING, PIER)))

    assert found == {harbour.booking_id: PIER, station.booking_id: SIDING}


@pytest.mark.parametrize(
    ("went", "came"),
    [
        pytest.param([LIGHTHOUSE, PIER], [ANCHOR, _room("mast")], id="one building for all"),
        pytest.param([LIGHTHOUSE, PLATFORM], [PIER, ANCHOR], id="both came in one building"),
        pytest.param([LIGHTHOUSE, NOWHERE], [PIER, _room("attic", None)], id="a building is not known"),
        pytest.param([LIGHTHOUSE, PLATFORM], [PIER], id="fewer came than went"),
    ],
)
def test_two_that_went_and_cannot_be_told_apart_are_followed_by_none(
    went: list[KnownRoom], came: list[KnownRoom]
) -> None:
    assert replacements(_event(*came), EventRooms(_held(*went), _listed(*came))) == {}


def test_a_booking_turned_down_before_does_not_stand_in_the_way_of_one_that_lost_its_room_now() -> None:
    rejected = _held(LIGHTHOUSE, state=BookingState.REJECTED)
    (accepted,) = _held(ANCHOR)

    found = replacements(_event(PIER), EventRooms([*rejected, accepted], _listed(PIER)))

    assert found == {accepted.booking_id: PIER}


_ROOMS = [_room(f"room-{number}", building) for number, building in enumerate([HARBOUR, STATION, "Mill", None] * 2)]
_SOME = st.sets(st.sampled_from(_ROOMS), max_size=5).map(lambda rooms: sorted(rooms, key=lambda room: room.address))


@given(held=_SOME, there=_SOME, states=st.lists(st.sampled_from(BookingState), min_size=8, max_size=8))
def test_no_room_succeeds_two_and_none_succeeds_a_room_that_is_there(
    held: list[KnownRoom], there: list[KnownRoom], states: list[BookingState]
) -> None:
    holdings = [Holding(uuid4(), room, state) for room, state in zip(held, states, strict=False)]

    found = replacements(_event(*there), EventRooms(holdings, _listed(*there)))

    went: set[UUID] = {holding.booking_id for holding in holdings if holding.room not in there}
    assert found.keys() <= went
    assert len(set(found.values())) == len(found)
    assert set(found.values()) <= set(there) - set(held)
