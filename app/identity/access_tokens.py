"""Access tokens: bearer values for front ends and scripts, shown once, stored hashed, expiring and revocable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.errors import InvalidInput, NotFound, Unauthenticated
from app.events_bus.bus import EventsBus
from app.identity import credentials
from app.identity.idempotency import IdempotencyService
from app.identity.models import AccessToken
from app.identity.principal import CredentialKind, Principal
from app.keys import Keys, new_token, token_hash

SHORTEST_LIFETIME = timedelta(days=1)
LONGEST_LIFETIME = timedelta(days=365)
LONGEST_NAME = 100
TOKEN_PREFIX = "hybrid_meetings"  # noqa: S105  # recognisable by secret scanners, no secret itself
_LONGEST_BEARER = 100
_OPERATION = "createAccessToken"


@dataclass(frozen=True, slots=True)
class CreatedAccessToken:
    """The row, and the token itself the one time it is shown."""

    row: AccessToken
    token: str | None


class AccessTokenService:
    """Makes, looks up and ends access tokens."""

    def __init__(self, keys: Keys, bus: EventsBus) -> None:
        self._idempotency = IdempotencyService(keys)
        self._bus = bus

    async def create(
        self, principal: Principal, name: str, lifetime: timedelta, idempotency_key: str
    ) -> CreatedAccessToken:
        """A new token of one day to 365 days; a repeated request answers with the row and no token.

        Raises InvalidInput, IdempotencyKeyReused; NotFound where the repeated request's token is gone meanwhile.
        """
        name = _checked_name(name)
        if not SHORTEST_LIFETIME <= lifetime <= LONGEST_LIFETIME:
            raise InvalidInput("lifetimeDays", "An access token lives one day at least and 365 days at most.")
        content = f"{lifetime.total_seconds()}·{name}".encode()
        async with in_transaction():
            claim = await self._idempotency.claim(principal, _OPERATION, idempotency_key, content)
            if claim.record.result_ids is not None:
                return CreatedAccessToken(await _own(principal, UUID(claim.record.result_ids[0])), None)
            token = new_token(TOKEN_PREFIX)
            now = clock.now()
            row = await AccessToken.create(
                organisation_id=principal.organisation_id,
                member_id=principal.member_id,
                name=name,
                token_hash=token_hash(token),
                created_at=now,
                expires_at=now + lifetime,
            )
            await self._idempotency.finish(claim.record, [row.id])
            await _record(principal, AuditAction.ACCESS_TOKEN_CREATED, row.id)
        return CreatedAccessToken(row, token)

    async def authenticate(self, bearer: str) -> Principal:
        """Who sends this token, in one query. Raises Unauthenticated for what is foreign, expired or revoked."""
        if not bearer.startswith(f"{TOKEN_PREFIX}_") or len(bearer) > _LONGEST_BEARER:
            raise Unauthenticated("This is not an access token of ours.")
        return await credentials.principal_by_hash(CredentialKind.ACCESS_TOKEN, token_hash(bearer))

    async def revoke(self, principal: Principal, token_id: UUID) -> AccessToken:
        """End one of the member's own tokens; one that ended already stays as it is. Raises NotFound."""
        row = await _own(principal, token_id)
        async with in_transaction():
            ended = await credentials.revoke(CredentialKind.ACCESS_TOKEN, principal.organisation_id, row.id)
            if ended:
                await _record(principal, AuditAction.ACCESS_TOKEN_REVOKED, row.id)
        if ended:
            await credentials.announce_revoked(self._bus, principal.member_id, row.id)
        return await _own(principal, token_id)

    async def get(self, principal: Principal, token_id: UUID) -> AccessToken:
        """One of the member's own tokens. Raises NotFound."""
        return await _own(principal, token_id)

    async def list(self, principal: Principal) -> Sequence[AccessToken]:
        """The member's own tokens, newest first, ended ones included."""
        return (
            await AccessToken.of(principal.organisation_id)
            .filter(member_id=principal.member_id)
            .order_by("-created_at", "id")
        )


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", f"A token's name has 1 to {LONGEST_NAME} printable characters.")
    return name


async def _own(principal: Principal, token_id: UUID) -> AccessToken:
    row = await AccessToken.of(principal.organisation_id).get_or_none(id=token_id, member_id=principal.member_id)
    if row is None:
        raise NotFound("access token")
    return row


async def _record(principal: Principal, action: AuditAction, token_id: UUID) -> None:
    await audit.record(principal.organisation_id, action, actor_id=principal.member_id, target_id=token_id)
