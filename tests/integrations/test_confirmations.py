"""Signed values that come back from a client."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.integrations.confirmations import Confirmations
from app.integrations.models import Integration
from app.keys import Keys
from app.suites.protocol import SuiteName

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def integration() -> Integration:
    return Integration(id=uuid4(), organisation_id=uuid4(), suite=SuiteName.MICROSOFT_365, version=7)


def test_a_confirmation_says_what_was_shown_for_ten_minutes() -> None:
    confirmations, shown = Confirmations(Keys(b"\x02" * 32)), integration()
    with clock.use(lambda: START):
        confirmation = confirmations.of_switch(shown, SuiteName.GOOGLE_WORKSPACE)

    with clock.use(lambda: START + timedelta(minutes=10)):
        in_time = confirmations.read_switch(confirmation)
    with clock.use(lambda: START + timedelta(minutes=10, seconds=1)):
        too_late = confirmations.read_switch(confirmation)

    assert in_time is not None
    assert (in_time.organisation_id, in_time.integration_id) == (shown.organisation_id, shown.id)
    assert (in_time.version, in_time.suite) == (7, SuiteName.GOOGLE_WORKSPACE)
    assert too_late is None


def test_a_confirmation_of_another_server_is_not_believed() -> None:
    confirmation = Confirmations(Keys(b"\x03" * 32)).of_switch(integration(), SuiteName.GOOGLE_WORKSPACE)

    assert Confirmations(Keys(b"\x02" * 32)).read_switch(confirmation) is None


@given(st.text())
def test_no_forged_text_is_believed(text: str) -> None:
    confirmations = Confirmations(Keys(b"\x02" * 32))

    assert confirmations.read_switch(text) is None
    assert not confirmations.is_approval_state(text)
