"""References that only our own data hangs on are closed once their events are over, and not before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.bookings.commands import CancelBooking
from app.connections.models import CalendarConnection, ConnectionStatus
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.jobs.cleanup import CleanUp
from app.references.looking import LONGEST_WAIT, EventLooks
from app.references.models import EventAttendance, EventReference
from app.suites import errors as suite_errors
from app.suites.events import Event, EventKind, EventStatus, EventTime
from app.suites.protocol import Mailbox
from tests.bookings.house import START, House, make_event, make_house

DAY = timedelta(days=1)
ABROAD = "Europe/Amsterdam"

Change = Callable[[House, Event], object]


def _looks(house: House) -> EventLooks:
    return EventLooks(house.connections, house.references, house.leads, random=lambda: 0.0)


@pytest.fixture
async def colleague(house: House) -> House:
    return await make_house(
        house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
    )


async def _said(house: House, event: Event | None = None) -> Event:
    event = house.hold(event or make_event(START + 60 * DAY))
    await house.own_data.set_attendance(house.principal, event.mailbox_id, in_person=True)
    house.interruptions.calls.clear()
    return event


async def _look_in(house: House, days: int) -> EventReference:
    """The reference as it is after a look so many days later."""
    house.ticker.advance(days * DAY)
    await _looks(house).run_due()
    return await EventReference.get()


def _is_over(house: House, event: Event) -> None:
    house.change(event.mailbox_id, start=EventTime(ABROAD, START), end=EventTime(ABROAD, START + timedelta(hours=1)))


def _is_gone(house: House, event: Event) -> None:
    del house.calendar.events[event.mailbox_id]


def _is_cancelled(house: House, event: Event) -> None:
    house.change(event.mailbox_id, status=EventStatus.CANCELLED)


class TestWhen:
    async def test_the_first_look_is_a_day_after_something_was_said_whenever_the_event_is(self, house: House) -> None:
        for days in (1, 60):
            await _said(house, make_event(START + days * DAY))

        assert {row.next_look_at for row in await EventReference.all()} == {START + DAY}

    async def test_saying_more_does_not_put_it_off(self, house: House) -> None:
        event = await _said(house)
        house.ticker.advance(timedelta(hours=5))

        await _said(house, event)

        assert (await EventReference.get()).next_look_at == START + DAY

    async def test_looks_become_ever_rarer_and_thirty_days_apart_at_most(self, house: House) -> None:
        await _said(house, make_event(START + 400 * DAY))

        waits = []
        for _ in range(7):
            house.ticker.moment = (await EventReference.get()).next_look_at or START
            await _looks(house).run_due()
            following = (await EventReference.get()).next_look_at
            assert following is not None
            waits.append((following - house.ticker.moment).days)

        assert waits == [2, 4, 8, 16, 30, 30, 30]
        assert LONGEST_WAIT == 30 * DAY

    async def test_a_look_costs_one_call(self, house: House) -> None:
        await _said(house)

        await _look_in(house, 1)

        assert house.interruptions.calls == ["event"]

    async def test_nothing_is_looked_at_before_it_is_due_and_the_job_says_when_that_is(self, house: House) -> None:
        await _said(house)

        assert await _looks(house).run_due() == START + DAY
        assert house.interruptions.calls == []

    async def test_an_event_without_anything_of_our_own_is_never_looked_at(self, house: House) -> None:
        await house.book(await house.room())

        assert await _looks(house).run_due() is None

    async def test_two_processes_that_look_at_once_look_once(self, house: House) -> None:
        await _said(house)

        async def another_process_looks() -> None:
            await _looks(house).run_due()

        house.interruptions.before["event"] = another_process_looks
        await _look_in(house, 1)

        assert house.interruptions.calls == ["event"]


class TestWhatIsFound:
    async def test_an_event_to_come_stays(self, house: House) -> None:
        event = await _said(house)

        assert (await _look_in(house, 1)).closed_at is None
        assert (await house.agenda.event(house.principal, event.mailbox_id)).attendances

    @pytest.mark.parametrize("ends", [_is_over, _is_gone, _is_cancelled])
    async def test_one_that_is_over_gone_or_cancelled_is_closed_and_erased_thirty_days_later(
        self, house: House, ends: Change
    ) -> None:
        event = await _said(house)
        ends(house, event)

        assert (await _look_in(house, 1)).closed_at == house.ticker.moment
        for days, left in ((29, 1), (2, 0)):
            house.ticker.advance(days * DAY)
            await CleanUp().run_due()
            assert await EventAttendance.all().count() == left

    async def test_a_closed_one_on_which_something_is_said_again_is_open_and_looked_at_again(
        self, house: House
    ) -> None:
        event = await _said(house)
        _is_cancelled(house, event)
        await _look_in(house, 1)
        house.change(status=EventStatus.CONFIRMED)

        await _said(house, house.calendar.events[event.mailbox_id])

        reference = await EventReference.get()
        assert (reference.closed_at, reference.next_look_at) == (None, house.ticker.moment + DAY)

    async def test_what_is_said_during_a_look_is_not_closed_with_what_the_look_found(self, house: House) -> None:
        event = await _said(house)
        _is_over(house, event)

        async def somebody_puts_it_off_and_says_so() -> None:
            house.hold(event)
            await house.own_data.set_note(house.principal, event.mailbox_id, "Put off")

        house.interruptions.after["event"] = somebody_puts_it_off_and_says_so

        assert (await _look_in(house, 1)).closed_at is None


class TestSeries:
    @pytest.fixture
    def master(self) -> Event:
        return make_event(kind=EventKind.SERIES)

    def _date(self, house: House, master: Event, days: int, **values: Any) -> Event:
        defaults: dict[str, Any] = {"kind": EventKind.OCCURRENCE, "series_mailbox_id": master.mailbox_id}
        return house.hold(make_event(START + days * DAY, **(defaults | values)))

    @pytest.mark.parametrize("days", [30, 200])
    async def test_a_series_is_not_over_while_a_date_is_to_come(self, house: House, master: Event, days: int) -> None:
        await _said(house, master)
        self._date(house, master, days)

        assert (await _look_in(house, 1)).closed_at is None

    async def test_a_series_whose_last_date_has_been_is_over(self, house: House, master: Event) -> None:
        await _said(house, master)
        self._date(house, master, 0)

        assert (await _look_in(house, 1)).closed_at is not None

    async def test_a_date_is_over_by_itself_while_the_series_goes_on(self, house: House, master: Event) -> None:
        house.hold(master)
        self._date(house, master, 7)
        await _said(house, self._date(house, master, 0))

        assert (await _look_in(house, 1)).closed_at is not None

    async def test_a_date_that_has_another_id_since_its_series_moved_is_found_again_and_known_from_then_on(
        self, house: House, master: Event
    ) -> None:
        house.hold(master)
        date = self._date(house, master, 60, day_key="uid 2031-07-11")
        await _said(house, date)
        _is_gone(house, date)
        house.hold(replace(date, mailbox_id="at ten", shared_key="uid at ten"))

        assert (await _look_in(house, 1)).closed_at is None
        assert house.interruptions.calls == ["event", "occurrences"]
        house.interruptions.calls.clear()
        await _look_in(house, 2)
        assert house.interruptions.calls == ["event"]

    async def test_a_date_that_was_taken_out_of_its_series_is_gone(self, house: House, master: Event) -> None:
        house.hold(master)
        self._date(house, master, 67)
        date = self._date(house, master, 60)
        await _said(house, date)
        _is_gone(house, date)

        assert (await _look_in(house, 1)).closed_at is not None


class TestWhoIsAsked:
    async def test_where_one_who_said_something_was_taken_off_the_event_a_colleague_who_is_on_it_is_asked(
        self, house: House, colleague: House
    ) -> None:
        event = await _said(house)
        house.ticker.advance(timedelta(hours=1))
        await _said(colleague, event)
        _is_gone(house, event)
        house.ticker.advance(DAY)

        await EventLooks(_Both(house, colleague), house.references, house.leads, random=lambda: 0.0).run_due()

        assert (await EventReference.get()).closed_at is None
        assert (house.interruptions.calls, colleague.interruptions.calls) == (["event"], ["event"])

    async def test_where_nobodys_calendar_works_it_is_looked_at_later(self, house: House) -> None:
        event = await _said(house)
        _is_gone(house, event)
        await CalendarConnection.all().update(status=ConnectionStatus.RECONNECT_REQUIRED)

        reference = await _look_in(house, 1)

        assert (reference.closed_at, reference.next_look_at) == (None, house.ticker.moment + 2 * DAY)
        assert house.interruptions.calls == []

    async def test_while_the_integration_is_disabled_nobody_is_asked(self, house: House) -> None:
        await _said(house)
        await Integration.all().update(status=IntegrationStatus.DISABLED)

        assert (await _look_in(house, 1)).closed_at is None
        assert house.interruptions.calls == []

    @pytest.mark.parametrize("error", [suite_errors.SuiteUnavailable("503"), RuntimeError("a mistake of ours")])
    async def test_what_cannot_be_read_is_looked_at_later_and_holds_nobody_up(
        self, house: House, error: Exception
    ) -> None:
        await _said(house)
        over = await _said(house)
        _is_over(house, over)
        house.stack.suite.fail_next("event", error)

        house.ticker.advance(DAY)
        await _looks(house).run_due()

        assert sorted(row.closed_at is None for row in await EventReference.all()) == [False, True]

    async def test_an_event_with_an_open_booking_is_left_to_the_bookings_checks(self, house: House) -> None:
        event, _ = await house.booked_event()
        await _said(house, event)
        _is_gone(house, event)

        assert (await _look_in(house, 1)).closed_at is None
        assert house.interruptions.calls == []

    async def test_a_reference_that_a_closed_booking_left_behind_is_closed_once_nothing_is_said_on_it_any_more(
        self, house: House
    ) -> None:
        event, booking = await house.booked_event()
        await _said(house, event)
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))
        await house.own_data.set_attendance(house.principal, event.mailbox_id, None)
        house.interruptions.calls.clear()

        assert (await _look_in(house, 1)).closed_at is not None
        assert house.interruptions.calls == []


class _Both:
    """Connections that open each member's own mailbox."""

    def __init__(self, house: House, colleague: House) -> None:
        self._houses = {each.member.id: each for each in (house, colleague)}
        self.use = house.connections.use

    def open(self, connection: CalendarConnection) -> Mailbox:
        return self._houses[connection.member_id].connections.open(connection)
