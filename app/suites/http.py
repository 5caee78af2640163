"""Every outgoing call to a suite: one shared session, fixed hosts, time-outs, retries, limits and a body cap.

The bearer never leaves for a host that was not named at the start, redirects are not followed, and no cookie is kept.
An answer of any status is handed back for the adapter to judge; no answer at all is `SuiteUnavailable`.
Logs name the operation, never an address, a body or the provider's words.
"""

import asyncio
import random
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import aiohttp
import msgspec
import orjson
import structlog
from yarl import URL

from app import clock
from app.suites.errors import SuiteUnavailable
from app.suites.limits import CALLS_SIDE_BY_SIDE, Lanes, tenant_lanes
from app.suites.observing import UNOBSERVED, CallObserver, CallOutcome, ObservedCall
from app.suites.retries import MAX_ATTEMPTS, RETRIED_STATUSES, Deadline, Timing, back_off, retry_after
from app.suites.sharing import SharedSlots, Unshared, shared_slot

CONNECT_TIMEOUT = timedelta(seconds=3)
_CONNECT_SECONDS = CONNECT_TIMEOUT.total_seconds()
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_CONNECTIONS = 200
MAX_CONNECTIONS_PER_HOST = 100
KEEP_ALIVE = timedelta(seconds=30)

T = TypeVar("T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRequest:
    """One call: `operation` names it in logs, `idempotent` is whether sending it twice does no more than once."""

    operation: str
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    idempotent: bool = True


@dataclass(frozen=True, slots=True)
class SuiteResponse:
    """What came back: header names compare without case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def retry_after(self) -> timedelta | None:
        """How long the suite asks us to wait, where it does."""
        return retry_after(self.headers.get("Retry-After"), clock.now())

    def json(self) -> object:
        """The body as JSON. Raises SuiteUnavailable where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise SuiteUnavailable("MalformedBody") from None

    def decoded(self, decoder: msgspec.json.Decoder[T]) -> T:
        """The body by a decoder that knows its shape. Raises SuiteUnavailable where it is of another one."""
        try:
            return decoder.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            raise SuiteUnavailable("MalformedBody") from None

    def json_object(self) -> dict[str, object]:
        """The body as a JSON object. Raises SuiteUnavailable where it is anything else."""
        value = self.json()
        if not isinstance(value, dict):
            raise SuiteUnavailable("MalformedBody")
        return value


_OUTCOMES = {
    "Timeout": CallOutcome.TIMED_OUT,
    "MailboxBusy": CallOutcome.NOT_SENT,
    "TenantBusy": CallOutcome.NOT_SENT,
    "CircuitOpen": CallOutcome.NOT_SENT,
    "ForeignAddress": CallOutcome.NOT_SENT,
}
"""What the codes of our own mean to whoever watches."""
Recorder = Callable[[SuiteRequest, SuiteResponse], None]
"""Is told every exchange as it was on the wire, credentials included; there is none in production."""


@dataclass(frozen=True, slots=True)
class _Behalf:
    """Whose call it is."""

    mailbox: str | None
    tenant: str | None


def system_timing() -> Timing:
    """The machine's own time, and jitter that differs between processes."""
    return Timing(monotonic=time.monotonic, sleep=asyncio.sleep, jitter=random.random)


class SuiteHttp:
    """The way out to one suite. `origins` are the only places it talks to (scheme, host and port)."""

    def __init__(
        self,
        origins: Iterable[str],
        timeout: timedelta,
        *,
        ca_bundle: Path | None = None,
        recorder: Recorder | None = None,
        timing: Timing | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        retry_when: Callable[[SuiteResponse], bool] | None = None,
        observer: CallObserver = UNOBSERVED,
        slots: SharedSlots | None = None,
    ) -> None:
        """`retry_when` names answers that ask us to wait besides those of `RETRIED_STATUSES`."""
        self.timeout = timeout
        self._origins = frozenset(URL(origin).origin() for origin in origins)
        self._ca_bundle = ca_bundle
        self._recorder = recorder
        self._timing = timing or system_timing()
        self._max_body_bytes = max_body_bytes
        self._retry_when = retry_when
        self._observer = observer
        self._slots: SharedSlots = Unshared() if slots is None else slots
        self._mailboxes = Lanes(self._timing.monotonic)
        self._tenants = tenant_lanes(self._timing.monotonic)
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    @property
    def monotonic(self) -> Callable[[], float]:
        """The seconds that its deadlines count."""
        return self._timing.monotonic

    def deadline(self, allowance: timedelta | None = None) -> Deadline:
        """A deadline for one operation: the configured time-out, unless it needs another allowance."""
        return Deadline(allowance or self.timeout, self._timing.monotonic)

    async def send(
        self, request: SuiteRequest, deadline: Deadline, *, lane: str | None = None, tenant: str | None = None
    ) -> SuiteResponse:
        """Send, and send again where that is allowed and useful, until the deadline.

        `lane` names the mailbox, and `tenant` the tenant, whose calls only so many go side by side of.

        Answers the last response, whatever its status. Raises SuiteUnavailable where there was none.
        """
        with self._observer.call(request.operation) as observed:
            try:
                response = await self._send(request, deadline, _Behalf(lane, tenant), observed)
            except SuiteUnavailable as error:
                observed.ended(self._outcome_of(error), None)
                raise
            observed.ended(self._outcome_of(response), response.status)
            return response

    async def _send(
        self, request: SuiteRequest, deadline: Deadline, behalf: _Behalf, observed: ObservedCall
    ) -> SuiteResponse:
        url = self._allowed(request.url)
        for attempt in range(MAX_ATTEMPTS):
            outcome = await self._attempt(request, url, deadline, behalf)
            if isinstance(outcome, SuiteResponse):
                if not self._retried(outcome):
                    return outcome
                pause = outcome.retry_after or back_off(attempt, self._timing.jitter())
            else:
                pause = back_off(attempt, self._timing.jitter())
            last = attempt == MAX_ATTEMPTS - 1
            if last or not request.idempotent or not deadline.allows(pause):
                break
            _log.info(
                "suite call is repeated",
                operation=request.operation,
                attempt=attempt + 1,
                status=outcome.status if isinstance(outcome, SuiteResponse) else None,
                pause=round(pause.total_seconds(), 3),
            )
            observed.repeated(self._outcome_of(outcome))
            await self._timing.sleep(pause.total_seconds())
        if isinstance(outcome, SuiteUnavailable):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Close the connections; whatever is sent afterwards, such as by a thread that had been waiting, is not."""
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _allowed(self, address: str) -> URL:
        try:
            url = URL(address, encoded=True)
            known = url.origin() in self._origins and url.user is None
        except ValueError:
            known = False
        if not known:
            _log.warning("suite named a foreign address")
            raise SuiteUnavailable("ForeignAddress")
        return url

    def _retried(self, response: SuiteResponse) -> bool:
        return response.status in RETRIED_STATUSES or (self._retry_when is not None and self._retry_when(response))

    def _outcome_of(self, response: SuiteResponse | SuiteUnavailable) -> CallOutcome:
        if isinstance(response, SuiteUnavailable):
            return _OUTCOMES.get(response.provider_code or "", CallOutcome.UNAVAILABLE)
        if response.status == 429 or (self._retry_when is not None and self._retry_when(response)):
            return CallOutcome.THROTTLED
        if response.status >= 500:
            return CallOutcome.UNAVAILABLE
        return CallOutcome.REFUSED if response.status >= 300 else CallOutcome.OK

    async def _attempt(
        self, request: SuiteRequest, url: URL, deadline: Deadline, behalf: _Behalf
    ) -> SuiteResponse | SuiteUnavailable:
        """One exchange, once it may go out. Raises SuiteUnavailable where that was not in time."""
        if behalf.mailbox is None:
            return await self._of_tenant(request, url, deadline, behalf.tenant)
        async with self._mailboxes.enter(behalf.mailbox, deadline) as lane:
            give_back = await shared_slot(self._slots, behalf.mailbox, CALLS_SIDE_BY_SIDE, deadline, self._timing)
            try:
                # The tenant's last: who still waits for a mailbox takes none of its tenant's slots.
                outcome = await self._of_tenant(request, url, deadline, behalf.tenant)
            finally:
                give_back()
            if isinstance(outcome, SuiteUnavailable) or outcome.status in {502, 503, 504}:
                lane.failed()
            else:
                lane.succeeded()
            return outcome

    async def _of_tenant(
        self, request: SuiteRequest, url: URL, deadline: Deadline, tenant: str | None
    ) -> SuiteResponse | SuiteUnavailable:
        if tenant is None:
            return await self._exchange(request, url, deadline)
        async with self._tenants.enter(tenant, deadline):
            return await self._exchange(request, url, deadline)

    async def _exchange(self, request: SuiteRequest, url: URL, deadline: Deadline) -> SuiteResponse | SuiteUnavailable:
        """One request and its answer; what a repetition may mend is returned, what it cannot is raised."""
        remaining = deadline.remaining()
        if remaining <= 0:
            return SuiteUnavailable("Timeout")
        limits = aiohttp.ClientTimeout(total=remaining, sock_connect=min(_CONNECT_SECONDS, remaining))
        try:
            async with self._opened().request(
                request.method,
                url,
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
                timeout=limits,
            ) as answer:
                body = await self._read(answer)
        except TimeoutError:
            return SuiteUnavailable("Timeout")
        except (aiohttp.ClientError, ssl.SSLError, OSError) as error:
            _log.warning("suite gave no answer", operation=request.operation, error=type(error).__name__)
            return SuiteUnavailable(type(error).__name__)
        response = SuiteResponse(answer.status, answer.headers, body)
        if self._recorder is not None:
            self._recorder(request, response)
        if 300 <= answer.status < 400:
            raise SuiteUnavailable("Redirect")
        return response

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        length = answer.content_length
        if length is not None and length > self._max_body_bytes:
            raise SuiteUnavailable("BodyTooBig")
        if length is not None and "Content-Encoding" not in answer.headers:
            return await answer.read()
        chunks = []
        size = 0
        async for chunk in answer.content.iter_any():
            size += len(chunk)
            if size > self._max_body_bytes:
                raise SuiteUnavailable("BodyTooBig")
            chunks.append(chunk)
        return b"".join(chunks)

    def _opened(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise SuiteUnavailable("Closed")
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=MAX_CONNECTIONS,
                limit_per_host=MAX_CONNECTIONS_PER_HOST,
                keepalive_timeout=KEEP_ALIVE.total_seconds(),
                ssl=ssl.create_default_context(cafile=self._ca_bundle),
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Accept": "application/json", "User-Agent": "hybrid-meetings"},
            )
        return self._session
