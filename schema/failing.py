"""How errors raised on purpose leave a field: as the problem that its union lists, else as an error with its code."""

from typing import Any

import strawberry
from graphql import get_named_type, is_union_type
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension, SyncExtensionResolver

from app.errors import Forbidden, ProblemError, Unauthenticated
from app.graphql.failures import ErrorCode, GraphQLFailure
from schema.errors import PROBLEM_TYPES, failure_of

ON_PURPOSE = (Unauthenticated, Forbidden, ProblemError)
"""What services raise for clients to hear."""


def told(info: strawberry.Info[Any, Any], error: Unauthenticated | Forbidden | ProblemError) -> Exception:
    """What leaves the field in the error's place: the error itself where the field answers with its problem."""
    match error:
        case Unauthenticated():
            return GraphQLFailure(ErrorCode.UNAUTHENTICATED, str(error))
        case Forbidden():
            return GraphQLFailure(ErrorCode.FORBIDDEN, str(error))
        case _:
            return error if _answers_with(info, error) else failure_of(error)


def _answers_with(info: strawberry.Info[Any, Any], error: ProblemError) -> bool:
    answer = get_named_type(info._raw_info.return_type)
    name = PROBLEM_TYPES[type(error)].__name__
    return is_union_type(answer) and any(member.name == name for member in answer.types)


class Tells(FieldExtension):
    """Gives every error raised on purpose its form, and hands on whatever the resolver answers."""

    changes_failures_only = True
    """So a plan may answer the field (see `app.graphql.execution.fields`)."""

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any) -> Any:
        try:
            return next_(source, info, **kwargs)
        except ON_PURPOSE as error:
            raise told(info, error) from None

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any
    ) -> Any:
        try:
            return await next_(source, info, **kwargs)
        except ON_PURPOSE as error:
            raise told(info, error) from None
