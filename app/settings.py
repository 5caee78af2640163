"""Every setting, read once at start and frozen; a missing one stops the start with its name.

Environment variables carry the prefix `HYBRID_MEETINGS_`; a suite without its group of settings is not configured,
and asking for it answers `SuiteNotConfigured`.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parseaddr
from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.addresses import normalised

PREFIX = "HYBRID_MEETINGS_"
KEY_BYTES = 32
DRAIN_DELAY = timedelta(seconds=5)
"""Two looks of a balancer that asks every two seconds, and some time to act on them."""
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
_MAIL_PORTS = {"smtp": 587, "smtps": 465}


def _seconds(value: object) -> object:
    """A duration from its number of seconds; in the environment pydantic itself reads ISO 8601 only."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        raise ValueError("must be a number of seconds") from None


Seconds = Annotated[timedelta, BeforeValidator(_seconds), Field(gt=timedelta(), le=timedelta(days=1))]
"""A duration that operators write as a number of seconds, such as `15` or `0.5`."""
SecondsOrNone = Annotated[timedelta, BeforeValidator(_seconds), Field(ge=timedelta(), le=timedelta(hours=1))]
"""The same where `0` makes sense."""
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)]
"""From which severity on lines are written."""
PerMinute = Annotated[int, Field(ge=1, le=1_000_000)]
"""How much of something there is in a minute; a whole minute's worth may come at once."""


class SettingsError(Exception):
    """The settings do not let the server start; each of `problems` names one and what is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


class GraphiQLSource(StrEnum):
    """Where GraphiQL's files come from."""

    OFF = "off"
    OWN = "own"
    """From our own origin, once `make graphiql` has fetched them; off while it has not."""
    CDN = "cdn"
    """From our own origin when fetched, else from the public CDN: for the demo only."""


class SuiteSettings(BaseSettings):
    """The application's registration at one calendar suite; each suite's own group adds where that suite is reached."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    client_id: str
    """The id of the registration; without it and the secret the suite answers `SuiteNotConfigured`."""
    client_secret: SecretStr
    """Its secret."""
    ca_bundle: Path | None = None
    """A CA certificate file to trust, and no other: for addresses that are not the suite's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, and as whom."""

    host: str
    port: int
    is_tls_from_start: bool
    upgrades_to_tls: bool
    """By STARTTLS, before anything is said: everywhere but on this machine."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class Settings(BaseSettings):
    """The server's own settings."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    public_url: str
    """Where browsers and the suites reach the server: https, or http on loopback. Callbacks and links are made from it,
    never from a Host header."""
    secret_key: SecretStr
    """32 random bytes in base64. Ids, signatures and look-ups are derived from it: never change it."""
    encryption_keys: SecretStr
    """`id:base64[,id:base64…]`, each 32 bytes: the first encrypts, all decrypt. An id is 1 to 32 letters, digits, `.`,
    `_` or `-`, and stands for one key for ever; [how to replace a key](operating.md#replacing-a-key)."""
    database_url: str = "sqlite://hybrid-meetings.sqlite3"
    """`sqlite://path` (one machine, one server) or `postgres://user:password@host:port/name`."""
    redis_url: str | None = None
    """`redis://host:port/number`: the bus, the queue of due work and the limits that processes share. With it run
    `hybrid-meetings worker` beside the servers."""
    host: str = "127.0.0.1"
    """Where the server listens."""
    port: int = 8000
    """The port that it listens on."""
    drain_delay: SecondsOrNone | None = None
    """How long a server that is told to stop serves on while `/health/ready` says 503: longer than your load balancer
    takes to notice. Unset it is 5 with PostgreSQL and Redis, else 0; [why](operating.md#several-machines)."""
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of front ends besides our own, as `https://host[:port]`, separated by commas."""
    metrics_token: Annotated[SecretStr | None, Field(min_length=16)] = None
    """16 characters or more: whoever shows it as a bearer reads `/metrics` on the server's own port; without it nothing
    is there."""
    monitoring_host: str = "127.0.0.1"
    """Where the second listener is, if there is one. Let nobody but your own machines reach it."""
    monitoring_port: Annotated[int | None, Field(ge=1, le=65_535)] = None
    """The port of a second listener of servers and workers: `/metrics` without a token, `/health/live` and
    `/health/ready`; [what is told there](operating.md#metrics). Unset there is none."""
    trust_traceparent: bool = False
    """Continue the trace that a request names: only where your own gateway is all that reaches the server. Traces are
    switched on by [OpenTelemetry's own settings](operating.md#traces)."""
    graphiql: GraphiQLSource = GraphiQLSource.OFF
    """`own`: GraphiQL from our own origin, once `make graphiql` has fetched it. `cdn`: from the public CDN where it has
    not, for the demo only."""
    introspection: bool = False
    """Whether a client may ask for the schema; GraphiQL needs it. The schema is public all the same."""
    log_level: LogLevel = "INFO"
    """`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`."""
    log_format: LogFormat = LogFormat.JSON
    """`json`, or `console` for people."""
    change_notifications: bool = True
    """Whether the suites are asked for change notifications; without them bookings are polled only."""
    pending_polling: bool = True
    """Whether pending bookings are looked at without a notification; off, only notifications make them due."""
    pending_poll_interval: Seconds = timedelta(seconds=15)
    """How often a booking is looked at that has been pending for less than ten minutes; then ever less often, down to
    every five minutes."""
    smtp_url: SecretStr | None = None
    """`smtp://` or `smtps://[user:password@]host[:port]`: with it, what members are told
    [is mailed too](operating.md#mail). `smtp` means STARTTLS (port 587), which only a server on loopback need not have;
    `smtps` is TLS from the start (465). Characters such as `@` or `/` in user and password are percent-encoded."""
    smtp_ca_bundle: Path | None = None
    """A CA certificate file to trust: only for a mail server whose certificate nobody else vouches for."""
    mail_from: Annotated[str | None, Field(validate_default=True)] = None
    """Who our mail is from, as `rooms@example.org` or `Meeting rooms <rooms@example.org>`; needed with `SMTP_URL`."""
    suite_timeout: Seconds = timedelta(seconds=8)
    """How long one operation at a suite may take, repetitions included. Keep it below the deadline that follows: then a
    suite that hangs is told as a problem, with whatever else there is."""
    execution_deadline: Seconds = timedelta(seconds=10)
    """How long one GraphQL operation may take before it is given up; a subscription's each event."""
    member_requests_per_minute: PerMinute = 600
    """Operations of one member, by HTTP, event streams and sockets together; large ones count as several. A minute's
    worth may come at once, then it refills evenly; so do those below."""
    member_mutations_per_minute: PerMinute = 120
    """Mutations of one member."""
    member_suite_calls_per_minute: PerMinute = 600
    """Calls to the calendar suite that one member's operations may need, as their documents are priced."""
    organisation_requests_per_minute: PerMinute = 60_000
    """Operations of all members of one organisation together."""
    organisation_mutations_per_minute: PerMinute = 12_000
    """Mutations of all of them."""
    organisation_suite_calls_per_minute: PerMinute = 30_000
    """Calls to the suite that all of them may need."""
    address_requests_per_minute: PerMinute = 3_000
    """Requests of whoever is not signed in, from one network address, and as many pages visited there: a whole office
    may come by one on the same morning."""

    suites: tuple[SuiteSettings, ...] = ()
    """The groups of the suites that this server is set up for."""

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins_are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Not `*`, and not `null`, as which any page in a sandboxed frame comes along."""
        for origin in value:
            parts = urlsplit(origin)
            if origin != f"{parts.scheme}://{parts.netloc}".lower() or not parts.hostname or parts.username is not None:
                raise ValueError(f"{origin!r} is no origin: name each as https://host or https://host:port")
            if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
                raise ValueError(f"{origin!r}: plain http is allowed on loopback only: use https")
        return value

    @field_validator("public_url")
    @classmethod
    def _safe_public_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an http or https address without query")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("plain http is allowed on loopback only: use https")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database_can_be_reached(cls, value: str) -> str:
        if not _is_database(value):
            # It is not repeated, since it may have a password in it.
            raise ValueError("must be sqlite://path, or postgres://user:password@host:port/name")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server_can_be_reached(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            mail_server_of(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_comes_from_somebody(cls, value: str | None, present: ValidationInfo) -> str | None:
        if value is None and present.data.get("smtp_url") is not None:
            raise ValueError("is needed with SMTP_URL: the address that mail comes from")
        address = parseaddr(value or "")[1]
        is_whole = value is None or value == address or value.endswith(f"<{address}>")
        if value is not None and (not is_whole or not value.isprintable() or normalised(address) is None):
            raise ValueError("must be an email address, or a name with one: Name <address>")
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret_is_a_key(cls, value: SecretStr) -> SecretStr:
        _decoded_key(value.get_secret_value())
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _keyring_has_keys(cls, value: SecretStr) -> SecretStr:
        _decoded_keyring(value.get_secret_value())
        return value

    @cached_property
    def secret_key_bytes(self) -> bytes:
        return _decoded_key(self.secret_key.get_secret_value())

    @cached_property
    def encryption_keyring(self) -> tuple[tuple[str, bytes], ...]:
        """Key ids with their keys, the encrypting one first."""
        return _decoded_keyring(self.encryption_keys.get_secret_value())

    @property
    def mail_server(self) -> "MailServer | None":
        """Who sends our mail; None where nothing is mailed."""
        return None if self.smtp_url is None else mail_server_of(self.smtp_url.get_secret_value())

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def runs_jobs_in_server(self) -> bool:
        """Without Redis no worker could be woken: then the one server process runs the jobs itself."""
        return self.is_sqlite or self.redis_url is None

    @property
    def drain_period(self) -> timedelta:
        """Until whoever spreads requests over several servers has noticed; a single one has nobody to wait for."""
        if self.drain_delay is not None:
            return self.drain_delay
        return timedelta() if self.runs_jobs_in_server else DRAIN_DELAY

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def origins(self) -> frozenset[str]:
        """Every origin a browser may call from."""
        parts = urlsplit(self.public_url)
        return frozenset({f"{parts.scheme}://{parts.netloc}", *self.allowed_origins})


def load(groups: Sequence[type[SuiteSettings]] = ()) -> Settings:
    """Read the environment, with the suites of these groups as far as they are set up.

    Raises SettingsError, which names every setting that is missing or wrong.
    """
    present: list[SuiteSettings] = []
    problems: list[str] = []
    for group in groups:
        try:
            present.append(group())  # type: ignore[call-arg]  # from the environment
        except ValidationError as error:
            missing = {entry["loc"][0] for entry in error.errors() if entry["type"] == "missing"}
            if missing != {"client_id", "client_secret"}:
                problems += _explain(group.model_config.get("env_prefix", PREFIX), error)
    try:
        chosen = Settings(suites=tuple(present))  # type: ignore[call-arg]  # the rest comes from the environment
    except ValidationError as error:
        problems = [*_explain(PREFIX, error), *problems]
    if problems:
        raise SettingsError(problems)
    return chosen


def fields_of(group: type[BaseSettings]) -> dict[str, FieldInfo]:
    """What a group reads from the environment, by its name there without the prefix, in lower case."""
    return {name: field for name, field in group.model_fields.items() if name != "suites"}


def prefix_of(group: type[BaseSettings]) -> str:
    """What every variable of the group begins with."""
    return str(group.model_config.get("env_prefix"))


def names(groups: Sequence[type[SuiteSettings]]) -> set[str]:
    """Every variable that is read, with its prefix, those of the suites' groups among them."""
    all_groups: list[type[BaseSettings]] = [Settings, *groups]
    return {f"{prefix_of(group)}{name.upper()}" for group in all_groups for name in fields_of(group)}


def _explain(prefix: str, error: ValidationError) -> list[str]:
    return [
        f"{prefix}{'_'.join(str(part) for part in entry['loc']).upper()}: {entry['msg'].removeprefix('Value error, ')}"
        for entry in error.errors(include_input=False, include_url=False)
    ]


def _is_database(url: str) -> bool:
    """Whether it can be the address of a database that we know how to speak with."""
    parts = urlsplit(url)
    extras = dict(parse_qsl(parts.query))
    if parts.scheme == "sqlite":
        return bool(parts.netloc or parts.path)
    try:
        is_sized = int(extras.get("maxsize", "1")) > 0 and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    # Without a host it would be whatever database this machine has by that name.
    return parts.scheme in {"postgres", "asyncpg"} and bool(parts.hostname) and bool(parts.path.strip("/")) and is_sized


def _decoded_keyring(text: str) -> tuple[tuple[str, bytes], ...]:
    pairs = [part.strip().partition(":") for part in text.split(",")]
    for key_id, colon, _ in pairs:
        if not colon:
            raise ValueError("each key is written as id:base64")
        # Ids stand in the clear in front of what is sealed, and in what operators are told.
        if _KEY_ID.fullmatch(key_id) is None:
            raise ValueError("a key's id is 1 to 32 letters, digits, dots, dashes or underscores")
    ring = tuple((key_id, _decoded_key(key, f"the key {key_id}: ")) for key_id, _, key in pairs)
    if len({key_id for key_id, _ in ring}) != len(ring):
        raise ValueError("two keys share an id")
    return ring


def _decoded_key(text: str, whose: str = "") -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"{whose}not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"{whose}{KEY_BYTES} bytes are needed, {len(key)} were given")
    return key


def mail_server_of(url: str) -> MailServer:
    """The mail server of an address such as `smtps://user:password@mail.example`. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _MAIL_PORTS or not parts.hostname:
        raise ValueError("must be smtp://host:port or smtps://host:port, with user:password@ in front where needed")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must end after the host and port")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("must name a user together with a password, or neither")
    return MailServer(
        host=parts.hostname,
        port=parts.port or _MAIL_PORTS[parts.scheme],
        is_tls_from_start=parts.scheme == "smtps",
        upgrades_to_tls=parts.scheme == "smtp" and not is_loopback(parts.hostname),
        username=parts.username and unquote(parts.username),
        password=parts.password and unquote(parts.password),
    )


def base_address(value: str, *, loopback_http: bool = False) -> str:
    """An https address without its trailing slash, or a plain one of this machine where that is allowed.

    Raises ValueError.
    """
    parts = urlsplit(value)
    plain = loopback_http and parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError("must be an https address")
    return value.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether the host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
