"""From an answer to what whoever watches is told of it."""

from app.graphql.engine import Answer, Outcome
from app.graphql.failures import ErrorCode
from app.graphql.observing import Ended

_OUTCOMES = {
    Outcome.NOT_EXECUTED: Ended.REFUSED,
    Outcome.GIVEN_UP: Ended.GIVEN_UP,
    Outcome.UNAVAILABLE: Ended.UNAVAILABLE,
    Outcome.BROKEN: Ended.BROKEN,
}
_CODES = {
    ErrorCode.INTERNAL: Ended.BROKEN,
    ErrorCode.UNAVAILABLE: Ended.UNAVAILABLE,
    ErrorCode.DEADLINE_EXCEEDED: Ended.GIVEN_UP,
    ErrorCode.RATE_LIMITED: Ended.LIMITED,
}


def ended_with(answer: Answer) -> Ended:
    """How an operation ended that got this answer."""
    ended = _OUTCOMES.get(answer.outcome, Ended.ANSWERED)
    errors = answer.errors
    if not isinstance(errors, list) or not errors:
        return ended
    codes = {error.get("extensions", {}).get("code") for error in errors}
    for code, meaning in _CODES.items():
        if code.value in codes:
            return meaning
    return Ended.PARTLY if ended is Ended.ANSWERED else ended
