"""The routes of Google's accounts: what a client calls over TLS, and what a person opens over plain http."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.sandbox.google.accounts.app_access import PATH as APP_ACCESS
from app.sandbox.google.accounts.app_access import AppAccessPage
from app.sandbox.google.accounts.authorise import AuthorisePage
from app.sandbox.google.accounts.discovery import AUTHORISE_PATH, Discovery
from app.sandbox.google.accounts.token import TokenEndpoint
from app.sandbox.google.accounts.tokens_in_use import TokensInUse
from app.sandbox.state import SandboxState

CONFIGURATION = "/.well-known/openid-configuration"


def wire_routes(state: SandboxState) -> list[BaseRoute]:
    """What an application calls, over TLS; the page asked for here is sent to its plain http address."""
    discovery, tokens = Discovery(state), TokensInUse(state)
    both = ["GET", "POST"]

    async def to_page(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{state.addresses.pages}{AUTHORISE_PATH}{query}", status_code=302)

    return [
        Route(CONFIGURATION, discovery.configuration),
        Route("/oauth2/v3/certs", discovery.keys),
        Route("/token", TokenEndpoint(state).answer, methods=["POST"]),
        Route("/revoke", tokens.revoke, methods=["POST"]),
        Route("/tokeninfo", tokens.information, methods=both),
        Route("/v1/userinfo", tokens.user_information, methods=both),
        Route(AUTHORISE_PATH, to_page),
    ]


def page_routes(state: SandboxState) -> list[BaseRoute]:
    """What a person opens, over plain http; discovery stands here too, since the issuer is this address."""
    return [
        Route(CONFIGURATION, Discovery(state).configuration),
        Route(AUTHORISE_PATH, AuthorisePage(state).answer, methods=["GET", "POST"]),
        Route(APP_ACCESS, AppAccessPage(state).answer, methods=["GET", "POST"]),
    ]
