"""Everything the sandbox knows, tied together; it lives in memory and dies with the process."""

from dataclasses import dataclass, field

from app.sandbox.calls import CallBook
from app.sandbox.clock import SandboxClock
from app.sandbox.faults import FaultBook
from app.sandbox.google.state import GoogleState
from app.sandbox.microsoft.directory import Directory
from app.sandbox.microsoft.entra.state import EntraState
from app.sandbox.microsoft.mailboxes.store import MailboxStore
from app.sandbox.microsoft.tokens import TokenStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the sandbox is reached: pages over plain http, everything an application calls over TLS."""

    pages: str
    tls: str

    @property
    def authority(self) -> str:
        """The base of every authority; a tenant follows it."""
        return self.tls

    @property
    def graph(self) -> str:
        """The base of every Graph call, version included."""
        return f"{self.tls}/v1.0"

    def issuer(self, tenant_id: str) -> str:
        """The ``iss`` of id_tokens for people of this tenant."""
        return f"{self.tls}/{tenant_id}/v2.0"


@dataclass(slots=True, kw_only=True)
class SandboxState:
    """One sandbox: its clock, its directory, its tokens, its mailboxes, its faults and its counters."""

    addresses: Addresses
    clock: SandboxClock = field(default_factory=SandboxClock)
    directory: Directory = field(default_factory=Directory)
    faults: FaultBook = field(default_factory=FaultBook)
    calls: CallBook = field(default_factory=CallBook)
    entra: EntraState = field(init=False)
    tokens: TokenStore = field(init=False)
    mailboxes: MailboxStore = field(init=False)
    google: GoogleState = field(init=False)

    def __post_init__(self) -> None:
        self.entra = EntraState(self.clock)
        self.tokens = TokenStore(self.clock)
        self.mailboxes = MailboxStore(self.clock, self.directory)
        self.google = GoogleState(self.clock)

    def clear(self) -> None:
        """Forget everything but the signing keys, let held answers go, and show the machine's time again."""
        self.faults.clear()
        self.calls.clear()
        self.tokens.clear()
        self.entra = EntraState(self.clock, keys=self.entra.keys)
        self.mailboxes.clear()
        self.directory.clear()
        self.google.clear()
        self.clock.reset()
