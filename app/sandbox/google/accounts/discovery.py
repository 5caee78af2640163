"""OpenID discovery and the signing keys.

https://developers.google.com/identity/openid-connect/openid-connect#discovery
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.sandbox.keys import ALGORITHM
from app.sandbox.state import Addresses, SandboxState

AUTHORISE_PATH = "/o/oauth2/v2/auth"
CLAIMS = ("aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name", "sub")


def openid_configuration(addresses: Addresses) -> dict[str, Any]:
    """The discovery document: the page over plain http, the rest over TLS."""
    return {
        "issuer": addresses.pages,
        "authorization_endpoint": addresses.pages + AUTHORISE_PATH,
        "token_endpoint": f"{addresses.tls}/token",
        "userinfo_endpoint": f"{addresses.tls}/v1/userinfo",
        "revocation_endpoint": f"{addresses.tls}/revoke",
        "jwks_uri": f"{addresses.tls}/oauth2/v3/certs",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": list(CLAIMS),
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    }


class Discovery:
    """The two documents that are public."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    async def configuration(self, _: Request) -> JSONResponse:
        """``GET /.well-known/openid-configuration``"""
        return JSONResponse(openid_configuration(self._state.addresses))

    async def keys(self, _: Request) -> JSONResponse:
        """``GET /oauth2/v3/certs``"""
        headers = {"Cache-Control": "public, max-age=19800, must-revalidate, no-transform"}
        return JSONResponse(self._state.google.accounts.keys.published(), headers=headers)
