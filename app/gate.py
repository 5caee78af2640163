"""The door to the GraphQL endpoint: from a bearer or a session cookie to the member who asks.

An `Authorization` header decides alone; only without one is the cookie looked at, and a caller who shows neither is
anonymous. A credential that does not work is refused and never passed over: a client has to hear that it expired.

Members have an allowance of their own; whoever shows nothing, or a credential that does not work, shares that of the
network address they come from.

Who is let in is recorded with whatever they do: a request runs in the task that asked here, and a socket starts the
task of each operation from the one that did.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from app.audit.models import AuditOrigin
from app.audit.origin import arrived_by
from app.errors import Unauthenticated
from app.graphql.callers import Caller, CloseCode, CloseReason, Credential, Refused, SocketCap
from app.graphql.failures import RateLimited
from app.identity.access_tokens import AccessTokenService
from app.identity.principal import CredentialKind, Principal
from app.identity.sent_cookies import sent_cookie
from app.identity.sessions import SessionService, session_cookie_name
from app.rates.allowances import Rates
from app.representing import audience_of

SOCKETS_PER_MEMBER = 20
SOCKETS_PER_ORGANISATION = 5_000
SOCKETS_OF_STRANGERS = 100
"""For all whom nobody knows together: there is little to ask for without signing in."""
_STRANGERS = (SocketCap("sockets:strangers", SOCKETS_OF_STRANGERS),)
_ENDED = CloseReason(CloseCode.UNAUTHORISED, "The credential has expired or was revoked: sign in again.")
_ROLE_CHANGED = CloseReason(CloseCode.FORBIDDEN, "Your role has changed: connect again.")
_ORIGINS = {CredentialKind.ACCESS_TOKEN: AuditOrigin.ACCESS_TOKEN, CredentialKind.SESSION: AuditOrigin.SESSION}
_CREDENTIALS = {CredentialKind.ACCESS_TOKEN: Credential.BEARER, CredentialKind.SESSION: Credential.COOKIE}


class MemberGate:
    """Implements `app.graphql.callers.Gate` with this product's credentials."""

    def __init__(
        self,
        sessions: SessionService,
        access_tokens: AccessTokenService,
        rates: Rates,
        new_context: Callable[[Principal | None], Any],
        *,
        secure_cookies: bool,
    ) -> None:
        self._sessions = sessions
        self._access_tokens = access_tokens
        self._rates = rates
        self._new_context = new_context
        self._cookie = session_cookie_name(secure=secure_cookies)

    async def for_request(self, request: Request) -> Caller:
        """Who sends this request. Raises Refused, RateLimited."""
        return await self._caller(request, request.headers.get("authorization"))

    async def for_socket(self, websocket: WebSocket, init_payload: Mapping[str, object]) -> Caller:
        """Who opens this socket, by `Authorization` in the `connection_init` payload or by cookie.

        Raises Refused, RateLimited.
        """
        authorization = init_payload.get("Authorization", websocket.headers.get("authorization"))
        if authorization is not None and not isinstance(authorization, str):
            raise Refused
        return await self._caller(websocket, authorization)

    async def recheck(self, caller: Caller) -> CloseReason | None:
        """Whether an open socket must close: its credential ended, or the member's role changed."""
        principal: Principal | None = caller.new_context().principal
        if principal is None:
            return None
        role = await self._sessions.role_now(principal)
        if role is None:
            return _ENDED
        return None if role is principal.role else _ROLE_CHANGED

    async def _caller(self, connection: HTTPConnection, authorization: str | None) -> Caller:
        host = connection.client.host if connection.client else None
        cookie = sent_cookie(connection.headers.getlist("cookie"), self._cookie)
        try:
            if authorization is not None:
                principal = await self._access_tokens.authenticate(_bearer(authorization))
            elif cookie is not None:
                principal = await self._sessions.authenticate(cookie)
            else:
                return Caller(
                    new_context=lambda: self._new_context(None),
                    socket_caps=_STRANGERS,
                    allowance=self._rates.of_stranger(host),
                )
        except Unauthenticated:
            wait = await self._rates.of_stranger(host).take(requests=1)
            raise (Refused() if wait is None else RateLimited(wait)) from None
        arrived_by(_ORIGINS[principal.credential_kind], host)
        return Caller(
            new_context=lambda: self._new_context(principal),
            credential=_CREDENTIALS[principal.credential_kind],
            key=principal.credential_id,
            expires_at=principal.expires_at,
            socket_caps=(
                SocketCap(f"sockets:member:{principal.member_id}", SOCKETS_PER_MEMBER),
                SocketCap(f"sockets:organisation:{principal.organisation_id}", SOCKETS_PER_ORGANISATION),
            ),
            allowance=self._rates.of_member(principal),
            audience=audience_of(principal, self._new_context),
            share=principal.organisation_id,
        )


def _bearer(authorization: str) -> str:
    """The token of an `Authorization: Bearer …` value (RFC 6750). Raises Unauthenticated."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Only bearer tokens are accepted.")
    return token.strip()
