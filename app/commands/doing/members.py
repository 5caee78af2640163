"""Showing what is kept of a member, handing it out, and erasing it."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.commands.doing.opening import open_bus, open_database
from app.connections.tokens import TokenService
from app.database import engine
from app.identity.erasing import Erased, Holding, MemberErasing
from app.identity.exporting import MemberDataService
from app.identity.finding import find_member, find_organisation
from app.identity.member_data import as_json
from app.identity.models import Member
from app.keys import Keys, Vault
from app.references.service import ReferenceService
from app.settings import Settings
from app.suites.registry import SuiteRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A member, and how much of each kind is kept of them."""

    id: UUID
    organisation_id: UUID
    name: str
    address: str
    created_at: datetime
    holdings: Sequence[Holding]


async def kept(chosen: Settings, organisation: str, named: str) -> Kept:
    """What would be erased. Raises NotFound, InvalidInput where several are called so."""
    async with open_database(chosen), AsyncExitStack() as stack:
        try:
            member = await _found(organisation, named)
        finally:
            # What an earlier run erased, and was killed before it had cleaned up after itself.
            await engine.scrub()
        erasing = await _erasing(chosen, stack)
        return Kept(
            id=member.id,
            organisation_id=member.organisation_id,
            name=member.name,
            address=member.address,
            created_at=member.created_at,
            holdings=await erasing.holdings(member),
        )


async def erase(chosen: Settings, shown: Kept, *, even_last_administrator: bool) -> Erased:
    """Erase the member that was shown. Raises LastAdministrator unless that is meant too, NotFound if they are gone."""
    async with open_database(chosen), AsyncExitStack() as stack:
        member = await _found(str(shown.organisation_id), str(shown.id))
        erasing = await _erasing(chosen, stack)
        return await erasing.erase(member, even_last_administrator=even_last_administrator)


async def export(chosen: Settings, organisation: str, named: str) -> str:
    """All that is kept of the member, as JSON. Raises NotFound, InvalidInput where several are called so."""
    references = ReferenceService(Vault(chosen.encryption_keyring), Keys(chosen.secret_key_bytes))
    async with open_database(chosen):
        return as_json(await MemberDataService(references).handed_out(await _found(organisation, named)))


async def _found(organisation: str, named: str) -> Member:
    return await find_member((await find_organisation(organisation)).id, named)


async def _erasing(chosen: Settings, stack: AsyncExitStack) -> MemberErasing:
    suites = SuiteRegistry.configured_by(chosen.suites, chosen.suite_timeout)
    stack.push_async_callback(suites.close)
    bus = await stack.enter_async_context(open_bus(chosen))
    return MemberErasing(suites, TokenService(Vault(chosen.encryption_keyring), suites, bus), bus)
