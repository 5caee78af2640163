"""Which calendars there are: one of every person and room, as soon as anyone asks, and what people add."""

import secrets

from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.resources import Resource, ResourceStore
from app.sandbox.google.directory import GoogleDirectory, User

_ALPHABET = "0123456789abcdef"
_SECONDARY_DOMAIN = "group.calendar.google.com"


class CalendarRegistry:
    """Calendars by their ids."""

    def __init__(self, directory: GoogleDirectory, resources: ResourceStore) -> None:
        self._directory = directory
        self._resources = resources
        self._calendars: dict[str, StoredCalendar] = {}
        self._owned: dict[str, dict[str, StoredCalendar]] = {}

    def calendar(self, calendar_id: str) -> StoredCalendar | None:
        """The calendar with this id, whatever the case; those of rooms and people come into being here."""
        key = calendar_id.lower()
        found = self._calendars.get(key)
        if found is not None and found.is_room and self._resources.get(key) is None:
            return None
        if found is not None:
            return found
        if (resource := self._resources.get(key)) is not None:
            return self.add(self._of_room(resource))
        user = self._directory.user_by_address(key)
        return self.primary_of(user) if user else None

    def known(self) -> tuple[StoredCalendar, ...]:
        """Every calendar that anyone has asked for so far."""
        return tuple(self._calendars.values())

    def primary_of(self, user: User) -> StoredCalendar:
        """A person's primary calendar."""
        found = self._calendars.get(user.address.lower())
        return found or self.add(
            StoredCalendar(
                id=user.address.lower(),
                owner_sub=user.sub,
                customer_id=user.customer_id,
                summary=user.address.lower(),
                time_zone=user.time_zone,
                is_primary=True,
                colleagues_may=AccessRole.FREE_BUSY_READER,
            )
        )

    def calendars_of(self, sub: str) -> list[StoredCalendar]:
        """The calendars that a person owns, the primary one first."""
        user = self._directory.user(sub)
        primary = [self.primary_of(user)] if user else []
        return primary + [one for one in self._owned.get(sub, {}).values() if not one.is_primary]

    def create_secondary(self, owner: User, summary: str, time_zone: str) -> StoredCalendar:
        """A further calendar of a person."""
        name = "c_" + "".join(secrets.choice(_ALPHABET) for _ in range(64))
        return self.add(
            StoredCalendar(
                id=f"{name}@{_SECONDARY_DOMAIN}",
                owner_sub=owner.sub,
                customer_id=owner.customer_id,
                summary=summary,
                time_zone=time_zone,
            )
        )

    def remove(self, calendar_id: str) -> None:
        """Delete a calendar, with what lies in it; KeyError when there is none."""
        gone = self._calendars.pop(calendar_id)
        self._owned.get(gone.owner_sub or "", {}).pop(gone.id, None)

    def access(self, calendar: StoredCalendar, user: User) -> AccessRole:
        """What a person may do with a calendar: as its owner, by a grant of their own, or as a colleague."""
        if calendar.owner_sub == user.sub:
            return AccessRole.OWNER
        if (granted := calendar.grants.get(user.address.lower())) is not None:
            return granted
        is_colleague = user.customer_id is not None and user.customer_id == calendar.customer_id
        return calendar.colleagues_may if is_colleague else AccessRole.NONE

    def clear(self) -> None:
        """Forget every calendar."""
        self._calendars.clear()
        self._owned.clear()

    def _of_room(self, resource: Resource) -> StoredCalendar:
        colleague = self._directory.first_of(resource.customer_id)
        return StoredCalendar(
            id=resource.email.lower(),
            owner_sub=None,
            customer_id=resource.customer_id,
            summary=resource.generated_name,
            time_zone=colleague.time_zone if colleague else "UTC",
            resource_email=resource.email,
            colleagues_may=AccessRole.FREE_BUSY_READER,
        )

    def add(self, calendar: StoredCalendar) -> StoredCalendar:
        """Keep a calendar under its id."""
        self._calendars[calendar.id.lower()] = calendar
        if calendar.owner_sub is not None:
            self._owned.setdefault(calendar.owner_sub, {})[calendar.id] = calendar
        return calendar
