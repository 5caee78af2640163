"""Who may see where the viewer works: their own word about it."""

from typing import Annotated

import strawberry

from app.identity.models import LocationSharing
from schema.context import Info
from schema.errors import InvalidInput
from schema.permissions import member_mutation
from schema.viewer import Viewer, viewer_of


@strawberry.input(description="Who may see where the viewer works.")
class SetLocationSharingInput:
    sharing: LocationSharing | None = strawberry.field(
        description=(
            "The viewer's own word, no wider than `WorkplaceSettings.widestLocationSharing`; null to follow the "
            "organisation's default, whatever it becomes."
        ),
        default=None,
    )


@strawberry.type(description="The viewer's word holds from now on, for past and coming shifts alike.")
class LocationSharingSet:
    viewer: Viewer = strawberry.field(description="The viewer as they are now.")


SetLocationSharingResult = Annotated[
    LocationSharingSet | InvalidInput,
    strawberry.union(
        "SetLocationSharingResult",
        description=(
            "What holds now; or, where the organisation allows no such width, `InvalidInput` with the code "
            "`SHARING_NOT_ALLOWED`, and nothing was changed."
        ),
    ),
]


@strawberry.type
class LocationSharingMutations:
    @member_mutation(
        description=(
            "Choose who may see where the viewer works. Colleagues who may not see it are told UNKNOWN inside events, "
            "find no shift outside them, and cannot tell that from there being none. Without input the viewer follows "
            "the organisation's default."
        )
    )
    async def set_location_sharing(
        self,
        info: Info,
        command: Annotated[
            SetLocationSharingInput | None,
            strawberry.argument(name="input", description="The viewer's word; null for the organisation's default."),
        ] = None,
    ) -> SetLocationSharingResult:
        context = info.context
        await context.services.location_sharing.choose(context.member, command.sharing if command else None)
        return LocationSharingSet(viewer=viewer_of(context))
