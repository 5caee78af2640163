"""Where a browser may be sent on to: a path of our own, or an address at an allowed origin.

Browsers and proxies read addresses more generously than they are written (`/\\evil`, `%2f%2f`, tabs that vanish), so
whatever could be read in two ways is refused.
https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html
"""

from collections.abc import Set as AbstractSet
from urllib.parse import unquote

from app.errors import InvalidInput

LONGEST = 2000
_ROUNDS = 5
"""How often a value may be percent-encoded over itself before it counts as hostile."""


def checked_return_to(value: str | None, origins: AbstractSet[str]) -> str | None:
    """The value itself, or None for none. Raises InvalidInput."""
    if value is None or value == "":
        return None
    if len(value) > LONGEST or not _unambiguous(value):
        raise _refused()
    if value.startswith("/"):
        path = _decoded(value.partition("?")[0].partition("#")[0])
        if "//" in path:
            raise _refused()
        return value
    for origin in origins:
        if value == origin or value.startswith((f"{origin}/", f"{origin}?", f"{origin}#")):
            return value
    raise _refused()


def _unambiguous(value: str) -> bool:
    """Visible ASCII only, and no backslash, whichever way it is decoded."""
    decoded = _decoded(value)
    return (
        all("!" <= character <= "~" for character in value)
        and "\\" not in decoded
        and not any(character < " " or character == "\x7f" for character in decoded)
    )


def _decoded(value: str) -> str:
    for _ in range(_ROUNDS):
        decoded = unquote(value)
        if decoded == value:
            return value
        value = decoded
    raise _refused()


def _refused() -> InvalidInput:
    return InvalidInput(
        "returnTo",
        "The address to return to is neither a path of this server nor at an allowed origin.",
        remedy="Give a path that begins with one slash; the operator lists front ends in"
        " HYBRID_MEETINGS_ALLOWED_ORIGINS.",
    )
