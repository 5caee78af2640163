"""Free and busy: which calls are made, and what their answers mean together."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.errors import InvalidRequest, MissingScope
from app.suites.events import Availability
from app.suites.google_workspace.mailbox import GoogleMailbox
from app.suites.google_workspace.schedules import LONGEST_WINDOW, requests, schedules
from app.suites.google_workspace.times import instant
from tests.suites.doubles import Provider
from tests.suites.google_workspace.wire import HARBOUR, LIGHTHOUSE, error

START = datetime(2026, 11, 12, 7, tzinfo=UTC)
END = START + timedelta(hours=10)
HOUR = timedelta(hours=1)
QUERY = "/calendar/v3/freeBusy"


def busy(*slots: tuple[datetime, datetime]) -> dict[str, object]:
    return {"busy": [{"start": begins.isoformat(), "end": ends.isoformat()} for begins, ends in slots]}


async def test_each_address_is_told_in_the_order_asked_and_in_lower_case(
    server: Provider, mailbox: GoogleMailbox
) -> None:
    calendars = {
        LIGHTHOUSE: busy((START + HOUR, START + 2 * HOUR)),
        HARBOUR: {"busy": []},
        "ghost@nowhere.example": {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []},
    }
    server.answer(QUERY, {"calendars": calendars}, method="POST")

    asked = [HARBOUR.upper(), "ghost@nowhere.example", LIGHTHOUSE, "silent@fernhill.test", HARBOUR]
    free, ghost, taken, silent, again = await mailbox.schedules(asked, START, END)

    assert (free.address, free.availability) == (HARBOUR, Availability.FREE)
    assert again == free
    assert (ghost.availability, ghost.provider_code) == (Availability.UNKNOWN, "notFound")
    assert (silent.availability, silent.provider_code) == (Availability.UNKNOWN, "Missing")
    assert taken.availability is Availability.BUSY
    assert [(slot.start, slot.end, slot.is_tentative) for slot in taken.busy] == [
        (START + HOUR, START + 2 * HOUR, False)
    ]
    [seen] = server.seen
    assert seen.json() == {
        "timeMin": "2026-11-12T07:00:00Z",
        "timeMax": "2026-11-12T17:00:00Z",
        "calendarExpansionMax": 50,
        "items": [{"id": address} for address in dict.fromkeys(address.lower() for address in asked)],
    }


async def test_more_than_fifty_addresses_and_a_long_window_are_asked_in_several_calls(
    server: Provider, mailbox: GoogleMailbox
) -> None:
    addresses = [f"room{number}@fernhill.test" for number in range(51)]
    server.answer(QUERY, {"calendars": {address: {"busy": []} for address in addresses}}, method="POST")

    told = await mailbox.schedules(addresses, START, START + timedelta(days=61))

    assert [schedule.availability for schedule in told] == [Availability.FREE] * 51
    assert len(server.seen) == 4


async def test_no_addresses_cost_no_call(server: Provider, mailbox: GoogleMailbox) -> None:
    assert list(await mailbox.schedules([], START, END)) == []
    assert server.seen == []


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [(403, "insufficientPermissions", MissingScope), (400, "timeRangeEmpty", InvalidRequest)],
)
async def test_a_query_that_is_refused_as_a_whole_says_why(
    server: Provider, mailbox: GoogleMailbox, status: int, reason: str, kind: type[Exception]
) -> None:
    server.answer(QUERY, error(status, reason), method="POST", status=status)

    with pytest.raises(kind, match=reason):
        await mailbox.schedules([LIGHTHOUSE], START, END)


@pytest.mark.parametrize(
    "entry",
    [None, [], {"busy": None}, {"busy": [None]}, {"busy": [{"start": "soon", "end": "later"}]}, {"busy": [{}]}],
)
def test_an_entry_of_another_form_is_unknown_and_spoils_no_other(entry: object) -> None:
    answer: dict[str, object] = {"calendars": {LIGHTHOUSE: entry, HARBOUR: {}}}

    odd, free = schedules([answer], [LIGHTHOUSE, HARBOUR], START, END)

    assert (odd.availability, odd.provider_code) == (Availability.UNKNOWN, "Malformed")
    assert free.availability is Availability.FREE


@pytest.mark.parametrize("errors", [["x"], {}, [{"reason": 3}], [{"reason": "x" * 65}], "x"])
def test_an_odd_reason_is_unknown_all_the_same(errors: object) -> None:
    answer: dict[str, object] = {"calendars": {LIGHTHOUSE: {"errors": errors or [None], "busy": []}}}

    [told] = schedules([answer], [LIGHTHOUSE], START, END)

    assert (told.availability, told.provider_code) == (Availability.UNKNOWN, "Unknown")


def test_an_address_that_one_window_cannot_tell_is_unknown_as_a_whole() -> None:
    end = START + timedelta(days=61)
    answers: list[dict[str, object]] = [
        {"calendars": {LIGHTHOUSE: busy((START, START + HOUR)), HARBOUR: {}}},
        {"calendars": {LIGHTHOUSE: {"errors": [{"reason": "internalError"}]}}},
    ]

    lighthouse, harbour = schedules(answers, [LIGHTHOUSE, HARBOUR], START, end)

    assert (lighthouse.availability, lighthouse.provider_code) == (Availability.UNKNOWN, "internalError")
    assert (harbour.availability, harbour.provider_code) == (Availability.UNKNOWN, "Missing")


def test_a_meeting_across_the_edge_of_two_windows_is_one() -> None:
    edge, end = START + LONGEST_WINDOW, START + LONGEST_WINDOW + timedelta(days=1)
    answers: list[dict[str, object]] = [
        {"calendars": {LIGHTHOUSE: busy((edge - HOUR, edge))}},
        {"calendars": {LIGHTHOUSE: busy((edge, edge + HOUR))}},
    ]

    [told] = schedules(answers, [LIGHTHOUSE], START, end)

    assert [(slot.start, slot.end) for slot in told.busy] == [(edge - HOUR, edge + HOUR)]


def test_what_ends_when_the_window_begins_takes_nothing_of_it() -> None:
    answer: dict[str, object] = {"calendars": {LIGHTHOUSE: busy((START - HOUR, START), (END, END + HOUR))}}

    [told] = schedules([answer], [LIGHTHOUSE], START, END)

    assert told.availability is Availability.FREE


@given(
    days=st.integers(1, 200),
    slots=st.lists(st.tuples(st.integers(0, 199 * 24), st.integers(1, 72)), max_size=8),
)
def test_windows_cover_the_whole_once_and_their_answers_together_are_that_of_one(
    days: int, slots: list[tuple[int, int]]
) -> None:
    end = START + timedelta(days=days)
    taken = [(START + begins * HOUR, START + (begins + length) * HOUR) for begins, length in slots]
    bodies = list(requests([LIGHTHOUSE], START, end))
    edges = [(instant(body["timeMin"], "x"), instant(body["timeMax"], "x")) for body in bodies]
    answers: list[dict[str, object]] = [
        {"calendars": {LIGHTHOUSE: busy(*((max(b, lo), min(e, hi)) for b, e in taken if b < hi and e > lo))}}
        for lo, hi in edges
    ]

    [told] = schedules(answers, [LIGHTHOUSE], START, end)

    assert edges[0][0] == START
    assert edges[-1][1] == end
    assert all(before[1] == after[0] for before, after in itertools.pairwise(edges))
    assert all(ends - begins <= LONGEST_WINDOW for begins, ends in edges)
    for hour in range(days * 24):
        moment = START + hour * HOUR
        assert any(slot.start <= moment < slot.end for slot in told.busy) == any(b <= moment < e for b, e in taken)
