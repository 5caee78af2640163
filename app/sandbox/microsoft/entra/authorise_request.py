"""What an application asks of the authorise page, checked.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.sandbox.microsoft.directory import Application, Directory
from app.sandbox.microsoft.entra.errors import EntraError
from app.sandbox.microsoft.entra.reply import ReplyAddress, ResponseMode, registered_reply_address
from app.sandbox.microsoft.entra.tenants import TenantPath, resolve_tenant
from app.sandbox.microsoft.entra.token import read_scopes


class Prompt(StrEnum):
    """What the person must be asked, whatever is known already."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, and where the answer may go: known good, so errors can be sent there."""

    path: TenantPath
    application: Application
    reply: ReplyAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoriseRequest:
    """One checked request."""

    asking: Asking
    scopes: frozenset[str]
    nonce: str | None
    prompt: Prompt | None
    login_hint: str | None
    code_challenge: str | None
    wants_client_info: bool


def read_asking(directory: Directory, segment: str, query: Mapping[str, str]) -> Asking:
    """Who asks. Raises EntraError for what must stay on a page: the reply address is not to be trusted."""
    path = resolve_tenant(directory, segment)
    client_id = query.get("client_id")
    if not client_id:
        raise EntraError(900144, detail="'client_id'.")
    application = directory.application(client_id)
    if application is None:
        raise EntraError(700016, detail=f"'{client_id}'.")
    redirect_uri = registered_reply_address(application, query.get("redirect_uri"))
    known_modes = {mode.value for mode in ResponseMode}
    mode = query.get("response_mode", ResponseMode.QUERY)
    reply = ReplyAddress(
        redirect_uri=redirect_uri,
        state=query.get("state"),
        mode=ResponseMode(mode) if mode in known_modes else ResponseMode.QUERY,
    )
    return Asking(path=path, application=application, reply=reply)


def read_request(asking: Asking, query: Mapping[str, str]) -> AuthoriseRequest:
    """The rest of the request. Raises EntraError for what is sent back to the application."""
    if query.get("response_type") != "code":
        raise EntraError(70005, detail=f"'{query.get('response_type', '')}'.")
    if query.get("response_mode", "query") not in {mode.value for mode in ResponseMode}:
        raise EntraError(70007)
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        raise EntraError(901002, detail="Only S256 is.")
    scopes = read_scopes(query.get("scope", ""), asking.application)
    if not scopes:
        raise EntraError(900144, detail="'scope'.")
    prompt = query.get("prompt")
    if prompt and prompt not in {known.value for known in Prompt}:
        raise EntraError(9002313, detail=f"prompt '{prompt}'.")
    return AuthoriseRequest(
        asking=asking,
        scopes=scopes,
        nonce=query.get("nonce"),
        prompt=Prompt(prompt) if prompt else None,
        login_hint=query.get("login_hint"),
        code_challenge=query.get("code_challenge"),
        wants_client_info=query.get("client_info") == "1",
    )
