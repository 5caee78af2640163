"""What session cookies and access tokens have in common: a hashed row that expires and can be revoked.

Whoever shows one belongs to no organisation until the row is found, so these look-ups go by the hash alone.
"""

from uuid import UUID

from app import clock
from app.errors import Unauthenticated
from app.events_bus.bus import CREDENTIALS, EventsBus, Message, MessageKind, member_topic
from app.identity.models import AccessToken, Role, Session
from app.identity.principal import CredentialKind, Principal

_MODELS: dict[CredentialKind, type[Session] | type[AccessToken]] = {
    CredentialKind.SESSION: Session,
    CredentialKind.ACCESS_TOKEN: AccessToken,
}


async def principal_by_hash(kind: CredentialKind, token_hash: str) -> Principal:
    """The member behind a credential, role included, in one query. Raises Unauthenticated."""
    row = await (
        _MODELS[kind]
        .filter(token_hash=token_hash, revoked_at__isnull=True, expires_at__gt=clock.now())
        .select_related("member", "organisation")
        .first()
    )
    if row is None:
        raise Unauthenticated("The credential is unknown, expired or revoked.")
    return Principal(
        member_id=row.member_id,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation.name,
        role=row.member.role,
        name=row.member.name,
        address=row.member.address,
        credential_kind=kind,
        credential_id=row.id,
        expires_at=row.expires_at,
    )


async def role_now(principal: Principal) -> Role | None:
    """The member's role as it is now, or None where the credential has ended; one query."""
    row = await (
        _MODELS[principal.credential_kind]
        .of(principal.organisation_id)
        .filter(id=principal.credential_id, revoked_at__isnull=True, expires_at__gt=clock.now())
        .select_related("member")
        .first()
    )
    return row.member.role if row else None


async def revoke(kind: CredentialKind, organisation_id: UUID, credential_id: UUID) -> bool:
    """End a credential; False where it had ended already."""
    updated = (
        await _MODELS[kind]
        .of(organisation_id)
        .filter(id=credential_id, revoked_at__isnull=True)
        .update(revoked_at=clock.now())
    )
    return bool(updated)


async def announce_revoked(bus: EventsBus, member_id: UUID, credential_id: UUID) -> None:
    """Tell whoever holds a socket open with this credential; call after the transaction."""
    revoked = Message(MessageKind.CREDENTIAL_REVOKED, credential_id)
    await bus.publish(CREDENTIALS, revoked)
    await bus.publish(member_topic(member_id), revoked)
