"""Making organisations, and listing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.commands.doing.opening import open_database
from app.identity.invitations import INVITATION_LIFETIME, InvitationService, invitation_link
from app.integrations.listing import ListedOrganisation, every_organisation
from app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new organisation, and the link for its first administrator, the one time that it is shown."""

    id: UUID
    name: str
    link: str
    expires_at: datetime


async def create(chosen: Settings, name: str) -> Created:
    """Raises InvalidInput where the name cannot be shown."""
    async with open_database(chosen):
        organisation, token = await InvitationService().create_organisation(name)
    return Created(
        id=organisation.id,
        name=organisation.name,
        link=invitation_link(chosen.public_url, token),
        expires_at=organisation.created_at + INVITATION_LIFETIME,
    )


async def every(chosen: Settings) -> Sequence[ListedOrganisation]:
    """All that there are, by name."""
    async with open_database(chosen):
        return await every_organisation()
