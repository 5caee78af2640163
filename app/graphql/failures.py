"""The codes a GraphQL error carries in `extensions.code`, and the errors raised to say one on purpose.

Whatever else a resolver raises is a bug and is masked (see `masking`).
"""

import math
from datetime import timedelta
from enum import StrEnum

from graphql import GraphQLError


class ErrorCode(StrEnum):
    """Why a request, or one field of it, was not answered."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    """Nobody is signed in, or the credentials are expired or revoked: sign in and repeat."""

    FORBIDDEN = "FORBIDDEN"
    """The caller is known and may not do this."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    """The request, its document or its variables are wrong: change them."""

    QUERY_TOO_COSTLY = "QUERY_TOO_COSTLY"
    """The document passes a limit named in `extensions.limit`: ask for less at a time."""

    RATE_LIMITED = "RATE_LIMITED"
    """Too much was asked for in too short a time: ask again after `extensions.retryAfterSeconds`."""

    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    """The operation was still running at the deadline and was given up."""

    UNAVAILABLE = "UNAVAILABLE"
    """Something that we depend on is away: repeat the request unchanged after `extensions.retryAfterSeconds`."""

    INTERNAL = "INTERNAL"
    """A defect of ours; `extensions.correlationId` finds it in the log."""


class Outage(Exception):
    """Something that we depend on did not answer in time."""


class GraphQLFailure(GraphQLError):
    """A refusal that the client is meant to read: its code and message pass the masking unchanged."""

    def __init__(self, code: ErrorCode, message: str, **details: str | int) -> None:
        super().__init__(message, extensions={"code": code.value, **details})
        self.code = code


class TooCostly(GraphQLFailure):
    """A document passes a limit; `extensions` say which, how much is allowed and how much was found."""

    def __init__(self, limit: str, allowed: int, found: int, message: str) -> None:
        super().__init__(
            ErrorCode.QUERY_TOO_COSTLY, message, limit=limit, allowed=allowed, found=min(found, _LARGEST_SHOWN)
        )


class RateLimited(GraphQLFailure):
    """The caller asked for too much in too short a time, and nothing was done; it works again after `wait`."""

    def __init__(self, wait: timedelta) -> None:
        self.retry_after_seconds = max(1, math.ceil(wait.total_seconds()))
        unit = "second" if self.retry_after_seconds == 1 else "seconds"
        super().__init__(
            ErrorCode.RATE_LIMITED,
            f"Too many requests came in too short a time: ask again in {self.retry_after_seconds} {unit}.",
            retryAfterSeconds=self.retry_after_seconds,
        )


_LARGEST_SHOWN = 2**31 - 1
"""Counts can outgrow what JSON readers hold: beyond this they are all the same to a client."""
