"""What administrators settle about telling members, as clients ask for it, and what bookings then say."""

from datetime import timedelta
from typing import Any

import pytest

from app.audit.models import AuditAction, AuditEntry
from tests.schema.world import House

SET = """mutation ($input: SetNotificationSettingsInput) { setNotificationSettings(input: $input) { __typename
  ... on NotificationSettingsSet { settings { mailsSubjects noAnswerAfterMinutes } }
  ... on InvalidInput { field code } } }"""
READ = "{ notificationSettings { mailsSubjects noAnswerAfterMinutes } }"
SILENCE = "{ bookings { nodes { state since noAnswerSince } } }"


async def _set(house: House, **values: Any) -> dict[str, Any]:
    data = await house.server.data(house.administrator, SET, input=values or None)
    answer: dict[str, Any] = data["setNotificationSettings"]
    return answer


async def test_what_is_settled_is_answered_read_and_audited(house: House) -> None:
    answer = await _set(house, mailsSubjects=True, noAnswerAfterMinutes=45)

    assert answer["settings"] == {"mailsSubjects": True, "noAnswerAfterMinutes": 45}
    assert (await house.server.data(house.administrator, READ))["notificationSettings"] == answer["settings"]
    rows = AuditEntry.of(house.organisation.id).filter(action=AuditAction.NOTIFICATION_SETTINGS_CHANGED)
    assert await rows.count() == 1


async def test_without_input_nothing_changes(house: House) -> None:
    assert (await _set(house))["settings"] == {"mailsSubjects": False, "noAnswerAfterMinutes": 15}


@pytest.mark.parametrize("minutes", [0, -5, 10_081])
async def test_a_time_that_is_none_is_a_problem(house: House, minutes: int) -> None:
    answer = await _set(house, noAnswerAfterMinutes=minutes)

    assert answer == {"__typename": "InvalidInput", "field": "noAnswerAfterMinutes", "code": "INVALID_VALUE"}


@pytest.mark.parametrize("values", [{"noAnswerAfterMinutes": 2**31}, {"mailsSubjects": "yes"}, {"language": "nl"}])
async def test_what_has_the_wrong_form_is_a_bad_request(house: House, values: dict[str, Any]) -> None:
    answer = await house.server.ask(house.administrator, SET, input=values)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_booking_says_since_when_its_room_is_silent_once_that_is_too_long(house: House) -> None:
    await house.book()
    await _set(house, noAnswerAfterMinutes=45)

    house.server.ticker.advance(timedelta(minutes=44))
    [before] = (await house.ask(SILENCE))["bookings"]["nodes"]
    house.server.ticker.advance(timedelta(minutes=1))
    [after] = (await house.ask(SILENCE))["bookings"]["nodes"]

    assert (before["state"], before["noAnswerSince"]) == ("PENDING", None)
    assert (after["state"], after["noAnswerSince"]) == ("PENDING", after["since"])
