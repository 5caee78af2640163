"""What resolvers call."""

from app.agenda.join import AgendaJoin
from app.agenda.own_data import OwnDataService
from app.agenda.service import AgendaService
from app.audit.log import AuditLog
from app.bookings.service import BookingService
from app.buildings.administration import BuildingAdministration
from app.buildings.service import BuildingService
from app.composing.foundation import Foundation, own_data_of, test_flow_of
from app.identity.access_tokens import AccessTokenService
from app.identity.exporting import MemberDataService
from app.identity.inviting import InvitingService
from app.identity.linking import LinkingService
from app.identity.members import MemberService
from app.identity.roles import RoleService
from app.identity.sessions import SessionService
from app.integrations.service import IntegrationService
from app.notifications.preferences import NotificationSettingsService
from app.notifications.service import NotificationService, notify
from app.rooms.administration import RoomAdministration
from app.rooms.directories import RoomDirectories
from app.rooms.directory_index import DirectoryIndex
from app.rooms.service import RoomService
from app.rooms.sync import RoomSyncService
from app.shifts.office_days import OfficeDaysService
from app.shifts.preferences import ShiftPreferencesService
from app.shifts.service import ShiftService
from app.shifts.sharing_choice import LocationSharingService
from app.shifts.suggestions import ShiftSuggestions
from app.shifts.workplace_settings import WorkplaceSettingsService
from schema.context import Services


def services_of(base: Foundation) -> Services:
    """What resolvers call."""
    join = AgendaJoin(base.references)
    directories = RoomDirectories(base.registry, base.tokens, base.bus)
    room_syncs = RoomSyncService(base.registry, directories, base.bus)
    test_flow = test_flow_of(base, directories)
    agenda = AgendaService(base.connections, join)
    return Services(
        keys=base.keys,
        bus=base.bus,
        registry=base.registry,
        members=MemberService(),
        member_data=MemberDataService(base.references),
        sessions=SessionService(base.keys, base.bus),
        access_tokens=AccessTokenService(base.keys, base.bus),
        inviting=InvitingService(base.keys, public_url=base.settings.public_url),
        roles=RoleService(base.bus),
        linking=LinkingService(base.registry, base.flows, base.bus),
        connections=base.connections,
        integrations=IntegrationService(
            base.registry,
            base.flows,
            base.connections,
            test_flow,
            room_syncs,
            base.keys,
            base.bus,
            public_url=base.settings.public_url,
        ),
        rooms=RoomService(base.connections, base.registry, DirectoryIndex(directories), base.idempotency),
        room_administration=RoomAdministration(base.connections, base.keys, notify, base.bus),
        room_syncs=room_syncs,
        buildings=BuildingService(),
        building_administration=BuildingAdministration(base.keys, base.idempotency, notify, base.bus),
        shifts=ShiftService(base.idempotency, notify, base.bus),
        shift_preferences=ShiftPreferencesService(base.bus),
        shift_suggestions=ShiftSuggestions(base.connections),
        agenda=agenda,
        own_data=OwnDataService(base.connections, own_data_of(base), join),
        notifications=NotificationService(),
        notification_settings=NotificationSettingsService(),
        office_days=OfficeDaysService(agenda),
        location_sharing=LocationSharingService(),
        workplace_settings=WorkplaceSettingsService(),
        audit=AuditLog(),
        bookings=BookingService(
            connections=base.connections,
            references=base.references,
            idempotency=base.idempotency,
            recorder=base.recorder,
            join=join,
            watches=base.watches,
            bus=base.bus,
        ),
    )
