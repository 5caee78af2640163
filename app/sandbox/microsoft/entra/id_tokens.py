"""id_tokens (version 2.0) and ``client_info``: what a client learns about who signed in.

https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
"""

import base64
import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

from app.sandbox.microsoft.directory import User
from app.sandbox.state import SandboxState

ID_TOKEN_LIFETIME = timedelta(minutes=60)
NOT_BEFORE_LEEWAY = timedelta(minutes=5)


def pairwise_subject(user: User, client_id: str) -> str:
    """``sub``: the same person is someone else to another application."""
    return _base64url(hashlib.sha256(f"{user.oid}|{client_id}".encode()).digest())


def issue_id_token(state: SandboxState, user: User, client_id: str, scopes: frozenset[str], nonce: str | None) -> str:
    """A signed id_token; ``profile`` and ``email`` decide which claims it has beyond the person's identity."""
    now = state.clock.now()
    issued_at = int((now - NOT_BEFORE_LEEWAY).timestamp())
    claims: dict[str, Any] = {
        "aud": client_id,
        "iss": state.addresses.issuer(user.tenant_id),
        "iat": issued_at,
        "nbf": issued_at,
        "exp": int((now + ID_TOKEN_LIFETIME).timestamp()),
        "sub": pairwise_subject(user, client_id),
        "tid": user.tenant_id,
        "uti": secrets.token_urlsafe(16),
        "ver": "2.0",
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if "profile" in scopes:
        claims |= {"name": user.display_name, "oid": user.oid, "preferred_username": user.address}
    if "email" in scopes:
        claims["email"] = user.address
    return state.entra.keys.sign(claims)


def client_info(user: User) -> str:
    """``client_info``, by which msal names the account."""
    return _base64url(json.dumps({"uid": user.oid, "utid": user.tenant_id}).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
