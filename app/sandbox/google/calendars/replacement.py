"""Another room in the place of one that cannot be had.

https://support.google.com/a/answer/7046439
"""

from collections.abc import Iterator
from dataclasses import replace

from app.sandbox.google.calendars.meetings import Answer, Attendee, Content
from app.sandbox.google.calendars.resources import Resource, ResourceBehaviour, ResourceStore

LOCATION = "location"


def similar(resources: ResourceStore, wanted: Resource) -> Iterator[Resource]:
    """Rooms that could stand in: of the same building, at least as large, answering by themselves; smallest first."""
    fitting = [
        one
        for one in resources.all(wanted.customer_id)
        if one.email != wanted.email
        and wanted.building_id is not None
        and one.building_id == wanted.building_id
        and (one.capacity or 0) >= (wanted.capacity or 0)
        and one.behaviour in (ResourceBehaviour.AUTO_ACCEPT, ResourceBehaviour.ADD_ALL)
    ]
    return iter(sorted(fitting, key=lambda one: (one.capacity or 0, one.generated_name)))


def swapped(content: Content, old: Resource, new: Resource) -> Content:
    """The content with another room, which has accepted, as guest and in the location."""
    address = old.email.lower()
    if content.attendee(address) is None:
        return content
    entry = Attendee(email=new.email.lower(), answer=Answer.ACCEPTED, display_name=new.generated_name, resource=True)
    others = tuple(one for one in content.attendees if one.email != entry.email)
    attendees = tuple(entry if one.email == address else one for one in others)
    location = content.details.get(LOCATION, "")
    named = next((name for name in (old.generated_name, old.name) if name in location), None)
    if location and named is None:
        return replace(content, attendees=attendees)
    place = location.replace(named, new.generated_name) if named else new.generated_name
    return replace(content, attendees=attendees, details={**content.details, LOCATION: place})


def without_room(content: Content, old: Resource) -> Content:
    """The content without the room, as guest and in the location."""
    details = dict(content.details)
    parts = [part.strip() for part in details.pop(LOCATION, "").split(",")]
    place = ", ".join(part for part in parts if part and part not in (old.generated_name, old.name))
    return replace(content.without_attendee(old.email.lower()), details=details | ({LOCATION: place} if place else {}))
