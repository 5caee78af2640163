"""Buildings for members: listing them, and finding a building, floor or area that something else names."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from app.buildings.models import Area, Building, Floor
from app.database.tenancy import Row
from app.errors import NotFound
from app.identity.principal import Principal
from app.paging import Page, PageRequest, page_of

R = TypeVar("R", bound=Row)


class BuildingService:
    """The organisation's buildings as every member sees them."""

    async def list(self, principal: Principal, request: PageRequest) -> Page[Building]:
        """Those that are there, by name without regard to case. Raises InvalidInput for a cursor of another list."""
        present = Building.of(principal.organisation_id).filter(removed_at__isnull=True)
        return page_of(await present.order_by("present_name", "id"), request, lambda row: row.id.bytes)

    async def get(self, organisation_id: UUID, building_id: UUID) -> Building:
        """A removed one too, since past shifts name it. Raises NotFound."""
        return _found((await self.many(organisation_id, [building_id])).get(building_id), "building")

    async def floor(self, organisation_id: UUID, floor_id: UUID) -> Floor:
        """A removed one too. Raises NotFound."""
        return _found((await self.floors(organisation_id, [floor_id])).get(floor_id), "floor")

    async def area(self, organisation_id: UUID, area_id: UUID) -> Area:
        """A removed one too. Raises NotFound."""
        return _found((await self.areas(organisation_id, [area_id])).get(area_id), "area")

    async def many(self, organisation_id: UUID, building_ids: Collection[UUID]) -> Mapping[UUID, Building]:
        """Those that exist, removed ones too, by id, in one query."""
        return {row.id: row for row in await Building.of(organisation_id).filter(id__in=list(building_ids))}

    async def floors(self, organisation_id: UUID, floor_ids: Collection[UUID]) -> Mapping[UUID, Floor]:
        """Those that exist, removed ones too, by id, in one query."""
        return {row.id: row for row in await Floor.of(organisation_id).filter(id__in=list(floor_ids))}

    async def areas(self, organisation_id: UUID, area_ids: Collection[UUID]) -> Mapping[UUID, Area]:
        """Those that exist, removed ones too, by id, in one query."""
        return {row.id: row for row in await Area.of(organisation_id).filter(id__in=list(area_ids))}

    async def floors_of(self, organisation_id: UUID, building_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Floor]]:
        """The floors that each of these buildings has now, in its order, in one query."""
        rows = Floor.of(organisation_id).filter(building_id__in=list(building_ids), removed_at__isnull=True)
        found: dict[UUID, list[Floor]] = defaultdict(list)
        for row in await rows.order_by("position", "id"):
            found[row.building_id].append(row)
        return found

    async def areas_of(self, organisation_id: UUID, floor_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Area]]:
        """The areas that each of these floors has now, in its order, in one query."""
        rows = Area.of(organisation_id).filter(floor_id__in=list(floor_ids), removed_at__isnull=True)
        found: dict[UUID, list[Area]] = defaultdict(list)
        for row in await rows.order_by("position", "id"):
            found[row.floor_id].append(row)
        return found


def _found(row: R | None, noun: str) -> R:
    if row is None:
        raise NotFound(noun)
    return row
