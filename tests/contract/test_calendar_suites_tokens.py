"""What every suite's token endpoint and keys are held to."""

from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.suites.errors import FlowExpired, SuiteUnavailable
from tests.contract.worlds import World


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


@pytest.mark.parametrize("skew", [120, -120])
async def test_a_clock_that_is_hours_off_is_not(world: World, skew: int) -> None:
    request = world.request(world.suite.sign_in_scopes)
    answer = await world.visit(world.organiser, request)
    ours = datetime.now(UTC) + timedelta(minutes=skew)

    with clock.use(lambda: ours), pytest.raises(FlowExpired):
        await world.suite.redeem(answer["code"], request)
