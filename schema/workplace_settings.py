"""What administrators settle about where people work: who may see it, and how long shifts are kept."""

from datetime import timedelta
from typing import Annotated

import strawberry

from app.identity.models import LocationSharing
from app.shifts import workplace_settings as settled
from schema.context import Info
from schema.errors import InvalidInput
from schema.permissions import administrator_mutation, member_field


@strawberry.type(description="What holds for every member of the organisation, where they work.")
class WorkplaceSettings:
    default_location_sharing: LocationSharing = strawberry.field(
        description="Who may see where a member works who chose nothing; never wider than the widest."
    )
    widest_location_sharing: LocationSharing = strawberry.field(
        description=(
            "The most that any member can share, whatever they chose. A choice that is wider is kept, and holds again "
            "as soon as it is allowed."
        )
    )
    shift_retention_days: int = strawberry.field(
        description="How many days past shifts are kept, cancelled ones too, before they are erased."
    )


@strawberry.input(description="What to settle anew; what is null stays as it is.")
class SetWorkplaceSettingsInput:
    default_location_sharing: LocationSharing | None = strawberry.field(
        description="Who may see where a member works who chose nothing: `PEOPLE_I_MEET` where nobody set it.",
        default=None,
    )
    widest_location_sharing: LocationSharing | None = strawberry.field(
        description=(
            "The most that any member can share: `EVERYONE` where nobody set it. To forbid `EVERYONE`, give "
            "`PEOPLE_I_MEET`. Lower the default in the same request where it is wider."
        ),
        default=None,
    )
    shift_retention_days: int | None = strawberry.field(
        description=(
            "How many days past shifts are kept, 1 to 3,650; 90 where nobody set it. Made shorter, older shifts are "
            "erased soon after, for good."
        ),
        default=None,
    )


@strawberry.type(description="What was given holds from now on.")
class WorkplaceSettingsSet:
    settings: WorkplaceSettings = strawberry.field(description="Everything as it is now.")


SetWorkplaceSettingsResult = Annotated[
    WorkplaceSettingsSet | InvalidInput,
    strawberry.union("SetWorkplaceSettingsResult", description="The settings, or why they stay as they were."),
]


@strawberry.type
class WorkplaceSettingsQueries:
    @member_field(
        description="What the organisation settled about where people work: read by every member, to know what applies."
    )
    async def workplace_settings(self, info: Info) -> WorkplaceSettings:
        context = info.context
        return _settings_of(await context.services.workplace_settings.get(context.member.organisation_id))


@strawberry.type
class WorkplaceSettingsMutations:
    @administrator_mutation(
        description="Settle who may see where people work, and how long their past shifts are kept. Audited."
    )
    async def set_workplace_settings(
        self,
        info: Info,
        command: Annotated[
            SetWorkplaceSettingsInput | None,
            strawberry.argument(name="input", description="What to settle; null changes nothing."),
        ] = None,
    ) -> SetWorkplaceSettingsResult:
        wanted = command or SetWorkplaceSettingsInput()
        settings = await info.context.services.workplace_settings.change(
            info.context.member,
            default_sharing=wanted.default_location_sharing,
            widest_sharing=wanted.widest_location_sharing,
            shift_retention_days=wanted.shift_retention_days,
        )
        return WorkplaceSettingsSet(settings=_settings_of(settings))


def _settings_of(settings: settled.WorkplaceSettings) -> WorkplaceSettings:
    return WorkplaceSettings(
        default_location_sharing=settings.default_sharing,
        widest_location_sharing=settings.widest_sharing,
        shift_retention_days=settings.shift_retention // timedelta(days=1),
    )
