"""Whatever is sent, Graph answers in its own envelope and nothing is half done."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.sandbox.microsoft.graph.errors import GraphError
from app.sandbox.microsoft.graph.filters import parse_filter
from app.sandbox.microsoft.graph.preferences import read_preferences
from app.sandbox.microsoft.graph.read_events import read_new_event
from app.sandbox.microsoft.mailboxes.ids import MalformedIdError, compose, decompose
from app.sandbox.microsoft.mailboxes.items import Person
from app.sandbox.microsoft.mailboxes.zones import UnknownTimeZoneError
from tests.sandbox.graph.conftest import ADA, Sandbox, event

WORDS = st.sampled_from(
    ["UTC", "weekly", "noEnd", "endDate", "monday", "2026-11-30", "0001-01-01", "html", "a@b.example", "", "\u202e"]
)
TIMES = st.sampled_from(["2026-11-30T09:00:00", "2026-11-30T09:00:00Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59"])
SCALARS = st.none() | st.booleans() | st.integers(-10, 10**6) | st.text(max_size=5) | WORDS | TIMES
NAMES = st.sampled_from(
    [
        *("dateTime", "timeZone", "pattern", "range", "type", "interval", "daysOfWeek", "startDate", "endDate"),
        *("emailAddress", "address", "id", "value", "content"),
    ]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
PROPERTIES = st.sampled_from(
    [
        *("subject", "body", "start", "end", "attendees", "location", "locations", "recurrence", "isAllDay", "showAs"),
        *("sensitivity", "categories", "isOnlineMeeting", "singleValueExtendedProperties", "extensions"),
        *("reminderMinutesBeforeStart", "transactionId", "hideAttendees"),
    ]
)


def refusal(attempt: Callable[[], object]) -> Exception | None:
    """How Graph refuses; None when it does not. Anything but a refusal is raised."""
    try:
        attempt()
    except (GraphError, UnknownTimeZoneError) as refused:
        return refused
    return None


@given(st.dictionaries(PROPERTIES, VALUES, max_size=4))
def test_an_event_of_any_shape_is_read_or_refused(changes: dict[str, Any]) -> None:
    whole = {
        "start": {"dateTime": "2026-11-30T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-30T10:00:00", "timeZone": "UTC"},
    }

    try:
        invitation, _ = read_new_event({**whole, **changes}, Person("Ada", ADA))
    except (GraphError, UnknownTimeZoneError):
        return

    assert invitation.starts_at <= invitation.ends_at


@given(
    st.lists(st.sampled_from(["not", "(", ")", "and", "or", "eq", "subject", "'x'", "5", "a/any(", "x:", "x/id", ","]))
)
def test_a_filter_of_any_shape_is_read_or_refused(tokens: list[str]) -> None:
    refused = refusal(lambda: parse_filter(" ".join(tokens))({"subject": "x", "a": [{"id": "5"}]}))

    assert refused is None or (isinstance(refused, GraphError) and refused.status == 400)


@given(st.text(max_size=60))
def test_a_prefer_header_of_any_shape_is_read_or_refused(header: str) -> None:
    refused = refusal(lambda: read_preferences([header]))

    assert not isinstance(refused, GraphError) or refused.status == 400


@given(
    root=st.sampled_from(["AAMkAG", "AAkALg"]),
    fill=st.text("abcXYZ019-_", min_size=66, max_size=66),
    day=st.none() | st.dates(),
)
def test_an_id_gives_back_its_root_and_date_and_a_changed_letter_makes_it_another(
    root: str, fill: str, day: Any
) -> None:
    item_id = compose(root + fill, day)

    assert decompose(item_id) == (root + fill, day)
    with pytest.raises(MalformedIdError):
        decompose(item_id.swapcase())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
async def test_any_id_in_a_path_is_answered_as_malformed_or_unknown(sandbox: Sandbox, text: str) -> None:
    reply = await sandbox.as_user(ADA).get(f"/v1.0/me/events/x{quote(text, safe='')}")

    assert reply.status in (400, 404)
    assert reply.body["error"]["code"]


async def test_a_series_until_the_year_9000_is_answered_at_once(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon()
    span = {"type": "endDate", "startDate": start.date().isoformat(), "endDate": "8999-12-31"}
    body = event(start, rooms=("room.1@harbour.example",))
    created = await ada.post("/v1.0/me/events", {**body, "recurrence": {"pattern": {"type": "daily"}, "range": span}})

    sandbox.rooms_answer()

    found = await ada.get(f"/v1.0/me/events/{created.body['id']}")
    assert found.body["attendees"][0]["status"]["response"] == "declined"


async def test_a_body_that_is_no_json_object_is_refused(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)

    for raw in (b"{", b"[]", b"\xff", b'"text"'):
        refused = await ada.call("POST", "/v1.0/me/events", raw=raw)
        assert (refused.status, refused.body["error"]["code"]) == (400, "RequestBodyRead")
