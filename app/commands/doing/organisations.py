"""Making organisations, inviting whoever administers them, and listing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.commands.doing.opening import open_database
from app.identity.finding import find_organisation
from app.identity.invitations import INVITATION_LIFETIME, InvitationService, invitation_link
from app.integrations.listing import ListedOrganisation, every_organisation
from app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An organisation, and a link that makes an administrator of it, the one time that it is shown."""

    id: UUID
    name: str
    link: str
    expires_at: datetime


async def create(chosen: Settings, name: str) -> Invited:
    """Raises InvalidInput where the name cannot be shown."""
    async with open_database(chosen):
        organisation, token = await InvitationService().create_organisation(name)
    return Invited(
        id=organisation.id,
        name=organisation.name,
        link=invitation_link(chosen.public_url, token),
        expires_at=organisation.created_at + INVITATION_LIFETIME,
    )


async def invite(chosen: Settings, named: str) -> Invited:
    """Another link for an administrator of an organisation that is there. Raises NotFound, InvalidInput."""
    async with open_database(chosen):
        organisation = await find_organisation(named)
        token, expires_at = await InvitationService().invite_administrator(organisation)
    return Invited(
        id=organisation.id,
        name=organisation.name,
        link=invitation_link(chosen.public_url, token),
        expires_at=expires_at,
    )


async def every(chosen: Settings) -> Sequence[ListedOrganisation]:
    """All that there are, by name."""
    async with open_database(chosen):
        return await every_organisation()
