"""A building of the house, and its clients' ways of booking, changing, cancelling and reading shifts."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from app.buildings.models import Area, Building, Floor
from app.identity.models import Member
from schema.ids import NodeKind
from tests.schema.world import House

SHIFT = """
  id kind date slot start end timeZone isCancelled endReason isPartOfPattern createdAt
  member { name } bookedBy { name } building { name } floor { name } area { name }
"""
PROBLEM = """
  ... on Problem { code message remedy whoActs retryable }
  ... on InvalidInput { field }
  ... on ShiftsOverlap { shifts { id date } }
  ... on CapacityReached {
    fullDays { date level name alternatives { building { id name } floor { name } area { name } slot left } }
  }
"""
BOOK = f"""
mutation Book($input: BookShiftInput!) {{
  bookShift(input: $input) {{
    __typename ... on ShiftsBooked {{ shifts {{ {SHIFT} }} problems {{ {PROBLEM} }} }} {PROBLEM}
  }}
}}
"""
CHANGE = f"""
mutation Change($input: ChangeShiftInput!) {{
  changeShift(input: $input) {{ __typename ... on ShiftsChanged {{ shifts {{ {SHIFT} }} }} {PROBLEM} }}
}}
"""
CANCEL = f"""
mutation Cancel($input: CancelShiftInput!) {{
  cancelShift(input: $input) {{
    __typename ... on ShiftsCancelled {{ shifts {{ {SHIFT} }} }} ... on Problem {{ code message }}
  }}
}}
"""
SHIFTS = f"""
query Shifts($from: Date!, $to: Date!, $memberId: ID, $buildingId: ID, $first: Int! = 50, $after: String) {{
  shifts(from: $from, to: $to, memberId: $memberId, buildingId: $buildingId, first: $first, after: $after) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {SHIFT} }}
  }}
}}
"""
MONDAY = date(2031, 5, 12)
"""Today: the clock stands at nine in London, eleven in Amsterdam."""


def day(offset: int) -> str:
    """So many days after today."""
    return (MONDAY + timedelta(days=offset)).isoformat()


class Office:
    """A building of the house, and its clients' way of booking."""

    def __init__(self, house: House, building: Building, floor: Floor, area: Area) -> None:
        self.house, self.building, self.floor, self.area = house, building, floor, area

    def place(self, *, floor: bool = False, area: bool = False) -> dict[str, str]:
        ids = self.house.ids
        place: dict[str, str] = {"buildingId": ids.seal(NodeKind.BUILDING, self.building.id)}
        if floor:
            place["floorId"] = ids.seal(NodeKind.FLOOR, self.floor.id)
        if area:
            place["areaId"] = ids.seal(NodeKind.AREA, self.area.id)
        return place

    async def book(self, *days: str, by_administrator: bool = False, **values: Any) -> dict[str, Any]:
        """At the building for the whole day, unless told otherwise."""
        wanted = {"days": {"dates": list(days)}, "kind": "AT_OFFICE", "idempotencyKey": uuid4().hex} | values
        if wanted["kind"] == "AT_OFFICE":
            wanted.setdefault("place", self.place())
        return await self.do(BOOK, by_administrator=by_administrator, **wanted)

    async def booked(self, *days: str, **values: Any) -> list[dict[str, Any]]:
        answer = await self.book(*days, **values)
        assert answer["__typename"] == "ShiftsBooked", answer
        shifts: list[dict[str, Any]] = answer["shifts"]
        return shifts

    async def do(self, document: str, *, by_administrator: bool = False, **command: Any) -> dict[str, Any]:
        principal = self.house.administrator if by_administrator else self.house.member
        data = await self.house.server.data(principal, document, input=command)
        [answer] = data.values()
        result: dict[str, Any] = answer
        return result

    async def listed(self, *, by_administrator: bool = False, **variables: Any) -> Mapping[str, Any]:
        principal = self.house.administrator if by_administrator else self.house.member
        window = {"from": day(0), "to": day(60)}
        data = await self.house.server.data(principal, SHIFTS, **window | variables)
        answer: Mapping[str, Any] = data["shifts"]
        return answer

    @property
    def member_id(self) -> str:
        return self.house.ids.seal(NodeKind.MEMBER, self.house.member.member_id)

    async def told(self) -> list[dict[str, Any]]:
        """The member's notifications, the newest first."""
        data = await self.house.ask("{ notifications { nodes { kind message shifts { id } } } }")
        nodes: list[dict[str, Any]] = data["notifications"]["nodes"]
        return nodes

    async def member(self) -> Member:
        return await Member.of(self.house.organisation.id).get(id=self.house.member.member_id)
