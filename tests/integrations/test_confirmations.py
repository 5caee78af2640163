"""Signed values that come back from a client."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.integrations.confirmations import Confirmations, Ending
from app.integrations.lookup import IntegrationFigures
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys
from app.suites.protocol import SuiteName

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIGURES = IntegrationFigures(connected_members=3, suspended_members=0, paired_rooms=2, pending_bookings=1)


def ending() -> Ending:
    integration = Integration(
        id=uuid4(),
        organisation_id=uuid4(),
        suite=SuiteName.MICROSOFT_365,
        status=IntegrationStatus.ENABLED,
        status_since=START,
    )
    return Ending(integration, FIGURES)


def test_a_confirmation_holds_for_ten_minutes() -> None:
    confirmations, shown = Confirmations(Keys(b"\x02" * 32)), ending()
    with clock.use(lambda: START):
        confirmation = confirmations.of(shown)

    with clock.use(lambda: START + timedelta(minutes=10)):
        in_time = confirmations.confirms(confirmation, shown)
    with clock.use(lambda: START + timedelta(minutes=10, seconds=1)):
        too_late = confirmations.confirms(confirmation, shown)

    assert in_time
    assert not too_late


@pytest.mark.parametrize(
    "changed",
    [
        lambda shown: replace(shown, figures=replace(FIGURES, connected_members=4)),
        lambda shown: replace(shown, figures=replace(FIGURES, paired_rooms=1)),
        lambda shown: replace(shown, figures=replace(FIGURES, pending_bookings=0)),
        lambda shown: replace(shown, successor=(SuiteName.GOOGLE_WORKSPACE, None)),
        lambda shown: ending(),
    ],
    ids=["members", "rooms", "bookings", "successor", "integration"],
)
def test_a_confirmation_is_bound_to_everything_that_was_shown(changed: Callable[[Ending], Ending]) -> None:
    confirmations, shown = Confirmations(Keys(b"\x02" * 32)), ending()
    confirmation = confirmations.of(shown)

    assert confirmations.confirms(confirmation, shown)
    assert not confirmations.confirms(confirmation, changed(shown))


def test_a_confirmation_of_an_earlier_time_that_it_was_enabled_is_stale() -> None:
    confirmations, shown = Confirmations(Keys(b"\x02" * 32)), ending()
    confirmation = confirmations.of(shown)

    shown.integration.status_since = START + timedelta(minutes=1)

    assert not confirmations.confirms(confirmation, shown)


def test_a_confirmation_of_another_server_is_not_believed() -> None:
    shown = ending()
    confirmation = Confirmations(Keys(b"\x03" * 32)).of(shown)

    assert not Confirmations(Keys(b"\x02" * 32)).confirms(confirmation, shown)


@given(st.text())
def test_no_forged_text_is_believed(text: str) -> None:
    confirmations = Confirmations(Keys(b"\x02" * 32))

    assert not confirmations.confirms(text, ending())
    assert not confirmations.is_approval_state(text)
