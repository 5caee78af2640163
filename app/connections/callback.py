"""What happens when a suite sends a browser back: the answer is taken once, proved, and acted on, or refused in words.

Order matters: state, flow cookie and row first (no token call for anybody else's answer), then the exchange, then the
identity, and only then anything is written.
"""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import structlog

from app.connections.flows import ConsumedFlow, FlowRefused, FlowService, require_own_session
from app.connections.models import AuthorisationFlow, CalendarConnection, FlowPurpose
from app.connections.outcomes import CallbackOutcome, ResultPage
from app.connections.service import OTHER_IDENTITY, identity_of
from app.errors import ProblemError
from app.identity.linking import LinkingService, LinkRefusal, LinkRefused
from app.identity.models import Member, Organisation, Role
from app.identity.principal import Principal
from app.identity.sessions import SessionService
from app.identity.sign_in import SignInRefusal, SignInRefused, SignInService
from app.integrations.models import Integration
from app.integrations.report import TestReport
from app.integrations.status import IntegrationStatus
from app.suites.errors import (
    AdminApprovalNeeded,
    ApplicationBlocked,
    ConsentDeclined,
    ConsentNeeded,
    FlowExpired,
    MemberBlocked,
    OperatorMustAct,
    ReconnectRequired,
    Retriable,
    SuiteError,
    WrongAccount,
)
from app.suites.protocol import ApprovalWayKind, Grant, SuiteName
from app.suites.registry import DESCRIPTIONS, SuiteRegistry

_log = structlog.get_logger(__name__)


class Connects(Protocol):
    """What the callback asks of the connections."""

    async def connect(self, flow: AuthorisationFlow, grant: Grant, integration: Integration) -> CalendarConnection: ...


class Integrates(Protocol):
    """What the callback asks of the integrations."""

    async def consent_completed(self, flow: AuthorisationFlow, grant: Grant) -> Integration: ...

    async def consent_refused(self, flow: AuthorisationFlow, error: SuiteError) -> Integration: ...

    async def admin_approval_link(self, organisation_id: UUID | None, suite: SuiteName) -> str | None: ...


_SUITE_ERRORS: tuple[tuple[type[SuiteError], ResultPage], ...] = (
    (ConsentDeclined, ResultPage.DECLINED),
    (AdminApprovalNeeded, ResultPage.NEED_ADMIN_APPROVAL),
    (ConsentNeeded, ResultPage.CONSENT_INCOMPLETE),
    (FlowExpired, ResultPage.EXPIRED),
    (ReconnectRequired, ResultPage.EXPIRED),
    (MemberBlocked, ResultPage.BLOCKED),
    (ApplicationBlocked, ResultPage.APPLICATION_BLOCKED),
    (OperatorMustAct, ResultPage.MISCONFIGURED),
    (Retriable, ResultPage.SUITE_UNAVAILABLE),
)
_SIGN_IN_REFUSALS = {
    SignInRefusal.NOT_INVITED: ResultPage.NOT_INVITED,
    SignInRefusal.ANOTHER_ORGANISATION: ResultPage.ANOTHER_ORGANISATION,
    SignInRefusal.INVITATION_NOT_VALID: ResultPage.INVITATION_NOT_VALID,
}
_LINK_REFUSALS = {
    LinkRefusal.ANOTHER_ORGANISATION: ResultPage.ANOTHER_ORGANISATION,
    LinkRefusal.BOTH_IN_USE: ResultPage.BOTH_IN_USE,
}
_TESTED = {
    IntegrationStatus.TEST_FAILED: ResultPage.INTEGRATION_TEST_FAILED,
    IntegrationStatus.AWAITING_ADMIN_APPROVAL: ResultPage.NEED_ADMIN_APPROVAL,
}


_KEEPS_STATUS = frozenset({IntegrationStatus.ENABLED, IntegrationStatus.DISABLED})
"""A test that fails changes nothing but the report here."""


class _Refused(Exception):
    """The answer is refused with this page."""

    def __init__(self, page: ResultPage) -> None:
        super().__init__(page)
        self.page = page


class CallbackService:
    """Completes visits to the suites' authorise pages."""

    def __init__(
        self,
        registry: SuiteRegistry,
        flows: FlowService,
        sign_in: SignInService,
        sessions: SessionService,
        linking: LinkingService,
        connections: Connects,
        integrations: Integrates,
    ) -> None:
        self._registry = registry
        self._flows = flows
        self._sign_in = sign_in
        self._sessions = sessions
        self._linking = linking
        self._connections = connections
        self._integrations = integrations

    async def complete(
        self,
        suite: SuiteName,
        parameters: Mapping[str, str],
        flow_cookie: str | None,
        principal: Principal | None,
    ) -> CallbackOutcome:
        """Act on the answer that a browser brought; every expected outcome is a page, none raises.

        `principal` is who that browser is signed in as: the session that a new sign-in replaces, and the member that
        another account is linked to.
        """
        try:
            consumed = await self._flows.consume(suite, parameters, flow_cookie)
        except FlowRefused as refused:
            _log.info("callback.refused", suite=suite.value, reason=refused.reason.value)
            return CallbackOutcome(page=ResultPage.EXPIRED, suite=suite)
        flow = consumed.flow
        try:
            require_own_session(flow, principal)
            grant = await self._redeemed(consumed, parameters)
            return await self._act(flow, grant, principal)
        except SuiteError as error:
            _log.info(
                "callback.declined",
                suite=suite.value,
                purpose=flow.purpose.value,
                error=type(error).__name__,
                provider_code=error.provider_code,
            )
            return await self._suite_refused(flow, error)
        except FlowRefused as refused:
            _log.info("callback.refused", suite=suite.value, reason=refused.reason.value)
            return _outcome(flow, ResultPage.OTHER_SESSION)
        except SignInRefused as refused:
            return _outcome(flow, _SIGN_IN_REFUSALS[refused.reason])
        except LinkRefused as refused:
            return _outcome(flow, _LINK_REFUSALS[refused.reason])
        except _Refused as refused:
            return _outcome(flow, refused.page)
        except ProblemError as problem:
            return _outcome(flow, ResultPage.PROBLEM, problem=problem)

    async def _redeemed(self, consumed: ConsumedFlow, parameters: Mapping[str, str]) -> Grant:
        suite = self._registry.get(consumed.flow.suite)
        if "error" in parameters:
            raise suite.refusal(dict(parameters))
        code = parameters.get("code")
        if not code:
            raise SuiteError("NoCode")
        return await suite.redeem(code, consumed.request)

    async def _act(self, flow: AuthorisationFlow, grant: Grant, principal: Principal | None) -> CallbackOutcome:
        match flow.purpose:
            case FlowPurpose.SIGN_IN | FlowPurpose.ACCEPT_INVITATION:
                return await self._sign_in_with(flow, grant, principal)
            case FlowPurpose.LINK_IDENTITY:
                return await self._link(flow, grant)
            case FlowPurpose.CONNECT_CALENDAR:
                return await self._connect(flow, grant)
            case FlowPurpose.START_INTEGRATION:
                return await self._join(flow, grant)

    async def _sign_in_with(
        self, flow: AuthorisationFlow, grant: Grant, principal: Principal | None
    ) -> CallbackOutcome:
        member = await self._sign_in.complete(grant.identity, flow.invitation_id)
        _, cookie = await self._sessions.create(member, replacing=principal)
        organisation = await Organisation.get(id=member.organisation_id)
        return _outcome(
            flow,
            ResultPage.SIGNED_IN,
            session_cookie=cookie,
            member_name=member.name,
            organisation_name=organisation.name,
        )

    async def _link(self, flow: AuthorisationFlow, grant: Grant) -> CallbackOutcome:
        linked = await self._linking.link(flow, grant.identity)
        return _outcome(flow, ResultPage.IDENTITY_LINKED, link=linked.outcome, member_name=linked.member.name)

    async def _connect(self, flow: AuthorisationFlow, grant: Grant) -> CallbackOutcome:
        integration = await _integration_of(flow)
        if integration.tenant != grant.identity.tenant:
            raise _Refused(ResultPage.WRONG_TENANT)
        await self._connections.connect(flow, grant, integration)
        return self._connected(flow, grant)

    def _connected(self, flow: AuthorisationFlow, grant: Grant) -> CallbackOutcome:
        granted, asked = grant.credentials.scopes, frozenset(flow.scopes)
        permissions = self._registry.permissions(flow.suite)
        left_out = tuple(
            item for item in permissions if not item.required and item.scope in asked and item.scope not in granted
        )
        return _outcome(flow, ResultPage.CONNECTED, left_out=left_out)

    async def _join(self, flow: AuthorisationFlow, grant: Grant) -> CallbackOutcome:
        """The identity is looked at before the integration hears of the grant: a stranger's changes nothing."""
        try:
            await identity_of(flow, grant)
        except WrongAccount:
            if _may_speak_for_tenant(flow, grant):
                raise _Refused(ResultPage.CONSENT_OF_ANOTHER) from None
            raise
        await _require_still_administrator(flow)
        integration = await self._integrations.consent_completed(flow, grant)
        report = TestReport.from_json(integration.test_report) if integration.test_report else None
        # The status of one that keeps it does not tell of this visit's test, and the report may be an older one's.
        tested = report if report is not None and report.at >= flow.created_at else None
        is_enabled = integration.status is IntegrationStatus.ENABLED
        if is_enabled and tested is None:
            return self._connected(flow, grant)
        page = _TESTED.get(integration.status, ResultPage.INTEGRATION_TESTED)
        if tested is not None and not tested.passed and integration.status in _KEEPS_STATUS:
            page = ResultPage.INTEGRATION_TEST_FAILED
        link = await self._approval_link(flow, page)
        return _outcome(flow, page, report=report, is_enabled=is_enabled, approval_link=link)

    async def _suite_refused(self, flow: AuthorisationFlow, error: SuiteError) -> CallbackOutcome:
        page = _page_of(error, flow)
        if flow.purpose is FlowPurpose.START_INTEGRATION and not isinstance(error, WrongAccount):
            try:
                await _require_still_administrator(flow)
                await self._integrations.consent_refused(flow, error)
            except _Refused as refused:
                return _outcome(flow, refused.page)
            except ProblemError as problem:
                return _outcome(flow, ResultPage.PROBLEM, problem=problem)
        return _outcome(
            flow,
            page,
            provider_code=error.provider_code,
            approval_link=await self._approval_link(flow, page),
        )

    async def _approval_link(self, flow: AuthorisationFlow, page: ResultPage) -> str | None:
        """Whoever only wanted to sign in gets one too: where nobody may consent, nobody is there yet to ask for it."""
        if page not in _NAMES_APPROVAL:
            return None
        return await self._integrations.admin_approval_link(flow.organisation_id, flow.suite)


_NAMES_APPROVAL = frozenset({ResultPage.NEED_ADMIN_APPROVAL, ResultPage.DECLINED, ResultPage.INTEGRATION_TEST_FAILED})


def _outcome(flow: AuthorisationFlow, page: ResultPage, **details: Any) -> CallbackOutcome:
    return CallbackOutcome(page=page, suite=flow.suite, purpose=flow.purpose, return_to=flow.return_to, **details)


def _page_of(error: SuiteError, flow: AuthorisationFlow) -> ResultPage:
    if isinstance(error, WrongAccount):
        # The suite refused the tenant itself, where the visit named one; our own look at the identity names no tenant.
        named = flow.tenant is not None and error.provider_code != OTHER_IDENTITY
        return ResultPage.WRONG_TENANT if named else ResultPage.WRONG_ACCOUNT
    for kind, page in _SUITE_ERRORS:
        if isinstance(error, kind):
            return page
    return ResultPage.FAILED


def _may_speak_for_tenant(flow: AuthorisationFlow, grant: Grant) -> bool:
    """Whether somebody else of the tenant consented where that can be for all of it: nothing tells whether it was."""
    kinds = {way.kind for way in DESCRIPTIONS[flow.suite].approval_ways}
    return ApprovalWayKind.CONSENT_FOR_ORGANISATION in kinds and grant.identity.tenant == flow.tenant


async def _integration_of(flow: AuthorisationFlow) -> Integration:
    integration = None
    if flow.organisation_id is not None and flow.integration_id is not None:
        integration = await Integration.of(flow.organisation_id).get_or_none(id=flow.integration_id)
    if integration is None:
        raise _Refused(ResultPage.EXPIRED)
    return integration


async def _require_still_administrator(flow: AuthorisationFlow) -> None:
    """The role is read anew: it may have been lost since the visit began."""
    member = None
    if flow.organisation_id is not None and flow.member_id is not None:
        member = await Member.of(flow.organisation_id).get_or_none(id=flow.member_id)
    if member is None or member.role is not Role.SUBSCRIPTION_ADMINISTRATOR:
        raise _Refused(ResultPage.NO_LONGER_ADMINISTRATOR)
