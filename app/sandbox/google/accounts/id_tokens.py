"""id_tokens and what their claims are made of.

``iss`` is spelt with its scheme for some people and without it for others: an application has to take both.
https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
"""

import base64
import hashlib
from datetime import timedelta
from typing import Any

from app.sandbox.google.accounts.scopes import EMAIL, PROFILE
from app.sandbox.google.directory import User
from app.sandbox.state import SandboxState

LIFETIME = timedelta(hours=1)


def issuer(state: SandboxState, user: User) -> str:
    """One of the two spellings, by person."""
    pages = state.addresses.pages
    return pages.partition("://")[2] if int(user.sub) % 2 else pages


def identity_claims(state: SandboxState, user: User, scopes: frozenset[str]) -> dict[str, Any]:
    """Who somebody is, as far as the scopes tell."""
    claims: dict[str, Any] = {"sub": user.sub}
    if domain := state.google.directory.domain_of(user):
        claims["hd"] = domain
    if EMAIL in scopes:
        claims |= {"email": user.address, "email_verified": True}
    if PROFILE in scopes:
        names = {"name": user.display_name, "given_name": user.given_name, "family_name": user.family_name}
        claims |= {claim: name for claim, name in names.items() if name}
    return claims


def issue_id_token(
    state: SandboxState, user: User, client_id: str, scopes: frozenset[str], access_token: str, nonce: str | None
) -> str:
    """A signed id_token."""
    now = state.clock.now()
    claims: dict[str, Any] = {
        "iss": issuer(state, user),
        "azp": client_id,
        "aud": client_id,
        **identity_claims(state, user, scopes),
        "at_hash": at_hash(access_token),
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return state.google.accounts.keys.sign(claims)


def at_hash(access_token: str) -> str:
    """The left half of the access token's hash, by which an id_token is tied to it."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).decode().rstrip("=")
