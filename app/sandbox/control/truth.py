"""How the truth about bookings is asked for, in the same words at either suite."""

from collections.abc import Callable, Iterable
from datetime import datetime

from starlette.requests import Request

from app.sandbox.control.routing import Answer, ControlError, ControlRoute
from app.sandbox.truth import AnswerLog, BookingTruth, answer_json, booking_json, narrowed

Bookings = Callable[[frozenset[str]], Iterable[BookingTruth]]
"""Every booking of these organisers, in lower case; of all when none is named."""


class TruthControl:
    """The control calls that tell what rooms answered, for many events at once."""

    def __init__(self, base: str, bookings: Bookings, log: Callable[[], AnswerLog]) -> None:
        self._base = base
        self._bookings = bookings
        self._log = log

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        return (
            ControlRoute(
                "GET",
                self._base + "/bookings",
                "What became of every booking (?organizer= ?room=, each as often as you like)",
                self.list_bookings,
            ),
            ControlRoute(
                "GET",
                self._base + "/answers",
                "Every answer that a room gave, oldest first (?since=)",
                self.list_answers,
            ),
            ControlRoute("DELETE", self._base + "/answers", "Forget those answers", self.forget_answers),
        )

    async def list_bookings(self, request: Request) -> Answer:
        """What became of every booking."""
        people = request.query_params.getlist("organizer")
        found = self._bookings(frozenset(one.lower() for one in people))
        return [booking_json(one) for one in narrowed(found, people, request.query_params.getlist("room"))]

    async def list_answers(self, request: Request) -> Answer:
        """Every answer that a room gave."""
        text = request.query_params.get("since")
        try:
            moment = datetime.fromisoformat(text) if text else None
        except ValueError:
            raise ControlError("since is an instant as in 2026-12-01T09:00:00+00:00", 422) from None
        if moment is not None and moment.tzinfo is None:
            raise ControlError("since needs an offset from UTC", 422)
        return [answer_json(one) for one in self._log().since(moment)]

    async def forget_answers(self, _: Request) -> Answer:
        """Forget every answer."""
        self._log().clear()
        return {"answers": 0}
