"""Checks of a test flow as they are over, told to the administrator who runs it and to nobody else.

What is told is lost with the message: the report, which has every check, is the answer to the run.
"""

from datetime import timedelta
from uuid import UUID

from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.integrations.checking import Hear
from app.integrations.report import OPTIONAL, Check, CheckName, CheckOutcome


def telling(bus: EventsBus, integration_id: UUID, member_id: UUID) -> Hear:
    """Tells each check that it is given to this member, in whatever process they listen."""

    async def tell(check: Check) -> None:
        words = (check.name.value, check.outcome.value, str(round(check.duration / timedelta(milliseconds=1))))
        await bus.publish(member_topic(member_id), Message(MessageKind.TEST_PROGRESSED, integration_id, words=words))

    return tell


def told(message: Message) -> Check:
    """The check that a message tells of, without its issue or note: these come with the report."""
    name, outcome, milliseconds = message.words
    return Check(
        name=CheckName(name),
        outcome=CheckOutcome(outcome),
        required=CheckName(name) not in OPTIONAL,
        duration=timedelta(milliseconds=int(milliseconds)),
    )
