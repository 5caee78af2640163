"""In which order rooms are offered."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.rooms.ranking import Wanted, ranked
from app.suites.events import Availability

FREE, BUSY, UNKNOWN = Availability.FREE, Availability.BUSY, Availability.UNKNOWN


@dataclass
class Place:
    """A room as the order sees it."""

    name: str
    capacity: int | None = 8
    building: str | None = "Harbour"
    equipment: list[str] = field(default_factory=list)
    id: UUID = field(default_factory=uuid4)


@dataclass
class Offered:
    """Implements `Candidate`."""

    room: Place
    availability: Availability = FREE


def names(offered: list[Offered], wanted: Wanted) -> list[str]:
    return [candidate.room.name for candidate in ranked(offered, wanted)]


def test_free_comes_before_unknown_and_unknown_before_busy_whatever_else_fits() -> None:
    offered = [
        Offered(Place("busy and fitting"), BUSY),
        Offered(Place("unknown and fitting"), UNKNOWN),
        Offered(Place("free and far too large", capacity=200, building="Pier"), FREE),
    ]

    order = names(offered, Wanted(people=8, buildings=("Harbour",)))

    assert order == ["free and far too large", "unknown and fitting", "busy and fitting"]


def test_the_capacity_nearest_above_what_is_wanted_comes_first() -> None:
    sizes = {"hall": 40, "exact": 6, "sizeless": None, "next": 8, "one short": 5, "tiny": 2}
    offered = [Offered(Place(name, capacity=size)) for name, size in sizes.items()]

    order = names(offered, Wanted(people=6))

    assert order == ["exact", "next", "hall", "sizeless", "one short", "tiny"]


def test_a_room_that_lacks_less_of_the_equipment_comes_first_whatever_the_case() -> None:
    offered = [
        Offered(Place("nothing", capacity=6)),
        Offered(Place("screen only", capacity=8, equipment=["Screen"])),
        Offered(Place("both", capacity=80, equipment=["WHITEBOARD", "Screen"])),
    ]

    order = names(offered, Wanted(people=6, equipment=("screen", "Whiteboard")))

    assert order == ["both", "screen only", "nothing"]


def test_rooms_where_the_event_has_others_come_before_those_near_its_attendees() -> None:
    offered = [
        Offered(Place("elsewhere", capacity=6, building="Pier")),
        Offered(Place("no building", capacity=6, building=None)),
        Offered(Place("near the attendees", capacity=10, building="Lighthouse")),
        Offered(Place("beside the other rooms", capacity=20, building="Harbour")),
    ]

    order = names(offered, Wanted(people=6, buildings=("Harbour", "Lighthouse")))

    assert order == ["beside the other rooms", "near the attendees", "no building", "elsewhere"]


def test_a_building_is_preferred_whatever_the_case_of_its_name() -> None:
    offered = [Offered(Place("far", building="Pier")), Offered(Place("near", building="HARBOUR"))]

    assert names(offered, Wanted(people=6, buildings=("harbour",))) == ["near", "far"]


def test_a_preferred_building_does_not_make_a_room_large_enough() -> None:
    offered = [Offered(Place("near and small", capacity=2)), Offered(Place("far", capacity=10, building="Pier"))]

    order = names(offered, Wanted(people=6, buildings=("Harbour",)))

    assert order == ["far", "near and small"]


@given(
    st.permutations(
        [
            Offered(Place(f"{number % 3}", capacity=number % 5 or None, building="AB"[number % 2], id=UUID(int=number)))
            for number in range(12)
        ]
    )
)
def test_the_order_is_the_same_however_the_rooms_come(offered: list[Offered]) -> None:
    in_order = sorted(offered, key=lambda candidate: candidate.room.id)

    assert ranked(offered, Wanted(people=3)) == ranked(in_order, Wanted(people=3))
