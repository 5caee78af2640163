"""Calendar resources, buildings and features as the Directory shows them: what is empty is left out.

https://developers.google.com/workspace/admin/directory/reference/rest/v1/resources.calendars#CalendarResource
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from app.sandbox.google.calendars.resources import Building, Resource

KIND = "admin#directory#resources#"


def etag_of(content: object) -> str:
    """An entity tag of what it stands for, with the quotes that belong to it."""
    digest = hashlib.sha256(orjson.dumps(content)).digest()
    whose, what = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (digest[:16], digest[16:]))
    return f'"{whose}/{what}"'


def render_resource(resource: Resource) -> dict[str, Any]:
    """One room."""
    features = [{"feature": {"name": name}} for name in resource.features]
    return _entity(
        "calendars#CalendarResource",
        {
            "resourceId": resource.resource_id,
            "resourceName": resource.name,
            "generatedResourceName": resource.generated_name,
            "resourceEmail": resource.email,
            "resourceCategory": resource.category,
            "capacity": resource.capacity,
            "buildingId": resource.building_id,
            "floorName": resource.floor_name,
            "floorSection": resource.floor_section,
            "featureInstances": features,
            "userVisibleDescription": resource.description,
        },
    )


def render_building(building: Building) -> dict[str, Any]:
    """One building."""
    address = {
        "addressLines": list(building.address_lines),
        "locality": building.locality,
        "postalCode": building.postal_code,
        "regionCode": building.region_code,
    }
    where = building.coordinates
    return _entity(
        "buildings#Building",
        {
            "buildingId": building.id,
            "buildingName": building.name,
            "description": building.description,
            "floorNames": list(building.floor_names),
            "address": _filled(address),
            "coordinates": {"latitude": where[0], "longitude": where[1]} if where else None,
        },
    )


def render_feature(name: str) -> dict[str, Any]:
    """One feature."""
    return _entity("features#Feature", {"name": name})


def _entity(kind: str, members: Mapping[str, Any]) -> dict[str, Any]:
    shown = _filled(members)
    return {"kind": KIND + kind, "etags": etag_of(shown), **shown}


def _filled(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}
