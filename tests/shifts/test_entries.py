"""Shifts in their member's own calendar, for those who want them there."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.database import engine
from app.events_bus.bus import MessageKind
from app.identity import linking, roles
from app.identity.models import Member
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.jobs.runner import MEANT
from app.keys import Keys, Vault
from app.shifts.entries import HORIZON
from app.shifts.entry_job import CLAIM_PERIOD, FIRST_RETRY, LONGEST_RETRY, LOOK_EVERY, MOST_ATTEMPTS, ShiftEntries
from app.shifts.models import EntryState, Shift, ShiftEntry
from app.suites.errors import InvalidRequest, SuiteThrottled, SuiteUnavailable
from tests.connections.stack import account_of
from tests.shifts.calendars import Desk, Interrupted, at_desk, day
from tests.support.people import make_member
from tests.support.workplaces import make_shift

MOMENT = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
async def desk(database: TortoiseContext, keys: Keys, vault: Vault) -> AsyncIterator[Desk]:
    async with at_desk(keys, vault) as desk:
        yield desk


class TestWhatIsWritten:
    async def test_a_shift_at_an_office_and_a_remote_one_appear_under_names_of_their_own(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)

        await desk.book(day(1))
        await desk.book(day(2), kind="REMOTE")
        await desk.job.run_due()

        assert [(one.day, one.subject, one.place) for one in desk.written] == [
            (day(1), "Working at Lighthouse", "Lighthouse"),
            (day(2), "Working remotely", None),
        ]
        assert [one.time_zone for one in desk.written] == ["Europe/Amsterdam"] * 2
        assert set(await desk.states()) == {EntryState.WRITTEN}

    @pytest.mark.parametrize(
        ("slot", "subject"),
        [
            ({"kind": "MORNING"}, "Working at Lighthouse (morning)"),
            ({"kind": "AFTERNOON"}, "Working at Lighthouse (afternoon)"),
            ({"kind": "TIMES", "start": "09:30", "end": "12:00"}, "Working at Lighthouse (09:30-12:00)"),
        ],
    )
    async def test_a_part_of_a_day_is_named(self, desk: Desk, slot: dict[str, str], subject: str) -> None:
        await desk.prefer(showInCalendar=True)

        await desk.book(day(1), slot=slot)
        await desk.job.run_due()

        assert desk.subjects == [subject]

    async def test_a_day_off_is_not_written(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)

        await desk.book(day(1), kind="NOT_WORKING")
        await desk.job.run_due()

        assert (desk.written, await desk.entries()) == ([], [])

    async def test_nothing_is_written_for_whoever_did_not_ask_for_it(self, desk: Desk) -> None:
        await desk.book(day(1))
        await desk.job.run_due()

        assert (desk.written, await desk.entries()) == ([], [])
        assert desk.suite.calls["write_working_day"] == 0

    async def test_what_an_administrator_books_for_a_member_stands_in_the_members_calendar(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        member_id = (await desk.house.ask("{ viewer { member { id } } }"))["viewer"]["member"]["id"]

        await desk.book(day(1), by=desk.house.administrator, memberId=member_id)
        await desk.job.run_due()

        assert desk.subjects == ["Working at Lighthouse"]

    async def test_a_booking_wakes_the_job_and_no_other(self, desk: Desk) -> None:
        bus = desk.house.server.stack.bus
        bus.published.clear()

        await desk.book(day(1))

        assert bus.kinds == [MessageKind.SHIFT_ENTRIES_DUE.value]
        assert MEANT[MessageKind.SHIFT_ENTRIES_DUE] == desk.job.name


class TestFollowing:
    async def test_a_changed_shift_is_replaced(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        [shift] = await desk.book(day(1))
        await desk.job.run_due()

        await desk.change(shift, kind="REMOTE", date=day(3).isoformat())
        await desk.job.run_due()

        assert [(one.day, one.subject) for one in desk.written] == [(day(3), "Working remotely")]
        assert await desk.states() == [EntryState.WRITTEN]

    async def test_a_cancelled_shift_goes(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        [shift] = await desk.book(day(1))
        await desk.job.run_due()

        await desk.cancel(shift)
        await desk.job.run_due()

        assert (desk.written, await desk.entries()) == ([], [])

    async def test_a_shift_that_is_cancelled_before_it_was_written_is_never_written(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        [shift] = await desk.book(day(1))

        await desk.cancel(shift)
        await desk.job.run_due()

        assert (desk.suite.calls["write_working_day"], desk.suite.calls["remove_working_day"]) == (0, 0)

    async def test_a_shift_that_is_cancelled_while_it_is_written_is_taken_away_again(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        [shift] = await desk.book(day(1))

        await ShiftEntries(Interrupted(desk, lambda: desk.cancel(shift))).run_due()
        await desk.job.run_due()

        assert desk.suite.calls["write_working_day"] == 1
        assert (desk.written, await desk.entries()) == ([], [])

    async def test_what_the_member_deleted_by_hand_stays_deleted_and_disturbs_nothing(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        [shift, _] = await desk.book(day(1), day(2))
        await desk.job.run_due()

        desk.house.calendar.working_days.clear()
        await desk.pass_time(LOOK_EVERY)
        assert desk.written == []

        await desk.cancel(shift)
        await desk.job.run_due()
        assert await desk.states() == [EntryState.WRITTEN]

    async def test_a_shift_beyond_the_horizon_is_written_once_it_is_near(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        await desk.book(day(HORIZON.days + 5))
        await desk.job.run_due()
        assert desk.written == []

        await desk.pass_time(7 * DAY)

        assert [one.day for one in desk.written] == [day(HORIZON.days + 5)]


class TestSwitching:
    async def test_switching_it_on_writes_coming_shifts_and_no_past_ones(self, desk: Desk) -> None:
        await desk.book(day(0), day(1), day(20))
        desk.house.server.ticker.advance(DAY)

        preferences = await desk.prefer(showInCalendar=True)
        await desk.job.run_due()

        assert preferences == {"suggestFromCalendar": False, "showInCalendar": True}
        assert [one.day for one in desk.written] == [day(1), day(20)]

    async def test_switching_it_off_takes_all_of_them_away(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1), day(2))
        await desk.job.run_due()

        await desk.prefer(showInCalendar=False)
        await desk.job.run_due()

        assert (desk.written, await desk.entries()) == ([], [])

    async def test_switching_it_on_again_writes_them_under_commands_that_the_suite_does_not_know(
        self, desk: Desk
    ) -> None:
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1))
        await desk.job.run_due()
        before = set(desk.house.calendar.working_days)

        await desk.prefer(showInCalendar=False)
        desk.house.server.ticker.advance(MOMENT)
        await desk.prefer(showInCalendar=True)
        await desk.job.run_due()

        assert len(desk.written) == 1
        assert before.isdisjoint(desk.house.calendar.working_days)

    async def test_saying_what_holds_already_writes_nothing_again(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1))
        await desk.job.run_due()

        await desk.prefer(showInCalendar=True, suggestFromCalendar=True)
        await desk.job.run_due()

        assert desk.suite.calls["write_working_day"] == 1

    async def test_both_preferences_are_off_at_first_and_what_is_left_out_stays(self, desk: Desk) -> None:
        query = "{ viewer { shiftPreferences { suggestFromCalendar showInCalendar } } }"
        first = await desk.house.ask(query)

        await desk.prefer(suggestFromCalendar=True)
        await desk.prefer(showInCalendar=True)

        assert first["viewer"]["shiftPreferences"] == {"suggestFromCalendar": False, "showInCalendar": False}
        after = await desk.house.ask(query)
        assert after["viewer"]["shiftPreferences"] == {"suggestFromCalendar": True, "showInCalendar": True}


class TestTheSuite:
    @pytest.mark.parametrize("error", [SuiteUnavailable("503"), SuiteThrottled("429")])
    async def test_a_suite_that_is_down_is_asked_again_later_and_nothing_is_lost(
        self, desk: Desk, error: Exception
    ) -> None:
        await desk.prefer(showInCalendar=True)
        desk.suite.fail_next("write_working_day", error)
        await desk.book(day(1))

        await desk.job.run_due()
        await desk.job.run_due()
        assert desk.suite.calls["write_working_day"] == 1

        await desk.pass_time(FIRST_RETRY)
        assert desk.subjects == ["Working at Lighthouse"]

    async def test_each_failure_doubles_the_pause_up_to_an_hour(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        desk.suite.fail_next("write_working_day", SuiteUnavailable("503"), times=10)
        await desk.book(day(1))
        pauses = []

        for _ in range(9):
            await desk.job.run_due()
            [entry] = await desk.entries()
            assert entry.next_try_at is not None
            pauses.append(entry.next_try_at - desk.house.server.ticker.moment)
            desk.house.server.ticker.advance(pauses[-1])

        assert pauses[:3] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
        assert pauses[-1] == LONGEST_RETRY

    async def test_what_is_refused_for_days_is_given_up_and_asks_nothing_more(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        desk.suite.fail_next("write_working_day", InvalidRequest("ErrorInvalidRequest"), times=MOST_ATTEMPTS + 10)
        await desk.book(day(30))

        for _ in range(MOST_ATTEMPTS + 5):
            await desk.pass_time(LONGEST_RETRY)

        assert desk.suite.calls["write_working_day"] == MOST_ATTEMPTS
        [entry] = await desk.entries()
        assert entry.next_try_at is None

    async def test_one_that_fails_does_not_hold_up_the_others(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        desk.suite.fail_next("write_working_day", SuiteUnavailable("503"))
        await desk.book(day(1), day(2), day(3))

        await desk.job.run_due()

        assert len(desk.written) == 2

    async def test_a_day_that_is_over_before_the_suite_answers_is_not_written(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        desk.suite.fail_next("write_working_day", SuiteUnavailable("503"))
        await desk.book(day(0))
        await desk.job.run_due()

        await desk.pass_time(DAY)

        assert (desk.written, await desk.entries()) == ([], [])


class TestConnections:
    async def test_a_connection_that_does_not_work_is_waited_for(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        mine = CalendarConnection.of(desk.house.organisation.id).filter(id=desk.house.connection.id)
        await mine.update(status=ConnectionStatus.RECONNECT_REQUIRED, reason=ConnectionReason.EXPIRED)
        await desk.book(day(1))

        await desk.pass_time(DAY / 4)
        assert desk.suite.calls["write_working_day"] == 0

        await mine.update(status=ConnectionStatus.CONNECTED, reason=None)
        await desk.job.run_due()
        assert desk.subjects == ["Working at Lighthouse"]

    async def test_an_integration_that_is_disabled_is_waited_for(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1))
        integration = Integration.of(desk.house.organisation.id).filter(id=desk.house.integration.id)
        await integration.update(status=IntegrationStatus.DISABLED)

        await desk.job.run_due()
        assert desk.written == []

        await integration.update(status=IntegrationStatus.ENABLED)
        await desk.job.run_due()
        assert desk.subjects == ["Working at Lighthouse"]

    async def test_whoever_connects_their_calendar_later_finds_their_shifts_in_it(self, desk: Desk) -> None:
        await CalendarConnection.of(desk.house.organisation.id).filter(id=desk.house.connection.id).delete()
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1))
        assert await desk.entries() == []

        await desk.house.connect()
        await desk.pass_time(LOOK_EVERY)

        assert desk.subjects == ["Working at Lighthouse"]

    async def test_disconnecting_forgets_the_entries_and_leaves_the_days_in_the_calendar(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1))
        await desk.job.run_due()

        await desk.house.ask("mutation { disconnectCalendar { __typename } }")

        assert await desk.entries() == []
        assert desk.subjects == ["Working at Lighthouse"]

    async def test_whoever_connects_anew_finds_no_day_twice(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1), day(2))
        await desk.job.run_due()
        await desk.house.ask("mutation { disconnectCalendar { __typename } }")

        await desk.house.connect()
        await desk.pass_time(LOOK_EVERY)

        assert desk.subjects == ["Working at Lighthouse"] * 2
        assert await desk.states() == [EntryState.WRITTEN] * 2


class TestMerging:
    async def test_what_was_wanted_of_a_calendar_comes_with_it_to_the_member_who_they_turn_out_to_be(
        self, desk: Desk
    ) -> None:
        survivor = await make_member(desk.house.organisation, "Ada Lind")
        await desk.prefer(showInCalendar=True, suggestFromCalendar=True)
        await desk.book(day(1))
        await desk.job.run_due()
        await make_shift(survivor, day(2))

        await _turns_out_to_be(desk, survivor)
        await desk.pass_time(LOOK_EVERY)

        assert desk.subjects == ["Working at Lighthouse", "Working remotely"]
        merged = await Member.of(survivor.organisation_id).get(id=survivor.id)
        assert (merged.shows_shifts, merged.takes_suggestions) == (True, True)

    async def test_a_day_that_both_had_stands_in_the_calendar_once(self, desk: Desk) -> None:
        survivor = await make_member(desk.house.organisation, "Ada Lind")
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1))
        await desk.job.run_due()
        await make_shift(survivor, day(1))

        await _turns_out_to_be(desk, survivor)
        await desk.pass_time(LOOK_EVERY)

        assert desk.subjects == ["Working remotely"]

    async def test_who_brings_no_calendar_changes_nothing_of_what_the_survivor_wants(self, desk: Desk) -> None:
        survivor = await make_member(desk.house.organisation, "Ada Lind")
        await Member.of(survivor.organisation_id).filter(id=survivor.id).update(takes_suggestions=True)
        await desk.house.ask("mutation { disconnectCalendar { __typename } }")

        await _turns_out_to_be(desk, survivor)

        assert (await Member.of(survivor.organisation_id).get(id=survivor.id)).takes_suggestions


async def _turns_out_to_be(desk: Desk, survivor: Member) -> None:
    """The member of the desk is this one."""
    member = await Member.of(survivor.organisation_id).get(id=desk.house.member.member_id)
    identity = (await account_of(member)).identity(desk.suite.name)
    async with in_transaction():
        await roles.one_at_a_time(survivor.organisation_id)
        await linking.bind(survivor, identity)


class TestSeveralProcesses:
    async def test_a_process_that_was_killed_after_the_suites_answer_leaves_no_second_day(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1))
        await desk.job.run_due()
        now = desk.house.server.ticker.moment
        # As it stands when nothing after the suite's answer ran.
        await ShiftEntry.of(desk.house.organisation.id).update(
            state=EntryState.TO_WRITE, attempts=1, next_try_at=now, claimed_until=now + CLAIM_PERIOD
        )

        await desk.pass_time(CLAIM_PERIOD - MOMENT)
        assert desk.suite.calls["write_working_day"] == 1

        await desk.pass_time(MOMENT)
        assert desk.suite.calls["write_working_day"] == 2
        assert len(desk.written) == 1
        assert await desk.states() == [EntryState.WRITTEN]

    async def test_an_entry_is_written_by_one_of_them(self, desk: Desk) -> None:
        await _written_once(desk)

    async def test_a_shift_that_is_not_kept_any_more_is_forgotten_here_and_stays_in_the_calendars_past(
        self, desk: Desk
    ) -> None:
        await desk.prefer(showInCalendar=True)
        await desk.book(day(1))
        await desk.job.run_due()
        await Shift.of(desk.house.organisation.id).delete()

        await desk.pass_time(100 * DAY)

        assert await desk.entries() == []
        assert len(desk.written) == 1


@pytest.mark.postgresql
class TestOnPostgresql:
    @pytest.fixture
    async def desk(self, postgresql_url: str, keys: Keys, vault: Vault) -> AsyncIterator[Desk]:
        async with engine.database(postgresql_url), at_desk(keys, vault) as desk:
            yield desk

    async def test_a_shift_is_written_changed_and_taken_away(self, desk: Desk) -> None:
        await desk.prefer(showInCalendar=True)
        [shift] = await desk.book(day(1))
        await desk.book(day(HORIZON.days + 5))
        await desk.job.run_due()
        await desk.change(shift, kind="REMOTE")
        await desk.job.run_due()
        assert desk.subjects == ["Working remotely"]

        await desk.cancel(shift)
        await desk.pass_time(7 * DAY)

        assert desk.subjects == ["Working at Lighthouse"]

    async def test_an_entry_is_written_by_one_of_several_processes(self, desk: Desk) -> None:
        await _written_once(desk)


async def _written_once(desk: Desk) -> None:
    await desk.prefer(showInCalendar=True)
    days = [day(n) for n in range(1, 13)]
    await desk.book(*days)
    jobs = [ShiftEntries(desk.house.server.stack.connections) for _ in range(4)]

    await asyncio.gather(*(job.run_due() for job in jobs))

    assert [one.day for one in desk.written] == days
    assert desk.suite.calls["write_working_day"] == len(days)
