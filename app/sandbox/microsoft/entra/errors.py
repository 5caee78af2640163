"""Entra's errors: the numbers, and the body and redirect in which they travel.

A body's ``error`` is the OAuth error a client may act on; the AADSTS number stands in ``error_codes`` and at the
head of the description. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ERROR_PAGE = "https://login.microsoftonline.com/error?code="


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorKind:
    """One AADSTS number: its OAuth error, HTTP status and suberror at the token endpoint, and its text."""

    code: int
    error: str
    text: str
    status: int = 400
    suberror: str | None = None
    has_claims: bool = False


class EntraError(Exception):
    """A request that Entra refuses; ``kind`` says with which number, ``detail`` fills in the text."""

    def __init__(self, code: int, *, detail: str | None = None, error: str | None = None) -> None:
        kind = CATALOGUE[code]
        self.code = code
        self.status = kind.status
        self.error = error or kind.error
        self.suberror = kind.suberror
        self.text = f"{kind.text} {detail}" if detail else kind.text
        self.claims = '{"access_token":{"capolids":{"essential":true}}}' if kind.has_claims else None
        super().__init__(f"AADSTS{code}: {self.text}")

    def description(self, *, at: datetime, trace_id: str, correlation_id: str) -> str:
        """``error_description`` with the identifiers that Entra always appends to it."""
        return (
            f"AADSTS{self.code}: {self.text} Trace ID: {trace_id} "
            f"Correlation ID: {correlation_id} Timestamp: {_stamp(at)}"
        )

    def body(self, at: datetime, correlation_id: str | None = None) -> dict[str, Any]:
        """The JSON body of the token endpoint."""
        trace_id, correlation_id = str(uuid.uuid4()), correlation_id or str(uuid.uuid4())
        body: dict[str, Any] = {
            "error": self.error,
            "error_description": self.description(at=at, trace_id=trace_id, correlation_id=correlation_id),
            "error_codes": [self.code],
            "timestamp": _stamp(at),
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"{ERROR_PAGE}{self.code}",
        }
        if self.suberror is not None:
            body["suberror"] = self.suberror
        if self.claims is not None:
            body["claims"] = self.claims
        return body

    def redirect_parameters(self, at: datetime) -> dict[str, str]:
        """The parameters with which the browser is sent back to the application."""
        trace_id, correlation_id = str(uuid.uuid4()), str(uuid.uuid4())
        parameters = {
            "error": self.error,
            "error_description": self.description(at=at, trace_id=trace_id, correlation_id=correlation_id),
            "error_uri": f"{ERROR_PAGE}{self.code}",
        }
        if self.code == CONSENT_DECLINED:
            parameters["error_subcode"] = "cancel"
        return parameters


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


CONSENT_MISSING = 65001
CONSENT_DECLINED = 65004
ADMINISTRATOR_APPROVAL_NEEDED = 90094

_KINDS = (
    # Consent
    ErrorKind(
        code=CONSENT_MISSING,
        error="invalid_grant",
        suberror="consent_required",
        text="Nobody has consented to what the application asks. Send an interactive authorisation request.",
    ),
    ErrorKind(code=CONSENT_DECLINED, error="access_denied", text="The person declined to consent."),
    ErrorKind(code=90093, error="access_denied", text="This permission can only be given by an administrator."),
    ErrorKind(
        code=ADMINISTRATOR_APPROVAL_NEEDED,
        error="access_denied",
        text="An administrator of the organisation has to consent first.",
    ),
    ErrorKind(code=90095, error="access_denied", text="A request for administrator consent was shown."),
    ErrorKind(code=900941, error="access_denied", text="An administrator has to consent: the application looks risky."),
    ErrorKind(code=650051, error="invalid_client", text="The application cannot be added to this organisation."),
    # Application and tenant
    ErrorKind(code=90002, error="invalid_request", text="No such tenant."),
    ErrorKind(code=50059, error="invalid_request", text="The request does not say which tenant is meant."),
    ErrorKind(code=500011, error="invalid_resource", text="The resource is not known in this tenant."),
    ErrorKind(code=700016, error="unauthorized_client", text="The application is not known in this tenant."),
    ErrorKind(
        code=650052, error="invalid_client", text="The organisation lacks the service that the application needs."
    ),
    ErrorKind(code=650053, error="invalid_client", text="The application asked for a scope that does not exist."),
    ErrorKind(code=650056, error="invalid_client", text="The application is misconfigured."),
    ErrorKind(code=7000112, error="unauthorized_client", text="The application is disabled in this organisation."),
    ErrorKind(code=70001, error="unauthorized_client", text="The application is not enabled."),
    ErrorKind(code=7000215, error="invalid_client", status=401, text="The client secret is not the application's."),
    ErrorKind(
        code=7000218, error="invalid_client", status=401, text="The request carries no client secret or assertion."
    ),
    ErrorKind(code=7000222, error="invalid_client", status=401, text="The client secret has expired."),
    # Request
    ErrorKind(
        code=50011, error="invalid_request", text="The reply address is not one of those the application registered."
    ),
    ErrorKind(code=500112, error="invalid_grant", text="The reply address is not the one the code was issued for."),
    ErrorKind(code=500113, error="invalid_request", text="The application has registered no reply address."),
    ErrorKind(code=900971, error="invalid_request", text="The request carries no reply address."),
    ErrorKind(code=900144, error="invalid_request", text="A required parameter is missing:"),
    ErrorKind(code=9002313, error="invalid_request", text="The request is malformed."),
    ErrorKind(code=70003, error="unsupported_grant_type", text="This grant type is not supported."),
    ErrorKind(code=70005, error="unsupported_response_type", text="This response type is not supported."),
    ErrorKind(code=70007, error="invalid_request", text="This response mode is not supported."),
    ErrorKind(code=70011, error="invalid_scope", text="The scope is not valid."),
    ErrorKind(code=1002012, error="invalid_scope", text="An application's own token needs a /.default scope."),
    ErrorKind(code=901002, error="invalid_request", text="This code challenge method is not supported."),
    ErrorKind(code=54005, error="invalid_grant", text="The authorisation code was already redeemed."),
    ErrorKind(code=50148, error="invalid_grant", text="The code verifier is missing."),
    ErrorKind(code=501481, error="invalid_grant", text="The code verifier does not fit the code challenge."),
    ErrorKind(code=700005, error="invalid_grant", text="The code was issued for another tenant."),
    # The person
    ErrorKind(code=50020, error="invalid_grant", text="The account belongs to another directory."),
    ErrorKind(code=50034, error="invalid_grant", text="The account does not exist in this directory."),
    ErrorKind(code=16000, error="interaction_required", text="Several accounts fit, or none: one must be chosen."),
    ErrorKind(code=90072, error="invalid_grant", text="The account must be invited to this tenant first."),
    ErrorKind(code=500213, error="invalid_grant", text="The other tenant's policy does not admit this account."),
    ErrorKind(code=50057, error="invalid_grant", text="The account is disabled."),
    ErrorKind(code=50105, error="invalid_grant", text="The account is not assigned to this application."),
    ErrorKind(code=50058, error="login_required", text="Nobody is signed in, and a silent sign-in was asked for."),
    # Signing in again
    ErrorKind(
        code=50074,
        error="interaction_required",
        suberror="basic_action",
        text="Strong authentication is needed.",
    ),
    ErrorKind(
        code=50076,
        error="interaction_required",
        suberror="basic_action",
        has_claims=True,
        text="Multi-factor authentication is needed, by a change of policy or of place.",
    ),
    ErrorKind(
        code=50078,
        error="interaction_required",
        suberror="basic_action",
        text="The multi-factor authentication is out of date.",
    ),
    ErrorKind(
        code=50079,
        error="interaction_required",
        suberror="basic_action",
        text="The person must enrol in multi-factor authentication.",
    ),
    ErrorKind(code=70000, error="invalid_grant", suberror="bad_token", text="The grant is not valid."),
    ErrorKind(code=70008, error="invalid_grant", suberror="bad_token", text="The code or refresh token has expired."),
    ErrorKind(
        code=700082,
        error="invalid_grant",
        suberror="bad_token",
        text="The refresh token has expired because it was not used.",
    ),
    ErrorKind(
        code=70043,
        error="invalid_grant",
        suberror="bad_token",
        text="The refresh token has expired by the sign-in frequency that the organisation asks for.",
    ),
    ErrorKind(code=50089, error="invalid_grant", suberror="bad_token", text="The flow token has expired."),
    ErrorKind(code=50132, error="invalid_grant", suberror="bad_token", text="The session was revoked or has expired."),
    ErrorKind(
        code=50133, error="invalid_grant", suberror="bad_token", text="The session ended with a change of password."
    ),
    ErrorKind(code=50173, error="invalid_grant", suberror="bad_token", text="The grant was revoked; sign in again."),
    # Conditional Access
    ErrorKind(code=53000, error="invalid_grant", suberror="message_only", text="The device is not compliant."),
    ErrorKind(
        code=53001, error="invalid_grant", suberror="message_only", text="The device is not joined to the domain."
    ),
    ErrorKind(
        code=53002, error="invalid_grant", suberror="message_only", text="The application in use is not approved."
    ),
    ErrorKind(
        code=53003,
        error="invalid_grant",
        suberror="message_only",
        has_claims=True,
        text="Conditional Access blocks the access.",
    ),
    ErrorKind(
        code=530032,
        error="invalid_grant",
        suberror="message_only",
        text="A security policy of the tenant blocks the access.",
    ),
    # Not now
    ErrorKind(code=90033, error="temporarily_unavailable", status=503, text="The directory is not available."),
    ErrorKind(code=90006, error="server_error", status=503, text="A server elsewhere failed; it may be retried."),
    ErrorKind(code=90055, error="temporarily_unavailable", status=429, text="Too many requests for this tenant."),
    ErrorKind(code=50033, error="temporarily_unavailable", status=503, text="A passing error; it may be retried."),
    ErrorKind(code=90024, error="temporarily_unavailable", status=503, text="The request took longer than it may."),
)

CATALOGUE = {kind.code: kind for kind in _KINDS}
