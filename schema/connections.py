"""A member's own calendar access: how it stands, connecting, disconnecting."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.connections.models import ConnectionReason, ConnectionStatus
from app.connections.service import AccessStatus
from schema.context import Info
from schema.errors import ConnectionRequired, IntegrationUnavailable, InvalidInput, SuiteNotConfigured
from schema.permissions import member_mutation


@strawberry.type(description="How the viewer's connection to their calendar stands.")
class CalendarAccess:
    status: ConnectionStatus = strawberry.field(description="Whether agenda and room bookings work.")
    reason: ConnectionReason | None = strawberry.field(description="Why it does not work; null where it does.")
    scopes: list[str] = strawberry.field(
        description="The permissions that the viewer granted, by the suite's own names; empty while not connected."
    )
    email: str | None = strawberry.field(
        description="The address of the connected mailbox, lower case; null while not connected."
    )
    since: datetime | None = strawberry.field(description="Since when it stands so; null where it never was connected.")
    kept_until: datetime | None = strawberry.field(
        description="Until when a suspended consent is kept; null unless suspended."
    )


@strawberry.input(description="Where to go on after consenting.")
class ConnectCalendarInput:
    return_to: str | None = strawberry.field(
        description=(
            "Where the browser goes afterwards: a path of this server, or an address on an origin that the operator "
            "allows. Null ends on a page that says how it went."
        ),
        default=None,
    )


@strawberry.type(description="The viewer can consent now.")
class ConsentRequested:
    consent_url: str = strawberry.field(
        description="Opened in any browser, once and within ten minutes, it leads to the suite's page for consenting."
    )


@strawberry.type(description="The viewer's credentials and references are erased here.")
class CalendarDisconnected:
    connection: CalendarAccess = strawberry.field(description="How the calendar access stands now.")
    suite_was_told: bool = strawberry.field(
        description=(
            "Whether the suite was told and withdrew the consent. If not, it stays in the suite until the viewer "
            "removes it there; without credentials it is of no use to us."
        )
    )


ConnectCalendarResult = Annotated[
    ConsentRequested | InvalidInput | IntegrationUnavailable | SuiteNotConfigured,
    strawberry.union("ConnectCalendarResult", description="Where to consent, or why that is not possible."),
]
DisconnectCalendarResult = Annotated[
    CalendarDisconnected | ConnectionRequired,
    strawberry.union("DisconnectCalendarResult", description="The disconnected calendar, or that none was connected."),
]


@strawberry.type
class ConnectionMutations:
    @member_mutation(description="Begin connecting the viewer's calendar: the consent is for this member alone.")
    async def connect_calendar(
        self,
        info: Info,
        command: Annotated[
            ConnectCalendarInput | None,
            strawberry.argument(name="input", description="Where to go on afterwards; may be left out."),
        ] = None,
    ) -> ConnectCalendarResult:
        context = info.context
        return_to = command.return_to if command else None
        return ConsentRequested(
            consent_url=await context.services.connections.start_connecting(context.member, return_to)
        )

    @member_mutation(
        description=(
            "Erase the viewer's credentials and references. Works while the suite is down; bookings already made stay "
            "in the suite's calendar."
        )
    )
    async def disconnect_calendar(self, info: Info) -> DisconnectCalendarResult:
        context = info.context
        disconnected = await context.services.connections.disconnect(context.member)
        return CalendarDisconnected(connection=await calendar_access(info), suite_was_told=disconnected.told_suite)


async def calendar_access(info: Info) -> CalendarAccess:
    """How the viewer's connection stands."""
    return _access_of(await info.context.services.connections.status_of(info.context.member))


def _access_of(access: AccessStatus) -> CalendarAccess:
    return CalendarAccess(
        status=access.status,
        reason=access.reason,
        scopes=list(access.scopes),
        email=access.address,
        since=access.since,
        kept_until=access.kept_until,
    )
