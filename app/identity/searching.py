"""Looking for members while somebody types: every word has to begin a word of the name or of the address.

Upper and lower case are the same in every script, and so are ß and ss, and letters that Unicode can write in two ways.
SQLite knows the case of ASCII letters only (https://www.sqlite.org/lang_corefunc.html#upper), and PostgreSQL that of
its locale: so the database is asked for whoever may fit, and the words are judged here.
"""

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.errors import InvalidInput
from app.identity.models import Member

MAX_SEARCH = 200
AT_ONCE = 500
"""Members judged after one statement; between them others have their turn."""

_SURE = re.compile(r"[!-rt-~]+")
"""What the database finds as we do. Not s, which may stand as half an ß there, and nothing beyond ASCII."""
_MOST_SURE = 8
"""Conditions for the database in all: more of them find hardly fewer."""


@dataclass(frozen=True, slots=True)
class MemberSearch:
    """What somebody has typed, word by word; without a word everybody fits."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str | None) -> "MemberSearch":
        """Raises InvalidInput."""
        text = text or ""
        if len(text) > MAX_SEARCH:
            raise InvalidInput("search", f"A search has at most {MAX_SEARCH} characters.")
        if "\0" in text:
            raise InvalidInput("search", "A search contains a character that no name has.")
        return cls(tuple(dict.fromkeys(_folded(text).split())))

    def fits(self, name: str, address: str) -> bool:
        """Whether every word begins one of theirs."""
        texts = (_folded(name), _folded(address))
        return all(any(_begins_a_word(text, word) for text in texts) for word in self.words)

    async def page(self, members: QuerySet[Member], most: int) -> tuple[list[UUID], bool]:
        """The ids of the first `most` of `members` who fit, in the order of name and id, and whether more follow."""
        found: list[UUID] = []
        rows = self._perhaps(members).order_by("name", "id")
        following = rows
        while True:
            some = await following.limit(AT_ONCE).values_list("id", "name", "address")
            found += [row_id for row_id, *words in some if self.fits(*words)]
            if len(found) > most or len(some) < AT_ONCE:
                return found[:most], len(found) > most
            following = rows.filter(behind(some[-1][1], some[-1][0]))

    def _perhaps(self, members: QuerySet[Member]) -> QuerySet[Member]:
        """Whoever fits, and some others."""
        parts = {part for word in self.words for part in _SURE.findall(word)}
        for part in sorted(parts, key=len, reverse=True)[:_MOST_SURE]:
            members = members.filter(Q(name__icontains=part) | Q(address__icontains=part))
        return members


def behind(name: str, member_id: UUID) -> Q:
    """Whoever stands behind this place in a list by name and id."""
    return Q(name__gt=name) | Q(name=name, id__gt=member_id)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return "".join(_FOLDED.get(letter) or _fold(letter) for letter in unicodedata.normalize("NFC", text))


_FOLDED = {"ß": "ss", "ẞ": "ss"}


def _fold(letter: str) -> str:
    """One letter for one, and nothing of ASCII for what is not: so whatever fits is among what the database finds."""
    for folded in (letter.casefold(), letter.lower()):
        if len(folded) == 1 and folded.isascii() == letter.isascii():
            return folded
    return letter


def _begins_a_word(text: str, word: str) -> bool:
    at = text.find(word)
    while at > 0 and _is_within_a_word(text[at - 1]):
        at = text.find(word, at + 1)
    return at >= 0


def _is_within_a_word(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter).startswith("M")
