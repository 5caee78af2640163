"""What administrators do with buildings in the tests of the schema, each as a client sends it."""

from datetime import date
from typing import Any

from app.buildings.models import Area, Building, Floor
from app.identity.models import Member
from app.shifts.models import Shift
from schema.ids import NodeKind
from tests.schema.world import House

TUESDAY = date(2031, 5, 13)
"""The day after the one on which the clock of these tests stands, at nine in the morning in UTC."""

CREATE = """mutation ($input: CreateBuildingInput!) { createBuilding(input: $input) {
  __typename
  ... on BuildingCreated { building { ...Whole } }
  ... on Problem { code message remedy whoActs }
  ... on InvalidInput { field }
} }"""
UPDATE = """mutation ($input: UpdateBuildingInput!) { updateBuilding(input: $input) {
  __typename
  ... on BuildingUpdated { cancelledShifts membersTold building { ...Whole } }
  ... on ShiftsNoLongerFit {
    consequences confirmation totalCount shifts { date slot floor area reason member { name } }
  }
  ... on Problem { code message remedy whoActs }
  ... on InvalidInput { field }
} }"""
REMOVE = """mutation ($input: RemoveBuildingInput!) { removeBuilding(input: $input) {
  __typename
  ... on BuildingRemoved { cancelledShifts membersTold building { name isRemoved } }
  ... on ShiftsNoLongerFit {
    consequences confirmation totalCount shifts { date slot floor area reason member { name } }
  }
  ... on Problem { code message whoActs }
} }"""
WHOLE = """
fragment Whole on Building {
  id name suiteNames timeZone capacity slots afternoonStarts isRemoved today
  openingHours { weekday opens closes }
  floors { id name capacity areas { id name capacity } }
}"""


async def create(house: House, **values: Any) -> dict[str, Any]:
    command = {"name": "Quay", "timeZone": "Europe/Amsterdam", "idempotencyKey": "a key"} | values
    data = await house.server.data(house.administrator, CREATE + WHOLE, input=command)
    answer: dict[str, Any] = data["createBuilding"]
    return answer


async def update(house: House, building_id: str, **values: Any) -> dict[str, Any]:
    command = {"buildingId": building_id, **values}
    answer: dict[str, Any] = (await house.server.data(house.administrator, UPDATE + WHOLE, input=command))[
        "updateBuilding"
    ]
    return answer


async def remove(house: House, building_id: str, confirmation: str | None = None) -> dict[str, Any]:
    command = {"buildingId": building_id, "confirmation": confirmation}
    answer: dict[str, Any] = (await house.server.data(house.administrator, REMOVE, input=command))["removeBuilding"]
    return answer


async def confirmed(house: House, building_id: str, **values: Any) -> dict[str, Any]:
    """Asked, shown, and confirmed."""
    asked = await update(house, building_id, **values)
    assert asked["__typename"] == "ShiftsNoLongerFit", asked
    return await update(house, building_id, **values, confirmation=asked["confirmation"])


def sealed(house: House, row: Building | Floor | Area) -> str:
    return house.ids.seal(NodeKind(type(row).__name__), row.id)


async def member_of(house: House) -> Member:
    return await Member.of(house.organisation.id).get(id=house.member.member_id)


async def open_shifts(house: House) -> list[Shift]:
    return await Shift.of(house.organisation.id).filter(cancelled_at__isnull=True).order_by("created_at", "id")


async def remove_at_once(house: House, building_id: str) -> dict[str, Any]:
    asked = await remove(house, building_id)
    return await remove(house, building_id, asked["confirmation"])


def hours(weekday: str, opens: str, closes: str) -> dict[str, str]:
    """One day of the opening hours."""
    return {"weekday": weekday, "opens": opens, "closes": closes}


def floors(*names: str) -> list[dict[str, Any]]:
    """New floors without areas."""
    return [{"name": name} for name in names]
