"""OpenID discovery, the signing keys, and instance discovery.

https://openid.net/specs/openid-connect-discovery-1_0.html; where the tenant is ``organizations`` or ``common`` the
issuer is a template with ``{tenantid}`` in it, which a client fills with the token's ``tid``.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.sandbox.keys import ALGORITHM
from app.sandbox.microsoft.entra.errors import EntraError
from app.sandbox.microsoft.entra.tenants import TenantPath, resolve_tenant
from app.sandbox.state import Addresses, SandboxState

ISSUER_TEMPLATE = "{tenantid}"
CLAIMS = ("iss", "aud", "exp", "iat", "nbf", "ver", "sub", "tid", "oid", "name", "preferred_username", "email", "nonce")


def openid_configuration(addresses: Addresses, path: TenantPath) -> dict[str, Any]:
    """The discovery document for one tenant segment: pages over plain http, the rest over TLS."""
    tls, pages, segment = addresses.tls, addresses.pages, path.segment
    return {
        "issuer": addresses.issuer(path.tenant.id if path.tenant else ISSUER_TEMPLATE),
        "authorization_endpoint": f"{pages}/{segment}/oauth2/v2.0/authorize",
        "token_endpoint": f"{tls}/{segment}/oauth2/v2.0/token",
        "jwks_uri": f"{tls}/{segment}/discovery/v2.0/keys",
        "end_session_endpoint": f"{pages}/{segment}/oauth2/v2.0/logout",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": list(CLAIMS),
        "request_uri_parameter_supported": False,
        "tenant_region_scope": None,
        "cloud_instance_name": addresses.tls.removeprefix("https://"),
        "msgraph_host": addresses.tls.removeprefix("https://"),
    }


class Discovery:
    """The three documents a client reads before anything else."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    async def configuration(self, request: Request) -> JSONResponse:
        """``GET /{tenant}/v2.0/.well-known/openid-configuration``"""
        try:
            path = resolve_tenant(self._state.directory, request.path_params["tenant"])
        except EntraError as error:
            return JSONResponse(error.body(self._state.clock.now()), status_code=error.status)
        return JSONResponse(openid_configuration(self._state.addresses, path))

    async def keys(self, request: Request) -> JSONResponse:
        """``GET /{tenant}/discovery/v2.0/keys``"""
        try:
            path = resolve_tenant(self._state.directory, request.path_params["tenant"])
        except EntraError as error:
            return JSONResponse(error.body(self._state.clock.now()), status_code=error.status)
        issuer = self._state.addresses.issuer(path.tenant.id if path.tenant else ISSUER_TEMPLATE)
        return JSONResponse(self._state.entra.keys.published(issuer=issuer))

    async def instance(self, request: Request) -> JSONResponse:
        """``GET /common/discovery/instance``: this host is its own and only instance."""
        host = self._state.addresses.tls.removeprefix("https://")
        endpoint = request.query_params.get("authorization_endpoint", "")
        segments = endpoint.removeprefix("https://").split("/")
        tenant = segments[1] if len(segments) > 1 and segments[1] else "common"
        return JSONResponse(
            {
                "tenant_discovery_endpoint": (
                    f"{self._state.addresses.tls}/{tenant}/v2.0/.well-known/openid-configuration"
                ),
                "api-version": "1.1",
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
            }
        )
