"""Who is asking: the hooks through which a product tells this package about callers and their rights.

The package never sees a token, a session or a role. It hands requests to the product's `Gate` and gets a
`Caller`, which says how the caller proved themself, for how long that holds and what resolvers are given.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, IntEnum, auto
from http import HTTPStatus
from typing import Any, Protocol

from starlette.requests import Request
from starlette.websockets import WebSocket

from app.graphql.failures import ErrorCode


class Credential(Enum):
    """What a caller showed. Only a cookie is sent by browsers unasked, so only it needs CSRF checks."""

    NONE = auto()
    BEARER = auto()
    COOKIE = auto()


class CloseCode(IntEnum):
    """WebSocket close codes, those of graphql-transport-ws where it names one.

    https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
    """

    NORMAL = 1000
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_MESSAGE = 4400
    UNAUTHORISED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_ALREADY_EXISTS = 4409
    TOO_MANY_REQUESTS = 4429


@dataclass(frozen=True, slots=True)
class CloseReason:
    """Why a socket is closed: a close code and a text of at most 123 bytes (RFC 6455 §5.5)."""

    code: CloseCode
    text: str


@dataclass(frozen=True, slots=True)
class SocketCap:
    """At most `limit` sockets may be open at once for everyone who shares `key` (a member, an organisation)."""

    key: str
    limit: int


class SocketPlaces(Protocol):
    """Where sockets are counted under their caps: what the product implements where several processes share them."""

    async def take(self, caps: Sequence[SocketCap]) -> object | None:
        """What the socket holds from now on, under all of these caps; None where one of them is reached."""
        ...

    def give_back(self, place: Any) -> None:
        """The socket that held this is closed."""
        ...


class Allowance(Protocol):
    """How much a caller may ask for: what the product implements, and counts as it likes."""

    async def take(self, *, requests: int = 0, mutations: int = 0, calls: int = 0) -> timedelta | None:
        """Counts so many requests, mutations and calls to other servers.

        Where that is too much now, counts nothing and answers how long to wait.
        """
        ...


class AskedWho(Exception):
    """Raised where a resolver asks a representative what only one caller is or has."""


class Representative(Protocol):
    """Stands before resolvers for a whole audience, knows no caller, and raises AskedWho to whoever asks for one."""

    def new_context(self) -> Any:
        """What resolvers see as `info.context`."""
        ...

    @property
    def was_asked_who(self) -> bool:
        """Whether any resolver has asked: what they answered may be one caller's own."""
        ...


@dataclass(frozen=True, slots=True)
class Audience:
    """Callers who may see the same, wherever a resolver does not ask who exactly is asking.

    `key`: equal for all of them and for nobody else; `represent` makes who stands for them, for one stream.
    """

    key: Hashable
    represent: Callable[[], Representative]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Someone whose request is served.

    `new_context` makes what resolvers see as `info.context`. It is called for every operation, and for every
    event of a subscription, so that a loader's cache never outlives one answer.
    `key` names the credential (never its secret), so that a revocation can reach its sockets at once.
    `expires_at` is an instant with an offset; None: the credential does not expire.
    `allowance` is asked before anything is done for the caller; None: they may ask for as much as they like.
    `audience`: with whom subscriptions may be shared (`app.graphql.sharing`); None: with nobody.
    `share`: whose share of what is remembered for all their documents may take: equal for an organisation's members.
    """

    new_context: Callable[[], Any]
    credential: Credential = Credential.NONE
    key: Hashable = None
    expires_at: datetime | None = None
    socket_caps: tuple[SocketCap, ...] = ()
    allowance: Allowance | None = None
    audience: Audience | None = None
    share: Hashable = None

    @property
    def by_cookie(self) -> bool:
        return self.credential is Credential.COOKIE


class Refused(Exception):
    """Raised by a `Gate`: these credentials do not open the door."""

    def __init__(
        self,
        code: ErrorCode = ErrorCode.UNAUTHENTICATED,
        status: HTTPStatus = HTTPStatus.UNAUTHORIZED,
        message: str = "The credentials are missing, expired or revoked. Sign in and try again.",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message

    @property
    def close_reason(self) -> CloseReason:
        """The same verdict for a socket."""
        unauthenticated = self.code is ErrorCode.UNAUTHENTICATED
        return CloseReason(CloseCode.UNAUTHORISED if unauthenticated else CloseCode.FORBIDDEN, self.message)


class Gate(Protocol):
    """What the product implements: it alone knows sessions, access tokens and roles."""

    async def for_request(self, request: Request) -> Caller:
        """Who sends this HTTP request; an anonymous caller where no credential is shown.

        Raises `Refused` for a credential that is wrong, expired or revoked, and `RateLimited` for too many such.
        """
        ...

    async def for_socket(self, websocket: WebSocket, init_payload: Mapping[str, object]) -> Caller:
        """Who opens this WebSocket, by the payload of `connection_init` or by cookie.

        Raises `Refused` and `RateLimited` as for a request: the socket closes with 4401 (4403 where the code is
        FORBIDDEN), or with 1013.
        """
        ...

    async def recheck(self, caller: Caller) -> CloseReason | None:
        """Whether an open socket must close: the session was revoked, a role was lost."""
        ...
