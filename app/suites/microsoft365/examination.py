"""Whether Microsoft can be reached, and takes our registration.

With the tenant of an organisation that approved us the application signs in as itself, which proves the secret
(https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow). Without one it shows a refresh
token that nobody was given: Entra names a wrong secret before it looks at a token that has the right form, as far as we
know; where it calls ours malformed, nothing is known of the secret.
"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from app.findings import Finding
from app.suites import examination
from app.suites.errors import MemberMustAct, SuiteError, SuiteUnavailable
from app.suites.examination import Place, Words
from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse
from app.suites.microsoft365.errors import token_error
from app.suites.microsoft365.metadata import tenant_segment
from app.suites.microsoft365.scopes import APPLICATION_SCOPE
from app.suites.microsoft365.settings import Microsoft365Settings
from app.suites.protocol import SuiteName

MALFORMED = 9002313
_WHERE = "in the Microsoft Entra admin center, App registrations"
_WORDS = Words(
    unknown_client="Compare HYBRID_MEETINGS_MICROSOFT_365_CLIENT_ID with the Application (client) ID of the "
    f"registration {_WHERE}, and see that it takes accounts in any organizational directory.",
    refused_secret=f"Make a client secret {_WHERE}, Certificates & secrets, and put its Value (not its Secret ID) "
    "into HYBRID_MEETINGS_MICROSOFT_365_CLIENT_SECRET. Members' consents are untouched.",
)


async def examine(settings: Microsoft365Settings, timeout: timedelta, tenant: str | None) -> Sequence[Finding]:
    """Findings, each within `timeout`."""
    authority, segment = settings.authority, tenant_segment(tenant)
    discovery = f"{authority}/{segment}/v2.0/.well-known/openid-configuration"
    return await examination.examine(
        SuiteName.MICROSOFT_365.display_name,
        SuiteHttp([authority, settings.graph_url], timeout, ca_bundle=settings.ca_bundle),
        [
            Place("Microsoft Entra", discovery, frozenset({200})),
            Place("Microsoft Graph", f"{settings.graph_url}/me"),
        ],
        _token_request(settings, f"{authority}/{segment}/oauth2/v2.0/token", tenant),
        _read,
        _WORDS,
    )


def _token_request(settings: Microsoft365Settings, url: str, tenant: str | None) -> SuiteRequest:
    form = {"client_id": settings.client_id, "client_secret": settings.client_secret.get_secret_value()}
    if tenant is None:
        form |= {"grant_type": "refresh_token", "refresh_token": examination.NO_TOKEN, "scope": "User.Read"}
    else:
        form |= {"grant_type": "client_credentials", "scope": APPLICATION_SCOPE}
    return SuiteRequest(
        operation="examination",
        method="POST",
        url=url,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(form).encode(),
    )


def _read(response: SuiteResponse) -> SuiteError | None:
    try:
        answer = response.json_object()
    except SuiteUnavailable as unreadable:
        return unreadable
    if isinstance(answer.get("access_token"), str):
        return None
    codes = answer.get("error_codes")
    if isinstance(codes, list) and MALFORMED in codes:
        return SuiteUnavailable(f"AADSTS{MALFORMED}")
    error = token_error(answer)
    # That the member has to act is said of a token: whoever showed it was taken for who they are.
    return None if isinstance(error, MemberMustAct) else error
