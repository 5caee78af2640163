"""Whom an operator means: an organisation and a member of it, by what they are called or by their ids.

Neither a name nor an address identifies anybody, so one that several have leads to none of them: the answer lists the
ids to choose from.
"""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from app.errors import InvalidInput, NotFound
from app.identity.models import Identity, Member, MemberAlias, Organisation

T = TypeVar("T", Organisation, Member)


async def find_organisation(text: str) -> Organisation:
    """By id or by its exact name. Raises NotFound, InvalidInput where several are called so."""
    row_id = _row_id(text)
    found = await (Organisation.filter(name=text) if row_id is None else Organisation.filter(id=row_id))
    return _only_one(found, "organisation", text)


async def find_member(organisation_id: UUID, text: str) -> Member:
    """By id or by any address that a suite tells of them; who was merged into another member leads to that one.

    Raises NotFound, InvalidInput where several members have the address.
    """
    row_id, address = _row_id(text), text.strip().lower()
    if row_id is not None:
        ids = {row_id}
    else:
        ids = {member.id for member in await Member.of(organisation_id).filter(address=address)}
        ids |= {row.member_id for row in await Identity.of(organisation_id).filter(address=address)}
        ids |= {row.member_id for row in await MemberAlias.of(organisation_id).filter(address=address)}
    named = await Member.of(organisation_id).filter(id__in=list(ids))
    present = await Member.of(organisation_id).filter(id__in=[row.merged_into_id or row.id for row in named])
    return _only_one(present, "member", text)


def _only_one(found: Sequence[T], what: str, text: str) -> T:
    if not found:
        raise NotFound(what)
    if len(found) > 1:
        choice = ", ".join(sorted(str(row.id) for row in found))
        raise InvalidInput(what, f"There are {len(found)} {what}s for {text!r}: give one of their ids. {choice}")
    return found[0]


def _row_id(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
