"""Requests are built as aiogoogle builds them, without asking it anew for each."""

import pytest
from aiogoogle.resource import Method
from hypothesis import given
from hypothesis import strategies as st

from app.suites.google_workspace import discovery, wire
from app.suites.google_workspace.building import Parameter, Requests, whole_segments

ADDRESS = "https://calendar.example"
CALENDAR = discovery.calendar(ADDRESS)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


def by_aiogoogle(method: Method, parameters: dict[str, Parameter]) -> tuple[str, str]:
    built = method(path_params_safe_chars=whole_segments(method), **parameters)
    return built.method, built.url


def by_us(requests: Requests, method: Method, parameters: dict[str, Parameter]) -> tuple[str | None, str | None]:
    built = requests.build(method, parameters)
    return built.method, built.url


@given(TEXTS, TEXTS, TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_an_address_is_the_one_that_aiogoogle_builds_whatever_the_values(
    calendar_id: str, event_id: str, text: str, several: list[str]
) -> None:
    requests = Requests()
    kinds: list[tuple[Method, dict[str, Parameter]]] = [
        (CALENDAR.events.list, {"calendarId": calendar_id, "eventTypes": several, "pageToken": text, "fields": text}),
        (CALENDAR.events.list, {"fields": wire.LIST_FIELDS, "calendarId": calendar_id, "timeMin": text}),
        (CALENDAR.events.get, {"calendarId": calendar_id, "eventId": event_id}),
        (CALENDAR.events.instances, {"eventId": event_id, "calendarId": calendar_id, "maxResults": text}),
        (CALENDAR.events.delete, {"calendarId": calendar_id, "eventId": event_id, "sendUpdates": text}),
        (CALENDAR.calendarList.list, {"fields": text}),
        (discovery.directory(ADDRESS).resources.calendars.list, {"customer": text, "pageToken": event_id}),
    ]

    for method, parameters in kinds:
        expected = by_aiogoogle(method, parameters)

        assert by_us(requests, method, parameters) == by_us(requests, method, parameters) == expected


def test_a_kind_of_request_is_asked_of_aiogoogle_once_and_without_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    requests, asked = Requests(), list[str]()
    build = Method.__call__

    def counted(method: Method, **given: object) -> object:
        asked.append(str(given))
        return build(method, **given)

    monkeypatch.setattr(Method, "__call__", counted)
    for number in range(3):
        requests.build(CALENDAR.events.get, {"calendarId": "primary", "eventId": f"event{number}"})
    requests.build(CALENDAR.events.get, {"calendarId": "primary", "eventId": "event3", "fields": "etag"})

    assert len(asked) == 2
    assert not any("event" in given.replace("eventId", "") for given in asked)


def test_a_method_that_lacks_a_parameter_of_its_path_is_refused_as_aiogoogle_refuses_it() -> None:
    with pytest.raises(Exception, match="Missing URL path parameter"):
        Requests().build(CALENDAR.events.get, {"calendarId": "primary"})
