"""The administrator's steps: start, wait for approval, test, enable, give up, sync rooms."""

from typing import Annotated

import strawberry

from app.integrations.starting import WantedIntegration
from app.suites.events import Event as SuiteEvent
from app.suites.protocol import PermissionVariant, SuiteName
from schema.context import Context, Info
from schema.errors import (
    IntegrationStatusConflict,
    IntegrationUnavailable,
    InvalidInput,
    PermissionMissing,
    SuiteNotConfigured,
    SwitchConfirmationRequired,
    TestNotPassed,
)
from schema.events import Event, event_of
from schema.integrations import Integration, RoomSync, integration_of, room_sync_of
from schema.permissions import administrator_mutation, member_field
from schema.reports import TestReport, report_of


@strawberry.input(description="The suite to join, and with which permissions.")
class StartIntegrationInput:
    suite: SuiteName = strawberry.field(description="The suite to join.")
    variant: PermissionVariant = strawberry.field(
        description="Which set of permissions to ask for.", default=PermissionVariant.FULL
    )
    tenant: str | None = strawberry.field(
        description=(
            "The tenant to join, as `viewer { identities { tenant } }` names it: one in which the administrator has an "
            "account of their own. Null leaves it as it is, or to the account that consents."
        ),
        default=None,
    )
    confirmation: str | None = strawberry.field(
        description=(
            "Of the switch, as `SwitchConfirmationRequired` gave it, where another suite or tenant has to give way."
        ),
        default=None,
    )
    return_to: str | None = strawberry.field(
        description=(
            "Where the browser goes afterwards: a path of this server, or an address on an origin that the operator "
            "allows. Null ends on a page that says how it went."
        ),
        default=None,
    )


@strawberry.type(description="The administrator can consent now.")
class IntegrationStarted:
    integration: Integration = strawberry.field(description="The integration, awaiting the consent.")
    consent_url: str = strawberry.field(
        description="Opened in any browser, once and within ten minutes, it leads to the suite's page for consenting."
    )


@strawberry.type(description="The integration was given up before it was enabled; its consents are erased here.")
class IntegrationCancelled:
    integration: Integration = strawberry.field(description="What is left: nothing configured.")


@strawberry.type(description="The integration waits for admin approval, however long that takes.")
class AdminApprovalAwaited:
    integration: Integration = strawberry.field(description="The integration, with the ways to approval.")


@strawberry.type(description="The test flow ran to its end, whether or not it passed.")
class TestFlowRun:
    __test__ = False  # the name is the product's, not a test's

    integration: Integration = strawberry.field(description="The integration as the test left it.")
    report: TestReport = strawberry.field(description="What was found.")
    preview: Event | None = strawberry.field(
        description="One event of the administrator's own calendar, kept nowhere; null where there is none to show."
    )
    preview_says: str | None = strawberry.field(
        description="Why there is no preview, in words; null where there is one, or where the calendar was not read."
    )


@strawberry.type(description="Members can connect their calendars from now on.")
class IntegrationEnabled:
    integration: Integration = strawberry.field(description="The enabled integration, with the room sync it began.")


@strawberry.type(description="The suite's room directory will be read.")
class RoomSyncRequested:
    room_sync: RoomSync = strawberry.field(description="The run; one that was under way already is answered again.")


StartIntegrationResult = Annotated[
    IntegrationStarted | InvalidInput | SuiteNotConfigured | SwitchConfirmationRequired | IntegrationStatusConflict,
    strawberry.union("StartIntegrationResult", description="Where to consent, or why the integration did not start."),
]
CancelIntegrationResult = Annotated[
    IntegrationCancelled | IntegrationStatusConflict,
    strawberry.union("CancelIntegrationResult", description="What is left, or why it could not be given up."),
]
MarkAwaitingAdminApprovalResult = Annotated[
    AdminApprovalAwaited | IntegrationStatusConflict,
    strawberry.union("MarkAwaitingAdminApprovalResult", description="The ways out, or why nothing was to be marked."),
]
RunTestFlowResult = Annotated[
    TestFlowRun | IntegrationStatusConflict | SuiteNotConfigured,
    strawberry.union("RunTestFlowResult", description="The report, or why nothing could be tested."),
]
EnableForAllUsersResult = Annotated[
    IntegrationEnabled | TestNotPassed | IntegrationStatusConflict,
    strawberry.union("EnableForAllUsersResult", description="The enabled integration, or why it was not enabled."),
]
SyncRoomsResult = Annotated[
    RoomSyncRequested | IntegrationUnavailable | PermissionMissing | SuiteNotConfigured,
    strawberry.union("SyncRoomsResult", description="The run, or why rooms cannot be synced."),
]


@strawberry.type
class IntegrationQueries:
    @member_field(description="The organisation's integration; `NOT_CONFIGURED` where there is none, never null.")
    async def integration(self, info: Info) -> Integration:
        context = info.context
        row = await context.services.integrations.current(context.member.organisation_id)
        return integration_of(context, row)


@strawberry.type
class IntegrationMutations:
    @administrator_mutation(
        description=(
            "Begin joining the organisation to a suite, or begin again, and get the address for consenting. On an "
            "enabled or disabled integration the consent renews the administrator's own connection, and on an enabled "
            "one another variant is taken on once its test has passed. Another suite or tenant takes the present one's "
            "place after a confirmation; one that is still retained goes on where it was disabled."
        )
    )
    async def start_integration(
        self,
        info: Info,
        command: Annotated[
            StartIntegrationInput, strawberry.argument(name="input", description="The suite to join, and how.")
        ],
    ) -> StartIntegrationResult:
        context = info.context
        wanted = WantedIntegration(
            suite=command.suite,
            variant=command.variant,
            tenant=command.tenant,
            return_to=command.return_to,
            confirmation=command.confirmation,
        )
        started = await context.services.integrations.start(context.member, wanted)
        return IntegrationStarted(
            integration=integration_of(context, started.integration), consent_url=started.consent_url
        )

    @administrator_mutation(description="Give up an integration that is not enabled yet.")
    async def cancel_integration(self, info: Info) -> CancelIntegrationResult:
        context = info.context
        row = await context.services.integrations.cancel(context.member)
        return IntegrationCancelled(integration=integration_of(context, row))

    @administrator_mutation(
        description='Say that the suite showed "need admin approval": its page for that usually never comes back here.'
    )
    async def mark_awaiting_admin_approval(self, info: Info) -> MarkAwaitingAdminApprovalResult:
        context = info.context
        row = await context.services.integrations.mark_awaiting_admin_approval(context.member)
        return AdminApprovalAwaited(integration=integration_of(context, row))

    @administrator_mutation(
        description=(
            "Run every check again with the administrator's own connection, as often as needed. An approval given "
            "meanwhile is noticed. A suite that fails is an issue of the report, not a problem."
        )
    )
    async def run_test_flow(self, info: Info) -> RunTestFlowResult:
        context = info.context
        run = await context.services.integrations.run_test(context.member)
        suite = run.integration.suite
        return TestFlowRun(
            integration=integration_of(context, run.integration),
            report=report_of(run.report),
            preview=await _preview_of(context, suite, run.preview) if run.preview else None,
            preview_says=run.preview_says,
        )

    @administrator_mutation(
        description=(
            "Let every member connect their calendar, after a passed test; the room sync begins with it. A disabled "
            "integration is enabled again after a test that passed since: members carry on without a new consent."
        )
    )
    async def enable_for_all_users(self, info: Info) -> EnableForAllUsersResult:
        context = info.context
        row = await context.services.integrations.enable(context.member)
        return IntegrationEnabled(integration=integration_of(context, row))

    @administrator_mutation(description="Read the suite's room directory again. Only one run is under way at a time.")
    async def sync_rooms(self, info: Info) -> SyncRoomsResult:
        context = info.context
        run = await context.services.room_syncs.request_for(context.member)
        return RoomSyncRequested(room_sync=room_sync_of(run))


async def _preview_of(context: Context, suite: SuiteName, event: SuiteEvent) -> Event:
    """The preview joined with what is ours, like any event of the administrator's agenda."""
    return event_of(await context.services.agenda.joined(context.member, suite, event))
