"""What Google's posts say: nothing but that a calendar changed, and that in headers alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.errors import InvalidRequest
from app.suites.google_workspace.notifications import parse
from app.suites.protocol import ChangeKind, ChangeNotification

POST = {
    "X-Goog-Channel-ID": "01234567-89ab-cdef-0123-456789abcdef",
    "X-Goog-Channel-Token": "a secret of ours",
    "X-Goog-Channel-Expiration": "Tue, 19 Nov 2026 01:13:52 GMT",
    "X-Goog-Resource-ID": "ret08u3rv24htgh289g",
    "X-Goog-Resource-URI": "https://www.googleapis.com/calendar/v3/calendars/ada%40fernhill.test/events",
    "X-Goog-Resource-State": "exists",
    "X-Goog-Message-Number": "10",
}


@pytest.mark.parametrize("state", ["exists", "not_exists"])
@pytest.mark.parametrize("written", [str, str.lower, str.upper])
def test_a_change_is_told_without_the_event_that_changed(state: str, written: type[str]) -> None:
    headers = {written(name): value for name, value in (POST | {"X-Goog-Resource-State": state}).items()}

    assert parse(b"", headers) == [
        ChangeNotification(
            watch_id="01234567-89ab-cdef-0123-456789abcdef ret08u3rv24htgh289g",
            secret="a secret of ours",
            tenant=None,
            kind=ChangeKind.CHANGED,
            mailbox_id=None,
        )
    ]


def test_the_greeting_of_a_new_channel_tells_no_change() -> None:
    assert parse(b"", POST | {"X-Goog-Resource-State": "sync"}) == []


def test_what_stands_in_a_body_is_not_looked_at() -> None:
    assert parse(b'{"value": [{"subscriptionId": "x"}]}', POST) == parse(b"", POST)


@pytest.mark.parametrize(
    "header", ["X-Goog-Channel-ID", "X-Goog-Channel-Token", "X-Goog-Resource-ID", "X-Goog-Resource-State"]
)
@pytest.mark.parametrize("value", [None, "", "x" * 257, "two\nlines", "é"])
def test_a_post_without_a_header_or_with_an_odd_one_is_refused(header: str, value: str | None) -> None:
    headers = {name: text for name, text in POST.items() if name != header}

    with pytest.raises(InvalidRequest):
        parse(b"", headers if value is None else headers | {header: value})


def test_an_id_cannot_pass_for_two() -> None:
    with pytest.raises(InvalidRequest):
        parse(b"", POST | {"X-Goog-Channel-ID": "channel resource"})


@given(st.dictionaries(st.sampled_from(sorted(POST)), st.text(max_size=300)))
def test_whatever_is_posted_is_understood_or_refused(headers: dict[str, str]) -> None:
    try:
        told = parse(b"", headers)
    except InvalidRequest:
        return

    assert all(notification.secret for notification in told)
