"""Counting the calls of Python functions in this thread, exactly: the same work counts the same on any machine."""

import dis
import inspect
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import CodeType, FrameType, ModuleType
from typing import Any

_INLINED = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})
"""Functions in Python 3.11, and none any more in 3.12."""
_SUSPENDS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
_NEVER = -1


class CallCounter:
    """Counts how often functions are entered.

    Whoever goes on after an `await` or a `yield` has not entered anew: how often that happens is the wire's doing.
    """

    def __init__(self, *packages: ModuleType) -> None:
        """`packages`: whose functions count; without any, everybody's."""
        self.calls = 0
        self._folders = tuple(str(package.__path__[0]) + "/" for package in packages)
        self._latest_start: dict[CodeType, int] = {}

    def saw(self, frame: FrameType, event: str, _: Any) -> None:
        """A profile function, as `sys.setprofile` takes it."""
        if event != "call":
            return
        code = frame.f_code
        latest = self._latest_start.get(code)
        if latest is None:
            latest = self._latest_start[code] = self._latest_start_of(code)
        if frame.f_lasti <= latest:
            self.calls += 1

    def _latest_start_of(self, code: CodeType) -> int:
        """Up to which instruction a frame of this code has only just begun; before them all where it never counts."""
        is_ours = not self._folders or code.co_filename.startswith(self._folders)
        if not is_ours or code.co_name in _INLINED:
            return _NEVER - 1
        if not code.co_flags & _SUSPENDS:
            return sys.maxsize
        return next(step.offset for step in dis.get_instructions(code) if step.opname == "RESUME")


@contextmanager
def counted_calls(*packages: ModuleType) -> Iterator[CallCounter]:
    """Counts inside the block, in this thread; whoever profiled before goes on afterwards."""
    counter, before = CallCounter(*packages), sys.getprofile()
    sys.setprofile(counter.saw)
    try:
        yield counter
    finally:
        sys.setprofile(before)


Counts = Mapping[str, int]
"""What was counted, by name."""
