"""How a product wants its schema served; everything has the value a production server should have."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path

from strawberry import Schema

from app.graphql.callers import Gate, SocketPlaces
from app.graphql.limits import Limits
from app.graphql.masking import new_correlation_id
from app.graphql.observing import UNOBSERVED, OperationObserver


class GraphiQLMode(Enum):
    """Where the page gets its scripts. OWN_ORIGIN serves no page while the files are missing."""

    OFF = auto()
    OWN_ORIGIN = auto()
    CDN = auto()
    """The files from our own origin where they are there, else from a public content network."""


@dataclass(frozen=True, slots=True)
class ReadyQuery:
    """A tab that GraphiQL opens with; `variables` is JSON text."""

    title: str
    query: str
    variables: str = ""


@dataclass(frozen=True, slots=True)
class SessionShown:
    """Who the browser's session is, as GraphiQL shows it.

    `query`: what tells it; `path`: where in its data the name stands; `sign_in`: the address for whoever has none.
    """

    query: str
    path: tuple[str, ...]
    sign_in: str


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLOptions:
    """What `GraphQLView` needs to know.

    `allowed_origins`: web origins (`https://app.example`) whose pages may use a cookie or open a WebSocket.
    `introspection`: whether clients may read the schema; `suggestions`: whether errors say "did you mean".
    `outages`: the errors that mean that something the product depends on is away, which is no defect of it.
    `deadline`: for one operation, and for opening a subscription. `body_limit`: bytes of a request or message.
    `socket_places`: where sockets are counted under their caps; None: in this process alone.
    `recheck_every`: how often the gate is asked whether an open socket may stay.
    `send_timeout`: how long a client may leave one message unread before its socket or stream is given up.
    `keep_alive`: how often a comment goes into an event stream, so that no proxy takes it for dead.
    """

    schema: Schema
    gate: Gate
    path: str = "/graphql"
    limits: Limits = field(default_factory=Limits)
    allowed_origins: frozenset[str] = frozenset()
    introspection: bool = False
    suggestions: bool = False
    outages: tuple[type[Exception], ...] = ()
    deadline: timedelta = timedelta(seconds=10)
    body_limit: int = 100 * 1024
    now: Callable[[], datetime] = _utc_now
    correlation_id: Callable[[], str] = new_correlation_id
    observer: OperationObserver = UNOBSERVED
    own_packages: frozenset[str] = frozenset({"app", "schema"})

    socket_places: SocketPlaces | None = None
    init_timeout: timedelta = timedelta(seconds=5)
    operations_per_socket: int = 100
    recheck_every: timedelta = timedelta(seconds=30)
    send_timeout: timedelta = timedelta(seconds=30)
    keep_alive: timedelta = timedelta(seconds=12)

    graphiql: GraphiQLMode = GraphiQLMode.OFF
    graphiql_files: Path | None = None
    ready_queries: tuple[ReadyQuery, ...] = ()
    session_shown: SessionShown | None = None
