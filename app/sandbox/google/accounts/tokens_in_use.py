"""What may be done with a token: look at it, ask who it belongs to, end it.

https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
https://developers.google.com/identity/openid-connect/openid-connect#obtaininguserprofileinformation
"""

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.sandbox.google.accounts.errors import EXPIRED_OR_REVOKED, TokenError
from app.sandbox.google.accounts.grants import end_grant
from app.sandbox.google.accounts.id_tokens import identity_claims
from app.sandbox.google.accounts.scopes import EMAIL, SIGN_IN, spelt_out
from app.sandbox.state import SandboxState

CHALLENGE = 'Bearer realm="https://accounts.google.com/", error="{}"'


class TokensInUse:
    """``/revoke``, ``/tokeninfo`` and ``/v1/userinfo``."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state
        self._google = state.google

    async def revoke(self, request: Request) -> JSONResponse:
        """``POST /revoke``: either kind of token ends the whole grant."""
        value = await self._field(request, "token")
        if not value:
            return _refusal(TokenError("invalid_request", "Missing required parameter: token"))
        owner = self._google.tokens.owner_of(value)
        if owner is None:
            return _refusal(TokenError("invalid_token", EXPIRED_OR_REVOKED))
        end_grant(self._google, *owner)
        return JSONResponse({})

    async def information(self, request: Request) -> JSONResponse:
        """``/tokeninfo``: what an access token is good for, every value as text."""
        token = self._google.tokens.resolve(await self._field(request, "access_token") or "")
        user = self._google.directory.user(token.sub) if token else None
        if token is None or user is None:
            return _refusal(TokenError("invalid_token", "Invalid Value"))
        left = token.expires_at - self._state.clock.now()
        body = {
            "azp": token.client_id,
            "aud": token.client_id,
            "sub": token.sub,
            "scope": spelt_out(token.scopes),
            "exp": str(int(token.expires_at.timestamp())),
            "expires_in": str(int(left.total_seconds())),
        }
        if EMAIL in token.scopes:
            body |= {"email": user.address, "email_verified": "true"}
        return JSONResponse(body)

    async def user_information(self, request: Request) -> JSONResponse:
        """``/v1/userinfo``: who the bearer acts for, as far as its scopes tell."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = self._google.tokens.resolve(bearer) if scheme.lower() == "bearer" else None
        user = self._google.directory.user(token.sub) if token else None
        if token is None or user is None:
            return _refusal(TokenError("invalid_request", "Invalid Credentials", status=401), challenge=True)
        if not token.scopes & SIGN_IN:
            error = TokenError("insufficient_scope", "The token has none of the scopes of signing in.", status=403)
            return _refusal(error, challenge=True)
        return JSONResponse(identity_claims(self._state, user, token.scopes))

    async def _field(self, request: Request, name: str) -> str | None:
        value = (await request.form()).get(name) if request.method == "POST" else None
        return value if isinstance(value, str) and value else request.query_params.get(name)


def _refusal(error: TokenError, *, challenge: bool = False) -> JSONResponse:
    headers = {"WWW-Authenticate": CHALLENGE.format(error.error)} if challenge else None
    return JSONResponse(error.body(), status_code=error.status, headers=headers)
