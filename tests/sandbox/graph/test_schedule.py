"""Free and busy."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.microsoft.graph.schedule import availability_view
from app.sandbox.microsoft.mailboxes.items import ShowAs
from tests.sandbox.graph.conftest import ADA, BEN, CHLOE, ROOM, Sandbox, event


def ask(start: datetime, hours: int, *addresses: str, **more: Any) -> dict[str, Any]:
    end = start + timedelta(hours=hours)
    return {
        "schedules": list(addresses),
        "startTime": {"dateTime": start.isoformat(), "timeZone": "UTC"},
        "endTime": {"dateTime": end.isoformat(), "timeZone": "UTC"},
        **more,
    }


async def test_each_slot_shows_the_highest_status_that_overlaps_it(sandbox: Sandbox) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    start = sandbox.soon(hour=9)
    for offset, minutes, status in (
        (0, 60, "busy"),
        (30, 60, "tentative"),
        (120, 30, "oof"),
        (180, 60, "workingElsewhere"),
    ):
        await ben.post("/v1.0/me/events", event(start + timedelta(minutes=offset), minutes=minutes, showAs=status))

    found = await ada.post("/v1.0/me/calendar/getSchedule", ask(start, 5, BEN))

    [schedule] = found.body["value"]
    assert schedule["availabilityView"] == "2210300000"
    assert [one["status"] for one in schedule["scheduleItems"]] == ["busy", "tentative", "oof", "workingElsewhere"]
    assert schedule["workingHours"]["timeZone"]["name"] == "W. Europe Standard Time"


async def test_others_see_times_only_and_owners_see_what_is_not_private(sandbox: Sandbox) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    start = sandbox.soon(hour=9)
    await ben.post("/v1.0/me/events", event(start, subject="Open"))
    await ben.post("/v1.0/me/events", event(start + timedelta(hours=2), subject="Secret", sensitivity="private"))

    seen_by_ada = (await ada.post("/v1.0/me/calendar/getSchedule", ask(start, 5, BEN))).body["value"][0]
    seen_by_ben = (await ben.post("/v1.0/me/calendar/getSchedule", ask(start, 5, BEN))).body["value"][0]

    assert all("subject" not in one for one in seen_by_ada["scheduleItems"])
    assert [one.get("subject") for one in seen_by_ben["scheduleItems"]] == ["Open", None]


async def test_a_room_shows_busy_once_it_accepted_and_tentative_while_it_awaits_approval(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(hour=9)
    await ada.post("/v1.0/me/events", event(start, rooms=(ROOM,)))
    before = (await ada.post("/v1.0/me/calendar/getSchedule", ask(start, 1, ROOM))).body["value"][0]
    sandbox.rooms_answer()
    await sandbox.control.patch(f"/control/graph/rooms/{ROOM}", {"behaviour": "APPROVAL"})
    await ada.post("/v1.0/me/events", event(start + timedelta(hours=1), rooms=(ROOM,)))
    sandbox.rooms_answer()

    after = (await ada.post("/v1.0/me/calendar/getSchedule", ask(start, 2, ROOM))).body["value"][0]

    assert before["availabilityView"] == "00"
    assert after["availabilityView"] == "2211"


async def test_an_unknown_address_is_an_entry_with_an_error_and_not_a_failure(sandbox: Sandbox) -> None:
    found = await sandbox.as_user(ADA).post(
        "/v1.0/me/calendar/getSchedule", ask(sandbox.soon(), 1, CHLOE, "ghost@harbour.example")
    )

    assert found.status == 200
    assert [one.get("error", {}).get("responseCode") for one in found.body["value"]] == [None, "5009"]


@pytest.mark.parametrize(
    ("hours", "count", "more", "code"),
    [
        (1, 101, {}, "ErrorMailboxDataArrayTooBig"),
        (63 * 24, 1, {}, "ErrorTimeIntervalTooBig"),
        (-1, 1, {}, "ErrorInvalidTimeInterval"),
        (1, 1, {"availabilityViewInterval": 4}, "ErrorInvalidMergedFreeBusyInterval"),
    ],
)
async def test_the_limits_of_free_and_busy_are_those_of_exchange(
    sandbox: Sandbox, hours: int, count: int, more: dict[str, object], code: str
) -> None:
    addresses = [f"person-{n}@harbour.example" for n in range(count)]

    refused = await sandbox.as_user(ADA).post(
        "/v1.0/me/calendar/getSchedule", ask(sandbox.soon(), hours, *addresses, **more)
    )

    assert (refused.status, refused.body["error"]["code"]) == (400, code)


@given(
    meetings=st.lists(st.tuples(st.integers(0, 600), st.integers(1, 200)), max_size=6),
    interval=st.sampled_from([5, 15, 30, 60]),
)
def test_a_slot_is_busy_exactly_when_a_meeting_overlaps_it(meetings: list[tuple[int, int]], interval: int) -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    entries: list[Any] = [
        SimpleNamespace(
            item=SimpleNamespace(show_as=ShowAs.BUSY),
            start=start + timedelta(minutes=begin),
            end=start + timedelta(minutes=begin + length),
        )
        for begin, length in meetings
    ]

    digits = availability_view(entries, start, start + timedelta(minutes=480), timedelta(minutes=interval))

    for slot, digit in enumerate(digits):
        overlapped = any(b < (slot + 1) * interval and b + n > slot * interval for b, n in meetings)
        assert (digit == "2") is overlapped
