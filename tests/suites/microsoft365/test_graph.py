"""How Graph is asked, page by page, and what is made of odd answers."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.suites.errors import InvalidRequest, NotFound, NotOrganiser, SuiteUnavailable
from app.suites.events import Availability, NewEvent
from app.suites.http import SuiteHttp
from app.suites.microsoft365.directory import Microsoft365RoomDirectory
from app.suites.microsoft365.graph import MAX_PAGES, Graph
from app.suites.microsoft365.mailbox import EVENTS_PAGE, Microsoft365Mailbox
from app.suites.windows import MOST_EVENTS
from tests.suites.doubles import FakeTime, Provider, provider
from tests.suites.microsoft365.wire import attendee, graph_event

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
DAY = timedelta(days=1)
VIEW = "/v1.0/me/calendarView"
EVENT = "/v1.0/me/events/AAMk-1"


class OneToken:
    async def current(self) -> str:
        return "token"

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        return "token"


@pytest.fixture
async def suite() -> AsyncIterator[Provider]:
    async with provider() as double:
        yield double


@pytest.fixture
async def graph(suite: Provider) -> AsyncIterator[Graph]:
    http = SuiteHttp([suite.origin], timedelta(seconds=10), timing=FakeTime().timing())
    yield Graph(http, suite.origin + "/v1.0", OneToken(), "ada")
    await http.close()


@pytest.fixture
def mailbox(graph: Graph) -> Microsoft365Mailbox:
    return Microsoft365Mailbox(graph)


async def test_every_call_asks_for_utc_text_bodies_and_immutable_ids(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    suite.answer(EVENT, graph_event(START))

    await mailbox.event("AAMk-1")

    [seen] = suite.seen
    assert 'outlook.timezone="UTC"' in seen.headers["Prefer"]
    assert 'IdType="ImmutableId"' in seen.headers["Prefer"]
    assert 'outlook.body-content-type="text"' in seen.headers["Prefer"]
    assert seen.headers["Authorization"] == "Bearer token"
    assert seen.headers["client-request-id"]


async def test_an_id_of_any_characters_stays_one_segment_of_the_path(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    suite.answer("/v1.0/me/events/../../users/x?$select=a", {})

    with pytest.raises(SuiteUnavailable):
        await mailbox.event("../../users/x?$select=a")

    assert suite.seen[0].query.keys() == {"$select"}


async def test_pages_are_followed_and_events_that_come_twice_count_once(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    events = [graph_event(START, id=f"AAMk-{number}") for number in range(3)]
    suite.answer(VIEW, {"value": events[:2], "@odata.nextLink": f"{suite.origin}{VIEW}?$skip=2&x=%2B"})
    suite.answer(VIEW, {"value": [], "@odata.nextLink": f"{suite.origin}{VIEW}?$skip=3"})
    suite.answer(VIEW, {"value": events[1:]})

    read = await mailbox.events(START - DAY, START + DAY)

    assert [event.mailbox_id for event in read] == ["AAMk-0", "AAMk-1", "AAMk-2"]
    assert [seen.query.get("$skip") for seen in suite.seen] == [None, "2", "3"]
    assert all("odata.maxpagesize=500" in seen.headers["Prefer"] for seen in suite.seen)


async def test_a_page_that_leads_to_itself_is_not_followed_for_ever(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    suite.answer(VIEW, {"value": [], "@odata.nextLink": f"{suite.origin}{VIEW}?$skip=1"})

    with pytest.raises(SuiteUnavailable, match="EndlessPages"):
        await mailbox.events(START, START + DAY)

    assert len(suite.seen) == 2


async def test_a_calendar_without_end_is_given_up(suite: Provider, mailbox: Microsoft365Mailbox) -> None:
    for number in range(MAX_PAGES + 5):
        suite.answer(VIEW, {"value": [], "@odata.nextLink": f"{suite.origin}{VIEW}?$skip={number}"})

    with pytest.raises(SuiteUnavailable, match="EndlessPages"):
        await mailbox.events(START, START + DAY)

    assert len(suite.seen) == MAX_PAGES


async def test_of_a_calendar_of_many_thousand_events_no_more_are_held_than_a_window_may_have(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    page = [graph_event(START, id=f"AAMk-{n}") for n in range(EVENTS_PAGE)]
    for number in range(MOST_EVENTS // EVENTS_PAGE + 5):
        suite.answer(VIEW, {"value": page, "@odata.nextLink": f"{suite.origin}{VIEW}?$skip={number}"})

    with pytest.raises(SuiteUnavailable, match="TooManyEvents"):
        await mailbox.events(START, START + DAY)

    assert len(suite.seen) == MOST_EVENTS // EVENTS_PAGE + 1


@pytest.mark.parametrize("body", ["{", "[]", {}, {"value": None}, {"value": {}}])
async def test_a_page_of_another_form_is_no_answer(suite: Provider, mailbox: Microsoft365Mailbox, body: object) -> None:
    suite.answer(VIEW, body)

    with pytest.raises(SuiteUnavailable, match="MalformedBody"):
        await mailbox.events(START, START + DAY)


async def test_one_event_that_cannot_be_read_alone_is_the_suites_trouble(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    suite.answer(EVENT, graph_event(START, start=None))

    with pytest.raises(SuiteUnavailable, match="UnreadableEvent"):
        await mailbox.event("AAMk-1")


@pytest.mark.parametrize("profile", [{}, {"mail": None, "userPrincipalName": ""}, {"mail": 7}])
async def test_a_profile_without_an_address_is_no_profile(
    suite: Provider, mailbox: Microsoft365Mailbox, profile: dict[str, object]
) -> None:
    suite.answer("/v1.0/me", profile)

    with pytest.raises(SuiteUnavailable):
        await mailbox.address()


async def test_an_account_without_mail_is_known_by_its_sign_in_name(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    suite.answer("/v1.0/me", {"mail": None, "userPrincipalName": "Ada@Tidewater.test"})

    assert await mailbox.address() == "ada@tidewater.test"


async def test_the_addresses_of_a_mailbox_are_those_of_mail_alone(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    kinds = ["SMTP:Ada@Tidewater.test", "smtp:A.Vos@Quay.test", "SIP:ada@call.test", "X500:/o=Tidewater", "smtp:", 7]
    suite.answer("/v1.0/me", {"mail": "Ada@Tidewater.test", "proxyAddresses": kinds})

    assert await mailbox.addresses() == ["ada@tidewater.test", "a.vos@quay.test"]


@pytest.mark.parametrize("told", [None, "smtp:a@b.test", [], {}])
async def test_without_further_addresses_a_mailbox_has_its_own(
    suite: Provider, mailbox: Microsoft365Mailbox, told: object
) -> None:
    suite.answer("/v1.0/me", {"mail": "ada@tidewater.test", "proxyAddresses": told})

    assert await mailbox.addresses() == ["ada@tidewater.test"]


async def test_a_calendar_somebody_shared_is_not_owned(suite: Provider, mailbox: Microsoft365Mailbox) -> None:
    mine, theirs = {"address": "Ada@tidewater.test"}, {"address": "ben@tidewater.test"}
    suite.answer(
        "/v1.0/me/calendars",
        {
            "value": [
                {"id": "1", "name": "Calendar", "isDefaultCalendar": True, "isTallyingResponses": True, "owner": mine},
                {"id": "2", "name": "Side", "isDefaultCalendar": False, "owner": {"address": "ada@tidewater.test"}},
                {"id": "3", "name": None, "owner": theirs},
                {"id": None},
                "nonsense",
            ]
        },
    )

    calendars = await mailbox.calendars()

    assert [(calendar.id, calendar.is_owned, calendar.tracks_responses) for calendar in calendars] == [
        ("1", True, True),
        ("2", True, False),
        ("3", False, False),
    ]


async def test_a_refused_cancel_of_somebody_elses_event_says_whose_it_is(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    suite.answer(f"{EVENT}/cancel", {"error": {"code": "ErrorInvalidRequest"}}, method="POST", status=400)
    suite.answer(EVENT, graph_event(START, isOrganizer=False))

    with pytest.raises(NotOrganiser):
        await mailbox.cancel("AAMk-1")


async def test_an_event_with_nobody_invited_is_deleted_where_it_cannot_be_cancelled(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    suite.answer(f"{EVENT}/cancel", {"error": {"code": "ErrorInvalidRequest"}}, method="POST", status=400)
    suite.answer(EVENT, graph_event(START, attendees=[]))
    suite.answer(EVENT, method="DELETE", status=204)

    await mailbox.cancel("AAMk-1")

    assert suite.seen[-1].method == "DELETE"


async def test_a_cancel_refused_for_another_reason_is_refused(suite: Provider, mailbox: Microsoft365Mailbox) -> None:
    suite.answer(f"{EVENT}/cancel", {"error": {"code": "ErrorInvalidRequest"}}, method="POST", status=400)
    suite.answer(EVENT, graph_event(START, attendees=[attendee("ben@tidewater.test")]))

    with pytest.raises(InvalidRequest):
        await mailbox.cancel("AAMk-1")


async def test_a_create_carries_the_command_so_that_it_can_be_found_again(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    suite.answer("/v1.0/me/events", graph_event(START), method="POST", status=201)
    suite.answer("/v1.0/me/events", {"value": []})
    command = uuid4()

    await mailbox.create(NewEvent(subject="x", start=START, end=START + DAY, time_zone="UTC"), command)
    await mailbox.find_created(command)

    created, looked = suite.seen
    assert created.json()["transactionId"] == str(command)
    assert f"ep/value eq '{command}'" in looked.query["$filter"]


async def test_a_renewed_watch_lasts_as_long_as_graph_says(suite: Provider, mailbox: Microsoft365Mailbox) -> None:
    suite.answer(
        "/v1.0/subscriptions/7f1d", {"id": "7f1d", "expirationDateTime": "2026-11-13T08:00:00.0000000Z"}, method="PATCH"
    )

    watch = await mailbox.renew_watch("7f1d", "https://meetings.example/webhooks", "another secret")

    assert watch.expires_at == datetime(2026, 11, 13, 8, tzinfo=UTC)


@pytest.mark.parametrize("answer", [{}, {"id": "7f1d"}, {"id": "7f1d", "expirationDateTime": "soon"}])
async def test_a_subscription_without_an_end_is_no_answer(
    suite: Provider, mailbox: Microsoft365Mailbox, answer: dict[str, object]
) -> None:
    suite.answer("/v1.0/subscriptions/7f1d", answer, method="PATCH")

    with pytest.raises(SuiteUnavailable):
        await mailbox.renew_watch("7f1d", "https://meetings.example/webhooks", "another secret")


async def test_schedules_survive_answers_of_every_form(suite: Provider, mailbox: Microsoft365Mailbox) -> None:
    hour = {"dateTime": "2026-11-12T14:00:00.0000000", "timeZone": "UTC"}
    later = {"dateTime": "2026-11-12T15:00:00.0000000", "timeZone": "UTC"}
    suite.answer(
        "/v1.0/me/calendar/getSchedule",
        {
            "value": [
                {"scheduleId": "Digits@x.test", "availabilityView": "0011220"},
                {"scheduleId": "elsewhere@x.test", "scheduleItems": [{"status": "workingElsewhere"}]},
                {"scheduleId": "odd@x.test", "scheduleItems": [{"status": "busy", "start": None, "end": later}]},
                {
                    "scheduleId": "tentative@x.test",
                    "scheduleItems": [{"status": "tentative", "start": hour, "end": later}],
                },
                {"scheduleId": "error@x.test", "error": {"responseCode": "5009"}},
                "nonsense",
            ]
        },
        method="POST",
    )
    asked = [f"{name}@x.test" for name in ("tentative", "digits", "elsewhere", "odd", "error", "absent")]

    told = await mailbox.schedules(asked, START, START + DAY)

    assert [(one.address.partition("@")[0], one.availability, one.provider_code) for one in told] == [
        ("tentative", Availability.BUSY, None),
        ("digits", Availability.BUSY, None),
        ("elsewhere", Availability.FREE, None),
        ("odd", Availability.UNKNOWN, "Malformed"),
        ("error", Availability.UNKNOWN, "5009"),
        ("absent", Availability.UNKNOWN, "Missing"),
    ]
    assert [slot.is_tentative for slot in told[0].busy] == [True]
    quarter = timedelta(minutes=15)
    assert [(slot.start, slot.end, slot.is_tentative) for slot in told[1].busy] == [
        (START + 2 * quarter, START + 4 * quarter, True),
        (START + 4 * quarter, START + 6 * quarter, False),
    ]


async def test_one_batch_that_fails_fails_the_answer_with_its_own_error(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    suite.answer("/v1.0/me/calendar/getSchedule", {"value": []}, method="POST")
    suite.answer("/v1.0/me/calendar/getSchedule", {"error": {"code": "ErrorItemNotFound"}}, method="POST", status=404)

    with pytest.raises(NotFound):
        await mailbox.schedules([f"r{number}@x.test" for number in range(160)], START, START + DAY)


async def test_where_exchange_takes_fewer_addresses_at_once_the_same_ones_are_asked_in_smaller_calls(
    suite: Provider, mailbox: Microsoft365Mailbox
) -> None:
    where = "/v1.0/me/calendar/getSchedule"
    suite.answer(where, {"error": {"code": "ErrorMailboxDataArrayTooBig"}}, method="POST", status=400)
    suite.answer(where, {"value": [{"scheduleId": "r7@x.test", "availabilityView": "0"}]}, method="POST")

    told = await mailbox.schedules([f"r{number}@x.test" for number in range(45)], START, START + DAY)

    sizes = [seen.body.count(b"@x.test") for seen in suite.seen]
    assert (sizes[0], sorted(sizes[1:])) == (45, [5, 20, 20])
    assert [entry.availability is Availability.FREE for entry in told] == [number == 7 for number in range(45)]


class TestRooms:
    ROOMS = "/v1.0/places/microsoft.graph.room"

    async def test_rooms_are_counted_through_since_no_page_leads_to_the_next(
        self, suite: Provider, graph: Graph
    ) -> None:
        for first in (0, 100, 200):
            rooms = [{"id": f"r{n}", "emailAddress": f"R{n}@x.test"} for n in range(first, min(first + 100, 250))]
            suite.answer(self.ROOMS, {"value": rooms})
        suite.answer(self.ROOMS, {"value": []})

        pages = [page async for page in Microsoft365RoomDirectory(graph).pages()]

        assert [len(page.rooms) for page in pages] == [100, 100, 50]
        assert [seen.query["$skip"] for seen in suite.seen] == ["0", "100", "200", "250"]

    async def test_how_many_rooms_there_are_is_asked_with_the_first_page_alone(
        self, suite: Provider, graph: Graph
    ) -> None:
        rooms = [{"id": f"r{n}", "emailAddress": f"R{n}@x.test"} for n in range(3)]
        suite.answer(self.ROOMS, {"@odata.count": 3, "value": rooms[:2]})
        suite.answer(self.ROOMS, {"value": rooms[2:]})
        suite.answer(self.ROOMS, {"value": []})

        pages = [page async for page in Microsoft365RoomDirectory(graph).pages()]

        assert [page.total for page in pages] == [3, None]
        assert [seen.query.get("$count") for seen in suite.seen] == ["true", None, None]

    async def test_a_broken_off_reading_goes_on_behind_the_rooms_it_had(self, suite: Provider, graph: Graph) -> None:
        suite.answer(self.ROOMS, {"value": [{"id": "r201", "emailAddress": "r201@x.test"}]})
        suite.answer(self.ROOMS, {"value": []})

        pages = [page async for page in Microsoft365RoomDirectory(graph).pages("200")]

        assert [page.resume for page in pages] == ["201"]
        assert [seen.query["$skip"] for seen in suite.seen] == ["200", "201"]

    @pytest.mark.parametrize("mark", ["", "-1", "two hundred", "²", "9" * 40])
    async def test_a_mark_that_is_none_of_ours_begins_anew(self, suite: Provider, graph: Graph, mark: str) -> None:
        suite.answer(self.ROOMS, {"value": []})

        _ = [page async for page in Microsoft365RoomDirectory(graph).pages(mark)]

        assert [seen.query["$skip"] for seen in suite.seen] == ["0"]

    async def test_a_directory_that_repeats_itself_ends(self, suite: Provider, graph: Graph) -> None:
        suite.answer(self.ROOMS, {"value": [{"id": "r1", "emailAddress": "r1@x.test"}]})

        pages = [page async for page in Microsoft365RoomDirectory(graph).pages()]

        assert [len(page.rooms) for page in pages] == [1]

    async def test_a_room_is_read_with_what_there_is(self, suite: Provider, graph: Graph) -> None:
        suite.answer(
            self.ROOMS,
            {
                "value": [
                    {
                        "id": "r1",
                        "emailAddress": "LH214@x.test",
                        "displayName": "Lighthouse 2.14",
                        "building": "Lighthouse",
                        "floorNumber": 2,
                        "floorLabel": None,
                        "capacity": 8,
                        "bookingType": "reserved",
                        "tags": ["whiteboard", "Cam 4", 7],
                        "videoDeviceName": "Cam 4",
                        "isWheelChairAccessible": True,
                    },
                    {"id": "r2", "emailAddress": "bare@x.test", "capacity": 0, "tags": None},
                    {"id": "r3", "emailAddress": None},
                    {"emailAddress": "nobody@x.test"},
                    None,
                ]
            },
        )

        [[full, bare]] = [page.rooms async for page in Microsoft365RoomDirectory(graph).pages()]

        assert (full.address, full.name, full.building, full.floor) == (
            "lh214@x.test",
            "Lighthouse 2.14",
            "Lighthouse",
            "2",
        )
        assert (full.capacity, full.equipment, full.is_accessible, full.is_bookable) == (
            8,
            ("whiteboard", "Cam 4"),
            True,
            False,
        )
        assert (bare.name, bare.building, bare.floor, bare.capacity) == ("bare@x.test", None, None, None)
        assert (bare.equipment, bare.is_accessible, bare.is_bookable) == ((), None, True)
