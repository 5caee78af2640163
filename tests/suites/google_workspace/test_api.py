"""How Google is called: built by aiogoogle, sent by us, page by page, with one new token at most."""

from datetime import UTC, datetime, timedelta

import pytest

from app.suites.errors import MissingScope, NotFound, SuiteThrottled, SuiteUnavailable
from app.suites.google_workspace.api import MAX_PAGES, GoogleApi
from app.suites.google_workspace.directory import GoogleRoomDirectory
from app.suites.google_workspace.mailbox import EVENTS_PAGE, GoogleMailbox
from app.suites.http import SuiteRequest
from app.suites.windows import MOST_EVENTS
from tests.suites.doubles import FakeTime, Provider
from tests.suites.google_workspace.conftest import CountedTokens
from tests.suites.google_workspace.wire import error, google_event

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
DAY = timedelta(days=1)
EVENTS = "/calendar/v3/calendars/primary/events"
EVENT = f"{EVENTS}/e1"


async def test_a_call_bears_the_token_and_no_second_header_of_it(
    server: Provider, mailbox: GoogleMailbox, sent: list[SuiteRequest]
) -> None:
    server.answer(EVENT, google_event(START))

    await mailbox.event("e1")

    [request] = sent
    assert request.headers == {"Authorization": "Bearer ya29.token"}
    assert request.operation == "calendar.events.get"
    assert request.body is None


@pytest.mark.parametrize("odd", ["../../x", "a/b", "a?b=c", "a b", "a%2Fb", "ä"])
async def test_an_id_of_any_characters_stays_one_segment_of_the_path(
    server: Provider, mailbox: GoogleMailbox, sent: list[SuiteRequest], odd: str
) -> None:
    server.answer(f"{EVENTS}/{odd}", error(404, "notFound"), status=404)

    with pytest.raises(NotFound):
        await mailbox.event(odd)

    path = sent[0].url.partition("?")[0].removeprefix(server.origin)
    assert path.startswith(f"{EVENTS}/")
    assert path.count("/") == f"{EVENTS}/x".count("/")


@pytest.mark.parametrize("nonsense", ["", ".", "..", "#calendar@group.calendar.google.com", "k3v9#.", "k3v9#.."])
async def test_what_is_the_id_of_no_event_is_not_asked_for(
    server: Provider, mailbox: GoogleMailbox, nonsense: str
) -> None:
    with pytest.raises(NotFound):
        await mailbox.event(nonsense)

    assert server.seen == []


async def test_pages_are_followed_with_everything_else_as_it_was_and_empty_ones_lead_further(
    server: Provider, mailbox: GoogleMailbox, sent: list[SuiteRequest]
) -> None:
    first, second = google_event(START, id="e1"), google_event(START, id="e2")
    server.answer(EVENTS, {"items": [first], "nextPageToken": "CiAKG/+=1"})
    server.answer(EVENTS, {"nextPageToken": "CiAKG2"})
    server.answer(EVENTS, {"items": [first, second]})

    events = await mailbox.events(START - DAY, START + DAY)

    assert [event.mailbox_id for event in events] == ["e1", "e2"]
    assert [seen.query.pop("pageToken", None) for seen in server.seen] == [None, "CiAKG/+=1", "CiAKG2"]
    assert server.seen[0].query == server.seen[1].query == server.seen[2].query
    assert all(request.url.count("eventTypes=") == 4 for request in sent)


def answer_slowly(server: Provider, path: str) -> None:
    """Three pages, each of which is to be asked for once more after four seconds."""
    for following in ({"nextPageToken": "2"}, {"nextPageToken": "3"}, {}):
        server.answer(path, error(503, "backendError"), status=503, Retry_After="4")
        server.answer(path, following)


async def test_all_pages_of_a_calendar_share_one_time_limit(server: Provider, mailbox: GoogleMailbox) -> None:
    answer_slowly(server, EVENTS)

    with pytest.raises(SuiteUnavailable, match="backendError"):
        await mailbox.events(START, START + DAY)


async def test_each_page_of_the_directory_has_a_time_limit_of_its_own(server: Provider, api: GoogleApi) -> None:
    rooms = "/admin/directory/v1/customer/my_customer/resources/calendars"
    server.answer(rooms.replace("calendars", "buildings"), {})
    answer_slowly(server, rooms)

    assert [page async for page in GoogleRoomDirectory(api).pages()] == []
    assert len([seen for seen in server.seen if seen.path == rooms]) == 6


async def test_a_page_that_leads_to_itself_is_not_followed_for_ever(server: Provider, mailbox: GoogleMailbox) -> None:
    server.answer(EVENTS, {"items": [], "nextPageToken": "again"})

    with pytest.raises(SuiteUnavailable, match="EndlessPages"):
        await mailbox.events(START, START + DAY)

    assert len(server.seen) == 2


async def test_a_calendar_without_end_is_given_up(server: Provider, mailbox: GoogleMailbox) -> None:
    for number in range(MAX_PAGES + 5):
        server.answer(EVENTS, {"nextPageToken": f"page-{number}"})

    with pytest.raises(SuiteUnavailable, match="EndlessPages"):
        await mailbox.events(START, START + DAY)

    assert len(server.seen) == MAX_PAGES


async def test_of_a_calendar_of_many_thousand_events_no_more_are_held_than_a_window_may_have(
    server: Provider, mailbox: GoogleMailbox
) -> None:
    page = [google_event(START, id=f"event{n}") for n in range(int(EVENTS_PAGE))]
    for number in range(MOST_EVENTS // int(EVENTS_PAGE) + 5):
        server.answer(EVENTS, {"items": page, "nextPageToken": f"page-{number}"})

    with pytest.raises(SuiteUnavailable, match="TooManyEvents"):
        await mailbox.events(START, START + DAY)

    assert len(server.seen) == MOST_EVENTS // int(EVENTS_PAGE) + 1


@pytest.mark.parametrize("body", ["{", "[]", "<html>canary</html>", {"items": {}}, {"items": None}])
async def test_a_page_of_another_form_is_no_answer(server: Provider, mailbox: GoogleMailbox, body: object) -> None:
    server.answer(EVENTS, body)

    with pytest.raises(SuiteUnavailable, match="MalformedBody"):
        await mailbox.events(START, START + DAY)


async def test_a_refused_token_is_renewed_once_and_the_call_sent_again(
    server: Provider, mailbox: GoogleMailbox, tokens: CountedTokens, sent: list[SuiteRequest]
) -> None:
    server.answer(EVENT, error(401, "authError"), status=401)
    server.answer(EVENT, google_event(START))

    await mailbox.event("e1")

    assert tokens.refused == ["ya29.token"]
    assert [request.headers["Authorization"] for request in sent] == ["Bearer ya29.token", "Bearer ya29.renewed-1"]


async def test_a_token_that_is_refused_again_is_the_suites_trouble(
    server: Provider, mailbox: GoogleMailbox, tokens: CountedTokens
) -> None:
    server.answer(EVENT, error(401, "authError"), status=401)

    with pytest.raises(SuiteUnavailable, match="authError"):
        await mailbox.event("e1")

    assert len(tokens.refused) == 1
    assert len(server.seen) == 2


async def test_a_403_that_asks_to_slow_down_is_borne(server: Provider, mailbox: GoogleMailbox, time: FakeTime) -> None:
    server.answer(EVENT, error(403, "userRateLimitExceeded"), status=403)
    server.answer(EVENT, google_event(START))

    assert (await mailbox.event("e1")).subject == "Design review"
    assert len(time.pauses) == 1


@pytest.mark.parametrize(
    ("reason", "kind"), [("quotaExceeded", SuiteThrottled), ("insufficientPermissions", MissingScope)]
)
async def test_a_403_that_stays_says_which_it_is(
    server: Provider, mailbox: GoogleMailbox, reason: str, kind: type[Exception]
) -> None:
    server.answer(EVENT, error(403, reason), status=403)

    with pytest.raises(kind, match=reason):
        await mailbox.event("e1")


@pytest.mark.parametrize(("status", "reason"), [(409, "duplicate"), (412, "conditionNotMet")])
async def test_where_nothing_was_written_nothing_can_have_met_with_anything(
    server: Provider, mailbox: GoogleMailbox, status: int, reason: str
) -> None:
    server.answer(EVENTS, error(status, reason), status=status)
    server.answer(EVENT, google_event(START))
    server.answer(EVENT, error(status, reason), method="DELETE", status=status)

    with pytest.raises(SuiteUnavailable, match=reason):
        await mailbox.events(START, START + DAY)
    with pytest.raises(SuiteUnavailable, match=reason):
        await mailbox.cancel("e1")


async def test_the_address_is_that_of_the_profile_in_lower_case(server: Provider, mailbox: GoogleMailbox) -> None:
    server.answer("/v1/userinfo", {"sub": "1", "email": "Ada@Fernhill.test"})

    assert await mailbox.address() == "ada@fernhill.test"


@pytest.mark.parametrize("address", [None, "", 7, "ada@fernhill.test\r\nBcc: all", "a" * 321])
async def test_a_profile_without_an_address_is_the_suites_trouble(
    server: Provider, mailbox: GoogleMailbox, address: object
) -> None:
    server.answer("/v1/userinfo", {"sub": "1", "email": address})

    with pytest.raises(SuiteUnavailable, match="ProfileWithoutAddress"):
        await mailbox.address()
