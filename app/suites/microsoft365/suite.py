"""Microsoft 365 as a calendar suite."""

from collections.abc import Sequence
from datetime import timedelta

from app.suites.errors import SuiteError
from app.suites.http import Recorder, SuiteHttp
from app.suites.microsoft365 import notifications, scopes
from app.suites.microsoft365.authorisation import Authorisation
from app.suites.microsoft365.directory import Microsoft365RoomDirectory
from app.suites.microsoft365.errors import redirect_error
from app.suites.microsoft365.graph import Graph
from app.suites.microsoft365.id_tokens import IdTokens
from app.suites.microsoft365.mailbox import Microsoft365Mailbox
from app.suites.microsoft365.metadata import MetadataSource
from app.suites.microsoft365.msal_client import MsalClient
from app.suites.microsoft365.settings import Microsoft365Settings
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


class Microsoft365:
    """Implements `CalendarSuite`.

    How it differs: a tenant administrator can approve by one link; the room directory is read by the application
    itself; disconnecting cannot be told to Microsoft.
    """

    name = SuiteName.MICROSOFT_365
    capabilities = scopes.CAPABILITIES
    permissions: Sequence[Permission] = scopes.PERMISSIONS

    def __init__(
        self,
        settings: Microsoft365Settings,
        timeout: timedelta,
        recorder: Recorder | None = None,
        timing: Timing | None = None,
        surroundings: Surroundings = ALONE,
    ) -> None:
        """`timeout` bounds each operation as a whole, `recorder` hears Graph's exchanges."""
        self._graph_url = settings.graph_url
        self.application_id = settings.client_id
        observer = surroundings.observer_of(self.name)
        self._entra = SuiteHttp(
            [settings.authority], timeout, ca_bundle=settings.ca_bundle, timing=timing, observer=observer
        )
        self._graph = SuiteHttp(
            [settings.graph_url],
            timeout,
            ca_bundle=settings.ca_bundle,
            recorder=recorder,
            timing=timing,
            observer=observer,
            slots=surroundings.slots,
        )
        self._metadata = MetadataSource(self._entra, settings.authority)
        self._msal = MsalClient(
            self._entra,
            authority=settings.authority,
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value(),
        )
        id_tokens = IdTokens(self._entra, self._metadata, settings.client_id)
        self._authorisation = Authorisation(self._msal, self._metadata, id_tokens, settings.client_id)

    def scopes(self, variant: PermissionVariant, *, administrator: bool) -> frozenset[str]:
        return scopes.delegated(variant)

    @property
    def sign_in_scopes(self) -> frozenset[str]:
        return scopes.SIGN_IN_SCOPES

    async def authorisation_url(self, request: AuthorisationRequest) -> str:
        return await self._authorisation.url(request)

    def refusal(self, parameters: dict[str, str]) -> SuiteError:
        return redirect_error(parameters)

    async def redeem(self, code: str, request: AuthorisationRequest) -> Grant:
        return await self._authorisation.redeem(code, request)

    async def refresh(self, credentials: Credentials, tenant: str, claims: str | None = None) -> Credentials:
        return await self._authorisation.refresh(credentials, tenant, claims)

    async def revoke(self, credentials: Credentials) -> bool:
        return False

    async def application_tokens(self, tenant: str) -> Credentials:
        return await self._authorisation.application_tokens(tenant)

    def grants_room_directory(self, credentials: Credentials) -> bool:
        return scopes.PLACES in credentials.scopes

    async def admin_approval_url(self, tenant: str | None, redirect_uri: str, state: str) -> str:
        return await self._authorisation.approval_url(tenant, redirect_uri, state)

    def mailbox(self, tokens: AccessTokens, *, key: str, tenant: str | None = None) -> Mailbox:
        return Microsoft365Mailbox(Graph(self._graph, self._graph_url, tokens, key, tenant))

    def directory(self, tokens: AccessTokens) -> RoomDirectory:
        return Microsoft365RoomDirectory(Graph(self._graph, self._graph_url, tokens, None))

    def notifications(self, body: bytes, headers: dict[str, str]) -> Sequence[ChangeNotification]:
        return notifications.parse(body)

    async def close(self) -> None:
        self._msal.close()
        await self._entra.close()
        await self._graph.close()
