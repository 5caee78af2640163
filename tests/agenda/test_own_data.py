"""What members say on events: on which, for whom to see, and how it is taken back."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.agenda.own_data import LONGEST_NOTE
from app.agenda.values import AgendaEvent
from app.connections.models import CalendarConnection
from app.errors import ConnectionRequired, InvalidInput, NotFound
from app.keys import Keys, Vault
from app.references.models import EventAttendance, EventNote, EventReference, MailboxReference
from app.suites.events import Event, EventKind, EventStatus, EventTime
from tests.bookings.house import START, House, Ticker, make_event, make_house
from tests.support.database import open_database

WEEK = timedelta(days=7)


@pytest.fixture
async def colleague(house: House) -> House:
    """Somebody of the same organisation with a calendar of their own."""
    return await _another(house, organisation=house.organisation)


async def _another(house: House, **values: Any) -> House:
    return await make_house(house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", **values)


async def _attend(house: House, event: Event, in_person: bool | None = True) -> AgendaEvent:
    return await house.own_data.set_attendance(house.principal, event.mailbox_id, in_person)


async def _note(house: House, event: Event, text: str | None = "Bring charts") -> AgendaEvent:
    return await house.own_data.set_note(house.principal, event.mailbox_id, text)


async def _seen(house: House, event: Event) -> tuple[list[tuple[str, bool]], list[tuple[str, str]]]:
    """Who attends how and who noted what, as this member's calendar shows the event."""
    joined = await house.agenda.event(house.principal, event.mailbox_id)
    attendances = [(entry.member.name, entry.in_person) for entry in joined.attendances]
    return attendances, [(note.author.name, note.text) for note in joined.notes]


NOTHING: tuple[list[tuple[str, bool]], list[tuple[str, str]]] = ([], [])


class TestSaying:
    async def test_how_somebody_attends_is_shown_at_once_with_the_event(self, house: House) -> None:
        event = house.hold(make_event())

        answered = await _attend(house, event)

        assert [(entry.member.name, entry.in_person) for entry in answered.attendances] == [("Ada Vos", True)]

    async def test_a_note_is_shown_at_once_with_the_event(self, house: House) -> None:
        event = house.hold(make_event())

        answered = await _note(house, event)

        assert [(note.author.name, note.text) for note in answered.notes] == [("Ada Vos", "Bring charts")]

    async def test_saying_it_again_replaces_it(self, house: House) -> None:
        event = house.hold(make_event())

        for in_person, text in ((True, "Bring charts"), (False, "Bring tables"), (False, "Bring tables")):
            await _attend(house, event, in_person)
            await _note(house, event, text)

        assert await _seen(house, event) == ([("Ada Vos", False)], [("Ada Vos", "Bring tables")])
        assert (await EventAttendance.all().count(), await EventNote.all().count()) == (1, 1)

    async def test_an_event_without_colleagues_takes_it_too(self, house: House) -> None:
        event = house.hold(make_event(attendees=()))

        assert (await _attend(house, event)).attendances

    async def test_a_note_is_not_readable_in_the_database(self, house: House) -> None:
        await _note(house, house.hold(make_event()), "Xylophone")

        assert b"Xylophone" not in (await EventNote.get()).text

    async def test_it_costs_one_call_of_the_suite(self, house: House) -> None:
        event = house.hold(make_event())

        await _attend(house, event)

        assert house.interruptions.calls == ["event"]

    async def test_two_that_say_something_on_one_event_have_one_reference_with_a_lead_each(
        self, house: House, colleague: House
    ) -> None:
        event = colleague.hold(house.hold(make_event()))

        for each in (house, colleague):
            await _attend(each, event)
            await _note(each, event)

        assert (await EventReference.all().count(), await MailboxReference.all().count()) == (1, 2)


class TestTakingBack:
    @pytest.mark.parametrize("text", [None, "", "  \n\t "])
    async def test_nothing_in_the_place_of_a_note_takes_it_back(self, house: House, text: str | None) -> None:
        event = house.hold(make_event())
        await _note(house, event)

        answered = await _note(house, event, text)

        assert answered.notes == ()
        assert await EventNote.all().count() == 0

    async def test_with_the_last_word_everything_that_led_to_the_event_goes(self, house: House) -> None:
        event = house.hold(make_event())
        await _attend(house, event)
        await _note(house, event)

        await _attend(house, event, None)
        assert await EventReference.all().count() == 1
        await _note(house, event, None)

        assert (await EventReference.all().count(), await MailboxReference.all().count()) == (0, 0)

    async def test_what_a_colleague_said_stays(self, house: House, colleague: House) -> None:
        event = colleague.hold(house.hold(make_event()))
        for each in (house, colleague):
            await _attend(each, event)

        await _attend(house, event, None)

        assert await _seen(house, event) == ([("Ben Kok", True)], [])

    async def test_a_booking_of_the_event_keeps_its_references(self, house: House) -> None:
        event, booking = await house.booked_event()
        await _attend(house, event)

        answered = await _attend(house, event, None)

        assert answered.rooms[0].booking_id == booking.id
        assert await MailboxReference.all().count() == 1

    async def test_where_nothing_was_said_nothing_is_made(self, house: House) -> None:
        event = house.hold(make_event())

        await _attend(house, event, None)
        await _note(house, event, None)

        assert await EventReference.all().count() == 0

    async def test_it_can_be_taken_back_from_an_event_that_was_cancelled(self, house: House) -> None:
        event = house.hold(make_event())
        await _attend(house, event)
        house.change(status=EventStatus.CANCELLED)

        await _attend(house, event, None)

        assert await EventReference.all().count() == 0


class TestWhatIsRefused:
    @pytest.mark.parametrize("text", ["x" * (LONGEST_NOTE + 1), "a\x00b", "a\x1bb", "a\x7fb", "a\x85b", "a\ud800b"])
    async def test_what_is_no_note_is_refused_before_the_suite_is_asked(self, house: House, text: str) -> None:
        event = house.hold(make_event())

        with pytest.raises(InvalidInput) as refusal:
            await _note(house, event, text)

        assert refusal.value.field == "text"
        assert house.interruptions.calls == []

    @pytest.mark.parametrize("text", ["x" * LONGEST_NOTE, "Two\nlines\tand a tab", "Größe 🎉👩‍🚀", "مرحبا"])
    async def test_every_text_of_people_is_a_note(self, house: House, text: str) -> None:
        event = house.hold(make_event())

        assert (await _note(house, event, f"  {text}\n")).notes[0].text == text

    @pytest.mark.parametrize("say", [_attend, _note])
    async def test_nothing_is_said_on_an_event_that_was_cancelled(self, house: House, say: Any) -> None:
        event = house.hold(make_event(status=EventStatus.CANCELLED))

        with pytest.raises(InvalidInput) as refusal:
            await say(house, event)

        assert refusal.value.field == "eventId"
        assert await EventReference.all().count() == 0

    @pytest.mark.parametrize("say", [_attend, _note])
    async def test_nothing_is_said_on_an_event_that_the_suite_does_not_show(self, house: House, say: Any) -> None:
        with pytest.raises(NotFound):
            await say(house, make_event())

    @pytest.mark.parametrize("say", [_attend, _note])
    async def test_whoever_has_no_calendar_connected_is_told_so(self, house: House, say: Any) -> None:
        event = house.hold(make_event())
        await house.stack.connections.disconnect(house.principal)

        with pytest.raises(ConnectionRequired):
            await say(house, event)

    @pytest.mark.parametrize("say", [_attend, _note])
    async def test_whoever_disconnects_at_that_moment_leaves_nothing_behind(self, house: House, say: Any) -> None:
        event = house.hold(make_event())

        async def disconnect() -> None:
            await house.stack.connections.disconnect(house.principal)

        house.interruptions.after["event"] = disconnect

        with pytest.raises(ConnectionRequired):
            await say(house, event)
        assert await EventReference.all().count() == 0


class TestSeriesAndDates:
    @pytest.fixture
    def master(self, house: House) -> Event:
        return house.hold(make_event(kind=EventKind.SERIES))

    @pytest.fixture
    def dates(self, house: House, master: Event) -> list[Event]:
        values: dict[str, Any] = {"kind": EventKind.OCCURRENCE, "series_mailbox_id": master.mailbox_id}
        return [house.hold(make_event(START + week * WEEK, **values)) for week in range(2)]

    async def test_what_is_said_on_a_series_stands_on_none_of_its_dates(
        self, house: House, master: Event, dates: list[Event]
    ) -> None:
        await _attend(house, master)
        await _note(house, master)

        assert await _seen(house, master) == ([("Ada Vos", True)], [("Ada Vos", "Bring charts")])
        assert [await _seen(house, date) for date in dates] == [NOTHING, NOTHING]

    async def test_what_is_said_on_a_date_stands_on_that_date_alone(
        self, house: House, master: Event, dates: list[Event]
    ) -> None:
        await _attend(house, dates[0])
        await _note(house, dates[0])

        assert await _seen(house, dates[0]) == ([("Ada Vos", True)], [("Ada Vos", "Bring charts")])
        assert [await _seen(house, event) for event in (master, dates[1])] == [NOTHING, NOTHING]


class TestWhoSeesIt:
    async def test_a_colleague_whose_calendar_has_the_event_sees_it(self, house: House, colleague: House) -> None:
        event = house.hold(make_event())
        theirs = colleague.hold(replace(event, mailbox_id="another id", is_organiser=False))
        await _attend(house, event)
        await _note(house, event)

        assert await _seen(colleague, theirs) == ([("Ada Vos", True)], [("Ada Vos", "Bring charts")])
        agenda = await colleague.agenda.agenda(colleague.principal, START, START + WEEK)
        assert [note.text for note in agenda.events[0].notes] == ["Bring charts"]

    async def test_a_colleague_who_was_taken_off_the_event_sees_it_no_more(
        self, house: House, colleague: House
    ) -> None:
        event = colleague.hold(house.hold(make_event()))
        await _note(house, event)
        del colleague.calendar.events[event.mailbox_id]

        with pytest.raises(NotFound):
            await colleague.agenda.event(colleague.principal, event.mailbox_id)
        with pytest.raises(NotFound):
            await _attend(colleague, event)
        agenda = await colleague.agenda.agenda(colleague.principal, START, START + WEEK)
        assert agenda.events == []

    async def test_another_organisation_on_the_same_event_sees_nothing(self, house: House) -> None:
        stranger = await _another(house)
        event = stranger.hold(house.hold(make_event()))
        await _attend(house, event)
        await _note(house, event)

        assert await _seen(stranger, event) == NOTHING


class TestMoving:
    async def test_it_follows_an_event_to_another_time(self, house: House) -> None:
        event = house.hold(make_event())
        await _attend(house, event)
        later = EventTime(event.start.time_zone, START + WEEK)
        house.change(start=later, end=later)

        assert await _seen(house, event) == ([("Ada Vos", True)], [])

    async def test_it_follows_a_date_that_has_other_ids_since_its_series_moved(self, house: House) -> None:
        date = house.hold(make_event(kind=EventKind.OCCURRENCE, series_mailbox_id="series", day_key="uid 2031-05-12"))
        await _attend(house, date)
        await _note(house, date)
        moved = house.hold(replace(date, mailbox_id="at ten", shared_key="uid at ten"))

        assert await _seen(house, moved) == ([("Ada Vos", True)], [("Ada Vos", "Bring charts")])
        await _attend(house, moved, None)
        await _note(house, moved, None)
        assert (await EventReference.all().count(), await MailboxReference.all().count()) == (0, 0)

    async def test_a_date_with_a_key_of_its_day_keeps_its_booking_beside_it(self, house: House) -> None:
        event, booking = await house.booked_event()
        house.change(day_key="uid 2031-05-12")

        answered = await _attend(house, event)

        assert answered.rooms[0].booking_id == booking.id
        assert len(answered.attendances) == 1


@pytest.mark.postgresql
async def test_what_one_member_says_twice_at_once_is_said_once(postgresql_url: str, keys: Keys, vault: Vault) -> None:
    async with open_database(postgresql_url):
        house = await make_house(keys, vault, Ticker())
        event = house.hold(make_event())

        await asyncio.gather(*(_attend(house, event, in_person) for in_person in (True, False) * 5))
        await asyncio.gather(*(_note(house, event, f"note {number}") for number in range(10)))

        assert (await EventAttendance.all().count(), await EventNote.all().count()) == (1, 1)
        assert (await EventReference.all().count(), await MailboxReference.all().count()) == (1, 1)
        assert await CalendarConnection.all().count() == 1
