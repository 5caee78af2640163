"""Buildings, floors and areas."""

from uuid import UUID

from tortoise import fields

from app.database.tenancy import OrganisationModel
from app.identity.models import Organisation


class Building(OrganisationModel):
    """A building where people work. A removed one stays, so that past shifts can name it."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="buildings", on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=256)
    present_name = fields.CharField(max_length=512, null=True)
    """The name without regard to case, null once removed: the database allows each once in an organisation."""
    suite_names: fields.JSONField[list[str]] = fields.JSONField()
    """What the suite's rooms call it besides, where that is not its name."""
    time_zone = fields.CharField(max_length=64)
    capacity = fields.IntField(null=True)
    """How many people may be in it at once, which need not be the sum of its floors; null for no limit."""
    opening_hours: fields.JSONField[dict[str, list[str]]] = fields.JSONField()
    """By weekday, see `app.buildings.hours`."""
    slots: fields.JSONField[list[str]] = fields.JSONField()
    """The slots that can be booked, names of `app.shifts.spans.Slot`."""
    afternoon_starts = fields.CharField(max_length=5)
    """In the building's wall time, as `13:00`."""
    created_at = fields.DatetimeField()
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "building"
        unique_together = (("organisation", "present_name"),)


class Floor(OrganisationModel):
    """A floor of a building."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="floors", on_delete=fields.CASCADE
    )
    building: fields.ForeignKeyRelation[Building] = fields.ForeignKeyField(
        "hybrid_meetings.Building", related_name="floors", on_delete=fields.CASCADE
    )
    building_id: UUID
    name = fields.CharField(max_length=64)
    capacity = fields.IntField(null=True)
    position = fields.IntField()
    """Its place in the building's list, from 0."""
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "floor"


class Area(OrganisationModel):
    """A part of a floor."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="areas", on_delete=fields.CASCADE
    )
    floor: fields.ForeignKeyRelation[Floor] = fields.ForeignKeyField(
        "hybrid_meetings.Floor", related_name="areas", on_delete=fields.CASCADE
    )
    floor_id: UUID
    name = fields.CharField(max_length=64)
    capacity = fields.IntField(null=True)
    position = fields.IntField()
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "area"
