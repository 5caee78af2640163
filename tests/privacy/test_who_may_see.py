"""Who may see where somebody works: every way of sharing, every kind of viewer, and every field that could tell.

A field reveals a shift where its answer with the shift there differs from its answer without it: that is asked of each
field, so whatever is hidden is not merely left out but cannot be told from there being nothing. The table of fields is
held against the schema: a field that could return a location and is not in it fails the build.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from graphql import GraphQLObjectType, get_named_type
from tortoise.context import TortoiseContext

from app import clock
from app.buildings.models import Area, Building, Floor
from app.identity.models import LocationSharing, Member, Role
from app.identity.principal import Principal
from app.keys import Keys, Vault
from app.shifts.models import Shift
from app.suites.events import Attendee, AttendeeKind, Event, Person, Response
from schema import schema
from schema.ids import NodeIds, NodeKind
from tests.bookings.house import Ticker, make_event
from tests.buildings.making import make_area, make_building, make_floor
from tests.connections.stack import account_of, make_connection
from tests.schema.world import House, Server, make_house
from tests.support.people import make_member, principal_of
from tests.support.workplaces import make_shift, organisation_shares, shares

TUESDAY = date(2031, 5, 13)
EVERYONE, PEOPLE_I_MEET, NOBODY = LocationSharing


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a member said (null: nothing), what their organisation did, and what holds because of it."""

    chosen: LocationSharing | None
    default: LocationSharing
    widest: LocationSharing
    in_force: LocationSharing

    def __str__(self) -> str:
        return f"{self.chosen or 'nothing'}, default {self.default}, at most {self.widest}"


SHARINGS = [
    Sharing(EVERYONE, PEOPLE_I_MEET, EVERYONE, in_force=EVERYONE),
    Sharing(PEOPLE_I_MEET, EVERYONE, EVERYONE, in_force=PEOPLE_I_MEET),
    Sharing(NOBODY, EVERYONE, EVERYONE, in_force=NOBODY),
    Sharing(None, EVERYONE, EVERYONE, in_force=EVERYONE),
    Sharing(None, PEOPLE_I_MEET, EVERYONE, in_force=PEOPLE_I_MEET),
    Sharing(None, NOBODY, EVERYONE, in_force=NOBODY),
    Sharing(EVERYONE, PEOPLE_I_MEET, PEOPLE_I_MEET, in_force=PEOPLE_I_MEET),
    Sharing(EVERYONE, NOBODY, NOBODY, in_force=NOBODY),
    Sharing(PEOPLE_I_MEET, NOBODY, NOBODY, in_force=NOBODY),
    Sharing(None, EVERYONE, PEOPLE_I_MEET, in_force=PEOPLE_I_MEET),
]


class Viewer(StrEnum):
    """Who asks."""

    SELF = "SELF"
    COLLEAGUE = "COLLEAGUE"
    ADMINISTRATOR = "ADMINISTRATOR"
    WHO_BOOKED_IT = "WHO_BOOKED_IT"
    STRANGER = "STRANGER"
    """A member of another organisation."""


class Told(StrEnum):
    """By which rule a field tells."""

    ON_AN_EVENT_THAT_THEY_ACCEPTED = "ON_AN_EVENT_THAT_THEY_ACCEPTED"
    """Or organise."""
    ON_AN_EVENT_TO_WHICH_THEY_ARE_INVITED = "ON_AN_EVENT_TO_WHICH_THEY_ARE_INVITED"
    OUTSIDE_EVENTS = "OUTSIDE_EVENTS"


def may_see(told: Told, viewer: Viewer, in_force: LocationSharing) -> bool:
    """The rule, once more and in other words than the product's."""
    if viewer is Viewer.STRANGER:
        return False
    if viewer is Viewer.SELF or in_force is EVERYONE:
        return True
    match told:
        case Told.ON_AN_EVENT_THAT_THEY_ACCEPTED:
            return in_force is PEOPLE_I_MEET
        case Told.ON_AN_EVENT_TO_WHICH_THEY_ARE_INVITED:
            return False
        case Told.OUTSIDE_EVENTS:
            return viewer is Viewer.WHO_BOOKED_IT


@dataclass
class Scene:
    """Ben works in the north of a floor on Tuesday; the south of it takes one person, and has one."""

    house: House
    ben: Member
    viewers: Mapping[Viewer, Principal]
    lighthouse: Building
    floor: Floor
    north: Area
    south: Area
    shift: Shift
    events: Mapping[tuple[Viewer, Response], Event]

    def id(self, viewer: Viewer, kind: NodeKind, row_id: UUID) -> str:
        """An id of the scene; a stranger can only have heard of it."""
        owner = self.house.member if viewer is Viewer.STRANGER else self.viewers[viewer]
        return NodeIds(self.house.server.services.keys, owner.organisation_id, owner.member_id).seal(kind, row_id)

    async def ask(self, viewer: Viewer, document: str, **variables: Any) -> Any:
        answer = await self.house.server.ask(self.viewers[viewer], document, **variables)
        return json.loads(json.dumps(answer, default=str))


async def make_scene(server: Server) -> Scene:
    house = await make_house(server)
    other = await make_house(server, "Newbridge")
    ben = await _connected(house, "Ben Moor", Role.MEMBER)
    boss = await _connected(house, "Cleo Brandt", Role.SUBSCRIPTION_ADMINISTRATOR)
    viewers = {
        Viewer.SELF: principal_of(ben),
        Viewer.COLLEAGUE: house.member,
        Viewer.ADMINISTRATOR: house.administrator,
        Viewer.WHO_BOOKED_IT: principal_of(boss),
        Viewer.STRANGER: other.member,
    }
    lighthouse = await make_building(house.organisation.id)
    floor = await make_floor(lighthouse, "1")
    north, south = [await make_area(floor, "North", capacity=10), await make_area(floor, "South", capacity=1)]
    other_member = await make_member(house.organisation, "Dirk Hale")
    await make_shift(other_member, TUESDAY, lighthouse, floor=floor, area=south)
    shift = await make_shift(ben, TUESDAY, lighthouse, floor=floor, area=north, booked_by=boss)
    events = {
        (viewer, response): await _invited(server, principal, ben, response)
        for viewer, principal in viewers.items()
        for response in (Response.ORGANISER, Response.ACCEPTED, Response.NOT_RESPONDED)
    }
    return Scene(house, ben, viewers, lighthouse, floor, north, south, shift, events)


async def _connected(house: House, name: str, role: Role) -> Member:
    member = await make_member(house.organisation, name, role=role, tenant=house.integration.tenant or "")
    await make_connection(house.server.stack, member, house.integration)
    return member


async def _invited(server: Server, viewer: Principal, ben: Member, response: Response) -> Event:
    """An event of the viewer's, in the middle of Ben's shift, to which he gave this answer, or which he organises."""
    member = await Member.of(viewer.organisation_id).get(id=viewer.member_id)
    him = Person(ben.address, ben.name)
    organises = response is Response.ORGANISER
    event = make_event(
        datetime(2031, 5, 13, 10, tzinfo=UTC),
        organiser=him if organises else Person("host@elsewhere.example", "Host"),
        is_organiser=False,
        response=Response.ACCEPTED,
        attendees=() if organises else (Attendee(him, AttendeeKind.REQUIRED, response),),
    )
    server.suite.mailboxes[(await account_of(member)).address].events[event.mailbox_id] = event
    return event


@pytest.fixture
async def scene(database: TortoiseContext, keys: Keys, vault: Vault) -> AsyncIterator[Scene]:
    ticker = Ticker()
    with clock.use(ticker):
        yield await make_scene(Server(keys, vault, ticker))


PEOPLE = """organiserLocation { kind building floor area }
  attendees { nodes { isExternal location { kind building floor area } } }
  attendeeSummary { atEventBuilding elsewhere unknown }"""
WINDOW = {"from": "2031-05-13T00:00:00Z", "to": "2031-05-14T00:00:00Z"}
DAYS = {"from": "2031-05-12", "to": "2031-05-18"}
SHIFT = "id kind date slot start building { name } floor { name } area { name } member { name }"
FULLNESS = "occupancy(date: $date) { people left isFull }"

Question = Callable[[Scene, Viewer], Awaitable[Any]]


def agenda(response: Response) -> Question:
    async def ask(scene: Scene, viewer: Viewer) -> Any:
        document = f"""query ($from: DateTime!, $to: DateTime!) {{ agenda(from: $from, to: $to) {{
          ... on Agenda {{ events {{ nodes {{ id {PEOPLE} }} }} }} }} }}"""
        answer = await scene.ask(viewer, document, **WINDOW)
        wanted = _event_id(scene, viewer, response)
        [event] = [node for node in answer["data"]["agenda"]["events"]["nodes"] if node["id"] == wanted]
        return event

    return ask


def event(response: Response) -> Question:
    async def ask(scene: Scene, viewer: Viewer) -> Any:
        document = f"query ($id: ID!) {{ event(id: $id) {{ __typename ... on Event {{ {PEOPLE} }} }} }}"
        answer = await scene.ask(viewer, document, id=_event_id(scene, viewer, response))
        assert answer["data"]["event"]["__typename"] == "Event"
        return answer

    return ask


def _event_id(scene: Scene, viewer: Viewer, response: Response) -> str:
    principal = scene.viewers[viewer]
    ids = NodeIds(scene.house.server.services.keys, principal.organisation_id, principal.member_id)
    return ids.seal_event(scene.events[viewer, response].mailbox_id)


async def all_shifts(scene: Scene, viewer: Viewer) -> Any:
    document = f"""query ($from: Date!, $to: Date!) {{ shifts(from: $from, to: $to) {{
      totalCount pageInfo {{ hasNextPage }} edges {{ cursor }} nodes {{ {SHIFT} }} }} }}"""
    return await scene.ask(viewer, document, **DAYS)


async def shifts_of_member(scene: Scene, viewer: Viewer) -> Any:
    document = f"""query ($from: Date!, $to: Date!, $memberId: ID, $buildingId: ID) {{
      shifts(from: $from, to: $to, memberId: $memberId, buildingId: $buildingId, first: 1) {{
        totalCount pageInfo {{ hasNextPage }} nodes {{ {SHIFT} }} }} }}"""
    member = scene.id(viewer, NodeKind.MEMBER, scene.ben.id)
    building = scene.id(viewer, NodeKind.BUILDING, scene.lighthouse.id)
    return await scene.ask(viewer, document, memberId=member, buildingId=building, **DAYS)


async def node(scene: Scene, viewer: Viewer) -> Any:
    document = f"query ($id: ID!) {{ node(id: $id) {{ __typename ... on Shift {{ {SHIFT} bookedBy {{ name }} }} }} }}"
    return await scene.ask(viewer, document, id=scene.id(viewer, NodeKind.SHIFT, scene.shift.id))


async def occupancy(scene: Scene, viewer: Viewer) -> Any:
    document = f"""query ($date: Date!) {{ buildings {{ nodes {{
      {FULLNESS} floors {{ {FULLNESS} areas {{ {FULLNESS} }} }} }} }} }}"""
    return await scene.ask(viewer, document, date=TUESDAY.isoformat())


async def office_days(scene: Scene, viewer: Viewer) -> Any:
    document = """query ($from: Date!, $to: Date!, $memberIds: [ID!]) {
      suggestOfficeDays(from: $from, to: $to, memberIds: $memberIds) { __typename
        ... on OfficeDays { people days { date building { name } members { name } isOpen hasRoom } }
        ... on Problem { code } } }"""
    return await scene.ask(viewer, document, memberIds=[scene.id(viewer, NodeKind.MEMBER, scene.ben.id)], **DAYS)


async def places_left(scene: Scene, viewer: Viewer) -> Any:
    """The south is full: how much room is left in the north?"""
    document = """mutation ($input: BookShiftInput!) { bookShift(input: $input) { __typename
      ... on CapacityReached { message fullDays { name alternatives { area { name } left } } }
      ... on Problem { code } } }"""
    place = {
        "buildingId": scene.id(viewer, NodeKind.BUILDING, scene.lighthouse.id),
        "areaId": scene.id(viewer, NodeKind.AREA, scene.south.id),
    }
    command = {"idempotencyKey": uuid4().hex, "kind": "AT_OFFICE", "place": place}
    return await scene.ask(viewer, document, input=command | {"days": {"dates": [TUESDAY.isoformat()]}})


ASKED: Mapping[str, tuple[Told, Question]] = {
    "agenda, organised": (Told.ON_AN_EVENT_THAT_THEY_ACCEPTED, agenda(Response.ORGANISER)),
    "event, organised": (Told.ON_AN_EVENT_THAT_THEY_ACCEPTED, event(Response.ORGANISER)),
    "agenda, accepted": (Told.ON_AN_EVENT_THAT_THEY_ACCEPTED, agenda(Response.ACCEPTED)),
    "agenda, invited": (Told.ON_AN_EVENT_TO_WHICH_THEY_ARE_INVITED, agenda(Response.NOT_RESPONDED)),
    "event, accepted": (Told.ON_AN_EVENT_THAT_THEY_ACCEPTED, event(Response.ACCEPTED)),
    "event, invited": (Told.ON_AN_EVENT_TO_WHICH_THEY_ARE_INVITED, event(Response.NOT_RESPONDED)),
    "shifts": (Told.OUTSIDE_EVENTS, all_shifts),
    "shifts of the member": (Told.OUTSIDE_EVENTS, shifts_of_member),
    "node": (Told.OUTSIDE_EVENTS, node),
    "occupancy": (Told.OUTSIDE_EVENTS, occupancy),
    "office days": (Told.OUTSIDE_EVENTS, office_days),
    "places left": (Told.OUTSIDE_EVENTS, places_left),
}
"""Every question that could reveal where somebody works, and by which rule it tells."""


@pytest.mark.parametrize("viewer", Viewer)
@pytest.mark.parametrize("sharing", SHARINGS, ids=str)
async def test_a_field_tells_where_somebody_works_exactly_where_its_rule_lets_it(
    scene: Scene, sharing: Sharing, viewer: Viewer
) -> None:
    await shares(scene.ben, sharing.chosen)
    await organisation_shares(scene.house.organisation.id, sharing.default, sharing.widest)

    with_shift = {name: await ask(scene, viewer) for name, (_, ask) in ASKED.items()}
    await Shift.of(scene.shift.organisation_id).filter(id=scene.shift.id).delete()
    without_shift = {name: await ask(scene, viewer) for name, (_, ask) in ASKED.items()}

    reveals = {name: with_shift[name] != without_shift[name] for name in ASKED}
    assert reveals == {name: may_see(told, viewer, sharing.in_force) for name, (told, _) in ASKED.items()}


def test_every_way_of_sharing_is_tried() -> None:
    chosen = {(sharing.chosen, sharing.in_force) for sharing in SHARINGS}

    assert {word for word, _ in chosen} == {*LocationSharing, None}
    assert {in_force for word, in_force in chosen if word is None} == set(LocationSharing)
    assert {held for word, held in chosen if word is EVERYONE} == set(LocationSharing)


LOCATIONS = {
    "Shift",
    "AttendeeLocation",
    "AttendeeSummary",
    "Occupancy",
    "PlaceLeft",
    "FullDay",
    "OfficeDay",
    "AffectedShift",
    "ShiftSuggestion",
}
"""The types that say where somebody works."""
PLACES = {"Building", "Floor", "Area"}
PLACES_ALONE = {*PLACES, "BuildingEdge", "BuildingConnection", "BuildingCreated", "BuildingUpdated", "BuildingRemoved"}
"""Types that have a place and no people: how a building is laid out is no secret."""

OWN = "the viewer's own shifts and nobody else's"
REFUSED_TO_MEMBERS = "see the tests of what an administrator is told of those whom they do not see"
OF_SHIFTS = "a part of what `Query.shifts` answers"

TABLE: dict[str, str | tuple[str, ...]] = {
    "Event.organiserLocation": ("agenda, organised", "event, organised"),
    "EventAttendee.location": ("agenda, accepted", "agenda, invited", "event, accepted", "event, invited"),
    "Event.attendeeSummary": ("agenda, accepted", "agenda, invited", "event, accepted", "event, invited"),
    "Query.shifts": ("shifts", "shifts of the member"),
    "ShiftConnection.nodes": OF_SHIFTS,
    "ShiftConnection.edges": OF_SHIFTS,
    "ShiftEdge.node": OF_SHIFTS,
    "Query.node": ("node",),
    "Building.occupancy": ("occupancy",),
    "Floor.occupancy": ("occupancy",),
    "Area.occupancy": ("occupancy",),
    "OfficeDays.days": ("office days",),
    "CapacityReached.fullDays": ("places left",),
    "FullDay.alternatives": ("places left",),
    "OfficeDay.viewerShifts": OWN,
    "Notification.shifts": OWN,
    "SuggestedShifts.suggestions": OWN,
    "ShiftsBooked.shifts": "what the viewer has just booked",
    "ShiftsChanged.shifts": "what the viewer could see, and has just changed",
    "ShiftsCancelled.shifts": "what the viewer could see, and has just cancelled",
    "ShiftsOverlap.shifts": REFUSED_TO_MEMBERS,
    "ShiftsNoLongerFit.shifts": REFUSED_TO_MEMBERS,
}
"""Each field that returns a location, with the questions that ask it, or why none is needed."""


def _fields() -> Iterator[tuple[str, str]]:
    """Every field by its path, and the type that it leads to."""
    for name, type_ in schema._schema.type_map.items():
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__"):
            yield from ((f"{name}.{field}", get_named_type(node.type).name) for field, node in type_.fields.items())


def test_every_field_that_returns_a_location_is_in_the_table() -> None:
    pages = {f"{name}{ending}" for name in LOCATIONS for ending in ("Connection", "Edge")}

    found = {path for path, type_ in _fields() if type_ in LOCATIONS | pages | {"Node"}}

    assert found == TABLE.keys()


def test_every_type_with_a_place_in_it_is_known_to_say_where_somebody_works_or_not_to() -> None:
    holders = {path.partition(".")[0] for path, type_ in _fields() if type_ in PLACES}

    assert holders - LOCATIONS - PLACES_ALONE == set()


def test_every_question_of_the_table_is_asked() -> None:
    questions = {name for asked in TABLE.values() if isinstance(asked, tuple) for name in asked}

    assert questions == ASKED.keys()


BOOK = f"""mutation ($input: BookShiftInput!) {{ bookShift(input: $input) {{ __typename
  ... on ShiftsBooked {{ shifts {{ {SHIFT} timeZone bookedBy {{ name }} }} }}
  ... on ShiftsOverlap {{ message shifts {{ {SHIFT} }} }}
  ... on Problem {{ code }} }} }}"""


def _for_ben(scene: Scene, viewer: Viewer, **values: Any) -> dict[str, Any]:
    """A day for Ben, remote unless told otherwise."""
    command = {"idempotencyKey": uuid4().hex, "kind": "REMOTE", "days": {"dates": [TUESDAY.isoformat()]}}
    return command | {"memberId": scene.id(viewer, NodeKind.MEMBER, scene.ben.id)} | values


async def _unbooked_by_anybody(scene: Scene, sharing: LocationSharing) -> None:
    """Ben booked his shift himself."""
    await Shift.of(scene.shift.organisation_id).filter(id=scene.shift.id).update(booked_by_id=None)
    await shares(scene.ben, sharing)


async def test_an_administrator_who_books_over_a_hidden_shift_hears_that_there_is_one_and_nothing_of_it(
    scene: Scene,
) -> None:
    await _unbooked_by_anybody(scene, NOBODY)

    answer = await scene.ask(Viewer.ADMINISTRATOR, BOOK, input=_for_ben(scene, Viewer.ADMINISTRATOR))

    assert answer["data"]["bookShift"]["__typename"] == "ShiftsOverlap"
    assert answer["data"]["bookShift"]["shifts"] == []
    assert "Lighthouse" not in json.dumps(answer)


@pytest.mark.parametrize(("sharing", "zone"), [(EVERYONE, "Asia/Tokyo"), (NOBODY, "Europe/Amsterdam")])
async def test_the_zone_of_a_shift_booked_for_somebody_says_nothing_of_an_office_that_is_hidden(
    scene: Scene, sharing: LocationSharing, zone: str
) -> None:
    await _unbooked_by_anybody(scene, sharing)
    scene.house.server.ticker.advance(timedelta(hours=1))
    away = await make_building(scene.house.organisation.id, "Pier", time_zone="Asia/Tokyo")
    await make_shift(scene.ben, date(2031, 5, 15), away)

    command = _for_ben(scene, Viewer.ADMINISTRATOR, days={"dates": ["2031-05-20"]})
    answer = await scene.ask(Viewer.ADMINISTRATOR, BOOK, input=command)

    assert answer["data"]["bookShift"]["shifts"][0]["timeZone"] == zone


async def test_what_a_member_makes_of_a_shift_that_was_booked_for_them_is_not_shown_to_whoever_booked_it(
    scene: Scene,
) -> None:
    await shares(scene.ben, NOBODY)
    booker = Viewer.WHO_BOOKED_IT
    command = _for_ben(scene, booker, days={"dates": ["2031-05-14"]})
    booked = (await scene.ask(booker, BOOK, input=command))["data"]["bookShift"]["shifts"][0]
    change = f"""mutation ($input: ChangeShiftInput!) {{ changeShift(input: $input) {{
      ... on ShiftsChanged {{ shifts {{ {SHIFT} }} }} ... on Problem {{ code message }} }} }}"""
    place = {"buildingId": scene.id(Viewer.SELF, NodeKind.BUILDING, scene.lighthouse.id)}
    moved = {"shiftId": booked["id"], "kind": "AT_OFFICE", "place": place}

    changed = await scene.ask(Viewer.SELF, change, input=moved)
    found = await scene.ask(booker, "query ($id: ID!) { node(id: $id) { id } }", id=booked["id"])
    repeated = await scene.ask(booker, BOOK, input=command)

    assert changed["data"]["changeShift"]["shifts"][0]["building"] == {"name": "Lighthouse"}
    assert found["data"]["node"] is None
    assert repeated["data"]["bookShift"] == {"__typename": "NotFound", "code": "NOT_FOUND"}


@pytest.mark.parametrize(("sharing", "named"), [(EVERYONE, "Ben Moor"), (PEOPLE_I_MEET, None), (NOBODY, None)])
async def test_of_the_shifts_that_a_removed_building_ends_only_those_are_named_that_one_may_see(
    scene: Scene, sharing: LocationSharing, named: str | None
) -> None:
    await _unbooked_by_anybody(scene, sharing)
    document = """mutation ($input: RemoveBuildingInput!) { removeBuilding(input: $input) { __typename
      ... on ShiftsNoLongerFit { totalCount shifts { area member { name } } } } }"""
    building = scene.id(Viewer.ADMINISTRATOR, NodeKind.BUILDING, scene.lighthouse.id)

    answer = await scene.ask(Viewer.ADMINISTRATOR, document, input={"buildingId": building})

    shown = {entry["area"]: entry["member"] for entry in answer["data"]["removeBuilding"]["shifts"]}
    assert shown == {"North": named and {"name": named}, "South": None}
