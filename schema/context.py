"""What a resolver can reach: who is asking, the services, and what one answer remembers."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import strawberry

from app.errors import Unauthenticated
from app.identity.principal import Principal
from app.keys import Keys
from schema.ids import NodeIds
from schema.loaders import Loaders

if TYPE_CHECKING:
    from app.agenda.own_data import OwnDataService
    from app.agenda.service import AgendaService
    from app.audit.log import AuditLog
    from app.bookings.service import BookingService
    from app.buildings.administration import BuildingAdministration
    from app.buildings.service import BuildingService
    from app.connections.service import ConnectionService
    from app.events_bus.bus import EventsBus
    from app.identity.access_tokens import AccessTokenService
    from app.identity.exporting import MemberDataService
    from app.identity.inviting import InvitingService
    from app.identity.linking import LinkingService
    from app.identity.members import MemberService
    from app.identity.roles import RoleService
    from app.identity.sessions import SessionService
    from app.integrations.service import IntegrationService
    from app.notifications.preferences import NotificationSettingsService
    from app.notifications.service import NotificationService
    from app.rooms.administration import RoomAdministration
    from app.rooms.service import RoomService
    from app.rooms.sync import RoomSyncService
    from app.shifts.office_days import OfficeDaysService
    from app.shifts.preferences import ShiftPreferencesService
    from app.shifts.service import ShiftService
    from app.shifts.sharing_choice import LocationSharingService
    from app.shifts.suggestions import ShiftSuggestions
    from app.shifts.workplace_settings import WorkplaceSettingsService
    from app.suites.registry import SuiteRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that resolvers call, composed once for the process."""

    keys: Keys
    bus: "EventsBus"
    registry: "SuiteRegistry"
    members: "MemberService"
    member_data: "MemberDataService"
    sessions: "SessionService"
    access_tokens: "AccessTokenService"
    inviting: "InvitingService"
    roles: "RoleService"
    linking: "LinkingService"
    connections: "ConnectionService"
    integrations: "IntegrationService"
    rooms: "RoomService"
    room_administration: "RoomAdministration"
    room_syncs: "RoomSyncService"
    buildings: "BuildingService"
    building_administration: "BuildingAdministration"
    shifts: "ShiftService"
    shift_preferences: "ShiftPreferencesService"
    shift_suggestions: "ShiftSuggestions"
    agenda: "AgendaService"
    own_data: "OwnDataService"
    bookings: "BookingService"
    notifications: "NotificationService"
    notification_settings: "NotificationSettingsService"
    office_days: "OfficeDaysService"
    location_sharing: "LocationSharingService"
    workplace_settings: "WorkplaceSettingsService"
    audit: "AuditLog"
    look_again_after: timedelta = timedelta(seconds=30)
    """How long a lost message of the bus can delay what a subscription tells."""


@dataclass(kw_only=True)
class Context:
    """One answer's context: made anew for each operation, and for each event of a subscription.

    `principal` is None where nobody showed a credential; its role was read for this request.
    """

    services: Services
    principal: Principal | None
    correlation_id: str = field(default="")

    @property
    def member(self) -> Principal:
        """The asking member. Raises Unauthenticated."""
        if self.principal is None:
            raise Unauthenticated("Sign in first.")
        return self.principal

    @cached_property
    def ids(self) -> NodeIds:
        """The asking member's view of ids and cursors."""
        member = self.member
        return NodeIds(self.services.keys, member.organisation_id, lambda: member.member_id)

    @cached_property
    def loaders(self) -> Loaders:
        """What is read for many objects at once, remembered for this answer only."""
        return Loaders(self.services, self.member)


Info = strawberry.Info[Context, None]
"""What resolvers are given."""
