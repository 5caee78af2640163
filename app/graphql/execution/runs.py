"""What a plan's functions need of the request that they work for."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from app.graphql.execution.leaves import Unusual
from app.graphql.execution.loading import Gap, Places


class ContextOnly:
    """Stands in for `Info` where a resolver reads the context and nothing else; anything else has it give up."""

    __slots__ = ("asked_for_more", "context")

    def __init__(self, context: Any) -> None:
        self.context = context
        self.asked_for_more = False
        """Whether a resolver wanted something else, whatever it made of not getting it."""

    def __getattr__(self, name: str) -> Any:
        self.asked_for_more = True
        raise Unusual


class Arguments:
    """The arguments of fields, each field's converted once for one operation, and only when they are needed."""

    __slots__ = ("_converted", "_variables")

    def __init__(self, variables: Any) -> None:
        self._variables = variables
        self._converted: dict[Callable[[Any], Mapping[str, Any]], Mapping[str, Any]] = {}

    def of(self, convert: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
        """What `convert` makes of the operation's variables."""
        found = self._converted.get(convert)
        if found is None:
            found = self._converted[convert] = convert(self._variables)
        return found


class Run:
    """One value that is being completed."""

    __slots__ = ("arguments", "context", "gaps", "info")

    def __init__(self, context: Any, arguments: Arguments) -> None:
        self.context = context
        self.info = ContextOnly(context)
        self.arguments = arguments
        self.gaps: defaultdict[Gap, Places] = defaultdict(list)
        """What each loaded field is lacking in."""
