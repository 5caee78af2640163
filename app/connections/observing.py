"""Who watches refreshes from outside, to count and time them: a port, and nobody unless somebody is given."""

from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

from app.suites.errors import AdministratorMustAct, MemberMustAct, OperatorMustAct, SuiteError
from app.suites.protocol import SuiteName


class RefreshOutcome(StrEnum):
    """What came of asking a suite for a fresh access token."""

    RENEWED = "renewed"
    OVERTAKEN = "overtaken"
    """The row had changed meanwhile: what came back was dropped, or was no news."""
    MEMBER_MUST_ACT = "member_must_act"
    """The consent is over, or needs the member's own sign-in: nothing that an operator can mend."""
    ADMINISTRATOR_MUST_ACT = "administrator_must_act"
    OPERATOR_MUST_ACT = "operator_must_act"
    """Our own registration at the suite is wrong."""
    UNAVAILABLE = "unavailable"
    """No usable answer in time, or we were asked to wait."""


def failed_with(error: SuiteError) -> RefreshOutcome:
    """What a refresh came to that failed like this."""
    match error:
        case MemberMustAct():
            return RefreshOutcome.MEMBER_MUST_ACT
        case AdministratorMustAct():
            return RefreshOutcome.ADMINISTRATOR_MUST_ACT
        case OperatorMustAct():
            return RefreshOutcome.OPERATOR_MUST_ACT
        case _:
            return RefreshOutcome.UNAVAILABLE


class ObservedRefresh(Protocol):
    """One call to a token endpoint with all that goes with it; leaving it without a word means that it broke off."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def ended(self, outcome: RefreshOutcome) -> None: ...


class RefreshObserver(Protocol):
    """Watches the refreshes of a process, to whichever suite."""

    def refresh(self, suite: SuiteName) -> ObservedRefresh:
        """A refresh begins: this process holds the row's lock."""
        ...


class _Unobserved:
    """Watches nothing."""

    def refresh(self, suite: SuiteName) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nobody asks."""

    def ended(self, outcome: RefreshOutcome) -> None:
        """Nobody asks."""


UNOBSERVED: RefreshObserver = _Unobserved()
