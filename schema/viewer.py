"""The asking member: who they are, and how their calendar stands."""

from datetime import datetime

import strawberry

from app.identity.models import LocationSharing, Role
from app.identity.principal import Principal
from app.suites.protocol import SuiteName
from schema.access_tokens import AccessToken, own_access_tokens
from schema.connections import CalendarAccess, calendar_access
from schema.context import Context, Info
from schema.members import Member
from schema.paging import After, Connection, First
from schema.permissions import member_field
from schema.working_locations import ShiftPreferences, own_shift_preferences


@strawberry.type(description="The organisation that the viewer belongs to.")
class Organisation:
    name: str = strawberry.field(description="What it is called.")


@strawberry.type(description="What a calendar suite knows the viewer as.")
class Identity:
    suite: SuiteName = strawberry.field(description="The suite that knows the viewer so.")
    tenant: str = strawberry.field(description="The suite's own id of the viewer's tenant.")
    email: str = strawberry.field(description="The address that the suite showed at the sign-in, lower case.")
    created_at: datetime = strawberry.field(description="When the viewer first signed in with it.")


@strawberry.type(description="The member who asks.")
class Viewer:
    principal: strawberry.Private[Principal]
    member: Member = strawberry.field(description="The viewer as colleagues see them.")
    role: Role = strawberry.field(description="What the viewer may do, read with this very request.")
    organisation: Organisation = strawberry.field(description="The viewer's organisation.")
    expires_at: datetime = strawberry.field(
        description="When the session or the access token that the request was sent with stops working."
    )

    @member_field(description="What the calendar suites know the viewer as, the oldest first.")
    async def identities(self, info: Info) -> list[Identity]:
        rows = await info.context.services.members.identities(self.principal)
        return [
            Identity(suite=row.suite, tenant=row.tenant, email=row.address, created_at=row.created_at) for row in rows
        ]

    @member_field(description="How the viewer's connection to their calendar stands.")
    async def connection(self, info: Info) -> CalendarAccess:
        return await calendar_access(info)

    @member_field(
        description=(
            "Who may see where the viewer works: their own word or the organisation's default, and never more than the "
            "organisation allows."
        )
    )
    async def location_sharing(self, info: Info) -> LocationSharing:
        return (await info.context.services.location_sharing.get(self.principal)).in_force

    @member_field(
        description=(
            "The viewer's own word about that, even where the organisation does not allow it at present; null where "
            "they follow the organisation's default."
        )
    )
    async def chosen_location_sharing(self, info: Info) -> LocationSharing | None:
        return (await info.context.services.location_sharing.get(self.principal)).chosen

    @member_field(description="What the viewer wants between their shifts and their own calendar.")
    async def shift_preferences(self, info: Info) -> ShiftPreferences:
        return await own_shift_preferences(info)

    @member_field(description="How many notifications the viewer has not read.")
    async def unread_notification_count(self, info: Info) -> int:
        return await info.context.services.notifications.unread_count(self.principal)

    @member_field(description="The access tokens that the viewer made, the newest first, ended ones included.")
    async def access_tokens(self, info: Info, first: First = 50, after: After = None) -> Connection[AccessToken]:
        return await own_access_tokens(info, first, after)


@strawberry.type
class ViewerQueries:
    @member_field(description="Who is asking.")
    async def viewer(self, info: Info) -> Viewer:
        return viewer_of(info.context)


def viewer_of(context: Context) -> Viewer:
    """The member who asks."""
    principal = context.member
    return Viewer(
        principal=principal,
        member=Member(
            member_id=principal.member_id,
            name=principal.name,
            email=principal.address,
        ),
        role=principal.role,
        organisation=Organisation(name=principal.organisation_name),
        expires_at=principal.expires_at,
    )
