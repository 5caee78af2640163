"""What happened in which mailbox, told to whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.mailboxes.items import Item
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox


class ChangeKind(StrEnum):
    """What a change notification can say."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """One item of one mailbox changed; for an occurrence it is the series that is named, as at Microsoft."""

    kind: ChangeKind
    mailbox: Mailbox
    item: Item


class ChangeFeed:
    """Notes every write on its item and passes it on."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._listeners: list[Callable[[Change], None]] = []

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Call ``listener`` for every change from now on."""
        self._listeners.append(listener)

    def created(self, mailbox: Mailbox, item: Item) -> None:
        """An item has come in."""
        self._tell(Change(ChangeKind.CREATED, mailbox, item))

    def updated(self, mailbox: Mailbox, item: Item) -> None:
        """An item, or one of its occurrences, was written."""
        root = item.master or item
        root.version += 1
        root.modified_at = item.modified_at = self._clock.now()
        self._tell(Change(ChangeKind.UPDATED, mailbox, root))

    def deleted(self, mailbox: Mailbox, item: Item) -> None:
        """An item has gone."""
        self._tell(Change(ChangeKind.DELETED, mailbox, item))

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)
