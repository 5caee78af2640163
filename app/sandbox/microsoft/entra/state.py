"""What Entra remembers between requests: codes, browser sessions, and the errors that were ordered."""

import itertools
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.sandbox.browsers import BrowserSessions
from app.sandbox.clock import SandboxClock
from app.sandbox.keys import SigningKeys
from app.sandbox.microsoft.entra.errors import CATALOGUE, EntraError

AUTHORISATION_CODE_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationCode:
    """A code as issued: bound to application, person, reply address and PKCE challenge; good for one use."""

    value: str
    client_id: str
    user_oid: str
    redirect_uri: str
    scopes: frozenset[str]
    nonce: str | None
    code_challenge: str | None
    expires_at: datetime
    redeemed: bool = False


class CodeStore:
    """Authorisation codes; a redeemed one stays known, so that its second use can be told from a made-up one."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._codes: dict[str, AuthorisationCode] = {}

    def issue(
        self,
        *,
        client_id: str,
        user_oid: str,
        redirect_uri: str,
        scopes: frozenset[str],
        nonce: str | None,
        code_challenge: str | None,
    ) -> AuthorisationCode:
        """A new code, good for ten minutes."""
        code = AuthorisationCode(
            value="1." + secrets.token_urlsafe(500),
            client_id=client_id,
            user_oid=user_oid,
            redirect_uri=redirect_uri,
            scopes=scopes,
            nonce=nonce,
            code_challenge=code_challenge,
            expires_at=self._clock.now() + AUTHORISATION_CODE_LIFETIME,
        )
        self._codes[code.value] = code
        return code

    def find(self, value: str) -> AuthorisationCode:
        """The code if it may be redeemed; raises EntraError when it is unknown, used or expired."""
        code = self._codes.get(value)
        if code is None:
            raise EntraError(9002313, error="invalid_grant")
        if code.redeemed:
            raise EntraError(54005)
        if code.expires_at <= self._clock.now():
            raise EntraError(70008)
        return code

    def redeem(self, code: AuthorisationCode) -> None:
        """Use the code up."""
        self._codes[code.value] = replace(code, redeemed=True)


@dataclass(slots=True, kw_only=True)
class OrderedError:
    """An AADSTS error for the next ``remaining`` requests (None: all) of one person, or of anybody."""

    code: int
    user_oid: str | None
    remaining: int | None
    grant_type: str | None = None
    error: str | None = None


class OrderedErrors:
    """Errors on order for the token endpoint, or for the way back from the authorise page."""

    def __init__(self) -> None:
        self._orders: list[OrderedError] = []

    def order(self, order: OrderedError) -> None:
        """Put an error on order; raises ValueError for a number that is not in the catalogue."""
        if order.code not in CATALOGUE:
            raise ValueError(f"AADSTS{order.code} is not known here")
        self._orders.append(order)

    def all(self) -> tuple[OrderedError, ...]:
        """What is still on order."""
        return tuple(order for order in self._orders if order.remaining != 0)

    def clear(self) -> None:
        """Take every error off the book."""
        self._orders.clear()

    def strike(self, user_oid: str | None, grant_type: str | None = None) -> None:
        """Raise the EntraError ordered for this request, if there is one."""
        for order in self._orders:
            if order.remaining == 0 or order.user_oid not in (None, user_oid):
                continue
            if order.grant_type not in (None, grant_type):
                continue
            if order.remaining is not None:
                order.remaining -= 1
            raise EntraError(order.code, error=order.error)


@dataclass(slots=True, kw_only=True)
class NarrowedScopes:
    """Scopes to answer instead of what was granted, for the next ``remaining`` token answers."""

    user_oid: str | None
    scopes: frozenset[str]
    remaining: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """What a person sent to their administrators from the "Need admin approval" page."""

    id: str
    tenant_id: str
    client_id: str
    user_oid: str
    scopes: frozenset[str]
    justification: str
    at: datetime


@dataclass(slots=True)
class EntraState:
    """Entra's memory."""

    clock: SandboxClock
    keys: SigningKeys = field(default_factory=SigningKeys)
    sessions: BrowserSessions = field(default_factory=BrowserSessions)
    token_errors: OrderedErrors = field(default_factory=OrderedErrors)
    authorise_errors: OrderedErrors = field(default_factory=OrderedErrors)
    narrowed_scopes: list[NarrowedScopes] = field(default_factory=list)
    approval_requests: dict[str, ApprovalRequest] = field(default_factory=dict)
    codes: CodeStore = field(init=False)
    _request_numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.codes = CodeStore(self.clock)

    def scopes_to_answer(self, user_oid: str, granted: frozenset[str]) -> frozenset[str]:
        """What the token answer says was granted: the truth, unless something narrower was ordered."""
        for order in self.narrowed_scopes:
            if order.remaining == 0 or order.user_oid not in (None, user_oid):
                continue
            if order.remaining is not None:
                order.remaining -= 1
            return granted & order.scopes
        return granted

    def request_approval(
        self, *, tenant_id: str, client_id: str, user_oid: str, scopes: frozenset[str], justification: str
    ) -> ApprovalRequest:
        """Record a request to the tenant's administrators."""
        request = ApprovalRequest(
            id=f"request-{next(self._request_numbers)}",
            tenant_id=tenant_id,
            client_id=client_id,
            user_oid=user_oid,
            scopes=scopes,
            justification=justification,
            at=self.clock.now(),
        )
        self.approval_requests[request.id] = request
        return request
