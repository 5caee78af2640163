"""Which application calls the token endpoint: by fields of the form, or by Basic authentication.

https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code
"""

import hmac
from collections.abc import Mapping

from app.sandbox.basic import basic_credentials
from app.sandbox.google.accounts.errors import TokenError
from app.sandbox.google.directory import Application, GoogleDirectory


def authenticate(directory: GoogleDirectory, form: Mapping[str, str], authorisation: str | None) -> Application:
    """The application that calls. Raises TokenError when it is unknown or its secret is wrong."""
    basic_id, basic_secret = _basic_credentials(authorisation)
    client_id = basic_id or required(form, "client_id")
    application = directory.application(client_id)
    if application is None:
        if directory.was_deleted(client_id):
            raise TokenError("deleted_client", "The OAuth client was deleted.", status=401)
        raise TokenError("invalid_client", "The OAuth client was not found.", status=401)
    secret = basic_secret or form.get("client_secret")
    if not secret:
        raise TokenError("invalid_request", "client_secret is missing.")
    if not hmac.compare_digest(secret.encode(), application.secret.encode()):
        raise TokenError("invalid_client", "The provided client secret is invalid.", status=401)
    return application


def required(form: Mapping[str, str], name: str) -> str:
    """A field that must be there. Raises TokenError."""
    value = form.get(name)
    if not value:
        raise TokenError("invalid_request", f"Missing required parameter: {name}")
    return value


def _basic_credentials(authorisation: str | None) -> tuple[str | None, str | None]:
    try:
        return basic_credentials(authorisation)
    except ValueError:
        raise TokenError("invalid_client", "The credentials cannot be read.", status=401) from None
