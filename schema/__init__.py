"""The GraphQL face: what clients see, composed from one module per domain, and nothing else.

Root fields are made by the factories of `schema.permissions`, which say who may use them.
"""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.access_tokens import AccessTokenMutations
from schema.agenda import AgendaQueries
from schema.audit import AuditQueries
from schema.booking_changes import BookingChangeMutations
from schema.booking_steps import BookingMutations
from schema.bookings import BookingQueries
from schema.building_steps import BuildingMutations
from schema.buildings import BuildingQueries
from schema.connections import ConnectionMutations
from schema.disabling import DisablingMutations, DisablingQueries
from schema.errors import EXCEPTION_HANDLERS, PROBLEM_TYPES
from schema.integration_changes import IntegrationSubscription
from schema.integration_steps import IntegrationMutations, IntegrationQueries
from schema.location_sharing import LocationSharingMutations
from schema.my_data import MyDataQueries
from schema.nodes import NodeQueries
from schema.notification_settings import NotificationSettingsMutations, NotificationSettingsQueries
from schema.notifications import NotificationMutations, NotificationQueries, NotificationSubscription
from schema.office_days import OfficeDaysQueries
from schema.own_data import OwnDataMutations
from schema.pending_rooms import PendingRoomsSubscription
from schema.people import PeopleMutations, PeopleQueries
from schema.responding import RespondingMutations
from schema.room_administration import RoomAdministrationMutations
from schema.room_search import RoomSearchQueries
from schema.room_steps import RoomMutations
from schema.rooms import RoomQueries
from schema.scalars import SCALARS
from schema.shift_steps import ShiftMutations
from schema.shifts import ShiftQueries
from schema.suggestions import RoomSuggestionQueries
from schema.suites import SuiteQueries
from schema.viewer import ViewerQueries
from schema.working_locations import WorkingLocationMutations, WorkingLocationQueries
from schema.workplace_settings import WorkplaceSettingsMutations, WorkplaceSettingsQueries


@strawberry.type(description="What can be read. Every field needs a signed-in member.")
class Query(
    ViewerQueries,
    MyDataQueries,
    SuiteQueries,
    IntegrationQueries,
    DisablingQueries,
    AgendaQueries,
    RoomQueries,
    RoomSearchQueries,
    BuildingQueries,
    BookingQueries,
    RoomSuggestionQueries,
    ShiftQueries,
    NotificationQueries,
    NotificationSettingsQueries,
    WorkplaceSettingsQueries,
    OfficeDaysQueries,
    WorkingLocationQueries,
    AuditQueries,
    PeopleQueries,
    NodeQueries,
):
    """Every query."""


@strawberry.type(description="What can be done. Every field needs a signed-in member, some an administrator.")
class Mutation(
    IntegrationMutations,
    DisablingMutations,
    RoomMutations,
    RoomAdministrationMutations,
    BuildingMutations,
    ConnectionMutations,
    BookingMutations,
    BookingChangeMutations,
    RespondingMutations,
    OwnDataMutations,
    ShiftMutations,
    NotificationMutations,
    NotificationSettingsMutations,
    LocationSharingMutations,
    WorkplaceSettingsMutations,
    WorkingLocationMutations,
    AccessTokenMutations,
    PeopleMutations,
):
    """Every mutation."""


@strawberry.type(
    description="What can be listened to: over WebSocket by graphql-transport-ws, or as an event stream by graphql-sse."
)
class Subscription(PendingRoomsSubscription, NotificationSubscription, IntegrationSubscription):
    """Every subscription."""


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=tuple(PROBLEM_TYPES.values()),
    exception_handlers=EXCEPTION_HANDLERS,
    config=StrawberryConfig(scalar_map=SCALARS),
)
"""The schema; `app.graphql` serves it."""
