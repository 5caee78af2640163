"""Browser sessions: a signed random cookie, a hashed row, twelve hours, revocable at once."""

from datetime import timedelta
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.errors import NotFound, Unauthenticated
from app.events_bus.bus import EventsBus
from app.identity import credentials
from app.identity.models import Member, Role, Session
from app.identity.principal import CredentialKind, Principal
from app.identity.roles_now import RolesNow
from app.identity.signed_tokens import SignedTokens, TokenUse
from app.keys import Keys

SESSION_LIFETIME = timedelta(hours=12)


def session_cookie_name(*, secure: bool) -> str:
    """The cookie's name: with the `__Host-` prefix on https, which pins it to our host and to path `/`.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
    """
    return "__Host-hybrid-meetings-session" if secure else "hybrid-meetings-session"


class SessionService:
    """Begins, looks up and ends sessions."""

    def __init__(self, keys: Keys, bus: EventsBus) -> None:
        self._tokens = SignedTokens(keys)
        self._bus = bus
        self._roles_now = RolesNow()

    async def create(self, member: Member, *, replacing: Principal | None = None) -> tuple[Session, str]:
        """A new session with its cookie value; the browser's earlier session ends with it (no fixation)."""
        value = self._tokens.issue(TokenUse.SESSION_COOKIE)
        token_hash = self._tokens.hash_of(value, TokenUse.SESSION_COOKIE)
        now = clock.now()
        replaced = replacing if replacing and replacing.credential_kind is CredentialKind.SESSION else None
        async with in_transaction():
            session = await Session.create(
                organisation_id=member.organisation_id,
                member_id=member.id,
                token_hash=token_hash,
                created_at=now,
                expires_at=now + SESSION_LIFETIME,
            )
            if replaced:
                await credentials.revoke(CredentialKind.SESSION, replaced.organisation_id, replaced.credential_id)
        if replaced:
            await credentials.announce_revoked(self._bus, replaced.member_id, replaced.credential_id)
        return session, value

    async def authenticate(self, cookie_value: str) -> Principal:
        """Who the cookie stands for, in one query. Raises Unauthenticated."""
        token_hash = self._tokens.hash_of(cookie_value, TokenUse.SESSION_COOKIE)
        if token_hash is None:
            raise Unauthenticated("This is not a session cookie of ours.")
        return await credentials.principal_by_hash(CredentialKind.SESSION, token_hash)

    async def sign_out(self, principal: Principal) -> None:
        """End the very credential that asks: the browser's session, or the access token that was sent.

        Raises NotFound where it has ended meanwhile, in another tab for example.
        """
        async with in_transaction():
            ended = await credentials.revoke(
                principal.credential_kind, principal.organisation_id, principal.credential_id
            )
            if not ended:
                raise NotFound("session")
            if principal.credential_kind is CredentialKind.ACCESS_TOKEN:
                await _audit_token_end(principal, principal.credential_id)
        await credentials.announce_revoked(self._bus, principal.member_id, principal.credential_id)

    async def role_now(self, principal: Principal) -> Role | None:
        """The member's present role, or None where the credential has ended; for sockets that stay open."""
        return await self._roles_now.of(principal)


async def _audit_token_end(principal: Principal, token_id: UUID) -> None:
    await audit.record(
        principal.organisation_id,
        AuditAction.ACCESS_TOKEN_REVOKED,
        actor_id=principal.member_id,
        target_id=token_id,
    )
