"""Answering an invitation: what a member can say, to which date of a series, and what is no invitation at all.

Pure rules; `AgendaService.respond` asks the suite with the member's own consent.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.errors import InvalidInput, NotFound
from app.suites.events import Event, EventKind, EventStatus, Response

MAX_COMMENT = 1_000


class InvitationAnswer(StrEnum):
    """What an invited person can say."""

    ACCEPT = "ACCEPT"
    TENTATIVE = "TENTATIVE"
    DECLINE = "DECLINE"


RESPONSE_OF_ANSWER = {
    InvitationAnswer.ACCEPT: Response.ACCEPTED,
    InvitationAnswer.TENTATIVE: Response.TENTATIVELY_ACCEPTED,
    InvitationAnswer.DECLINE: Response.DECLINED,
}


class AnswerScope(StrEnum):
    """How much of a series an answer is for."""

    OCCURRENCE = "OCCURRENCE"
    SERIES = "SERIES"


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondToEvent:
    """An answer to one event of the member's own calendar. Without `scope` it is for what the id names."""

    mailbox_id: str
    answer: InvitationAnswer
    comment: str | None = None
    scope: AnswerScope | None = None

    def checked_comment(self) -> str | None:
        """The words as they are sent; None where nothing is left of them. Raises InvalidInput."""
        comment = (self.comment or "").strip()
        if len(comment) > MAX_COMMENT:
            raise InvalidInput("comment", f"The comment is longer than {MAX_COMMENT:,} characters.")
        if any(ord(character) < ord(" ") and character not in "\t\n\r" for character in comment):
            raise InvalidInput("comment", "The comment contains a character that is neither text nor a line break.")
        return comment or None


def answered_id(event: Event, scope: AnswerScope | None) -> str:
    """The mailbox id that the answer goes to. Raises NotFound, InvalidInput."""
    if event.status is EventStatus.CANCELLED:
        raise NotFound("event")
    if event.is_organiser:
        raise InvalidInput(
            "eventId",
            "You organise this event yourself: nobody asks you whether you come.",
            remedy="Answer only what others invited you to.",
        )
    is_date = event.kind in {EventKind.OCCURRENCE, EventKind.EXCEPTION}
    if scope is AnswerScope.SERIES and event.kind is not EventKind.SERIES:
        if not is_date or event.series_mailbox_id is None:
            raise InvalidInput("scope", "This event takes place once: it has no series to answer.")
        return event.series_mailbox_id
    if scope is AnswerScope.OCCURRENCE and event.kind is EventKind.SERIES:
        raise InvalidInput(
            "scope",
            "This is the series itself: say which of its dates is meant.",
            remedy="Give the id of the date's own event, or the scope SERIES.",
        )
    return event.mailbox_id
