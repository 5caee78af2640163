"""From where an act comes: said once at the door, and recorded with everything that follows."""

import asyncio
from collections.abc import Iterator

import pytest
from tortoise.context import TortoiseContext

from app.audit import service as audit
from app.audit.models import AuditAction, AuditEntry, AuditOrigin, AuditOutcome
from app.audit.origin import SERVER, Origin, acting_from, arrived_by, present_origin
from app.identity.models import Member
from tests.support.people import make_member, make_organisation


@pytest.fixture(autouse=True)
def by_nobody() -> Iterator[None]:
    """Whatever a test says of its own origin goes with it."""
    with acting_from(SERVER):
        yield


@pytest.fixture
async def member(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation())


async def _recorded(member: Member) -> AuditEntry:
    await audit.record(member.organisation_id, AuditAction.ROOM_CREATED, actor_id=member.id)
    return await AuditEntry.of(member.organisation_id).get()


async def test_what_no_door_let_in_was_done_by_the_server_itself(member: Member) -> None:
    entry = await _recorded(member)

    assert (entry.origin, entry.network_address) == (AuditOrigin.SERVER, None)
    assert entry.outcome is AuditOutcome.SUCCEEDED


async def test_an_act_is_recorded_with_the_way_it_came_in_and_the_address_at_its_other_end(member: Member) -> None:
    arrived_by(AuditOrigin.ACCESS_TOKEN, "192.0.2.7")

    entry = await _recorded(member)

    assert (entry.origin, entry.network_address) == (AuditOrigin.ACCESS_TOKEN, "192.0.2.7")


async def test_what_a_request_starts_comes_from_where_the_request_came() -> None:
    arrived_by(AuditOrigin.SESSION, "192.0.2.7")

    async def started() -> Origin:
        return present_origin()

    assert await asyncio.create_task(started()) == Origin(AuditOrigin.SESSION, "192.0.2.7")


async def test_two_requests_side_by_side_keep_their_own_origins() -> None:
    both_arrived = asyncio.Barrier(2)

    async def request(host: str) -> Origin:
        arrived_by(AuditOrigin.SESSION, host)
        await both_arrived.wait()
        return present_origin()

    found = await asyncio.gather(request("192.0.2.7"), request("192.0.2.8"))

    assert [origin.network_address for origin in found] == ["192.0.2.7", "192.0.2.8"]
    assert present_origin() is SERVER


def test_a_command_is_over_with_its_origin() -> None:
    with acting_from(Origin(AuditOrigin.COMMAND_LINE)):
        during = present_origin()

    assert (during.kind, present_origin()) == (AuditOrigin.COMMAND_LINE, SERVER)


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        ("2001:db8::7", "2001:db8::7"),
        ("fe80::7%" + "x" * 200, "fe80::7"),
        ("testclient", None),
        ("1" * 300, None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_network_address_is_kept(host: str | None, kept: str | None) -> None:
    arrived_by(AuditOrigin.SESSION, host)

    assert present_origin().network_address == kept
