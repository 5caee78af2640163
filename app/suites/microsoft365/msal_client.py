"""msal, kept in its own threads and on our own connections.

msal is synchronous and remembers a refused request for a minute, so that a fault mended at Microsoft's stays one here
(https://learn.microsoft.com/entra/msal/python/). It therefore runs in a small pool, sends through `SuiteHttp`, keeps
discovery documents but no answer to a token request, and no tokens at all: those belong to whoever asked.
"""

import asyncio
import contextvars
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msal
import orjson

from app.suites.errors import ApplicationBlocked, SuiteError, SuiteThrottled, SuiteUnavailable
from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse
from app.suites.limits import tenant_lanes
from app.suites.microsoft365.metadata import tenant_segment
from app.suites.retries import Deadline

THREADS = 16
TENANTS_THREADS = 4
"""A tenant whose token endpoint hangs holds no more of them: the others are for everybody else."""
MAX_APPLICATIONS = 500
CAPABILITIES = ["CP1"]
"""Tells Entra that a claims challenge will be understood."""

Answer = dict[str, object]
Call = Callable[[msal.ConfidentialClientApplication], Any]


@dataclass(frozen=True, slots=True)
class _Errand:
    """Which loop a thread sends on, and until when."""

    loop: asyncio.AbstractEventLoop
    deadline: Deadline


_errand: contextvars.ContextVar[_Errand] = contextvars.ContextVar("msal_errand")


class MsalClient:
    """One confidential client, as an msal application for each tenant."""

    def __init__(self, http: SuiteHttp, *, authority: str, client_id: str, client_secret: str) -> None:
        self._http = http
        self._authority = authority
        self._client_id = client_id
        self._client_secret = client_secret
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="msal")
        self._tenants = tenant_lanes(http.monotonic, TENANTS_THREADS)
        self._bridge = _Bridge(http)
        self._http_cache = _DiscoveryOnly()
        self._applications: OrderedDict[str, msal.ConfidentialClientApplication] = OrderedDict()
        self._lock = threading.Lock()

    async def run(self, tenant: str | None, call: Call) -> Answer:
        """What `call` answers for the tenant's application: a token answer, or one with `error`. Raises SuiteError."""
        segment = tenant_segment(tenant)
        loop = asyncio.get_running_loop()
        deadline = self._http.deadline()
        context = contextvars.copy_context()
        context.run(_errand.set, _Errand(loop, deadline))
        async with nullcontext() if tenant is None else self._tenants.enter(segment, deadline):
            work = loop.run_in_executor(self._pool, context.run, self._in_thread, segment, call)
            try:
                async with asyncio.timeout(deadline.remaining() + 1):
                    answer = await work
            except TimeoutError:
                raise SuiteUnavailable("Timeout") from None
        if not isinstance(answer, dict):
            raise SuiteUnavailable("MalformedBody")
        return answer

    def close(self) -> None:
        """Let the threads go; a call on its way ends with its own time-out."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _in_thread(self, segment: str, call: Call) -> object:
        try:
            return call(self._application(segment))
        except SuiteError:
            raise
        except Exception as error:
            # Whatever msal complains of, in whichever class of its own, quotes the provider: only the class is kept.
            raise SuiteUnavailable(type(error).__name__) from None

    def _application(self, segment: str) -> msal.ConfidentialClientApplication:
        with self._lock:
            known = self._applications.get(segment)
            if known is not None:
                self._applications.move_to_end(segment)
                return known
        application = msal.ConfidentialClientApplication(
            self._client_id,
            client_credential=self._client_secret,
            authority=f"{self._authority}/{segment}",
            instance_discovery=False,
            client_capabilities=CAPABILITIES,
            token_cache=_NoTokens(),
            http_client=self._bridge,
            http_cache=self._http_cache,
        )
        with self._lock:
            self._applications[segment] = application
            if len(self._applications) > MAX_APPLICATIONS:
                self._applications.popitem(last=False)
        return application


class _NoTokens(msal.TokenCache):  # type: ignore[misc]  # msal is untyped
    """Keeps nothing, so that every token is fresh and nobody's token can be found for another."""

    def add(self, event: object, now: object = None) -> None:
        """Forget what was just obtained."""


class _DiscoveryOnly(MutableMapping[str, Any]):
    """msal's memory of answers, which refuses the token endpoint's."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        return self._kept[key]

    def __setitem__(self, key: str, value: Any) -> None:
        if not key.startswith("POST "):
            self._kept[key] = value

    def __delitem__(self, key: str) -> None:
        del self._kept[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class _BridgedResponse:
    """A response as msal wants it."""

    def __init__(self, response: SuiteResponse) -> None:
        self.status_code = response.status
        self.headers = response.headers
        self.text = response.body.decode(errors="replace")

    def raise_for_status(self) -> None:
        """msal calls this for statuses that never get here."""


class _Bridge:
    """msal's `http_client`: its requests, sent by us on the event loop while its thread waits."""

    def __init__(self, http: SuiteHttp) -> None:
        self._http = http

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> _BridgedResponse:
        address = f"{url}?{urlencode(params)}" if params else url
        response = self._send(
            SuiteRequest(operation="entra discovery", method="GET", url=address, headers=dict(headers or {}))
        )
        if 400 <= response.status < 500:
            raise ApplicationBlocked("TenantUnknown")
        return _BridgedResponse(response)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _BridgedResponse:
        form = dict(data or {})
        response = self._send(
            SuiteRequest(
                operation="entra token",
                method="POST",
                url=f"{url}?{urlencode(params)}" if params else url,
                headers={**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"},
                body=urlencode(form).encode(),
                idempotent=form.get("grant_type") != "authorization_code",
            )
        )
        return _BridgedResponse(response)

    def close(self) -> None:
        """The connections are not msal's to close."""

    def _send(self, request: SuiteRequest) -> SuiteResponse:
        errand = _errand.get()
        sending = asyncio.run_coroutine_threadsafe(self._http.send(request, errand.deadline), errand.loop)
        response = sending.result(timeout=errand.deadline.remaining() + 1)
        if response.status == 429:
            raise SuiteThrottled("HTTP429", retry_after=response.retry_after)
        if response.status >= 500:
            raise SuiteUnavailable(f"HTTP{response.status}")
        try:
            # msal would log a body that it cannot read, and pass on one that is no object.
            if not isinstance(orjson.loads(response.body), dict):
                raise SuiteUnavailable("MalformedBody")
        except orjson.JSONDecodeError:
            raise SuiteUnavailable("MalformedBody") from None
        return response
