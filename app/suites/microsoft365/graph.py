"""A thin client for Microsoft Graph: what every call has in common.

Times are always asked for in UTC, ids in their immutable form, bodies as text
(https://learn.microsoft.com/graph/outlook-immutable-id). A refused token is renewed once, with the claims that Graph
challenges for (https://learn.microsoft.com/entra/identity-platform/claims-challenge), and never in a loop.
"""

import base64
import binascii
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import msgspec
import orjson

from app.suites.errors import ReconnectReason, ReconnectRequired, SuiteUnavailable
from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse
from app.suites.microsoft365.errors import graph_error
from app.suites.protocol import AccessTokens
from app.suites.retries import Deadline

MAX_PAGES = 100

_PREFERENCES = 'outlook.timezone="UTC", outlook.body-content-type="text", IdType="ImmutableId"'
_CLAIMS = re.compile(r'claims="([A-Za-z0-9+/=_-]{1,8192})"', re.ASCII)
_MAX_CLAIMS = 6144


class _Page(msgspec.Struct):
    value: list[msgspec.Raw]
    next_link: Any = msgspec.field(default=None, name="@odata.nextLink")


_PAGE = msgspec.json.Decoder(_Page)


def path(*segments: str) -> str:
    """A path of Graph from its segments, each percent-encoded: ids may hold any character."""
    return "/" + "/".join(quote(segment, safe="$") for segment in segments)


class Graph:
    """Graph with somebody's tokens; `key` and `tenant` name mailbox and tenant for the limits on calls side by side."""

    def __init__(
        self, http: SuiteHttp, base_url: str, tokens: AccessTokens, key: str | None, tenant: str | None = None
    ) -> None:
        self._http = http
        self._base_url = base_url
        self._tokens = tokens
        self._key = key
        self._tenant = tenant

    def deadline(self, allowance: timedelta | None = None) -> Deadline:
        """The deadline of one operation, however many calls it takes."""
        return self._http.deadline(allowance)

    async def get(self, where: str, deadline: Deadline, query: Mapping[str, str] | None = None) -> dict[str, object]:
        """One resource. Raises SuiteError."""
        response = await self._call("GET", self._url(where, query), deadline)
        return response.json_object()

    async def listed(self, where: str, deadline: Deadline, query: Mapping[str, str]) -> Sequence[msgspec.Raw]:
        """The items of a collection that is no longer than a page, as they came. Raises SuiteError."""
        response = await self._call("GET", self._url(where, query), deadline)
        return response.decoded(_PAGE).value

    async def send(
        self,
        method: str,
        where: str,
        deadline: Deadline,
        body: object | None = None,
        *,
        idempotent: bool,
        if_match: str | None = None,
    ) -> dict[str, object]:
        """Write; answers the resource, or an empty dict where Graph answers nothing. Raises SuiteError."""
        extra = {} if if_match is None else {"If-Match": if_match}
        response = await self._call(method, self._url(where), deadline, body, extra, idempotent=idempotent)
        return response.json_object() if response.body else {}

    async def pages(
        self, where: str, deadline: Deadline, query: Mapping[str, str], page_size: int | None
    ) -> AsyncGenerator[Sequence[msgspec.Raw], None]:
        """The items of a collection page by page, for as long as Graph names a next one; of its own size where None.

        They are as they came, for whoever knows their shape.

        Raises SuiteUnavailable where the pages repeat, never end, or lead to another host.
        """
        sized, preference = {}, {"Prefer": _PREFERENCES}
        if page_size is not None:
            sized = {"$top": str(page_size)}
            preference = {"Prefer": f"{_PREFERENCES}, odata.maxpagesize={page_size}"}
        address: str | None = self._url(where, {**query, **sized})
        seen: set[str] = set()
        while address is not None:
            if address in seen or len(seen) == MAX_PAGES:
                raise SuiteUnavailable("EndlessPages")
            seen.add(address)
            page = (await self._call("GET", address, deadline, headers=preference)).decoded(_PAGE)
            yield page.value
            address = page.next_link if isinstance(page.next_link, str) else None

    def _url(self, where: str, query: Mapping[str, str] | None = None) -> str:
        if not query:
            return self._base_url + where
        return f"{self._base_url}{where}?{urlencode(query, quote_via=quote, safe='$,:()/')}"

    async def _call(
        self,
        method: str,
        url: str,
        deadline: Deadline,
        body: object | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        idempotent: bool = True,
    ) -> SuiteResponse:
        token = await self._tokens.current()
        response = await self._once(method, url, deadline, body, headers, token, idempotent)
        if response.status == 401:
            challenge = _claims_challenge(response)
            token = await self._tokens.renewed(token, challenge)
            response = await self._once(method, url, deadline, body, headers, token, idempotent)
            if response.status == 401:
                if challenge is not None or _claims_challenge(response) is not None:
                    raise ReconnectRequired(ReconnectReason.EXPIRED, "insufficient_claims")
                raise SuiteUnavailable("InvalidAuthenticationToken")
        if response.status >= 400:
            raise graph_error(response)
        return response

    async def _once(
        self,
        method: str,
        url: str,
        deadline: Deadline,
        body: object | None,
        headers: Mapping[str, str] | None,
        token: str,
        idempotent: bool,
    ) -> SuiteResponse:
        common = {
            "Authorization": f"Bearer {token}",
            "Prefer": _PREFERENCES,
            "client-request-id": str(uuid4()),
            "return-client-request-id": "true",
        }
        if body is not None:
            common["Content-Type"] = "application/json"
        request = SuiteRequest(
            operation=f"graph {method.lower()}",
            method=method,
            url=url,
            headers=common | dict(headers or {}),
            body=None if body is None else orjson.dumps(body),
            idempotent=idempotent,
        )
        return await self._http.send(request, deadline, lane=self._key, tenant=self._tenant)


def items(page: Mapping[str, object]) -> Sequence[object]:
    """The `value` of a collection's page. Raises SuiteUnavailable where there is none."""
    value = page.get("value")
    if not isinstance(value, list):
        raise SuiteUnavailable("MalformedBody")
    return value


def _claims_challenge(response: SuiteResponse) -> str | None:
    """The claims that a 401 asks for, as JSON text; None where it asks for none."""
    header = response.headers.get("WWW-Authenticate", "")
    found = _CLAIMS.search(header) if "insufficient_claims" in header else None
    if found is None:
        return None
    encoded = found[1].replace("-", "+").replace("_", "/").rstrip("=")
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
        return text if len(text) <= _MAX_CLAIMS and isinstance(orjson.loads(text), dict) else None
    except (binascii.Error, ValueError):
        return None
