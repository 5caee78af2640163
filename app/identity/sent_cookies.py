"""Reading a cookie as strictly as browsers guard its name.

A browser lets no neighbour under our domain set a name that begins with `__Host-`, but it takes one with a stray byte
before it. A reader that strips more than spaces and tabs, as Python's `strip` does, then reads the guarded name.
https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-cookie-header-field-2
"""

from collections.abc import Iterable

_OPTIONAL_WHITESPACE = " \t"


def sent_cookie(headers: Iterable[str], name: str) -> str | None:
    """The value of the cookie of exactly this name in these `Cookie` headers.

    None where there is none, and where several say different things: one of them somebody else has put there.
    """
    values = {value for header in headers for found, value in _pairs(header) if found == name}
    return values.pop() if len(values) == 1 else None


def _pairs(header: str) -> Iterable[tuple[str, str]]:
    for part in header.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            yield name.strip(_OPTIONAL_WHITESPACE), value.strip(_OPTIONAL_WHITESPACE)
