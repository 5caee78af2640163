"""One visit to a suite's authorise page: ticket, flow cookie, state, PKCE and nonce, all in one single-use row.

The ticket may be opened in any browser; from then on only that browser, known by its flow cookie, can bring the answer
back. A signed state alone would bind nothing: the row does (RFC 9700 §2.1, https://www.rfc-editor.org/rfc/rfc9700).
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import orjson
import structlog

from app import clock
from app.connections.models import AuthorisationFlow, FlowPurpose
from app.connections.return_to import checked_return_to
from app.identity.principal import CredentialKind, Principal
from app.identity.signed_tokens import SignedTokens, TokenUse
from app.keys import NO_ORGANISATION, Keys, Place, SealBroken, Vault
from app.settings import Settings
from app.suites.protocol import AuthorisationRequest, ConsentPrompt, PermissionVariant, SuiteName
from app.suites.registry import SuiteRegistry

_log = structlog.get_logger(__name__)

FLOW_LIFETIME = timedelta(minutes=10)

_CHOOSES_ACCOUNT = frozenset({FlowPurpose.SIGN_IN, FlowPurpose.ACCEPT_INVITATION, FlowPurpose.LINK_IDENTITY})


class FlowRefusal(StrEnum):
    """Why a ticket or an answer is not accepted."""

    UNKNOWN = "UNKNOWN"
    """There is no such visit, or what its row keeps was changed by somebody else."""
    EXPIRED = "EXPIRED"
    USED = "USED"
    OTHER_BROWSER = "OTHER_BROWSER"
    OTHER_SESSION = "OTHER_SESSION"
    """The browser is not signed in as the member whose visit this is, and it has to be."""


class FlowRefused(Exception):
    """The ticket or the answer leads to no visit that is open in this browser: start again."""

    def __init__(self, reason: FlowRefusal) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Where the browser goes on to, and the cookie it takes along."""

    redirect_url: str
    flow_cookie_name: str
    flow_cookie_value: str


@dataclass(frozen=True, slots=True)
class ConsumedFlow:
    """A visit that came back, and the request that the suite's code answers."""

    flow: AuthorisationFlow
    request: AuthorisationRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secrets:
    """What the row seals until the answer comes."""

    state: str
    nonce: str
    code_verifier: str
    login_hint: str | None


class FlowService:
    """Starts visits, opens their tickets and takes their answers."""

    def __init__(self, keys: Keys, vault: Vault, registry: SuiteRegistry, settings: Settings) -> None:
        self._tokens = SignedTokens(keys)
        self._vault = vault
        self._registry = registry
        self._public_url = settings.public_url
        self._origins = settings.origins
        self._secure = settings.secure_cookies

    async def start(
        self,
        purpose: FlowPurpose,
        *,
        suite: SuiteName,
        scopes: frozenset[str],
        principal: Principal | None = None,
        integration_id: UUID | None = None,
        invitation_id: UUID | None = None,
        variant: PermissionVariant | None = None,
        tenant: str | None = None,
        login_hint: str | None = None,
        return_to: str | None = None,
    ) -> str:
        """The address to open in a browser, within ten minutes and once.

        Raises SuiteNotConfigured, InvalidInput for a `return_to` that is not allowed.
        """
        self._registry.get(suite)
        return_to = checked_return_to(return_to, self._origins)
        now = clock.now()
        ticket, state = self._tokens.issue(TokenUse.TICKET), self._tokens.issue(TokenUse.STATE)
        flow = AuthorisationFlow(
            id=uuid4(),
            organisation_id=principal.organisation_id if principal else None,
            member_id=principal.member_id if principal else None,
            integration_id=integration_id,
            invitation_id=invitation_id,
            suite=suite,
            purpose=purpose,
            ticket_hash=self._tokens.hash_of(ticket, TokenUse.TICKET),
            state_hash=self._tokens.hash_of(state, TokenUse.STATE),
            scopes=sorted(scopes),
            variant=variant,
            tenant=tenant,
            return_to=return_to,
            created_at=now,
            expires_at=now + FLOW_LIFETIME,
        )
        flow.secrets = self._sealed(
            flow,
            _Secrets(
                state=state,
                nonce=secrets.token_urlsafe(32),
                code_verifier=secrets.token_urlsafe(64),
                login_hint=login_hint,
            ),
        )
        await flow.save(force_create=True)
        return f"{self._public_url}/auth/continue/{ticket}"

    async def open(self, ticket: str, principal: Principal | None = None) -> Opened:
        """Bind the visit to this browser and send it on. Raises FlowRefused, SuiteError.

        `principal` is who the browser is signed in as. The suite is asked first: where it cannot be reached the ticket
        stays good, and it does where somebody has to sign in first.
        """
        flow = await self._by_ticket(ticket)
        require_own_session(flow, principal)
        request = self._request(flow)
        redirect_url = await self._registry.get(flow.suite).authorisation_url(request)
        cookie = self._tokens.issue(TokenUse.FLOW_COOKIE)
        now = clock.now()
        opened = await AuthorisationFlow.filter(id=flow.id, opened_at__isnull=True, expires_at__gt=now).update(
            opened_at=now, cookie_hash=self._tokens.hash_of(cookie, TokenUse.FLOW_COOKIE)
        )
        if not opened:
            raise FlowRefused(FlowRefusal.USED)
        return Opened(
            redirect_url=redirect_url,
            flow_cookie_name=self._cookie_name(flow.state_hash),
            flow_cookie_value=cookie,
        )

    def cookie_name(self, parameters: Mapping[str, str]) -> str | None:
        """Which cookie the answer with these parameters needs: each visit has its own, so tabs do not disturb."""
        state_hash = self._tokens.hash_of(parameters.get("state"), TokenUse.STATE)
        return self._cookie_name(state_hash) if state_hash else None

    async def consume(self, suite: SuiteName, parameters: Mapping[str, str], flow_cookie: str | None) -> ConsumedFlow:
        """Take the answer, once, before anything is done with it. Raises FlowRefused, and then nothing has changed."""
        flow = await self._by_answer(suite, parameters, flow_cookie)
        request = self._request(flow)
        now = clock.now()
        consumed = await AuthorisationFlow.filter(id=flow.id, consumed_at__isnull=True, expires_at__gt=now).update(
            consumed_at=now, secrets=None
        )
        if not consumed:
            raise FlowRefused(FlowRefusal.USED)
        return ConsumedFlow(flow, request)

    async def _by_ticket(self, ticket: str) -> AuthorisationFlow:
        """Whoever opens a ticket belongs to no organisation yet: the row is found by the ticket alone."""
        ticket_hash = self._tokens.hash_of(ticket, TokenUse.TICKET)
        flow = await AuthorisationFlow.get_or_none(ticket_hash=ticket_hash) if ticket_hash else None
        if flow is None:
            raise FlowRefused(FlowRefusal.UNKNOWN)
        if flow.opened_at is not None:
            raise FlowRefused(FlowRefusal.USED)
        if flow.expires_at <= clock.now():
            raise FlowRefused(FlowRefusal.EXPIRED)
        return flow

    async def _by_answer(
        self, suite: SuiteName, parameters: Mapping[str, str], flow_cookie: str | None
    ) -> AuthorisationFlow:
        state_hash = self._tokens.hash_of(parameters.get("state"), TokenUse.STATE)
        cookie_hash = self._tokens.hash_of(flow_cookie, TokenUse.FLOW_COOKIE)
        if state_hash is None:
            raise FlowRefused(FlowRefusal.UNKNOWN)
        if cookie_hash is None:
            raise FlowRefused(FlowRefusal.OTHER_BROWSER)
        flow = await AuthorisationFlow.get_or_none(state_hash=state_hash, suite=suite)
        if flow is None:
            raise FlowRefused(FlowRefusal.UNKNOWN)
        if flow.cookie_hash is None or not hmac.compare_digest(flow.cookie_hash, cookie_hash):
            raise FlowRefused(FlowRefusal.OTHER_BROWSER)
        if flow.consumed_at is not None:
            raise FlowRefused(FlowRefusal.USED)
        if flow.expires_at <= clock.now():
            raise FlowRefused(FlowRefusal.EXPIRED)
        return flow

    def _cookie_name(self, state_hash: str) -> str:
        prefix = "__Host-" if self._secure else ""
        return f"{prefix}hybrid-meetings-flow-{state_hash[:12]}"

    def _request(self, flow: AuthorisationFlow) -> AuthorisationRequest:
        if flow.secrets is None:
            raise FlowRefused(FlowRefusal.USED)
        try:
            held = _Secrets(**orjson.loads(self._vault.open(flow.secrets, _place(flow))))
        except SealBroken:
            _log.error("flow_unreadable", flow=str(flow.id))
            raise FlowRefused(FlowRefusal.UNKNOWN) from None
        return AuthorisationRequest(
            redirect_uri=f"{self._public_url}{callback_path(flow.suite)}",
            state=held.state,
            nonce=held.nonce,
            code_verifier=held.code_verifier,
            scopes=frozenset(flow.scopes),
            tenant=flow.tenant,
            login_hint=held.login_hint,
            prompt=ConsentPrompt.SELECT_ACCOUNT if flow.purpose in _CHOOSES_ACCOUNT else None,
        )

    def _sealed(self, flow: AuthorisationFlow, held: _Secrets) -> bytes:
        return self._vault.seal(orjson.dumps(held), _place(flow))


def require_own_session(flow: AuthorisationFlow, principal: Principal | None) -> None:
    """Linking proves the member by the session of the very browser that proves the account. Raises FlowRefused."""
    if flow.purpose is not FlowPurpose.LINK_IDENTITY:
        return
    if principal is None or principal.credential_kind is not CredentialKind.SESSION:
        raise FlowRefused(FlowRefusal.OTHER_SESSION)
    if flow.member_id is None or principal.member_id != flow.member_id:
        raise FlowRefused(FlowRefusal.OTHER_SESSION)


def callback_path(suite: SuiteName) -> str:
    """Where a suite sends its answers, below the public address: a path of its own for each, against mix-up."""
    return f"/auth/callback/{suite.lower().replace('_', '-')}"


def _place(flow: AuthorisationFlow) -> Place:
    return Place(flow.organisation_id or NO_ORGANISATION, "authorisation_flow", flow.id, "secrets")
