"""Identifiers as Exchange makes them: opaque, case-sensitive, one per mailbox, in two forms.

An item has a default id, which changes when the item moves, and an immutable one, which does not. An occurrence's
id is that of its series with the date folded in, so it can be told apart without being stored.
https://learn.microsoft.com/graph/outlook-immutable-id
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

_TOKEN_LENGTH = 36
_ROOT_LENGTH = 72
_TAIL_LENGTH = 12


class IdForm(StrEnum):
    """Which of an item's two ids."""

    DEFAULT = "RestId"
    IMMUTABLE = "ImmutableId"


_PREFIXES = {IdForm.DEFAULT: "AAMkAG", IdForm.IMMUTABLE: "AAkALg"}


class MalformedIdError(Exception):
    """The text cannot be an item's id."""


@dataclass(frozen=True, slots=True)
class ItemIds:
    """The two roots of an item's ids, without an occurrence's date."""

    default: str
    immutable: str

    def root(self, form: IdForm) -> str:
        """The root in the wanted form."""
        return self.immutable if form is IdForm.IMMUTABLE else self.default


class IdMint:
    """Makes the ids of one mailbox: always the same ones in the same order."""

    def __init__(self, mailbox: str) -> None:
        self._mailbox = mailbox
        self._header = _text(mailbox.encode(), 30)
        self._count = 0

    def item(self) -> ItemIds:
        """Ids for a new item."""
        return ItemIds(self._root(IdForm.DEFAULT), self._root(IdForm.IMMUTABLE))

    def moved(self, ids: ItemIds) -> ItemIds:
        """The ids of an item after a move: a new default id, the same immutable one."""
        return ItemIds(self._root(IdForm.DEFAULT), ids.immutable)

    def _root(self, form: IdForm) -> str:
        self._count += 1
        token = _text(f"{self._mailbox} {form} {self._count}".encode(), _TOKEN_LENGTH)
        return _PREFIXES[form] + self._header + token


def compose(root: str, occurrence: date | None) -> str:
    """The full id of an item, or of one occurrence of a series."""
    day = (occurrence.toordinal() if occurrence else 0).to_bytes(3, "big")
    check = hashlib.blake2b(root.encode() + day, digest_size=5).digest()
    return root + base64.urlsafe_b64encode(day + check).decode()


def decompose(item_id: str) -> tuple[str, date | None]:
    """The root and, for an occurrence, its date; MalformedIdError for anything that was never issued."""
    root, tail = item_id[:_ROOT_LENGTH], item_id[_ROOT_LENGTH:]
    if len(tail) != _TAIL_LENGTH or not root.startswith(tuple(_PREFIXES.values())):
        raise MalformedIdError(item_id)
    try:
        ordinal = int.from_bytes(base64.urlsafe_b64decode(tail)[:3], "big")
        occurrence = date.fromordinal(ordinal) if ordinal else None
    except ValueError as error:
        raise MalformedIdError(item_id) from error
    if compose(root, occurrence) != item_id:
        raise MalformedIdError(item_id)
    return root, occurrence


def global_object_id(meeting: str, created_at: datetime, occurrence: date | None) -> str:
    """The iCalUId that all copies of a meeting share; an occurrence has its own, with its date inside.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/
    """
    day = f"{occurrence.year:04X}{occurrence.month:02X}{occurrence.day:02X}" if occurrence else "00000000"
    ticks = (int(created_at.timestamp()) * 10_000_000 + 116_444_736_000_000_000).to_bytes(8, "little").hex()
    return f"040000008200E00074C5B7101A82E008{day}{ticks.upper()}{'0' * 16}10000000{meeting.upper()}"


def change_key(root: str, version: int, occurrence: date | None) -> str:
    """The change key of a version: what an etag is made of."""
    digest = hashlib.blake2b(f"{root} {version} {occurrence}".encode(), digest_size=16).digest()
    return base64.b64encode(digest).decode()


def _text(source: bytes, length: int) -> str:
    return base64.urlsafe_b64encode(hashlib.blake2b(source, digest_size=length).digest()).decode()[:length]
