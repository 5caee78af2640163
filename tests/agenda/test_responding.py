"""Answering an invitation with the member's own consent."""

from datetime import timedelta
from typing import Any

import pytest

from app.agenda.responding import MAX_COMMENT, AnswerScope, InvitationAnswer, RespondToEvent
from app.agenda.values import AgendaEvent
from app.connections.models import CalendarConnection
from app.errors import ConnectionRequired, EventChanged, InvalidInput, NotFound, SuiteUnavailable
from app.suites import errors as suite_errors
from app.suites.events import Event, EventKind, EventStatus, Person, Response
from tests.bookings.house import START, House, make_event

BEN = Person("ben.kok@tidewater.example", "Ben Kok")


def _invited(house: House, **values: Any) -> Event:
    """Something that somebody else organises."""
    defaults: dict[str, Any] = {
        "organiser": BEN,
        "is_organiser": False,
        "response": Response.NOT_RESPONDED,
    }
    return house.hold(make_event(START + timedelta(hours=2), **(defaults | values)))


async def _answer(
    house: House, event: Event, answer: InvitationAnswer = InvitationAnswer.ACCEPT, **values: Any
) -> AgendaEvent | None:
    command = RespondToEvent(mailbox_id=event.mailbox_id, answer=answer, **values)
    return await house.agenda.respond(house.principal, command)


@pytest.mark.parametrize(
    ("answer", "response"),
    [
        (InvitationAnswer.ACCEPT, Response.ACCEPTED),
        (InvitationAnswer.TENTATIVE, Response.TENTATIVELY_ACCEPTED),
        (InvitationAnswer.DECLINE, Response.DECLINED),
    ],
)
async def test_an_answer_is_given_and_the_event_read_anew(
    house: House, answer: InvitationAnswer, response: Response
) -> None:
    event = _invited(house)

    answered = await _answer(house, event, answer)

    assert answered is not None
    assert answered.event.response is response


async def test_an_answer_can_be_changed(house: House) -> None:
    event = _invited(house, response=Response.ACCEPTED)

    answered = await _answer(house, event, InvitationAnswer.DECLINE)

    assert answered is not None
    assert answered.event.response is Response.DECLINED


class TestASeries:
    @pytest.fixture
    def master(self, house: House) -> Event:
        return _invited(house, kind=EventKind.SERIES)

    @pytest.fixture
    def date(self, house: House, master: Event) -> Event:
        return _invited(house, kind=EventKind.OCCURRENCE, series_mailbox_id=master.mailbox_id)

    @pytest.mark.parametrize("scope", [None, AnswerScope.OCCURRENCE])
    async def test_a_date_is_answered_alone(
        self, house: House, master: Event, date: Event, scope: AnswerScope | None
    ) -> None:
        await _answer(house, date, scope=scope)

        held = house.calendar.events
        assert held[date.mailbox_id].response is Response.ACCEPTED
        assert held[master.mailbox_id].response is Response.NOT_RESPONDED

    async def test_from_a_date_the_whole_series_is_answered_where_that_is_meant(
        self, house: House, master: Event, date: Event
    ) -> None:
        answered = await _answer(house, date, scope=AnswerScope.SERIES)

        assert house.calendar.events[master.mailbox_id].response is Response.ACCEPTED
        assert answered is not None
        assert answered.event.mailbox_id == date.mailbox_id

    @pytest.mark.parametrize("scope", [None, AnswerScope.SERIES])
    async def test_by_its_own_id_it_is_answered_whole(
        self, house: House, master: Event, scope: AnswerScope | None
    ) -> None:
        await _answer(house, master, scope=scope)

        assert house.calendar.events[master.mailbox_id].response is Response.ACCEPTED

    async def test_a_date_has_to_be_named_where_one_is_meant(self, house: House, master: Event) -> None:
        with pytest.raises(InvalidInput) as refusal:
            await _answer(house, master, scope=AnswerScope.OCCURRENCE)

        assert refusal.value.field == "scope"

    async def test_whoever_is_invited_to_one_date_alone_cannot_answer_the_series(self, house: House) -> None:
        date = _invited(house, kind=EventKind.OCCURRENCE, series_mailbox_id="not in this mailbox")

        with pytest.raises(InvalidInput) as refusal:
            await _answer(house, date, scope=AnswerScope.SERIES)

        assert refusal.value.field == "scope"

    async def test_an_event_that_takes_place_once_has_none(self, house: House) -> None:
        event = _invited(house)

        with pytest.raises(InvalidInput) as refusal:
            await _answer(house, event, scope=AnswerScope.SERIES)

        assert refusal.value.field == "scope"


class TestWhatIsNoInvitation:
    async def test_the_organiser_answers_nobody(self, house: House) -> None:
        event = house.hold(make_event(START + timedelta(hours=2)))

        with pytest.raises(InvalidInput) as refusal:
            await _answer(house, event)

        assert refusal.value.field == "eventId"
        assert house.calendar.events[event.mailbox_id] == event

    async def test_a_cancelled_event_is_as_good_as_gone(self, house: House) -> None:
        event = _invited(house, status=EventStatus.CANCELLED)

        with pytest.raises(NotFound):
            await _answer(house, event)

    async def test_an_event_that_is_gone_is_not_found(self, house: House) -> None:
        with pytest.raises(NotFound):
            await _answer(house, make_event())


class TestTheComment:
    @pytest.mark.parametrize("comment", ["x" * MAX_COMMENT, "Two\nlines", "  ", "Größe 🎉"])
    async def test_words_are_sent_along(self, house: House, comment: str) -> None:
        assert await _answer(house, _invited(house), comment=comment) is not None

    @pytest.mark.parametrize("comment", ["x" * (MAX_COMMENT + 1), "a\x00b", "a\x1bb"])
    async def test_what_no_suite_takes_is_refused_before_it_is_asked(self, house: House, comment: str) -> None:
        event = _invited(house)

        with pytest.raises(InvalidInput) as refusal:
            await _answer(house, event, comment=comment)

        assert refusal.value.field == "comment"
        assert house.interruptions.calls == []


class TestTheSuite:
    async def test_a_declined_event_that_it_does_not_show_any_more_is_answered_all_the_same(self, house: House) -> None:
        event = _invited(house)

        async def vanish() -> None:
            del house.calendar.events[event.mailbox_id]

        house.interruptions.after["respond"] = vanish

        assert await _answer(house, event, InvitationAnswer.DECLINE) is None

    async def test_one_that_cannot_show_it_just_now_has_the_answer_nevertheless(self, house: House) -> None:
        event = _invited(house)

        async def go_down() -> None:
            house.stack.suite.fail_next("event", suite_errors.SuiteUnavailable("503"))

        house.interruptions.after["respond"] = go_down

        assert await _answer(house, event) is None
        assert house.calendar.events[event.mailbox_id].response is Response.ACCEPTED

    @pytest.mark.parametrize(
        ("refusal", "problem"),
        [
            (suite_errors.ChangedMeanwhile("412"), EventChanged),
            (suite_errors.SuiteUnavailable("503"), SuiteUnavailable),
        ],
    )
    async def test_what_it_refuses_is_told(
        self, house: House, refusal: suite_errors.SuiteError, problem: type[Exception]
    ) -> None:
        event = _invited(house)

        async def refuse() -> None:
            raise refusal

        house.interruptions.before["respond"] = refuse

        with pytest.raises(problem):
            await _answer(house, event)

    async def test_without_a_connected_calendar_nothing_is_answered(self, house: House) -> None:
        event = _invited(house)
        await CalendarConnection.of(house.organisation.id).delete()

        with pytest.raises(ConnectionRequired):
            await _answer(house, event)
