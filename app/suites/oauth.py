"""What OAuth 2.0 takes at every suite: the PKCE challenge, and how long an access token is believed to live."""

import base64
from datetime import timedelta
from hashlib import sha256

SHORTEST_LIFE = timedelta(minutes=1)
LONGEST_LIFE = timedelta(hours=28)


def code_challenge(verifier: str) -> str:
    """PKCE's S256 challenge (https://www.rfc-editor.org/rfc/rfc7636#section-4.2)."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def lifetime(expires_in: object) -> timedelta:
    """How long a token lives by an answer's `expires_in`; the shortest life where that says nothing sensible."""
    try:
        seconds = float(expires_in) if isinstance(expires_in, str | int | float) else 0.0
        return min(max(timedelta(seconds=seconds), SHORTEST_LIFE), LONGEST_LIFE)
    except (ValueError, OverflowError):
        return SHORTEST_LIFE
