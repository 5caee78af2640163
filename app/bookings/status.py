"""A room booking's states, the reasons for them, and the transitions that exist."""

from enum import StrEnum


class BookingState(StrEnum):
    """What the room has said so far."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class BookingReason(StrEnum):
    """Why a booking is in its state."""

    NOT_ANSWERED = "NOT_ANSWERED"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    DECLINED = "DECLINED"
    REMOVED = "REMOVED"
    REPLACED = "REPLACED"
    RELEASED = "RELEASED"
    EVENT_GONE = "EVENT_GONE"


_S = BookingState

TRANSITIONS: dict[BookingState, frozenset[BookingState]] = {
    _S.PENDING: frozenset({_S.ACCEPTED, _S.REJECTED, _S.CANCELLED}),
    _S.ACCEPTED: frozenset({_S.PENDING, _S.REJECTED, _S.CANCELLED}),
    _S.REJECTED: frozenset({_S.PENDING, _S.ACCEPTED, _S.CANCELLED}),
    _S.CANCELLED: frozenset(),
}
"""From each state, those that can follow; a new reason in the same state is no transition."""


def may_follow(present: BookingState, following: BookingState) -> bool:
    """Whether `following` can come after `present`."""
    return following in TRANSITIONS[present]


def aggregate(states: list[BookingState]) -> BookingState:
    """The state of a series from its occurrences': the worst news first; cancelled ones count only when all are."""
    live = [state for state in states if state is not _S.CANCELLED]
    if not live:
        return _S.CANCELLED
    for state in (_S.REJECTED, _S.PENDING):
        if state in live:
            return state
    return _S.ACCEPTED
