"""Whether Google can be reached, and takes our OAuth client.

The client shows a refresh token that nobody was given: `invalid_grant` refuses the token alone, `invalid_client` the
client (https://developers.google.com/identity/protocols/oauth2/web-server#exchange-errors).
"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from app.findings import Finding
from app.suites import examination
from app.suites.errors import MemberMustAct, SuiteError
from app.suites.examination import Place, Words
from app.suites.google_workspace.errors import oauth_error
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse
from app.suites.protocol import SuiteName

_MEND = (
    "In the Google Cloud console, APIs & Services, Credentials, take the client id and a client secret of the OAuth "
    "client of the type Web application for HYBRID_MEETINGS_GOOGLE_WORKSPACE_CLIENT_ID and _CLIENT_SECRET; where the "
    "client was deleted, make one. Members' consents to the same client are untouched."
)
_ROOMS = "customer/my_customer/resources/calendars"
_WORDS = Words(unknown_client=_MEND, refused_secret=_MEND)


async def examine(settings: GoogleWorkspaceSettings, timeout: timedelta, tenant: str | None) -> Sequence[Finding]:
    """Findings, each within `timeout`; a client is the same in every tenant."""
    origins = [settings.oauth_url, settings.openid_url, settings.calendar_url, settings.directory_url]
    form = {
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "grant_type": "refresh_token",
        "refresh_token": examination.NO_TOKEN,
    }
    return await examination.examine(
        SuiteName.GOOGLE_WORKSPACE.display_name,
        SuiteHttp(origins, timeout, ca_bundle=settings.ca_bundle),
        [
            Place("Google's signing keys", f"{settings.calendar_url}/oauth2/v3/certs", frozenset({200})),
            Place("Google's profiles", f"{settings.openid_url}/v1/userinfo"),
            Place("Google Calendar", f"{settings.calendar_url}/calendar/v3/users/me/calendarList"),
            Place("Google's room directory", f"{settings.directory_url}/admin/directory/v1/{_ROOMS}"),
        ],
        SuiteRequest(
            operation="examination",
            method="POST",
            url=f"{settings.oauth_url}/token",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        ),
        _read,
        _WORDS,
    )


def _read(response: SuiteResponse) -> SuiteError | None:
    error = oauth_error(response)
    # That the member has to act is said of a token: whoever showed it was taken for who they are.
    return None if isinstance(error, MemberMustAct) else error
