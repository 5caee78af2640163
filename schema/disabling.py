"""Disabling: the consequences, their confirmation, and what is still kept afterwards."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.integrations import disabling
from app.integrations.disabling import Revocation
from schema.context import Info
from schema.enums import describe
from schema.errors import ConfirmationStale, IntegrationStatusConflict
from schema.integrations import Integration, IntegrationFigures, figures_of, integration_of
from schema.permissions import administrator_field, administrator_mutation

describe(
    Revocation,
    "Whether members' consents end at the suite too.",
    {
        Revocation.NOT_ASKED: "Nobody asked for it: they stay at the suite until they are removed there.",
        Revocation.UNDER_WAY: "The suite is being told, consent by consent; the audit log says when it is done.",
        Revocation.NOT_POSSIBLE: "The suite takes no such word from us: only its own administrators can remove them.",
    },
)


@strawberry.type(description="What disabling the integration would do now.")
class DisableIntegrationPreview:
    figures: IntegrationFigures = strawberry.field(
        description="Whom and what it concerns: connections, paired rooms, pending bookings."
    )
    retained_until: datetime = strawberry.field(
        description="Until when consents would be kept if it were disabled now, an instant: five days from now."
    )
    consequences: list[str] = strawberry.field(description="What it does, a sentence each, for people.")
    confirmation: str = strawberry.field(
        description=(
            "Sent to `disableIntegration` within ten minutes it confirms exactly this: where a figure has changed "
            "meanwhile it is stale."
        )
    )
    remains_at_suite: str = strawberry.field(
        description="What stays inside the suite, who can remove it, and where; in words for people."
    )


DisableIntegrationPreviewResult = Annotated[
    DisableIntegrationPreview | IntegrationStatusConflict,
    strawberry.union("DisableIntegrationPreviewResult", description="The consequences, or why there are none."),
]


@strawberry.input(description="What was shown, and what is to become of the consents at the suite.")
class DisableIntegrationInput:
    confirmation: str = strawberry.field(description="From `disableIntegrationPreview`.")
    revoke_at_suite: bool = strawberry.field(
        description=(
            "Whether members' consents end at the suite too, where it takes our word (`revocableByUs`). Members then "
            "consent anew even if the integration is enabled again within the five days."
        ),
        default=False,
    )


@strawberry.type(description="The integration is disabled; its consents are kept for five days.")
class IntegrationDisabled:
    integration: Integration = strawberry.field(description="The disabled integration.")
    retained_until: datetime = strawberry.field(
        description="Until when it can be enabled again without anybody's new consent, exclusively, an instant."
    )
    revocation: Revocation = strawberry.field(description="Whether the consents end at the suite too.")
    remains_at_suite: str = strawberry.field(
        description="What stays inside the suite, who can remove it, and where; in words for people."
    )


DisableIntegrationResult = Annotated[
    IntegrationDisabled | ConfirmationStale | IntegrationStatusConflict,
    strawberry.union("DisableIntegrationResult", description="The disabled integration, or why it was not disabled."),
]


@strawberry.type
class DisablingQueries:
    @administrator_field(description="What disabling the integration would do now, and the confirmation for it.")
    async def disable_integration_preview(self, info: Info) -> DisableIntegrationPreviewResult:
        shown = await info.context.services.integrations.disable_preview(info.context.member)
        return DisableIntegrationPreview(
            figures=figures_of(shown.figures),
            retained_until=shown.retained_until,
            consequences=list(shown.consequences),
            confirmation=shown.confirmation,
            remains_at_suite=disabling.remains_at(shown.integration.suite),
        )

    @administrator_field(
        description=(
            "Disabled integrations whose consents are still kept, the one that ends first first. `startIntegration` "
            "with the suite and tenant of one takes it up again."
        )
    )
    async def retained_integrations(self, info: Info) -> list[Integration]:
        context = info.context
        rows = await context.services.integrations.retained(context.member)
        return [integration_of(context, row) for row in rows]


@strawberry.type
class DisablingMutations:
    @administrator_mutation(
        description=(
            "Disable the integration, as it was previewed. Connections are suspended, rooms unpaired with their "
            "details kept, change notifications stopped; consents are kept for five days."
        )
    )
    async def disable_integration(
        self,
        info: Info,
        command: Annotated[DisableIntegrationInput, strawberry.argument(name="input", description="The confirmation.")],
    ) -> DisableIntegrationResult:
        context = info.context
        ended = await context.services.integrations.disable(
            context.member, command.confirmation, revoke_at_suite=command.revoke_at_suite
        )
        return IntegrationDisabled(
            integration=integration_of(context, ended.integration),
            retained_until=ended.retained_until,
            revocation=ended.revocation,
            remains_at_suite=disabling.remains_at(ended.integration.suite),
        )
