"""The audit log: refusals noted once, pages for administrators, and acts that stand or fall with their entry."""

import asyncio
from datetime import timedelta

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

from app import clock
from app.audit import service as audit
from app.audit.log import AuditLog
from app.audit.models import AuditAction, AuditEntry, AuditOrigin, AuditOutcome
from app.audit.origin import Origin, acting_from
from app.errors import Forbidden, InvalidInput, NotFound
from app.identity.models import Organisation, Role
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.paging import PageRequest
from tests.bookings.house import Ticker
from tests.integrations.doubles import make_world
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation, principal_of

LOG = AuditLog()
ONE_MINUTE = timedelta(minutes=1)


@pytest.fixture
def ticker() -> Ticker:
    return Ticker()


@pytest.fixture(autouse=True)
def moved_clock(ticker: Ticker) -> object:
    with clock.use(ticker):
        yield


@pytest.fixture
async def administrator(database: TortoiseContext) -> Principal:
    return await _administrator()


async def _administrator(name: str = "Tidewater") -> Principal:
    organisation = await make_organisation(name)
    return principal_of(await make_member(organisation, f"Ada {name}", role=Role.SUBSCRIPTION_ADMINISTRATOR), name)


async def _entries(principal: Principal) -> list[AuditEntry]:
    return await AuditEntry.of(principal.organisation_id).order_by("at")


class TestRefusals:
    async def test_a_refusal_says_who_tried_what_from_where_and_why_not(self, administrator: Principal) -> None:
        with acting_from(Origin(AuditOrigin.SESSION, "192.0.2.7")):
            await LOG.refused(administrator, "enableForAllUsers", "TEST_NOT_PASSED")

        [entry] = await _entries(administrator)
        assert (entry.action, entry.outcome) == (AuditAction.ATTEMPT_REFUSED, AuditOutcome.REFUSED)
        assert (entry.actor_id, entry.at) == (administrator.member_id, clock.now())
        assert (entry.origin, entry.network_address) == (AuditOrigin.SESSION, "192.0.2.7")
        assert entry.details == {"operation": "enableForAllUsers", "code": "TEST_NOT_PASSED"}

    async def test_who_tries_again_and_again_writes_one_entry_a_minute(
        self, administrator: Principal, ticker: Ticker
    ) -> None:
        for _ in range(3):
            await LOG.refused(administrator, "syncRooms", "FORBIDDEN")
        ticker.advance(ONE_MINUTE)
        await LOG.refused(administrator, "syncRooms", "FORBIDDEN")

        assert len(await _entries(administrator)) == 2

    async def test_another_operation_another_code_and_another_member_are_noted_beside_it(
        self, administrator: Principal
    ) -> None:
        colleague = await _administrator("Newbridge")

        await LOG.refused(administrator, "syncRooms", "FORBIDDEN")
        await LOG.refused(administrator, "createRoom", "FORBIDDEN")
        await LOG.refused(administrator, "syncRooms", "INTEGRATION_UNAVAILABLE")
        await LOG.refused(colleague, "syncRooms", "FORBIDDEN")

        assert (len(await _entries(administrator)), len(await _entries(colleague))) == (3, 1)

    async def test_a_log_that_cannot_be_written_does_not_hide_the_refusal(self, administrator: Principal) -> None:
        await get_connection("default").execute_script("DROP TABLE audit_entry")

        await LOG.refused(administrator, "syncRooms", "FORBIDDEN")

    @pytest.mark.postgresql
    async def test_many_at_once_write_one_entry_on_postgresql_too(self, postgresql_url: str) -> None:
        async with open_database(postgresql_url):
            administrator = await _administrator()

            await asyncio.gather(*(LOG.refused(administrator, "syncRooms", "FORBIDDEN") for _ in range(20)))

            assert len(await _entries(administrator)) == 1


class TestReading:
    async def test_the_newest_entry_comes_first_and_pages_join_without_a_gap(
        self, administrator: Principal, ticker: Ticker
    ) -> None:
        for number in range(5):
            await _act(administrator, number)
            if number % 2:  # some share a moment
                ticker.advance(ONE_MINUTE)

        first = await LOG.page(administrator, PageRequest(first=3))
        second = await LOG.page(administrator, PageRequest(first=3, after=first.items[-1][1]))

        read = [entry for page in (first, second) for entry, _ in page.items]
        assert [entry.id for entry in read] == [
            entry.id for entry in await AuditEntry.of(administrator.organisation_id).order_by("-at", "-id")
        ]
        assert (first.has_next_page, second.has_next_page, second.has_previous_page) == (True, False, True)

    async def test_entries_of_another_organisation_are_not_shown(self, administrator: Principal) -> None:
        stranger = await _administrator("Newbridge")
        await _act(stranger, 1)
        [foreign] = await _entries(stranger)

        page = await LOG.page(administrator, PageRequest())

        assert list(page.items) == []
        with pytest.raises(NotFound):
            await LOG.get(administrator, foreign.id)

    async def test_members_read_nothing_of_it(self, administrator: Principal) -> None:
        await _act(administrator, 1)
        [entry] = await _entries(administrator)
        organisation = await Organisation.get(id=administrator.organisation_id)
        member = principal_of(await make_member(organisation, "Cy Marsh"))

        with pytest.raises(Forbidden):
            await LOG.page(member, PageRequest())
        with pytest.raises(NotFound):
            await LOG.get(member, entry.id)

    @pytest.mark.parametrize("after", [b"", b"yesterday|", b"\xff", b"2031-05-12|no id"])
    async def test_a_cursor_that_is_none_of_ours_is_refused(self, administrator: Principal, after: bytes) -> None:
        with pytest.raises(InvalidInput):
            await LOG.page(administrator, PageRequest(after=after))


class TestActs:
    async def test_an_act_whose_entry_cannot_be_written_does_not_happen(self, database: TortoiseContext) -> None:
        world = await make_world()
        await get_connection("default").execute_script(
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'full'); END"
        )

        with pytest.raises(Exception, match="full"):
            await world.start()

        assert await Integration.of(world.organisation_id).count() == 0
        assert world.flows.started == []

    async def test_a_test_that_did_not_pass_is_recorded_as_failed(self, database: TortoiseContext) -> None:
        world = await make_world()
        await world.start()
        await world.consent()  # without the approval to list rooms
        failed = await AuditEntry.of(world.organisation_id).get(action=AuditAction.TEST_FLOW_RUN)
        world.approve()
        await world.service.run_test(world.administrator)

        passed = await AuditEntry.of(world.organisation_id).get(
            action=AuditAction.TEST_FLOW_RUN, outcome=AuditOutcome.SUCCEEDED
        )
        assert failed.outcome is AuditOutcome.FAILED
        assert (failed.details["passed"], passed.details["passed"]) == (False, True)


async def _act(principal: Principal, number: int) -> None:
    await audit.record(principal.organisation_id, AuditAction.ROOM_CREATED, actor_id=principal.member_id, number=number)
