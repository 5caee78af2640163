"""Who stands before resolvers for many members at once, where what is told depends on none of them.

All members of an organisation with the same role see its affairs alike. What they hear together is executed for
*anybody* of them: the organisation and the role are known, and everything else of a principal is refused.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any
from uuid import UUID

from app.graphql.callers import AskedWho, Audience
from app.identity.models import Role
from app.identity.principal import Principal

_IN_COMMON = frozenset({"organisation_id", "role"})
_OF_ONE = frozenset(field.name for field in fields(Principal)) - _IN_COMMON


class Anybody(Principal):
    """Any member of the organisation with this role."""

    def __init__(self, organisation_id: UUID, role: Role) -> None:
        self.__dict__["was_asked_who"] = False
        object.__setattr__(self, "organisation_id", organisation_id)
        object.__setattr__(self, "role", role)

    def __getattribute__(self, name: str) -> Any:
        """Raises AskedWho for what members have each of their own."""
        if name in _OF_ONE:
            self.__dict__["was_asked_who"] = True
            raise AskedWho(name)
        return super().__getattribute__(name)


class Representing:
    """Anybody, as the resolvers of one stream see them; implements `app.graphql.callers.Representative`."""

    def __init__(self, anybody: Anybody, new_context: Callable[[Principal], Any]) -> None:
        self._anybody = anybody
        self._new_context = new_context

    def new_context(self) -> Any:
        return self._new_context(self._anybody)

    @property
    def was_asked_who(self) -> bool:
        asked: bool = self._anybody.__dict__["was_asked_who"]
        return asked


def audience_of(principal: Principal, new_context: Callable[[Principal], Any]) -> Audience:
    """Those who see the same as this member, wherever it does not matter which of them is asking."""
    organisation_id, role = principal.organisation_id, principal.role
    return Audience((organisation_id, role), lambda: Representing(Anybody(organisation_id, role), new_context))
