"""Entra's routes: what a client calls over TLS, and what a person opens over plain http."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.sandbox.microsoft.entra.admin_consent import AdminConsentPage
from app.sandbox.microsoft.entra.authorise import AuthorisePage
from app.sandbox.microsoft.entra.browser import Browser
from app.sandbox.microsoft.entra.discovery import Discovery
from app.sandbox.microsoft.entra.requests import PATH as APPROVAL_REQUESTS
from app.sandbox.microsoft.entra.requests import ApprovalRequestsPage
from app.sandbox.microsoft.entra.token import TokenEndpoint
from app.sandbox.microsoft.pages import Page, render
from app.sandbox.pages import style_sheet
from app.sandbox.state import SandboxState

AUTHORISE = "/{tenant}/oauth2/v2.0/authorize"
LOGOUT = "/{tenant}/oauth2/v2.0/logout"
ADMIN_CONSENT = "/{tenant}/v2.0/adminconsent"
ADMIN_CONSENT_V1 = "/{tenant}/adminconsent"
PAGES = (AUTHORISE, LOGOUT, ADMIN_CONSENT, ADMIN_CONSENT_V1)


def wire_routes(state: SandboxState) -> list[Route]:
    """What an application calls; a page asked for here is sent to its plain http address."""
    discovery = Discovery(state)

    async def to_page(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{state.addresses.pages}{request.url.path}{query}", status_code=302)

    return [
        Route("/common/discovery/instance", discovery.instance),
        Route("/{tenant}/v2.0/.well-known/openid-configuration", discovery.configuration),
        Route("/{tenant}/discovery/v2.0/keys", discovery.keys),
        Route("/{tenant}/oauth2/v2.0/token", TokenEndpoint(state).answer, methods=["POST"]),
        *(Route(path, to_page) for path in PAGES),
    ]


def page_routes(state: SandboxState) -> list[Route]:
    """What a person opens."""
    both = ["GET", "POST"]
    return [
        Route("/assets/sandbox.css", style_sheet),
        Route(AUTHORISE, AuthorisePage(state).answer, methods=both),
        Route(ADMIN_CONSENT, AdminConsentPage(state, statically_listed=False).answer, methods=both),
        Route(ADMIN_CONSENT_V1, AdminConsentPage(state, statically_listed=True).answer, methods=both),
        Route(APPROVAL_REQUESTS, ApprovalRequestsPage(state).answer, methods=both),
        Route(LOGOUT, SignOut(state).answer),
    ]


class SignOut:
    """``GET /{tenant}/oauth2/v2.0/logout``: ends the session, then returns to where the application lives."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    async def answer(self, request: Request) -> Response:
        """One visit; only an origin with a registered reply address is returned to."""
        browser = Browser(self._state, request)
        browser.sign_out()
        wanted = browser.query.get("post_logout_redirect_uri", "")
        registered = {_origin(uri) for known in self._state.directory.applications() for uri in known.redirect_uris}
        if wanted and _origin(wanted) in registered:
            return RedirectResponse(wanted, status_code=303)
        return render(Page.SIGNED_OUT, {})


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc
