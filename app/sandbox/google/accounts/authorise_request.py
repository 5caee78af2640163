"""What an application asks of the authorise page, checked. Whatever is wrong with it stays on a page.

https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.sandbox.google.accounts.codes import Challenge, ChallengeMethod
from app.sandbox.google.accounts.errors import PageError
from app.sandbox.google.accounts.scopes import UnknownScopeError, read_scopes
from app.sandbox.google.directory import Application, GoogleDirectory


class Prompt(StrEnum):
    """What the person must be asked, whatever is known already."""

    NONE = "none"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoriseRequest:
    """One checked request; ``login_hint`` is an address or a ``sub``, ``domain_hint`` no more than a hint."""

    application: Application
    redirect_uri: str
    state: str | None
    scopes: frozenset[str]
    nonce: str | None
    prompts: frozenset[Prompt]
    offline: bool
    include_granted_scopes: bool
    login_hint: str | None
    domain_hint: str | None
    challenge: Challenge | None

    def with_state(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """What goes back to the application, its state included."""
        return ({} if self.state is None else {"state": self.state}) | dict(parameters)


def read_request(directory: GoogleDirectory, query: Mapping[str, str]) -> AuthoriseRequest:
    """The request as Google reads it. Raises PageError."""
    application = _application(directory, query.get("client_id"))
    redirect_uri = _required(query, "redirect_uri")
    if redirect_uri not in application.redirect_uris:
        raise PageError(f"{redirect_uri} is not registered for this application.", error="redirect_uri_mismatch")
    if _required(query, "response_type") != "code":
        raise PageError("Only the response type code is served here.", error="unsupported_response_type")
    try:
        scopes = read_scopes(_required(query, "scope").split())
    except UnknownScopeError as unknown:
        raise PageError(
            f"Some requested scopes were invalid: {', '.join(unknown.names)}", error="invalid_scope"
        ) from None
    return AuthoriseRequest(
        application=application,
        redirect_uri=redirect_uri,
        state=query.get("state"),
        scopes=scopes,
        nonce=query.get("nonce"),
        prompts=_prompts(query.get("prompt", "")),
        offline=_one_of(query, "access_type", "online", "offline") == "offline",
        include_granted_scopes=_one_of(query, "include_granted_scopes", "false", "true") == "true",
        login_hint=query.get("login_hint") or None,
        domain_hint=query.get("hd") or None,
        challenge=_challenge(query),
    )


def _application(directory: GoogleDirectory, client_id: str | None) -> Application:
    if not client_id:
        raise PageError("Missing required parameter: client_id", error="invalid_request")
    application = directory.application(client_id)
    if application is not None:
        return application
    if directory.was_deleted(client_id):
        raise PageError("The OAuth client was deleted.", error="deleted_client", status=401)
    raise PageError("The OAuth client was not found.", error="invalid_client", status=401)


def _prompts(text: str) -> frozenset[Prompt]:
    names = text.split()
    unknown = sorted(set(names) - set(Prompt))
    if unknown:
        raise PageError(f"Invalid prompt: {', '.join(unknown)}", error="invalid_request")
    prompts = frozenset(map(Prompt, names))
    if Prompt.NONE in prompts and len(prompts) > 1:
        raise PageError("The prompt none goes with no other.", error="invalid_request")
    return prompts


def _challenge(query: Mapping[str, str]) -> Challenge | None:
    value = query.get("code_challenge")
    if not value:
        return None
    method = query.get("code_challenge_method", ChallengeMethod.PLAIN)
    if method not in set(ChallengeMethod):
        raise PageError(f"Invalid code_challenge_method: {method}", error="invalid_request")
    return Challenge(value, ChallengeMethod(method))


def _one_of(query: Mapping[str, str], name: str, default: str, other: str) -> str:
    value = query.get(name, default)
    if value not in (default, other):
        raise PageError(f"Invalid parameter value for {name}: {value}", error="invalid_request")
    return value


def _required(query: Mapping[str, str], name: str) -> str:
    value = query.get(name, "").strip()
    if not value:
        raise PageError(f"Missing required parameter: {name}", error="invalid_request")
    return value
