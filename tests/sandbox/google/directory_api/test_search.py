"""The query grammar and the order of calendar resources."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.google.calendars.resources import Resource
from app.sandbox.google.directory_api.search import InvalidSearchError, in_order, read_order, read_query

MEADOW = Resource(
    resource_id="1",
    email="c_1@resource.calendar.google.com",
    name="Meadow 2.14",
    generated_name="MEADOW-2-Meadow 2.14 (8)",
    customer_id="C01",
    capacity=8,
    building_id="MEADOW",
    floor_name="2",
    features=("Whiteboard", "Video"),
)
BARE = Resource(
    resource_id="2",
    email="c_2@resource.calendar.google.com",
    name="Shed",
    generated_name="Shed",
    customer_id="C01",
    category="OTHER",
)


def found(query: str) -> list[str]:
    clauses = read_query(query)
    return [one.name for one in (MEADOW, BARE) if all(clause.meets(one) for clause in clauses)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("buildingId=MEADOW", ["Meadow 2.14"]),
        ("buildingId!=MEADOW", ["Shed"]),
        ("NOT buildingId=MEADOW", ["Shed"]),
        ("NOT buildingId!=MEADOW", ["Meadow 2.14"]),
        ('name="Meadow 2.14"', ["Meadow 2.14"]),
        ("name='Meadow 2.14'", ["Meadow 2.14"]),
        ("name:Mea*", ["Meadow 2.14"]),
        ('generatedResourceName:"MEADOW-2-Meadow 2*"', ["Meadow 2.14"]),
        ("name=Mea*", []),
        ("capacity=8", ["Meadow 2.14"]),
        ("capacity!=8", ["Shed"]),
        ("floorName=2", ["Meadow 2.14"]),
        ("floor_name=2 AND capacity=8", ["Meadow 2.14"]),
        ("floorName=2 AND capacity=9", []),
        ("featureInstances.feature.name:Video", ["Meadow 2.14"]),
        ("featureInstances.feature.name:Vid", []),
        ("featureInstances.feature.name:Vid*", ["Meadow 2.14"]),
        ("featureInstances.feature.name!=Video", ["Shed"]),
        ("resourceCategory=OTHER AND NOT resourceEmail=c_1@resource.calendar.google.com", ["Shed"]),
    ],
)
def test_a_query_finds_the_rooms_of_which_every_clause_is_true(query: str, names: list[str]) -> None:
    assert found(query) == names


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "Meadow",
        "name",
        "name=",
        "name:Meadow",
        "name:*",
        "colour=red",
        "capacity=many",
        "capacity:8",
        "name=Meadow 2.14",
        "name=a OR name=b",
        "name=a AND",
        "AND name=a",
        "name=a name=b",
        "name==a",
        'name="a',
        "NOT NOT name=a",
        "(name=a)",
    ],
)
def test_what_is_not_in_the_grammar_is_refused(query: str) -> None:
    with pytest.raises(InvalidSearchError) as caught:
        read_query(query)

    assert caught.value.parameter == "query"


@given(st.text())
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        clauses = read_query(text)
    except InvalidSearchError:
        return

    assert clauses


@given(st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"])))
def test_a_quoted_name_finds_the_room_of_that_name_and_only_that(name: str) -> None:
    room = replace(MEADOW, name=name)

    same, [other] = read_query(f'name="{name}" AND name="{name}"'), read_query(f'NOT name="{name}"')

    assert all(clause.meets(room) for clause in same)
    assert not other.meets(room)
    assert other.meets(replace(room, name=name + "x"))


@given(st.lists(st.sampled_from(["name:Mea*", "NOT capacity=8", "floorName=2", "resourceCategory!=OTHER"]), min_size=1))
def test_the_order_of_clauses_does_not_matter(clauses: list[str]) -> None:
    assert found(" AND ".join(clauses)) == found(" AND ".join(reversed(clauses)))


def test_rooms_are_ordered_by_several_fields_each_in_its_own_direction() -> None:
    rooms = [
        replace(MEADOW, name=name, building_id=building, capacity=capacity)
        for name, building, capacity in (("a", "X", 4), ("b", "W", 10), ("c", "X", 12), ("d", None, None))
    ]

    by_size = in_order(rooms, read_order("buildingId, capacity desc"))
    by_name = in_order(rooms, read_order("resourceName DESC"))

    assert [one.name for one in by_size] == ["d", "b", "c", "a"]
    assert [one.name for one in by_name] == ["d", "c", "b", "a"]


@pytest.mark.parametrize("order", ["", "colour", "capacity up", "capacity desc,", "capacity desc asc"])
def test_an_order_by_what_cannot_be_ordered_is_refused(order: str) -> None:
    with pytest.raises(InvalidSearchError) as caught:
        read_order(order)

    assert caught.value.parameter == "orderBy"
