"""From ids to places: rows of buildings, floors and areas that fit together and are there, locked against whoever
books or changes them at the same moment.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from app.buildings.models import Area, Building, Floor
from app.errors import NotFound
from app.shifts.capacity import Place
from app.shifts.plans import Site


async def lock_sites(
    organisation_id: UUID, places: Collection[Place], *, beside: Collection[UUID] = ()
) -> Mapping[Place, Site]:
    """These places as they are now, and nobody else books there until the transaction ends.

    Buildings are locked in the order of their ids, those `beside` too: whose shifts are about to go elsewhere. A place
    may name an area without its floor. Raises NotFound for what is removed, unknown, or in another building.
    """
    wanted = {place.building_id for place in places} | set(beside)
    if not wanted:
        return {}
    buildings = Building.of(organisation_id).filter(id__in=list(wanted)).order_by("id")
    present = {row.id: row for row in await buildings.select_for_update(no_key=True) if row.removed_at is None}
    areas = await _areas(organisation_id, places)
    floors = await _floors(organisation_id, places, areas)
    return {place: _site(place, present, floors, areas) for place in places}


async def _areas(organisation_id: UUID, places: Collection[Place]) -> Mapping[UUID, Area]:
    wanted = {place.area_id for place in places if place.area_id is not None}
    if not wanted:
        return {}
    return {row.id: row for row in await Area.of(organisation_id).filter(id__in=list(wanted), removed_at__isnull=True)}


async def _floors(organisation_id: UUID, places: Collection[Place], areas: Mapping[UUID, Area]) -> Mapping[UUID, Floor]:
    wanted = {place.floor_id for place in places if place.floor_id is not None}
    wanted |= {area.floor_id for area in areas.values()}
    if not wanted:
        return {}
    rows = Floor.of(organisation_id).filter(id__in=list(wanted), removed_at__isnull=True)
    return {row.id: row for row in await rows}


def _site(
    place: Place, buildings: Mapping[UUID, Building], floors: Mapping[UUID, Floor], areas: Mapping[UUID, Area]
) -> Site:
    building = buildings.get(place.building_id)
    if building is None:
        raise NotFound("building")
    area = areas.get(place.area_id) if place.area_id is not None else None
    if place.area_id is not None and (area is None or place.floor_id not in {None, area.floor_id}):
        raise NotFound("area")
    floor_id = area.floor_id if area is not None else place.floor_id
    floor = floors.get(floor_id) if floor_id is not None else None
    if floor_id is not None and (floor is None or floor.building_id != building.id):
        raise NotFound("area" if area is not None else "floor")
    return Site(building, floor, area)
