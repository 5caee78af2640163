"""Who may use which field: nobody, unless the field says so.

Every field of Query, Mutation and Subscription is made by one of the factories below; a test fails for one that is
not. The role is the one read with the request's own credential. The factories also see to it that whatever a service
raises on purpose reaches the client with its code: as a problem where the field's union lists it, else as an error,
and that the audit log hears of every administrative act that was refused.
"""

from enum import Enum, auto
from typing import Any

import strawberry
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension

from app.errors import (
    ConfirmationRequired,
    Forbidden,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    ProblemError,
    SwitchConfirmationRequired,
    Unauthenticated,
)
from app.graphql.failures import ErrorCode
from app.graphql.sharing import TELLS_ALL
from app.identity.principal import Principal
from schema.failing import ON_PURPOSE, told
from schema.fields import Decorator

_NO_REFUSAL = (InvalidInput, NotFound, IdempotencyKeyReused, SwitchConfirmationRequired, ConfirmationRequired)
"""What is wrong with the request's form, or a question that is asked back: nothing was refused to anybody."""


class Audience(Enum):
    """Who may use a field."""

    MEMBER = auto()
    ADMINISTRATOR = auto()

    def admit(self, principal: Principal | None) -> None:
        """Raises Unauthenticated or Forbidden."""
        if principal is None:
            raise Unauthenticated("Sign in first.")
        if self is Audience.ADMINISTRATOR:
            principal.require_administrator()


class Guard(FieldExtension):
    """Admits the field's audience and gives every error raised on purpose its form."""

    def __init__(self, audience: Audience, *, notes_refusals: bool = False) -> None:
        self.audience = audience
        self._notes_refusals = notes_refusals

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any
    ) -> Any:
        try:
            self.audience.admit(info.context.principal)
            return await next_(source, info, **kwargs)
        except ON_PURPOSE as error:
            if isinstance(error, Forbidden):
                await self._note(info, ErrorCode.FORBIDDEN)
            elif isinstance(error, ProblemError) and not isinstance(error, _NO_REFUSAL):
                await self._note(info, error.code)
            raise told(info, error) from None

    async def _note(self, info: strawberry.Info[Any, Any], code: str) -> None:
        context = info.context
        if self._notes_refusals and context.principal is not None:
            await context.services.audit.refused(context.principal, info.field_name, code)


def member_field(*, description: str) -> Decorator:
    """A field for everybody who is signed in; below the root too, where it calls a service for one object."""
    decorate: Decorator = strawberry.field(description=description, extensions=[Guard(Audience.MEMBER)])
    return decorate


def administrator_field(*, description: str) -> Decorator:
    """A field for subscription administrators."""
    decorate: Decorator = strawberry.field(description=description, extensions=[Guard(Audience.ADMINISTRATOR)])
    return decorate


def member_mutation(*, description: str) -> Decorator:
    """A mutation for everybody who is signed in."""
    decorate: Decorator = strawberry.mutation(description=description, extensions=[Guard(Audience.MEMBER)])
    return decorate


def administrator_mutation(*, description: str) -> Decorator:
    """A mutation for subscription administrators; whoever is refused it is found in the audit log."""
    guard = Guard(Audience.ADMINISTRATOR, notes_refusals=True)
    decorate: Decorator = strawberry.mutation(description=description, extensions=[guard])
    return decorate


def member_subscription(*, description: str, tells_all: bool = False) -> Decorator:
    """A subscription for everybody who is signed in; its resolver is a coroutine that answers with the stream.

    `tells_all`: that it tells all members of an organisation who have the same role the same, beginning with what is
    true at that moment; thousands of them are told at once then (`app.graphql.sharing`).
    """
    decorate: Decorator = strawberry.subscription(
        description=description, extensions=[Guard(Audience.MEMBER)], metadata={TELLS_ALL: tells_all}
    )
    return decorate


def administrator_subscription(*, description: str) -> Decorator:
    """A subscription for subscription administrators; its resolver is a coroutine that answers with the stream."""
    decorate: Decorator = strawberry.subscription(description=description, extensions=[Guard(Audience.ADMINISTRATOR)])
    return decorate
