"""Who the people on events are, and where they work: everything about them in one statement, however many they are.

A member is known by any of their addresses: the one they are written to, those of their identities, and the further
ones of their own mailbox. Of a member who was merged into another, it is the survivor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import orjson

from app.addresses import domain_of
from app.agenda.asking import Row, as_moment, as_uuid, ask
from app.agenda.locations import NOWHERE, Stay, Whereabouts, part_of
from app.agenda.values import (
    UNKNOWN_LOCATION,
    AgendaAttendee,
    AttendeeLocation,
    AttendeeLocationKind,
    Colleague,
)
from app.identity.models import LocationSharing
from app.shifts import sharing
from app.shifts.spans import Span
from app.suites.events import Event, EventStatus, Response

_STARTS_BEFORE = timedelta(days=2)
"""A shift that has not ended began at most a day ago, however long that day is."""
_FIRST_MOMENT = datetime(1, 1, 4, tzinfo=UTC)

# Whose address it is where two claim it is decided by `rank`: the lower one.
_KNOWN = """
WITH known AS (
SELECT 1 AS rank, member.address, COALESCE(member.merged_into_id, member.id) AS member_id
  FROM member
 WHERE member.organisation_id = <1> AND member.address IN <2>
UNION ALL
SELECT 2, identity.address, identity.member_id
  FROM identity
 WHERE identity.organisation_id = <1> AND identity.address IN <2>
UNION ALL
SELECT 3, alias.address, alias.member_id
  FROM member_alias alias
 WHERE alias.organisation_id = <1> AND alias.address IN <2>
)
"""
_SHIFTS = """
SELECT 4 AS rank, shift.member_id, NULL AS known_by, NULL AS name, NULL AS address, NULL AS location_sharing,
       NULL AS chose_sharing, NULL AS default_sharing, NULL AS widest_sharing, NULL AS domain,
       shift.kind, shift.starts_at, shift.ends_at, shift.building_id, building.name AS building, building.suite_names,
       floor.name AS floor, area.name AS area
  FROM shift
  LEFT JOIN building ON building.id = shift.building_id
  LEFT JOIN floor ON floor.id = shift.floor_id
  LEFT JOIN area ON area.id = shift.area_id
 WHERE shift.organisation_id = <1> AND shift.member_id IN (SELECT known.member_id FROM known)
   AND shift.starts_at > <3> AND shift.starts_at <= <4> AND shift.cancelled_at IS NULL
UNION ALL
"""
_MEMBERS = """
SELECT known.rank, member.id AS member_id, known.address AS known_by, member.name, member.address,
       member.location_sharing, member.chose_sharing, organisation.default_sharing, organisation.widest_sharing,
       NULL AS domain,
       NULL AS kind, NULL AS starts_at, NULL AS ends_at, NULL AS building_id, NULL AS building, NULL AS suite_names,
       NULL AS floor, NULL AS area
  FROM known
  JOIN member ON member.id = known.member_id
  JOIN organisation ON organisation.id = member.organisation_id
 WHERE member.organisation_id = <1>
UNION ALL
SELECT 5, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, domains.domain,
       NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL
  FROM (SELECT <domain of member.address> AS domain FROM member WHERE member.organisation_id = <1>
        UNION
        SELECT <domain of identity.address> FROM identity WHERE identity.organisation_id = <1>
        UNION
        SELECT <domain of alias.address> FROM member_alias alias WHERE alias.organisation_id = <1>) domains
 ORDER BY rank, starts_at, member_id
"""
_PEOPLE = _KNOWN + _MEMBERS
_PEOPLE_WITH_SHIFTS = _KNOWN + _SHIFTS + _MEMBERS


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A member as one viewer may see them, and where they work in the time that was asked for."""

    colleague: Colleague
    whereabouts: Whereabouts
    shown_at: frozenset[Response]
    """The answers to an event with which the viewer sees on it where they work."""
    shown_at_cancelled: frozenset[Response]
    """The same for a cancelled event."""
    is_viewer: bool = False

    def location_at(self, part: Span, answer: Response, *, is_cancelled: bool) -> AttendeeLocation:
        """Where they work during this part of an event to which this is their answer; UNKNOWN where that is hidden."""
        is_shown = answer in (self.shown_at_cancelled if is_cancelled else self.shown_at)
        return self.whereabouts.during(part) if is_shown else UNKNOWN_LOCATION


@dataclass(frozen=True, slots=True)
class People:
    """The members among the addresses asked for, and the domains of all members' addresses."""

    by_address: Mapping[str, KnownPerson]
    domains: frozenset[str] | None
    """None where nobody asked who is a stranger."""

    def attendees(self, event: Event) -> tuple[AgendaAttendee, ...]:
        """Those invited to the event, each with where they work then as far as the viewer may see it."""
        if not event.attendees:
            return ()
        part, by_address, domains = part_of(event), self.by_address, self.domains
        is_cancelled = event.status is EventStatus.CANCELLED
        host = self.host(event)
        found = []
        for attendee in event.attendees:
            address = attendee.person.address
            known = by_address.get(address)
            if known is None:
                is_external = domains is not None and domain_of(address) not in domains
                found.append(AgendaAttendee(attendee, None, is_external))
                continue
            if known.is_viewer and attendee.response is Response.NOT_RESPONDED and event.response in _ANSWERS:
                # A mailbox tells its owner's answer of the event, and of nobody on the list.
                own = msgspec.structs.replace(attendee, response=event.response)
                found.append(AgendaAttendee(own, known.colleague, False, known.whereabouts.during(part)))
                continue
            # Whoever organises it does, by whichever of their addresses they are invited to it besides.
            answer = Response.ORGANISER if known is host else attendee.response
            location = known.location_at(part, answer, is_cancelled=is_cancelled)
            found.append(AgendaAttendee(attendee, known.colleague, False, location))  # a hot path
        return tuple(found)

    def organiser_location(self, event: Event) -> AttendeeLocation:
        """Where the member who organises the event works then, as far as the viewer may see it."""
        host = self.host(event)
        if host is None:
            return UNKNOWN_LOCATION
        is_cancelled = event.status is EventStatus.CANCELLED
        return host.location_at(part_of(event), Response.ORGANISER, is_cancelled=is_cancelled)

    def host(self, event: Event) -> KnownPerson | None:
        """The member who organises the event; None where no member does."""
        return self.by_address.get(event.organiser.address) if event.organiser is not None else None


NOBODY = People({}, None)


async def people_on(
    organisation_id: UUID, viewer_id: UUID, events: Sequence[Event], *, whereabouts: bool = True
) -> People:
    """Everybody on these events, of which there is at least one, whom the organisation knows; one statement.

    Without `whereabouts` nothing is read of where they work.
    """
    addresses = {attendee.person.address for event in events for attendee in event.attendees}
    addresses.update(event.organiser.address for event in events if event.organiser is not None)
    statement, moments = (_PEOPLE_WITH_SHIFTS, _reach(events)) if whereabouts else (_PEOPLE, ())
    reader = _Reader(viewer_id)
    for row in await ask(statement, organisation_id, addresses, moments=moments):
        reader.take(row)
    return reader.people()


def _reach(events: Sequence[Event]) -> tuple[datetime, datetime]:
    """Between which moments a shift begins that these events may fall into."""
    parts = [part_of(event) for event in events]
    earliest = max(min(part.start for part in parts), _FIRST_MOMENT) - _STARTS_BEFORE
    return earliest, max(part.end for part in parts)


class _Reader:
    """Takes the rows in their order: members first, in order of precedence, then their shifts in order of time."""

    def __init__(self, viewer_id: UUID) -> None:
        self._viewer_id = viewer_id
        self._members: dict[str, Row] = {}
        self._stays: dict[UUID | str, list[Stay]] = {}
        self._domains: set[str] = set()
        self._places: dict[tuple[UUID | str, str | None, str | None], AttendeeLocation] = {}

    def take(self, row: Row) -> None:
        if row["known_by"] is not None:
            self._members.setdefault(row["known_by"], row)
        elif row["kind"] is not None:
            stay = Stay(as_moment(row["starts_at"]), as_moment(row["ends_at"]), self._location(row))
            self._stays.setdefault(row["member_id"], []).append(stay)
        elif row["domain"]:
            self._domains.add(row["domain"])

    def people(self) -> People:
        known: dict[UUID | str, KnownPerson] = {}
        by_address = {}
        for address, row in self._members.items():
            member_id = row["member_id"]
            if member_id not in known:
                stays = self._stays.get(member_id)
                whereabouts = Whereabouts(stays) if stays else NOWHERE
                known[member_id] = self._known(row, whereabouts)
            by_address[address] = known[member_id]
        return People(by_address, frozenset(self._domains))

    def _known(self, row: Row, whereabouts: Whereabouts) -> KnownPerson:
        colleague = Colleague(as_uuid(row["member_id"]), row["name"], row["address"])
        if colleague.member_id == self._viewer_id:
            return KnownPerson(colleague, whereabouts, _WHATEVER_THEY_SAID, _WHATEVER_THEY_SAID, is_viewer=True)
        in_force = _sharing(row)
        return KnownPerson(colleague, whereabouts, _SHOWN[in_force, True], _SHOWN[in_force, False])

    def _location(self, row: Row) -> AttendeeLocation:
        building_id = row["building_id"]
        if building_id is None:
            return _AWAY[row["kind"]]
        place = (building_id, row["floor"], row["area"])
        location = self._places.get(place)
        if location is None:
            names = row["suite_names"]
            location = self._places[place] = AttendeeLocation(
                kind=AttendeeLocationKind(row["kind"]),
                building=row["building"],
                floor=row["floor"],
                area=row["area"],
                building_names=(row["building"], *(orjson.loads(names) if isinstance(names, str) else names)),
            )
        return location


_AWAY = {kind.value: AttendeeLocation(kind=kind) for kind in AttendeeLocationKind}
_WHATEVER_THEY_SAID = frozenset(Response)
_ANSWERS = frozenset({Response.ACCEPTED, Response.TENTATIVELY_ACCEPTED, Response.DECLINED})
_SHOWN = {
    (in_force, takes_place): frozenset(
        response for response in Response if sharing.shown_on_event(in_force, response, takes_place=takes_place)
    )
    for in_force in LocationSharing
    for takes_place in (True, False)
}
"""The rule for every case there is: it is asked thousands of times for one agenda."""


def _sharing(row: Row) -> LocationSharing:
    return sharing.in_force(
        LocationSharing(row["location_sharing"]),
        chose=bool(row["chose_sharing"]),
        default=LocationSharing(row["default_sharing"]),
        widest=LocationSharing(row["widest_sharing"]),
    )
