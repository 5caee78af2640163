"""The integration as members and administrators see it."""

from datetime import datetime
from uuid import UUID

import strawberry

from app.integrations import lookup, models
from app.integrations.models import IntegrationHealth
from app.integrations.report import TestReport as StoredReport
from app.integrations.status import IntegrationStatus
from app.rooms.models import RoomSync as RoomSyncRow
from app.rooms.models import RoomSyncState
from app.suites.protocol import ApprovalWayKind, PermissionVariant, SuiteName
from app.suites.registry import DESCRIPTIONS
from schema.context import Context, Info
from schema.enums import describe
from schema.ids import NodeIds, NodeKind
from schema.members import Member, member_of
from schema.node import Node
from schema.optional import when_present
from schema.permissions import member_field
from schema.reports import Issue, TestReport, issue_of, report_of

_AWAITING = frozenset({IntegrationStatus.AWAITING_CONSENT, IntegrationStatus.AWAITING_ADMIN_APPROVAL})


describe(
    ApprovalWayKind,
    "A way in which a tenant administrator can give admin approval.",
    {
        ApprovalWayKind.CONSENT_FOR_ORGANISATION: "Consenting in the activation flow, on behalf of the organisation.",
        ApprovalWayKind.ADMIN_APPROVAL_LINK: "Following the direct admin approval link; no account here is needed.",
        ApprovalWayKind.SUITE_REQUEST: "Approving the request that the suite's own page raised.",
        ApprovalWayKind.TRUSTED_APPLICATION: "Trusting the application in the suite's own administration.",
    },
)


@strawberry.type(description="One of the ways out of waiting for admin approval.")
class ApprovalWay:
    kind: ApprovalWayKind = strawberry.field(description="Which way it is.")
    instructions: str = strawberry.field(description="What to do, in words for people.")
    url: str | None = strawberry.field(description="The address to open; null where the way has none of its own.")
    application_id: str | None = strawberry.field(
        description="This application's id at the suite, where an administrator finds it there by that; else null."
    )


@strawberry.type(description="What hangs on the integration, in numbers.")
class IntegrationFigures:
    connected_members: int = strawberry.field(description="Members whose calendar is connected.")
    suspended_members: int = strawberry.field(
        description="Members whose connection rests, consent kept, because the integration is disabled."
    )
    paired_rooms: int = strawberry.field(description="Rooms that are tied to the suite.")
    pending_bookings: int = strawberry.field(description="Room bookings that no room has answered yet.")


@strawberry.type(description="One run that reads the suite's room directory.")
class RoomSync:
    state: RoomSyncState = strawberry.field(description="How the run stands.")
    rooms_read: int = strawberry.field(description="Rooms read from the directory so far.")
    rooms_added: int = strawberry.field(description="Rooms that were new to us.")
    rooms_unpaired: int = strawberry.field(description="Rooms that the directory does not list any more.")
    failure_code: str | None = strawberry.field(description="Why the run was given up; null unless it failed.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    finished_at: datetime | None = strawberry.field(description="When it ended; null while it has not.")


@strawberry.type(
    description=(
        "The organisation joined to one calendar suite. Everybody sees status and suite; the details are for "
        "subscription administrators and null for everybody else."
    )
)
class Integration(Node):
    row: strawberry.Private[models.Integration | None]
    key: strawberry.Private[UUID]
    status: IntegrationStatus = strawberry.field(description="Where the organisation stands.")
    suite: SuiteName | None = strawberry.field(description="The suite; null while nothing is configured.")
    status_since: datetime | None = strawberry.field(
        description="Since when the status is what it is; null while nothing is configured."
    )
    admin_approval_given_at: datetime | None = strawberry.field(
        description=(
            "When it was first proved, in this attempt, that an administrator of the tenant has approved, whoever "
            "that was. Null for members, until then, and again once the approval is missed or asked for anew."
        )
    )
    variant: PermissionVariant | None = strawberry.field(
        description="Which set of permissions was chosen; null for members and while nothing is configured."
    )
    tenant: str | None = strawberry.field(
        description="The suite's own id of the tenant; null for members and until a consent has proved it."
    )
    last_test: TestReport | None = strawberry.field(
        description="The last run of the test flow; null for members and before the first run."
    )
    enabled_at: datetime | None = strawberry.field(
        description="When it was last enabled; null for members and before that."
    )
    disabled_at: datetime | None = strawberry.field(
        description="When it was disabled; null for members and unless disabled."
    )
    retained_until: datetime | None = strawberry.field(
        description=(
            "Until when the consents of a disabled integration are kept, exclusively; null unless disabled. Members "
            "see it too: enabled again before that, they carry on; afterwards they connect again."
        )
    )

    @member_field(description="How the enabled integration fares; null for members and unless enabled.")
    async def health(self, info: Info) -> IntegrationHealth | None:
        row = self._details(info.context)
        return None if row is None else (await info.context.services.integrations.condition(row)).health

    @member_field(
        description=(
            "What somebody has to settle, from the last test and as things stand now; null for members, empty where "
            "all is well."
        )
    )
    async def issues(self, info: Info) -> list[Issue] | None:
        context = info.context
        if not context.member.is_administrator:
            return None
        if self.row is None:
            return []
        condition = await context.services.integrations.condition(self.row)
        return [issue_of(issue) for issue in condition.issues]

    @member_field(description="Who last enabled it; null for members, before that, and once that member is gone.")
    async def enabled_by(self, info: Info) -> Member | None:
        row = self._details(info.context)
        if row is None or row.enabled_by_id is None:
            return None
        member = await info.context.loaders.members.load(row.enabled_by_id)
        return when_present(member, member_of)

    @member_field(description="What hangs on it, in numbers; null for members and while nothing is configured.")
    async def figures(self, info: Info) -> IntegrationFigures | None:
        row = self._details(info.context)
        if row is None:
            return None
        return figures_of(await info.context.services.integrations.figures(row))

    @member_field(description="The last room sync; null for members and before the first one.")
    async def room_sync(self, info: Info) -> RoomSync | None:
        row = self._details(info.context)
        if row is None:
            return None
        return when_present(await info.context.services.room_syncs.latest(row.organisation_id), room_sync_of)

    @member_field(
        description=(
            "The suite's ways to admin approval, while a consent or the approval is awaited: its own page for that "
            "usually never comes back. Null for members, empty in every other status."
        )
    )
    async def approval_ways(self, info: Info) -> list[ApprovalWay] | None:
        context = info.context
        if not context.member.is_administrator:
            return None
        if self.suite is None or self.status not in _AWAITING:
            return []
        services = context.services
        link = await services.integrations.admin_approval_link(context.member.organisation_id, self.suite)
        return _approval_ways(self.suite, link, services.registry.application_id(self.suite))

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.INTEGRATION, self.key)

    def _details(self, context: Context) -> models.Integration | None:
        return self.row if context.member.is_administrator else None


def integration_of(context: Context, row: models.Integration | None) -> Integration:
    """The current integration as the viewer sees it; None stands for NOT_CONFIGURED."""
    if row is None or row.status is IntegrationStatus.NOT_CONFIGURED:
        return _absent(context)
    details = context.member.is_administrator
    report = StoredReport.from_json(row.test_report) if details and row.test_report else None
    return Integration(
        row=row,
        key=row.id,
        status=row.status,
        suite=row.suite,
        status_since=row.status_since,
        admin_approval_given_at=row.admin_approval_given_at if details else None,
        variant=row.variant if details else None,
        tenant=row.tenant if details else None,
        last_test=report_of(report) if report else None,
        enabled_at=row.enabled_at if details else None,
        disabled_at=row.disabled_at if details else None,
        retained_until=row.retained_until,
    )


def figures_of(figures: lookup.IntegrationFigures) -> IntegrationFigures:
    """What hangs on an integration, as an administrator sees it."""
    return IntegrationFigures(
        connected_members=figures.connected_members,
        suspended_members=figures.suspended_members,
        paired_rooms=figures.paired_rooms,
        pending_bookings=figures.pending_bookings,
    )


def room_sync_of(run: RoomSyncRow) -> RoomSync:
    """A sync run as an administrator sees it."""
    return RoomSync(
        state=run.state,
        rooms_read=run.rooms_read,
        rooms_added=run.rooms_added,
        rooms_unpaired=run.rooms_unpaired,
        failure_code=run.failure_code,
        requested_at=run.created_at,
        finished_at=run.finished_at,
    )


def _absent(context: Context) -> Integration:
    """Nothing is configured. The organisation's own id stands for the integration that it does not have."""
    return Integration(
        row=None,
        key=context.member.organisation_id,
        status=IntegrationStatus.NOT_CONFIGURED,
        suite=None,
        status_since=None,
        admin_approval_given_at=None,
        variant=None,
        tenant=None,
        last_test=None,
        enabled_at=None,
        disabled_at=None,
        retained_until=None,
    )


def _approval_ways(suite: SuiteName, link: str | None, application_id: str | None) -> list[ApprovalWay]:
    return [
        ApprovalWay(
            kind=way.kind,
            instructions=f"{way.title} {way.instructions}",
            url=link if way.kind is ApprovalWayKind.ADMIN_APPROVAL_LINK else None,
            application_id=application_id if way.kind is ApprovalWayKind.TRUSTED_APPLICATION else None,
        )
        for way in DESCRIPTIONS[suite].approval_ways
        if link is not None or way.kind is not ApprovalWayKind.ADMIN_APPROVAL_LINK
    ]
