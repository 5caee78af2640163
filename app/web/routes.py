"""The console's pages, and those under `/auth`: sign-in, invitations, the way to a suite and back, sign-out.

Every visit to a suite begins at `/auth/continue/{ticket}` and ends at that suite's own callback. Nothing here decides
anything: services do, and a page says what they decided.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlencode, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.audit.models import AuditOrigin
from app.audit.origin import arrived_by
from app.connections.callback import CallbackService
from app.connections.flows import FlowRefusal, FlowRefused, FlowService, callback_path
from app.connections.models import FlowPurpose
from app.connections.outcomes import SUCCESSES, CallbackOutcome
from app.connections.return_to import checked_return_to
from app.database.unavailable import DatabaseUnavailable
from app.errors import InvalidInput, NotFound, ProblemError, Unauthenticated
from app.identity.invitations import InvitationNotValid, InvitationService
from app.identity.linking import LinkingService
from app.identity.principal import Principal
from app.identity.sessions import SessionService
from app.integrations.approval import ApprovalOutcome, approval_callback_path
from app.rates.allowances import Rates
from app.settings import Settings
from app.suites.errors import SuiteError
from app.suites.protocol import SuiteName
from app.suites.registry import SuiteRegistry
from app.web import pages
from app.web.assets import asset_routes
from app.web.console import VIEWS, Console, View, sign_in_first
from app.web.cookies import Cookies
from app.web.pages import Tone

_log = structlog.get_logger(__name__)

_LONGEST_TENANT = 255
Handler = Callable[[Request], Awaitable[Response]]


class HearsApprovals(Protocol):
    """What the admin callback asks of the integrations."""

    async def approval_hinted(self, suite: SuiteName, tenant: str | None, state: str | None) -> ApprovalOutcome: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServices:
    """What the pages are made of."""

    settings: Settings
    registry: SuiteRegistry
    flows: FlowService
    invitations: InvitationService
    sessions: SessionService
    linking: LinkingService
    callback: CallbackService
    integrations: HearsApprovals
    rates: Rates


@dataclass(frozen=True, slots=True)
class _Choice:
    """One way to sign in."""

    title: str
    href: str


def web_routes(services: WebServices) -> list[BaseRoute]:
    """All pages, to be mounted at the root."""
    web = _Web(services)
    routes: list[BaseRoute] = [
        _page("/auth/sign-in", web.counted(web.sign_in)),
        _page("/auth/invitation/{token}", web.counted(web.invitation)),
        _page("/auth/link", web.counted(web.link)),
        _page("/auth/continue/{ticket}", web.counted(web.go_on)),
        Route("/auth/sign-out", _guarded(web.sign_out), methods=["POST"], max_body_size=1_000),
        *(_page(view.path, web.counted(web.view(view))) for view in VIEWS),
        *asset_routes(),
    ]
    for suite in SuiteName:
        routes.append(_page(callback_path(suite), web.counted(web.callback(suite))))
        approval_path = approval_callback_path(suite)
        if approval_path is not None:
            routes.append(_page(approval_path, web.counted(web.admin_callback(suite))))
    return routes


class _Web:
    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._cookies = Cookies(secure=services.settings.secure_cookies)
        public = urlsplit(services.settings.public_url)
        self._own_origin = f"{public.scheme}://{public.netloc}"
        self._console = Console(services.settings)

    def counted(self, handler: Handler) -> Handler:
        """A page that may be visited so often in a minute: by a member, or by all strangers of one network address."""

        async def handle(request: Request) -> Response:
            principal, rates = await self._principal(request), self._services.rates
            allowance = rates.of_member(principal) if principal else rates.of_stranger(_host(request))
            wait = await allowance.take_page()
            return await handler(request) if wait is None else pages.too_many(wait)

        return handle

    def view(self, view: View) -> Handler:
        """One page of the console, for whoever is signed in."""

        async def handle(request: Request) -> Response:
            return sign_in_first(request) if await self._principal(request) is None else self._console.show(view)

        return handle

    async def sign_in(self, request: Request) -> Response:
        """Choose a suite; with `suite` go there. `returnTo` is where to go on afterwards."""
        return_to = checked_return_to(request.query_params.get("returnTo"), self._services.settings.origins)
        suite = _asked_suite(request)
        if suite is None:
            principal = await self._principal(request)
            further = {"returnTo": return_to} if return_to else {}
            return pages.render(
                "sign-in.html",
                tone=Tone.ASKING,
                principal=principal,
                return_to=return_to,
                choices=self._choices(request, further),
            )
        return pages.redirect(
            await self._services.flows.start(
                FlowPurpose.SIGN_IN,
                suite=suite,
                scopes=self._services.registry.get(suite).sign_in_scopes,
                return_to=return_to,
            )
        )

    async def invitation(self, request: Request) -> Response:
        """What the invitation is for; with `suite` go there to accept it. Looking at it does not use it."""
        try:
            invitation = await self._services.invitations.open(request.path_params["token"])
        except InvitationNotValid:
            return pages.render("invitation-not-valid.html", tone=Tone.REFUSAL, status=HTTPStatus.NOT_FOUND)
        suite = _asked_suite(request)
        if suite is None:
            return pages.render(
                "invitation.html",
                tone=Tone.ASKING,
                organisation_name=invitation.organisation.name,
                member_name=invitation.member.name if invitation.member else None,
                choices=self._choices(request, {}),
            )
        return pages.redirect(
            await self._services.flows.start(
                FlowPurpose.ACCEPT_INVITATION,
                suite=suite,
                scopes=self._services.registry.get(suite).sign_in_scopes,
                invitation_id=invitation.id,
            )
        )

    async def link(self, request: Request) -> Response:
        """Choose the suite whose account is to lead to the member of this browser's session; with `suite`, only that.

        Every way on is a ticket of this member's that no other page can know: nobody is sent there by a stranger.
        """
        suite = _asked_suite(request)
        return_to = checked_return_to(request.query_params.get("returnTo"), self._services.settings.origins)
        principal = await self._principal(request)
        if principal is None:
            return _sign_in_first(request, None)
        suites = [each.name for each in self._services.registry.configured()] if suite is None else [suite]
        choices = [
            _Choice(each.display_name, await self._services.linking.start(principal, each, return_to))
            for each in suites
        ]
        return pages.render("link.html", tone=Tone.ASKING, principal=principal, return_to=return_to, choices=choices)

    async def go_on(self, request: Request) -> Response:
        """Open a ticket in this browser and go on to the suite."""
        principal = await self._principal(request)
        try:
            opened = await self._services.flows.open(request.path_params["ticket"], principal)
        except FlowRefused as refused:
            _log.info("ticket.refused", reason=refused.reason.value)
            if refused.reason is FlowRefusal.OTHER_SESSION:
                return _sign_in_first(request, principal)
            return pages.render("ticket-not-valid.html", tone=Tone.REFUSAL, status=HTTPStatus.BAD_REQUEST)
        except SuiteError as error:
            _log.warning("ticket.suite_error", error=type(error).__name__, provider_code=error.provider_code)
            return pages.render("suite-not-reached.html", tone=Tone.REFUSAL, status=HTTPStatus.SERVICE_UNAVAILABLE)
        response = pages.redirect(opened.redirect_url)
        self._cookies.set_flow(response, opened.flow_cookie_name, opened.flow_cookie_value)
        return response

    def callback(self, suite: SuiteName) -> Handler:
        """Where one suite sends its answers."""

        async def handle(request: Request) -> Response:
            _came_back(request)
            name, principal = self._services.flows.cookie_name(request.query_params), await self._principal(request)
            outcome = await self._services.callback.complete(
                suite,
                request.query_params,
                self._cookies.flow(request, name) if name else None,
                principal,
            )
            response = _shown(outcome, principal)
            if name and name in request.cookies:
                self._cookies.remove_flow(response, name)
            if outcome.session_cookie is not None:
                self._cookies.set_session(response, outcome.session_cookie)
            return response

        return handle

    def admin_callback(self, suite: SuiteName) -> Handler:
        """Where a tenant administrator comes back from the approval page: a hint, whatever it claims."""

        async def handle(request: Request) -> Response:
            _came_back(request)
            title = suite.display_name
            if "error" in request.query_params:
                return pages.render("approval-not-given.html", suite_title=title)
            tenant = request.query_params.get("tenant")
            if tenant is None or len(tenant) > _LONGEST_TENANT or not tenant.isascii() or not tenant.isprintable():
                tenant = None
            state = request.query_params.get("state")
            approval = await self._services.integrations.approval_hinted(suite, tenant, state)
            if approval is ApprovalOutcome.APPROVED:
                return pages.render("approval-noticed.html", tone=Tone.GOOD, suite_title=title)
            return pages.render("approval-not-yet.html", suite_title=title, approval=approval.value)

        return handle

    async def sign_out(self, request: Request) -> Response:
        """End the browser's session; only our own pages and allowed front ends may ask."""
        if not self._may_sign_out(request):
            return pages.render("sign-out-refused.html", tone=Tone.REFUSAL, status=HTTPStatus.FORBIDDEN)
        principal = await self._principal(request)
        if principal is not None:
            with suppress(NotFound):  # another tab was quicker
                await self._services.sessions.sign_out(principal)
        response: Response
        if "x-requested-with" in request.headers:
            response = Response(status_code=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})
        else:
            response = pages.signed_out()
        self._cookies.remove_session(response)
        return response

    def _may_sign_out(self, request: Request) -> bool:
        """A form of our own origin, or a script of an allowed one, which cannot set the header without our leave.

        Our pages tell no referrer, and then browsers send their forms with the origin "null"; what the browser itself
        says of the page that sends them, no page can forge (https://www.w3.org/TR/fetch-metadata/).
        """
        origin = request.headers.get("origin")
        if origin == self._own_origin or request.headers.get("sec-fetch-site") == "same-origin":
            return True
        return origin in self._services.settings.origins and bool(request.headers.get("x-requested-with"))

    async def _principal(self, request: Request) -> Principal | None:
        cookie = self._cookies.session(request)
        if cookie is None:
            return None
        try:
            return await self._services.sessions.authenticate(cookie)
        except Unauthenticated:
            return None

    def _choices(self, request: Request, further: dict[str, str]) -> list[_Choice]:
        return [
            _Choice(
                title=suite.name.display_name,
                href=f"{request.url.path}?{urlencode({'suite': suite.name.value, **further})}",
            )
            for suite in self._services.registry.configured()
        ]


def _came_back(request: Request) -> None:
    """Whatever follows is recorded as the act of a browser that came from a page of the suite."""
    arrived_by(AuditOrigin.SUITE_VISIT, _host(request))


def _host(request: Request) -> str | None:
    return request.client.host if request.client else None


def _sign_in_first(request: Request, principal: Principal | None) -> Response:
    """Somebody has to be signed in here before they go on; `principal` is who is, where that is another member."""
    address = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return pages.render(
        "sign-in-first.html",
        tone=Tone.REFUSAL if principal else Tone.NOTICE,
        status=HTTPStatus.FORBIDDEN,
        principal=principal,
        sign_in=f"/auth/sign-in?{urlencode({'returnTo': address})}",
    )


def _shown(outcome: CallbackOutcome, principal: Principal | None) -> Response:
    if outcome.return_to is not None and outcome.page in SUCCESSES:
        return pages.redirect(outcome.return_to)
    return pages.result(outcome, principal)


def _place(request: Request) -> str:
    """Which page it was, for a log: what follows in its path can be a secret."""
    first, _, rest = request.url.path.removeprefix("/").partition("/")
    return rest.partition("/")[0] if first == "auth" else first


def _asked_suite(request: Request) -> SuiteName | None:
    asked = request.query_params.get("suite")
    if asked is None:
        return None
    try:
        return SuiteName(asked)
    except ValueError:
        names = ", ".join(SuiteName)
        raise InvalidInput("suite", f"There is no such calendar suite. Known are: {names}.") from None


def _page(path: str, handler: Handler) -> Route:
    """A page that only a real visit may ask for: no HEAD, since asking can use something up."""
    route = Route(path, _guarded(handler), methods=["GET"])
    route.methods = {"GET"}
    return route


def _guarded(handler: Handler) -> Handler:
    """Problems become a page in words, defects one with a correlation id."""

    async def handle(request: Request) -> Response:
        if request.headers.get("sec-purpose", "").startswith("prefetch"):
            # A browser that looks ahead must not use up what the person has not clicked yet.
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Cache-Control": "no-store"})
        try:
            return await handler(request)
        except ProblemError as problem:
            return pages.problem(problem)
        except DatabaseUnavailable as error:
            _log.warning("web.outage", route=_place(request), error=str(error))
            return pages.unavailable(pages.THIS_ADDRESS if request.method == "GET" else "/auth/sign-in")
        except Exception:
            _log.exception("web.defect", route=_place(request))
            return pages.broken()

    return handle
