"""From where the present act comes: one context variable, set at every door of the product.

Whoever lets somebody in says so once, and everything that the request, the visit or the command then does is recorded
with it. What no door let in was done by the server itself, when it became due.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address

from app.audit.models import AuditOrigin


@dataclass(frozen=True, slots=True)
class Origin:
    """A way in, and the network address at its other end where there is one."""

    kind: AuditOrigin
    network_address: str | None = None


SERVER = Origin(AuditOrigin.SERVER)

_present: ContextVar[Origin] = ContextVar("audit_origin", default=SERVER)


def present_origin() -> Origin:
    """Where the act under way comes from."""
    return _present.get()


def arrived_by(kind: AuditOrigin, host: str | None) -> None:
    """Say it for the rest of this task and for every task that it starts.

    `host` is the client as the web server reports it; what is no network address is not kept.
    """
    _present.set(Origin(kind, _network_address(host)))


@contextmanager
def acting_from(origin: Origin) -> Iterator[None]:
    """Say it for what runs inside."""
    token = _present.set(origin)
    try:
        yield
    finally:
        _present.reset(token)


def _network_address(host: str | None) -> str | None:
    """The address without an interface's name, which can be of any length; None for a file or a made-up word."""
    if host is None:
        return None
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        return None
