"""What session cookies and access tokens have in common: a hashed row that expires and can be revoked.

Whoever shows one belongs to no organisation until the row is found, so these look-ups go by the hash alone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.queryset import ValuesListQuery

from app import clock
from app.database.written_once import WrittenOnce
from app.errors import Unauthenticated
from app.events_bus.bus import CREDENTIALS, EventsBus, Message, MessageKind, member_topic
from app.identity.models import AccessToken, Role, Session
from app.identity.principal import CredentialKind, Principal

_MODELS: dict[CredentialKind, type[Session] | type[AccessToken]] = {
    CredentialKind.SESSION: Session,
    CredentialKind.ACCESS_TOKEN: AccessToken,
}


def _holder_by_hash(kind: CredentialKind) -> WrittenOnce:
    """Who holds a live credential, by its hash and the present moment; every request asks for that.

    Nobody is who was merged into another member, whatever credential of theirs was being made at that moment.
    """

    def write(token_hash: str, now: datetime) -> ValuesListQuery[Any]:
        return (
            _MODELS[kind]
            .filter(token_hash=token_hash, revoked_at__isnull=True, expires_at__gt=now)
            .filter(member__merged_into_id__isnull=True)
            .values_list("id", "expires_at", "organisation_id", "organisation__name", *_OF_MEMBER)
        )

    return WrittenOnce(write)


_OF_MEMBER = ("member_id", "member__role", "member__name", "member__address")
_HOLDERS = {kind: _holder_by_hash(kind) for kind in CredentialKind}


async def principal_by_hash(kind: CredentialKind, token_hash: str) -> Principal:
    """The member behind a credential, role included, in one query. Raises Unauthenticated."""
    rows = await _HOLDERS[kind].rows(token_hash, clock.now())
    if not rows:
        raise Unauthenticated("The credential is unknown, expired or revoked.")
    [(credential_id, expires_at, organisation_id, organisation_name, member_id, role, name, address)] = rows
    return Principal(
        member_id=member_id,
        organisation_id=organisation_id,
        organisation_name=organisation_name,
        role=role,
        name=name,
        address=address,
        credential_kind=kind,
        credential_id=credential_id,
        expires_at=expires_at,
    )


async def roles_now(
    organisation_id: UUID, kind: CredentialKind, credential_ids: Collection[UUID]
) -> Mapping[UUID, Role]:
    """The present role of whoever holds each credential, by its id, in one query; those that have ended are missing."""
    found = await (
        _MODELS[kind]
        .of(organisation_id)
        .filter(id__in=list(credential_ids), revoked_at__isnull=True, expires_at__gt=clock.now())
        .filter(member__merged_into_id__isnull=True)
        .values_list("id", "member__role")
    )
    return {UUID(str(credential)): Role(role) for credential, role in found}


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


async def live_of(organisation_id: UUID, member_id: UUID) -> Sequence[UUID]:
    """Every session and access token that lets this member in."""
    found: list[UUID] = []
    for kind in CredentialKind:
        live = await (
            _MODELS[kind]
            .of(organisation_id)
            .filter(member_id=member_id, revoked_at__isnull=True, expires_at__gt=clock.now())
        )
        found.extend([row.id for row in live])
    return found


async def revoke_all(organisation_id: UUID, member_id: UUID) -> Sequence[UUID]:
    """End every session and access token of a member; those that it ended. Call inside a transaction."""
    ended = await live_of(organisation_id, member_id)
    for kind in CredentialKind:
        await _MODELS[kind].of(organisation_id).filter(id__in=list(ended)).update(revoked_at=clock.now())
    return ended


async def announce_changed(bus: EventsBus, credential_ids: Iterable[UUID]) -> None:
    """Have every socket that was opened with these asked whether it may stay; call after the transaction."""
    for credential_id in credential_ids:
        await bus.publish(CREDENTIALS, Message(MessageKind.CREDENTIAL_REVOKED, credential_id))
