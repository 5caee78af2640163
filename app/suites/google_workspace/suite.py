"""Google Workspace as a calendar suite."""

from collections.abc import Sequence
from datetime import timedelta

from app.suites.errors import MissingScope, SuiteError
from app.suites.google_workspace import notifications, scopes
from app.suites.google_workspace.api import Descriptions, GoogleApi
from app.suites.google_workspace.authorisation import Authorisation
from app.suites.google_workspace.directory import GoogleRoomDirectory
from app.suites.google_workspace.errors import is_throttled, refusal
from app.suites.google_workspace.id_tokens import IdTokens
from app.suites.google_workspace.mailbox import GoogleMailbox
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.http import Recorder, SuiteHttp, SuiteRequest, SuiteResponse
from app.suites.protocol import (
    AccessTokens,
    AuthorisationRequest,
    ChangeNotification,
    Credentials,
    Grant,
    Mailbox,
    Permission,
    PermissionVariant,
    RoomDirectory,
    SuiteName,
)
from app.suites.retries import Timing
from app.suites.surroundings import ALONE, Surroundings


class GoogleWorkspace:
    """Implements `CalendarSuite`.

    How it differs: no link lets an administrator approve, they trust the application in their own console; the room
    directory is read with an administrator's consent and never by the application itself; people may grant less than
    they were asked for; disconnecting is told to Google; a refused call may only mean that there were too many.
    """

    name = SuiteName.GOOGLE_WORKSPACE
    capabilities = scopes.CAPABILITIES
    permissions: Sequence[Permission] = scopes.PERMISSIONS

    def __init__(
        self,
        settings: GoogleWorkspaceSettings,
        timeout: timedelta,
        recorder: Recorder | None = None,
        timing: Timing | None = None,
        surroundings: Surroundings = ALONE,
    ) -> None:
        """`timeout` bounds each operation as a whole, `recorder` hears Calendar's and the Directory's exchanges."""
        self.application_id = settings.client_id
        observer = surroundings.observer_of(self.name)
        self._accounts = SuiteHttp(
            [settings.oauth_url, settings.calendar_url],
            timeout,
            ca_bundle=settings.ca_bundle,
            timing=timing,
            observer=observer,
        )
        self._apis = SuiteHttp(
            [settings.calendar_url, settings.directory_url, settings.openid_url],
            timeout,
            ca_bundle=settings.ca_bundle,
            recorder=recorder and _of_apis(recorder, settings),
            timing=timing,
            retry_when=is_throttled,
            observer=observer,
            slots=surroundings.slots,
        )
        self._descriptions = Descriptions(settings)
        self._authorisation = Authorisation(self._accounts, settings, IdTokens(self._accounts, settings))

    def scopes(self, variant: PermissionVariant, *, administrator: bool) -> frozenset[str]:
        return scopes.delegated(variant, administrator=administrator)

    @property
    def sign_in_scopes(self) -> frozenset[str]:
        return scopes.SIGN_IN_SCOPES

    async def authorisation_url(self, request: AuthorisationRequest) -> str:
        return self._authorisation.url(request)

    def refusal(self, parameters: dict[str, str]) -> SuiteError:
        return refusal(parameters)

    async def redeem(self, code: str, request: AuthorisationRequest) -> Grant:
        return await self._authorisation.redeem(code, request)

    async def refresh(self, credentials: Credentials, tenant: str, claims: str | None = None) -> Credentials:
        return await self._authorisation.refresh(credentials, tenant)

    async def revoke(self, credentials: Credentials) -> bool:
        return await self._authorisation.revoke(credentials)

    async def application_tokens(self, tenant: str) -> Credentials:
        raise MissingScope("NoApplicationTokens")

    def grants_room_directory(self, credentials: Credentials) -> bool:
        return scopes.RESOURCES in credentials.scopes

    async def admin_approval_url(self, tenant: str | None, redirect_uri: str, state: str) -> None:
        return None

    def mailbox(self, tokens: AccessTokens, *, key: str, tenant: str | None = None) -> Mailbox:
        return GoogleMailbox(GoogleApi(self._apis, self._descriptions, tokens, key, tenant))

    def directory(self, tokens: AccessTokens) -> RoomDirectory:
        return GoogleRoomDirectory(GoogleApi(self._apis, self._descriptions, tokens, None))

    def notifications(self, body: bytes, headers: dict[str, str]) -> Sequence[ChangeNotification]:
        return notifications.parse(body, headers)

    async def close(self) -> None:
        await self._accounts.close()
        await self._apis.close()


def _of_apis(recorder: Recorder, settings: GoogleWorkspaceSettings) -> Recorder:
    """Tells the recorder of calls to the two APIs only: the profile of OpenID Connect comes the same way."""
    apis = (settings.calendar_url + "/calendar/", settings.directory_url + "/admin/")

    def heard(request: SuiteRequest, response: SuiteResponse) -> None:
        if request.url.startswith(apis):
            recorder(request, response)

    return heard
