"""What every suite's token endpoint and keys are held to."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app import clock
from app.suites.errors import FlowExpired, SuiteUnavailable
from tests.contract.meetings import meeting
from tests.contract.worlds import GrantTokens, World


async def test_a_code_is_never_sent_twice(world: World) -> None:
    request = world.request(world.suite.sign_in_scopes)
    answer = await world.visit(world.organiser, request)
    await world.sandbox.control("POST", "faults", {"host": world.token_host, "method": "POST", "status": 503})

    with pytest.raises(SuiteUnavailable):
        await world.suite.redeem(answer["code"], request)

    assert world.pauses == []


async def test_a_rotated_key_is_fetched_when_it_is_first_met(world: World) -> None:
    await world.sign_in(world.organiser)
    await world.rotate_keys()
    later = datetime.now(UTC) + timedelta(minutes=2)

    with clock.use(lambda: later):
        again = await world.sign_in(world.organiser)

    assert again.identity.address == world.organiser


@pytest.mark.parametrize("skew", [4, -4])
async def test_a_clock_that_is_a_few_minutes_off_is_forgiven(world: World, skew: int) -> None:
    request = world.request(world.suite.sign_in_scopes)
    answer = await world.visit(world.organiser, request)
    ours = datetime.now(UTC) + timedelta(minutes=skew)

    with clock.use(lambda: ours):
        grant = await world.suite.redeem(answer["code"], request)

    assert grant.identity.address == world.organiser


@pytest.mark.parametrize("skew", [10, -10])
async def test_with_a_clock_ten_minutes_off_a_refused_token_is_renewed_once_and_the_calendar_read_and_written(
    world: World, skew: int
) -> None:
    tokens = GrantTokens(world.suite, await world.sign_in(world.organiser))
    mailbox = world.suite.mailbox(tokens, key=world.organiser)
    await world.expire_access_tokens()
    ours = datetime.now(UTC) + timedelta(minutes=skew)

    with clock.use(lambda: ours):
        made = await mailbox.create(meeting(world), uuid4())
        read = await mailbox.event(made.mailbox_id)

    assert read == made
    assert tokens.refreshes == 1


@pytest.mark.parametrize("skew", [120, -120])
async def test_a_clock_that_is_hours_off_is_not(world: World, skew: int) -> None:
    request = world.request(world.suite.sign_in_scopes)
    answer = await world.visit(world.organiser, request)
    ours = datetime.now(UTC) + timedelta(minutes=skew)

    with clock.use(lambda: ours), pytest.raises(FlowExpired):
        await world.suite.redeem(answer["code"], request)
