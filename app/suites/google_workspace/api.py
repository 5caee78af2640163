"""A thin client for Google's APIs: what every call has in common.

aiogoogle builds each request from a discovery document and signs it; it is sent by us, with our time limits, lanes and
repetitions. Pages are followed by `nextPageToken` with all other parameters as they were
(https://developers.google.com/workspace/calendar/api/guides/pagination). A refused token is renewed once, never in a
loop.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from aiogoogle.auth.managers import Oauth2Manager
from aiogoogle.models import Request
from aiogoogle.resource import GoogleAPI, Method

from app.suites.errors import ChangedMeanwhile, DuplicateCommand, SuiteUnavailable
from app.suites.google_workspace import discovery
from app.suites.google_workspace.building import Parameter, Requests, whole_segments
from app.suites.google_workspace.errors import google_error
from app.suites.google_workspace.session import suite_request
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.http import SuiteHttp, SuiteResponse
from app.suites.protocol import AccessTokens
from app.suites.retries import Deadline

MAX_PAGES = 100

_USERINFO = "/v1/userinfo"

Wire = dict[str, object]

_T = TypeVar("_T")


class EventPage(msgspec.Struct, rename="camel"):
    """A page of a list of events, which are left as they came."""

    items: list[msgspec.Raw] = []  # msgspec gives every page a list of its own
    next_page_token: Any = None
    time_zone: Any = None


_EVENT_PAGE = msgspec.json.Decoder(EventPage)


class Descriptions:
    """How Google's APIs are called, for one set of addresses; built once and shared by every mailbox."""

    def __init__(self, settings: GoogleWorkspaceSettings) -> None:
        self.calendar: GoogleAPI = discovery.calendar(settings.calendar_url)
        self.directory: GoogleAPI = discovery.directory(settings.directory_url)
        self.userinfo_url = settings.openid_url + _USERINFO
        self.requests = Requests()


class GoogleApi:
    """Google's APIs with somebody's tokens.

    `key` and `tenant` name mailbox and tenant for the limits on calls side by side.
    """

    def __init__(
        self,
        http: SuiteHttp,
        descriptions: Descriptions,
        tokens: AccessTokens,
        key: str | None,
        tenant: str | None = None,
    ) -> None:
        self._http = http
        self._descriptions = descriptions
        self._tokens = tokens
        self._key = key
        self._tenant = tenant

    @property
    def calendar(self) -> GoogleAPI:
        """The methods of Calendar v3."""
        return self._descriptions.calendar

    @property
    def directory(self) -> GoogleAPI:
        """The methods of the Directory."""
        return self._descriptions.directory

    def deadline(self, allowance: timedelta | None = None) -> Deadline:
        """The deadline of one operation, however many calls it takes."""
        return self._http.deadline(allowance)

    async def profile(self, deadline: Deadline) -> Wire:
        """The claims about whoever gave the tokens (https://developers.google.com/identity/openid-connect)."""
        request = Request(method="GET", url=self._descriptions.userinfo_url)
        return (await self._call(request, "openid.userinfo", deadline)).json_object()

    async def call(
        self,
        method: Method,
        deadline: Deadline,
        parameters: Mapping[str, Parameter],
        body: object | None = None,
        *,
        idempotent: bool = True,
        if_match: str | None = None,
    ) -> Wire:
        """Call a method; answers the resource, or an empty dict where Google answers nothing. Raises SuiteError."""
        response = await self._answer(method, deadline, parameters, body, idempotent=idempotent, if_match=if_match)
        return response.json_object() if response.body else {}

    async def _answer(
        self,
        method: Method,
        deadline: Deadline,
        parameters: Mapping[str, Parameter],
        body: object | None = None,
        *,
        idempotent: bool = True,
        if_match: str | None = None,
    ) -> SuiteResponse:
        request: Request
        if body is None:
            request = self._descriptions.requests.build(method, parameters)
        else:
            request = method(json=body, path_params_safe_chars=whole_segments(method), **parameters)
        if if_match is not None:
            request.headers["If-Match"] = if_match
        try:
            return await self._call(request, method["id"], deadline, idempotent=idempotent)
        except (ChangedMeanwhile, DuplicateCommand) as error:
            if body is None:  # nothing was written that could have met with anything
                raise SuiteUnavailable(error.provider_code) from None
            raise

    async def pages(
        self,
        method: Method,
        deadline: Deadline | None,
        parameters: Mapping[str, Parameter],
        token: str | None = None,
    ) -> AsyncIterator[Wire]:
        """The answers of a list page by page, for as long as Google names a next one; empty ones may lead further.

        Without a deadline for all of them, each page has one of its own. `token` names the page to begin with.

        Raises SuiteUnavailable where the pages repeat or never end.
        """

        async def page(token: str | None) -> Wire:
            return await self.call(method, deadline or self.deadline(), {**parameters, **_page(token)})

        async for one in _followed(page, following, token):
            yield one

    def event_pages(
        self, method: Method, deadline: Deadline, parameters: Mapping[str, Parameter]
    ) -> AsyncGenerator[EventPage, None]:
        """The same for a list of events, which are left as they came. Raises SuiteUnavailable."""

        async def page(token: str | None) -> EventPage:
            answer = await self._answer(method, deadline, {**parameters, **_page(token)})
            return answer.decoded(_EVENT_PAGE)

        return _followed(page, lambda one: _token(one.next_page_token), None)

    async def _call(
        self, request: Request, operation: str, deadline: Deadline, *, idempotent: bool = True
    ) -> SuiteResponse:
        token = await self._tokens.current()
        response = await self._once(request, operation, deadline, token, idempotent)
        if response.status == 401:
            token = await self._tokens.renewed(token)
            response = await self._once(request, operation, deadline, token, idempotent)
        if response.status >= 400:
            raise google_error(response)
        return response

    async def _once(
        self, request: Request, operation: str, deadline: Deadline, token: str, idempotent: bool
    ) -> SuiteResponse:
        signed = Oauth2Manager.authorize(request, {"access_token": token})
        call = suite_request(signed, operation, idempotent=idempotent)
        return await self._http.send(call, deadline, lane=self._key, tenant=self._tenant)


async def _followed(
    page_of: Callable[[str | None], Awaitable[_T]], following_of: Callable[[_T], str | None], token: str | None
) -> AsyncGenerator[_T, None]:
    """The page of this token, and those that follow it. Raises SuiteUnavailable."""
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        page = await page_of(token)
        yield page
        token = following_of(page)
        if token is None:
            return
        if token in seen:
            break
        seen.add(token)
    raise SuiteUnavailable("EndlessPages")


def _page(token: str | None) -> dict[str, Parameter]:
    return {} if token is None else {"pageToken": token}


def following(page: Wire) -> str | None:
    """The token of the page after this one, if there is one."""
    return _token(page.get("nextPageToken"))


def _token(token: object) -> str | None:
    return token if isinstance(token, str) and token else None


def items(page: Wire, member: str = "items") -> list[object]:
    """The items of a page; Google leaves an empty list out. Raises SuiteUnavailable where it is something else."""
    value = page.get(member, [])
    if not isinstance(value, list):
        raise SuiteUnavailable("MalformedBody")
    return value
