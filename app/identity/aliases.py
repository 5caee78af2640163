"""Further addresses of members' own mailboxes: under these too they are invited, and under these they are recognised.

The suite tells them with the member's consent. They are replaced as a whole each time a consent comes, and go with the
last consent.
"""

from collections.abc import Collection
from uuid import UUID

from app.addresses import normalised
from app.connections.models import CalendarConnection
from app.identity.models import Member, MemberAlias

_AT_ONCE = 500
"""Members looked at in one statement: databases limit the parameters of each."""


async def replace_aliases(organisation_id: UUID, member_id: UUID, addresses: Collection[str]) -> None:
    """Have these be what the member's mailbox is called; call in the transaction that stores their consent.

    The main address of any member is left to whoever it is the main one of. An address that was another mailbox's
    until now has moved to this one.
    """
    told = {address for text in addresses if (address := normalised(text)) is not None}
    if told:
        taken = await Member.of(organisation_id).filter(address__in=list(told)).values_list("address", flat=True)
        told -= {str(address) for address in taken}
    aliases = MemberAlias.of(organisation_id)
    await aliases.filter(member_id=member_id).delete()
    if told:
        await aliases.filter(address__in=list(told)).delete()
    for address in sorted(told):
        await MemberAlias(organisation_id=organisation_id, member_id=member_id, address=address).save(force_create=True)


async def forget_aliases(organisation_id: UUID, member_ids: Collection[UUID]) -> None:
    """Delete those of these members who have no connection left; call in the transaction that ended one."""
    ids = sorted(member_ids)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        connected = CalendarConnection.of(organisation_id).filter(member_id__in=some)
        kept = {UUID(str(member_id)) for member_id in await connected.values_list("member_id", flat=True)}
        gone = [member_id for member_id in some if member_id not in kept]
        await MemberAlias.of(organisation_id).filter(member_id__in=gone).delete()
