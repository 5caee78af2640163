"""Notes which methods of the suite protocol are used, so that the contract can be asked whether it leaves any out."""

from typing import Any, TypeVar

Watched = TypeVar("Watched")

_OPENING = frozenset({"mailbox", "directory"})
"""Methods of a suite whose results are part of the protocol too."""


def watched(thing: Watched, used: set[str]) -> Watched:
    """The same thing; whatever public name is asked of it is noted."""
    proxy: Any = _Proxy(thing, used)
    return proxy  # type: ignore[no-any-return]  # it behaves like the thing


class _Proxy:
    def __init__(self, thing: object, used: set[str]) -> None:
        self._thing = thing
        self._used = used

    def __getattr__(self, name: str) -> Any:
        self._used.add(name)
        found = getattr(self._thing, name)
        if name not in _OPENING:
            return found
        return lambda *arguments, **named: watched(found(*arguments, **named), self._used)
