"""The job that mails what nobody has read: once, later where the server is down, and not for ever."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.bookings.models import RoomBooking
from app.bookings.subjects import BookingSubjects
from app.connections.models import CalendarConnection, ConnectionStatus
from app.identity.models import Member, Organisation, Role
from app.notifications.mailing import GIVEN_UP_AFTER, LONGEST_BACK_OFF, READING_TIME, Mailing
from app.notifications.mails import MailRoom
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import NotificationService, notify
from app.notifications.smtp import SmtpPost
from app.settings import MailServer
from app.suites import errors as suite_errors
from app.suites.events import RoomAnswer, Sensitivity
from tests.bookings.conftest import house as house
from tests.bookings.house import House
from tests.buildings.making import make_building
from tests.support.mail_server import Inbox, mail_server
from tests.support.people import make_member
from tests.support.workplaces import make_shift

SUBJECT = "Tide tables"


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with mail_server(Inbox()) as open_inbox:
        yield open_inbox


def mailing_of(house: House, inbox: Inbox) -> Mailing:
    """The job of one process."""
    server = MailServer(host="127.0.0.1", port=inbox.port, is_tls_from_start=False, upgrades_to_tls=False)
    return Mailing(
        SmtpPost(server),
        MailRoom(mail_from="rooms@tidewater.example", public_url="https://meetings.tidewater.example"),
        BookingSubjects(house.connections, house.references),
    )


@pytest.fixture
def job(house: House, inbox: Inbox) -> Mailing:
    return mailing_of(house, inbox)


async def _tell(
    house: House, kind: NotificationKind = NotificationKind.RECONNECT_REQUIRED, **values: Any
) -> Notification:
    row = await notify(
        house.organisation.id,
        values.pop("member_id", house.member.id),
        kind,
        subject_id=values.pop("subject_id", uuid4()),
        occasion=uuid4().hex,
        **values,
    )
    assert row is not None
    return row


async def _row(notification: Notification) -> Notification:
    return await Notification.of(notification.organisation_id).get(id=notification.id)


async def _declined(house: House) -> RoomBooking:
    """A room said no, and the member was told."""
    room = await house.room()
    booking = (await house.book(room)).bookings[0]
    house.answer(room, RoomAnswer.DECLINED)
    house.ticker.advance(timedelta(minutes=1))
    await house.checks.run_due()
    return booking


def _text(inbox: Inbox, position: int = 0) -> str:
    body = inbox.mails[position].get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text


class TestOnce:
    async def test_what_nobody_has_read_for_a_while_is_mailed(self, house: House, job: Mailing, inbox: Inbox) -> None:
        told = await _tell(house)

        house.ticker.advance(READING_TIME - timedelta(seconds=1))
        await job.run_due()
        assert inbox.mails == []

        house.ticker.advance(timedelta(seconds=1))
        assert await job.run_due() is None

        assert inbox.recipients == [[house.member.address]]
        row = await _row(told)
        assert (row.mailed_at, row.next_mail_at, row.read_at) == (house.ticker.moment, None, None)

    async def test_it_is_mailed_once_by_however_many_processes(self, house: House, inbox: Inbox) -> None:
        await _tell(house)
        house.ticker.advance(READING_TIME)

        for _ in range(3):
            await mailing_of(house, inbox).run_due()

        assert len(inbox.mails) == 1

    async def test_a_claim_leaves_it_to_whoever_was_first_and_ends(
        self, house: House, job: Mailing, inbox: Inbox
    ) -> None:
        told = await _tell(house)
        house.ticker.advance(READING_TIME)
        lease = house.ticker.moment + timedelta(minutes=2)
        await Notification.of(house.organisation.id).filter(id=told.id).update(next_mail_at=lease)

        await job.run_due()
        assert inbox.mails == []

        house.ticker.advance(timedelta(minutes=5))
        await job.run_due()
        assert len(inbox.mails) == 1

    async def test_a_second_mail_about_it_would_be_known_by_its_id(
        self, house: House, job: Mailing, inbox: Inbox
    ) -> None:
        told = await _tell(house)
        for _ in range(2):
            house.ticker.advance(READING_TIME)
            await job.run_due()
            again = Notification.of(house.organisation.id).filter(id=told.id)
            await again.update(mailed_at=None, next_mail_at=house.ticker.moment)

        assert len({mail["Message-ID"] for mail in inbox.mails}) == 1
        assert len(inbox.mails) == 2

    async def test_many_are_mailed_in_rounds(self, house: House, job: Mailing, inbox: Inbox) -> None:
        for _ in range(60):
            await _tell(house)
        house.ticker.advance(READING_TIME)

        while await job.run_due() is not None:
            continue

        assert len(inbox.mails) == 60


class TestNotWanted:
    async def test_what_was_read_meanwhile_is_not_mailed(self, house: House, job: Mailing, inbox: Inbox) -> None:
        told = await _tell(house)
        await NotificationService().mark_all_read(house.principal)

        house.ticker.advance(READING_TIME)
        await job.run_due()

        assert inbox.mails == []
        assert (await _row(told)).next_mail_at is None

    async def test_whoever_is_no_administrator_any_more_hears_nothing_of_the_integration(
        self, house: House, job: Mailing, inbox: Inbox
    ) -> None:
        administrator = await make_member(house.organisation, "Bo", role=Role.SUBSCRIPTION_ADMINISTRATOR)
        for member in (administrator, house.member):
            await _tell(house, NotificationKind.INTEGRATION_UNHEALTHY, member_id=member.id)

        house.ticker.advance(READING_TIME)
        await job.run_due()

        assert inbox.recipients == [[administrator.address]]

    async def test_what_came_while_there_was_no_mail_server_is_old_by_then(
        self, house: House, job: Mailing, inbox: Inbox
    ) -> None:
        await _tell(house)

        house.ticker.advance(GIVEN_UP_AFTER)
        await job.run_due()

        assert inbox.mails == []

    async def test_an_address_that_is_none_holds_no_other_up(self, house: House, job: Mailing, inbox: Inbox) -> None:
        await _tell(house)
        await Member.of(house.organisation.id).filter(id=house.member.id).update(address="nobody")
        other = await make_member(house.organisation, "Bo")
        await _tell(house, member_id=other.id)

        house.ticker.advance(READING_TIME)
        assert await job.run_due() is None

        assert inbox.recipients == [[other.address]]


class TestTrouble:
    async def test_while_the_server_is_down_it_is_tried_again_with_longer_pauses(
        self, house: House, inbox: Inbox
    ) -> None:
        told = await _tell(house)
        async with mail_server(Inbox()) as closed:
            pass
        job = mailing_of(house, closed)
        house.ticker.advance(READING_TIME)

        pauses = []
        for _ in range(8):
            await job.run_due()
            row = await _row(told)
            assert row.next_mail_at is not None
            pauses.append(row.next_mail_at - house.ticker.moment)
            house.ticker.advance(pauses[-1] + READING_TIME)

        assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
        assert pauses[-1] == LONGEST_BACK_OFF

        async with mail_server(closed):
            await job.run_due()
        assert len(closed.mails) == 1
        assert (await _row(told)).mailed_at is not None

    async def test_after_a_day_it_is_given_up(self, house: House, inbox: Inbox) -> None:
        told = await _tell(house)
        async with mail_server(Inbox()) as closed:
            pass
        job = mailing_of(house, closed)
        house.ticker.advance(READING_TIME)
        await job.run_due()

        house.ticker.advance(GIVEN_UP_AFTER)

        assert await job.run_due() is None
        row = await _row(told)
        assert (row.mailed_at, row.next_mail_at, row.mail_attempts) == (None, None, 2)

    async def test_whom_the_server_knows_not_is_given_up_at_once(
        self, house: House, job: Mailing, inbox: Inbox
    ) -> None:
        inbox.answers[house.member.address] = "550 5.1.1 Nobody here"
        told = await _tell(house)
        house.ticker.advance(READING_TIME)

        assert await job.run_due() is None
        assert (await _row(told)).mailed_at is None

    async def test_a_mail_that_it_defers_holds_no_other_up(self, house: House, job: Mailing, inbox: Inbox) -> None:
        inbox.answers[house.member.address] = "450 4.2.1 Try later"
        deferred = await _tell(house)
        other = await make_member(house.organisation, "Bo")
        await _tell(house, member_id=other.id)
        house.ticker.advance(READING_TIME)

        await job.run_due()
        assert inbox.recipients == [[other.address]]

        inbox.answers.clear()
        house.ticker.advance(timedelta(minutes=5))
        await job.run_due()
        assert (await _row(deferred)).mailed_at is not None


class TestWhatItSays:
    async def test_a_rejected_room_is_named_and_nothing_of_the_calendar(
        self, house: House, job: Mailing, inbox: Inbox
    ) -> None:
        await _declined(house)
        house.interruptions.calls.clear()

        house.ticker.advance(READING_TIME)
        await job.run_due()

        assert inbox.mails[0]["Subject"] == "Lighthouse is not available"
        assert "Lighthouse" in _text(inbox)
        assert SUBJECT not in inbox.mails[0].as_string()
        assert house.interruptions.calls == []

    async def test_the_subject_is_named_where_the_organisation_lets_it(
        self, house: House, job: Mailing, inbox: Inbox
    ) -> None:
        await _allow_subjects(house.organisation.id)
        await _declined(house)

        house.ticker.advance(READING_TIME)
        await job.run_due()

        assert f"It is about “{SUBJECT}”." in _text(inbox)
        assert SUBJECT not in inbox.mails[0]["Subject"]

    @pytest.mark.parametrize("sensitivity", [Sensitivity.PRIVATE, Sensitivity.CONFIDENTIAL])
    async def test_a_private_meetings_subject_never_is(
        self, house: House, job: Mailing, inbox: Inbox, sensitivity: Sensitivity
    ) -> None:
        await _allow_subjects(house.organisation.id)
        await _declined(house)
        house.change(sensitivity=sensitivity)

        house.ticker.advance(READING_TIME)
        await job.run_due()

        assert SUBJECT not in inbox.mails[0].as_string()

    async def test_without_the_suites_answer_the_mail_goes_out_without_it(
        self, house: House, job: Mailing, inbox: Inbox
    ) -> None:
        await _allow_subjects(house.organisation.id)
        await _declined(house)
        house.stack.suite.fail_next("event", suite_errors.SuiteUnavailable("503"))

        house.ticker.advance(READING_TIME)
        await job.run_due()

        assert "Lighthouse" in _text(inbox)
        assert SUBJECT not in _text(inbox)

    async def test_a_consent_that_ended_is_not_tried_for_it(self, house: House, job: Mailing, inbox: Inbox) -> None:
        await _allow_subjects(house.organisation.id)
        await _declined(house)
        rows = CalendarConnection.of(house.organisation.id)
        await rows.update(status=ConnectionStatus.RECONNECT_REQUIRED)
        house.interruptions.calls.clear()

        house.ticker.advance(READING_TIME)
        await job.run_due()

        assert len(inbox.mails) == 1
        assert house.interruptions.calls == []

    async def test_a_mail_about_shifts_says_where_and_from_which_day_on(
        self, house: House, job: Mailing, inbox: Inbox
    ) -> None:
        building = await make_building(house.organisation.id)
        shift = await make_shift(house.member, date(2031, 5, 13), building)
        await _tell(house, NotificationKind.SHIFTS_BOOKED, subject_id=shift.last_change_id)

        house.ticker.advance(READING_TIME)
        await job.run_due()

        assert "An administrator booked a shift at Lighthouse on Tuesday 13 May for you." in " ".join(
            _text(inbox, 0).split()
        )

    @pytest.mark.parametrize("kind", list(NotificationKind))
    async def test_every_kind_has_its_words_with_rooms_and_without(
        self, house: House, job: Mailing, inbox: Inbox, kind: NotificationKind
    ) -> None:
        await Member.of(house.organisation.id).filter(id=house.member.id).update(role=Role.SUBSCRIPTION_ADMINISTRATOR)
        room, former = await house.room(), await house.room("Pier")
        await _tell(house, kind)
        await _tell(house, kind, room_id=room.id, former_room_id=former.id)

        house.ticker.advance(READING_TIME)
        await job.run_due()

        assert len(inbox.mails) == 2
        for position, mail in enumerate(inbox.mails):
            assert mail["Subject"]
            assert "https://meetings.tidewater.example/" in _text(inbox, position)


async def _allow_subjects(organisation_id: UUID) -> None:
    await Organisation.filter(id=organisation_id).update(mails_subjects=True)
