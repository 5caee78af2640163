"""What listeners of a subscription are told, and who they are."""

from typing import Protocol

from app.graphql.documents import Operation
from app.graphql.endings import ended_with
from app.graphql.engine import Answer, GraphQLRequest, Outcome, encode
from app.graphql.observing import Ended


class Told:
    """An answer and its JSON. One for all who are told it: what can be worked out once is worked out once."""

    __slots__ = ("_id", "_message", "answer", "is_last", "payload")

    def __init__(self, answer: Answer, payload: bytes) -> None:
        self.answer = answer
        self.payload = payload
        self.is_last = answer.outcome is not Outcome.EXECUTED
        """Whether it ends the operation: it is an error then."""
        self._id: str | None = None
        self._message = b""

    @property
    def ended(self) -> Ended:
        """How an operation ended whose last word this is."""
        return ended_with(self.answer)

    def message(self, id_: str) -> bytes:
        """The message of graphql-transport-ws that tells it to the operation of this id; most clients choose alike."""
        if id_ != self._id:
            self._id, self._message = id_, self._message_to(id_)
        return self._message

    def _message_to(self, id_: str) -> bytes:
        if self.is_last:
            return encode({"id": id_, "type": "error", "payload": self.answer.errors})
        return b'{"id":%b,"type":"next","payload":%b}' % (encode(id_), self.payload)


def completion(id_: str) -> bytes:
    """The message of graphql-transport-ws that an operation is complete."""
    return encode({"id": id_, "type": "complete"})


class Listener(Protocol):
    """Somebody who hears a shared stream; none of this waits."""

    def tell(self, told: Told) -> None:
        """What is true now; where the one before is not sent yet, only the later one has to be."""
        ...

    def complete(self) -> None:
        """Nothing more comes."""
        ...

    def alone(self, operation: Operation, request: GraphQLRequest) -> None:
        """What is asked for is the caller's own: nothing more comes from here, and they are to be answered alone."""
        ...
