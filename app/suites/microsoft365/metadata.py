"""Where Entra's endpoints are, as its OpenID discovery document says.

https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#find-your-apps-openid-configuration-document-uri ;
the page a person opens may stand elsewhere, but tokens and keys come over https from the authority itself.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import clock
from app.suites.errors import ApplicationBlocked, InvalidRequest, Retriable, SuiteUnavailable
from app.suites.http import SuiteHttp, SuiteRequest

ANY_ORGANISATION = "organizations"
"""The tenant segment where every work account may answer, but no personal one."""
FRESH_FOR = timedelta(hours=24)
MAX_KEPT = 1000

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}", re.ASCII)
_AUTHORISE_ENDING = "/oauth2/v2.0/authorize"
_APPROVAL_ENDING = "/v2.0/adminconsent"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The endpoints of one tenant; `issuer` may hold `{tenantid}` where any organisation answers."""

    issuer: str
    authorization_endpoint: str
    jwks_uri: str

    def issuer_of(self, tenant: str) -> str:
        return self.issuer.replace("{tenantid}", tenant)


class MetadataSource:
    """Fetches discovery documents and keeps each for a day."""

    def __init__(self, http: SuiteHttp, authority: str) -> None:
        self._http = http
        self._authority = authority
        self._kept: dict[str, tuple[datetime, Metadata]] = {}

    async def of(self, tenant: str | None) -> Metadata:
        """The endpoints for a tenant, or for any organisation. Raises SuiteError."""
        segment = tenant_segment(tenant)
        kept = self._kept.get(segment)
        if kept is not None and clock.now() - kept[0] < FRESH_FOR:
            return kept[1]
        found = await self._fetch(segment)
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._kept[segment] = (clock.now(), found)
        return found

    async def approval_page(self, tenant: str | None) -> str:
        """The admin-consent page beside the authorise page; where that cannot be learned now, the authority's own."""
        segment = tenant_segment(tenant)
        try:
            page = (await self.of(tenant)).authorization_endpoint
        except (Retriable, ApplicationBlocked):
            page = f"{self._authority}/{segment}{_AUTHORISE_ENDING}"
        return page.removesuffix(_AUTHORISE_ENDING) + _APPROVAL_ENDING

    async def _fetch(self, segment: str) -> Metadata:
        request = SuiteRequest(
            operation="entra discovery",
            method="GET",
            url=f"{self._authority}/{segment}/v2.0/.well-known/openid-configuration",
        )
        response = await self._http.send(request, self._http.deadline())
        if 400 <= response.status < 500 and response.status != 429:
            raise ApplicationBlocked("TenantUnknown")
        if response.status != 200:
            raise SuiteUnavailable(f"HTTP{response.status}")
        document = response.json_object()
        values = [document.get(field) for field in ("issuer", "authorization_endpoint", "jwks_uri")]
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) != len(values) or not texts[1].startswith(("https://", "http://")):
            raise SuiteUnavailable("MalformedBody")
        return Metadata(*texts)


def tenant_segment(tenant: str | None) -> str:
    """The path segment for a tenant. Raises InvalidRequest where the text cannot be one."""
    segment = ANY_ORGANISATION if tenant is None else tenant.lower()
    if not _TENANT.fullmatch(segment):
        raise InvalidRequest("Tenant")
    return segment
