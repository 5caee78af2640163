"""What has served its time goes, and nothing else."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.connections.models import AuthorisationFlow, FlowPurpose
from app.identity.models import AccessToken, IdempotencyRecord, Member, Session
from app.jobs.cleanup import CleanUp
from app.references.models import EventReference
from app.suites.protocol import SuiteName
from tests.support.people import make_member, make_organisation


@pytest.fixture
async def member(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation())


def _of(owner: Member, **values: Any) -> dict[str, Any]:
    return {"organisation_id": owner.organisation_id, "created_at": clock.now(), **values}


async def _flow(expires_at: datetime, member: Member | None = None) -> AuthorisationFlow:
    return await AuthorisationFlow.create(
        organisation_id=member.organisation_id if member else None,
        suite=SuiteName.MICROSOFT_365,
        purpose=FlowPurpose.CONNECT_CALENDAR if member else FlowPurpose.SIGN_IN,
        ticket_hash=uuid4().hex,
        state_hash=uuid4().hex,
        scopes=[],
        created_at=clock.now(),
        expires_at=expires_at,
    )


async def test_credentials_that_expired_a_week_ago_go_and_live_ones_stay(member: Member) -> None:
    long_ago, soon = clock.now() - timedelta(days=8), clock.now() + timedelta(days=1)
    for expires_at in (long_ago, soon):
        await Session.create(**_of(member, member=member, token_hash=uuid4().hex, expires_at=expires_at))
        await AccessToken.create(**_of(member, member=member, name="x", token_hash=uuid4().hex, expires_at=expires_at))

    await CleanUp().run_due()

    assert [session.expires_at for session in await Session.all()] == [soon]
    assert [token.expires_at for token in await AccessToken.all()] == [soon]


async def test_a_strangers_sign_in_that_never_came_back_goes_within_hours(member: Member) -> None:
    an_hour_ago = clock.now() - timedelta(hours=1, minutes=1)
    await _flow(an_hour_ago)
    under_way = await _flow(clock.now() + timedelta(minutes=5))
    members_own = await _flow(an_hour_ago, member)

    await CleanUp().run_due()

    assert {flow.id for flow in await AuthorisationFlow.all()} == {under_way.id, members_own.id}


async def test_an_idempotency_key_is_remembered_for_a_week(member: Member) -> None:
    record = {"member": member, "operation": "bookRoom", "input_hash": "x"}
    for days in (6, 8):
        values = _of(member, **record, key_hash=uuid4().hex)
        await IdempotencyRecord.create(**{**values, "created_at": clock.now() - timedelta(days=days)})

    await CleanUp().run_due()

    assert await IdempotencyRecord.all().count() == 1


async def test_references_go_thirty_days_after_their_event_was_found_over(member: Member) -> None:
    closed = {"over": timedelta(days=31), "recent": timedelta(days=29)}
    for name, age in closed.items():
        await EventReference.create(
            **_of(member, suite=SuiteName.MICROSOFT_365, key_hash=name, sealed_key=b""), closed_at=clock.now() - age
        )
    await EventReference.create(**_of(member, suite=SuiteName.MICROSOFT_365, key_hash="open", sealed_key=b""))

    await CleanUp().run_due()

    assert {reference.key_hash for reference in await EventReference.all()} == {"recent", "open"}


async def test_it_cleans_once_an_hour_however_often_it_is_woken(member: Member) -> None:
    job = CleanUp()

    first = await job.run_due()
    second = await job.run_due()

    assert first == second
    assert first - clock.now() > timedelta(minutes=59)
