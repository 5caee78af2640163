"""An application's credentials in a header: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1"""

import base64
from urllib.parse import unquote_plus


def basic_credentials(authorisation: str | None) -> tuple[str | None, str | None]:
    """Client id and secret; both None where the header is absent or of another scheme. Raises ValueError."""
    scheme, _, encoded = (authorisation or "").partition(" ")
    if scheme.lower() != "basic":
        return None, None
    client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    return unquote_plus(client_id), unquote_plus(secret)
