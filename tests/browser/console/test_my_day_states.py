"""What stands in place of an agenda that cannot be shown, and how events are sorted into days."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from tests.browser.desk import Desk, desk
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

BEN = "ben.kok@tidewater.example"
COMING_WEEK = f"/?view=week&day={datetime.now(UTC).date() + timedelta(days=7)}"
"""Has stand-ups, on whatever day of the week it is looked at."""


def _problem(typename: str, code: str, **more: Any) -> dict[str, Any]:
    words = {"message": f"The words of {code}.", "remedy": None, "retryable": False, "whoActs": "MEMBER"}
    return {"__typename": typename, "code": code, **words, **more}


STATES = [
    (_problem("ReconnectRequired", "RECONNECT_REQUIRED", reason="EXPIRED"), "The consent has expired, or", "again"),
    (_problem("ConnectionBlocked", "CONNECTION_BLOCKED"), "The words of CONNECTION_BLOCKED.", "Try again"),
    (
        _problem("IntegrationUnavailable", "INTEGRATION_UNAVAILABLE", status="DISABLED"),
        "Your organisation has switched its calendars off. A subscription administrator can switch them on.",
        "Try again",
    ),
    (
        _problem("IntegrationUnavailable", "INTEGRATION_UNAVAILABLE", status="TESTED"),
        "Your organisation has not switched its calendars on yet.",
        "Try again",
    ),
    (_problem("SuiteUnavailable", "SUITE_UNAVAILABLE"), "Your calendar does not answer", "Try again"),
]


async def _answers_the_agenda(page: Page, answer: dict[str, Any]) -> None:
    async def handle(route: Route) -> None:
        if "query Agenda(" in (route.request.post_data or ""):
            await route.fulfill(
                content_type="application/graphql-response+json", body=json.dumps({"data": {"agenda": answer}})
            )
        else:
            await route.continue_()

    await page.unroute_all()
    await page.route("**/graphql", handle)


async def test_each_reason_why_there_is_no_agenda_is_in_words_with_the_way_out(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        for problem, words, way in STATES:
            await _answers_the_agenda(ben.page, problem)
            await ben.opens(COMING_WEEK)
            await ben.reads(words)
            await ben.page.get_by_role("region", name="Agenda").get_by_role("button", name=way).wait_for()
            assert await ben.violations() == []

        await ben.page.unroute_all()
        await ben.page.get_by_role("button", name="Try again").click()
        await ben.page.get_by_role("button", name="Stand-up").first.wait_for()


STANDINGS = [
    ("ENABLED", "NOT_CONNECTED", "Connect your calendar to change here what you booked."),
    ("ENABLED", "RECONNECT_REQUIRED", "Once your calendar is connected again, you can change here what you booked."),
    ("ENABLED", "BLOCKED", "Once your calendar can be read again, you can change here what you booked."),
    ("DISABLED", "SUSPENDED", "Once calendars are switched on, you can change here what you booked."),
    # Whoever sets calendars up is connected before anybody may book.
    ("TESTED", "CONNECTED", "Once calendars are switched on, you can change here what you booked."),
]


async def _stands(page: Page, integration: str, connection: str) -> None:
    """The bookings are answered as they are, but for how the organisation's and the viewer's calendars stand."""

    async def handle(route: Route) -> None:
        if "query Bookings(" not in (route.request.post_data or ""):
            await route.continue_()
            return
        answer = await (await route.fetch()).json()
        assert answer["data"]["integration"] == {"status": "ENABLED"}
        assert answer["data"]["viewer"] == {"connection": {"status": "CONNECTED"}}
        answer["data"] |= {"integration": {"status": integration}, "viewer": {"connection": {"status": connection}}}
        await route.fulfill(content_type="application/graphql-response+json", body=json.dumps(answer))

    await page.unroute_all()
    await page.route("**/graphql", handle)


async def test_without_a_calendar_that_works_a_booking_offers_nothing_that_could_only_be_refused(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        page = ben.page
        await ben.signs_in(BEN)
        await page.get_by_role("button", name="Book a room", exact=True).click()
        await page.get_by_label("Subject").fill("Rope")
        await page.get_by_label("Day", exact=True).fill((datetime.now(UTC).date() + timedelta(days=7)).isoformat())
        await page.get_by_label("Room name").fill("Lighthouse Tolerant")
        await page.get_by_role("checkbox", name="Lighthouse Tolerant").check()
        await page.get_by_role("button", name="Book", exact=True).click()
        bookings = page.get_by_role("region", name="Room bookings")
        booking = bookings.get_by_role("group", name="Lighthouse Tolerant: Rope")
        await booking.get_by_text("Accepted", exact=True).wait_for()
        await booking.get_by_role("button", name="Cancel", exact=True).wait_for()
        for integration, connection, words in STANDINGS:
            await _stands(page, integration, connection)
            await ben.opens("/")
            await bookings.get_by_text(words, exact=True).wait_for()
            await booking.get_by_text("Accepted", exact=True).wait_for()
            assert await bookings.get_by_role("button").count() == 0
            assert await page.get_by_role("button", name="Book a room", exact=True).count() == 0
            await ben.is_looked_at()

        await page.unroute_all()
        await ben.opens("/")
        await booking.get_by_role("button", name="Replace", exact=True).wait_for()
        await page.get_by_role("button", name="Book a room", exact=True).wait_for()


async def test_a_partial_agenda_is_shown_with_what_is_missing(demo: RunningDemo, browser: Browser) -> None:
    partial = {
        "__typename": "Agenda",
        "events": {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}},
        "problems": [_problem("SuiteUnavailable", "SUITE_UNAVAILABLE", retryable=True)],
    }
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        await _answers_the_agenda(ben.page, partial)
        await ben.opens("/")

        await ben.reads("The words of SUITE_UNAVAILABLE.")
        await ben.page.get_by_text("Nothing is in your calendar").first.wait_for()


async def test_days_that_could_not_be_read_offline_are_read_when_the_connection_returns(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        page = ben.page
        await ben.signs_in(BEN, COMING_WEEK)
        agenda = page.get_by_role("region", name="Agenda")
        await agenda.get_by_role("button", name="Stand-up").first.wait_for()
        await page.context.set_offline(True)
        await agenda.get_by_role("button", name="Later", exact=True).click()
        await agenda.get_by_text("The server cannot be reached.").wait_for()
        await ben.reads("You are offline.")
        assert await ben.violations() == []

        await page.context.set_offline(False)
        await agenda.get_by_role("button", name="Stand-up").first.wait_for()
        ben.complaints.clear()  # of the requests that could not be sent


IN_DAYS = """async (assets) => {
  const { byDay, byPlace, addresses } = await import(`${assets}/grouping.js`);
  const timed = (id, start, end) => ({ id, isAllDay: false, start: { dateTime: start }, end: { dateTime: end } });
  const events = [
    timed("late", "2026-11-27T21:00:00Z", "2026-11-28T01:00:00Z"),
    timed("to midnight", "2026-11-27T20:00:00Z", "2026-11-27T23:00:00Z"),
    timed("morning", "2026-11-27T08:00:00Z", "2026-11-27T09:00:00Z"),
    { id: "fair", isAllDay: true, start: { date: "2026-11-26" }, end: { date: "2026-11-28" } },
  ];
  const days = byDay(events, ["2026-11-27", "2026-11-28"], "Europe/Amsterdam");
  const at = (name, kind, building = null) => ({ name, kind: "REQUIRED", location: { kind, building } });
  const people = byPlace(
    [at("a", "AT_OFFICE", "Harbour"), at("b", "AT_OFFICE", "Quay"), at("c", "REMOTE"), at("d", "UNKNOWN")], ["Harbour"],
  );
  return {
    days: Object.fromEntries(days.map(([day, list]) => [day, list.map(({ id }) => id)])),
    people: Object.fromEntries(Object.entries(people).map(([group, list]) => [group, list.map(({ name }) => name)])),
    addresses: addresses("a@b.example, c@d.example;\\n a@b.example"),
  };
}"""
RECURRENCES = """async (assets) => {
  const { recurrence } = await import(`${assets}/repeating.js`);
  const fields = { interval: 2, weekdays: ["MONDAY", "FRIDAY"], until: null, count: 5 };
  const shown = (frequency, day) => {
    const made = recurrence(frequency, day, fields);
    return made && [made.weekdays.join(" "), made.weekOfMonth];
  };
  return [
    shown("", "2026-11-27"), shown("WEEKLY", "2026-11-27"), shown("MONTHLY_BY_WEEKDAY", "2026-11-27"),
    shown("MONTHLY_BY_WEEKDAY", "2026-11-30"), shown("MONTHLY_BY_DATE", "2026-11-30"),
  ];
}"""

WAYS = """async (assets) => {
  const { wayOf } = await import(`${assets}/../notification-ways.js`);
  const well = { viewer: { role: "MEMBER", connection: { status: "CONNECTED" } }, integration: { health: null } };
  const way = (kind, more = {}, standing = well) => wayOf({ kind, booking: null, shifts: [], ...more }, standing);
  const booking = (state, closedAt = null) => ({ booking: { id: "b/1", state, closedAt, room: { name: "Mast" } } });
  const shift = (date, isCancelled = false) => ({ date, isCancelled });
  const shifts = (...all) => ({ shifts: all });
  const reconnects = { ...well, viewer: { role: "MEMBER", connection: { status: "RECONNECT_REQUIRED" } } };
  return [
    ["declined", way("ROOM_REJECTED", booking("REJECTED"))],
    ["silent", way("ROOM_NOT_ANSWERING", booking("PENDING"))],
    ["replaced", way("ROOM_REPLACED", booking("ACCEPTED"))],
    ["declined, then cancelled", way("ROOM_REJECTED", booking("CANCELLED", "2026-11-27T09:00:00Z"))],
    ["declined, and over", way("ROOM_REJECTED", booking("REJECTED", "2026-11-27T09:00:00Z"))],
    ["declined, and erased", way("ROOM_REJECTED")],
    ["room removed", way("ROOM_REMOVED", booking("CANCELLED", "2026-11-27T09:00:00Z"))],
    ["room removed, and erased", way("ROOM_REMOVED")],
    ["booked for you", way("SHIFTS_BOOKED", shifts(shift("2020-01-06"), shift("2100-01-05")))],
    ["booked for you, but for a day", way("SHIFTS_BOOKED", shifts(shift("2100-01-04", true), shift("2100-01-05")))],
    ["booked for you, and over", way("SHIFTS_BOOKED", shifts(shift("2020-01-06")))],
    ["booked, then cancelled", way("SHIFTS_CHANGED", shifts(shift("2100-01-05", true)))],
    ["changed again since", way("SHIFTS_CHANGED")],
    ["cancelled", way("SHIFTS_CANCELLED", shifts(shift("2020-01-06", true), shift("2100-01-05", true)))],
    ["cancelled, and over", way("SHIFTS_CANCELLED", shifts(shift("2020-01-06", true)))],
    ["to connect again", way("RECONNECT_REQUIRED", {}, reconnects)],
    ["to connect again, just now", way("RECONNECT_REQUIRED", {}, null)],
    ["connected again", way("RECONNECT_REQUIRED")],
    ["unwell", way("INTEGRATION_UNHEALTHY", {}, { ...well, integration: { health: "BROKEN" } })],
    ["well again", way("INTEGRATION_UNHEALTHY", {}, { ...well, integration: { health: "HEALTHY" } })],
    ["no administrator any more", way("INTEGRATION_UNHEALTHY")],
    ["not known here", way("SOMETHING_NEW")],
  ].map(([name, found]) => [name, found && `${found.text}: ${found.href}`]);
}"""
LEADS_TO = {
    "declined": "See Mast in My day: /?booking=b%2F1",
    "silent": "See Mast in My day: /?booking=b%2F1",
    "replaced": "See Mast in My day: /?booking=b%2F1",
    "declined, then cancelled": None,
    "declined, and over": None,
    "declined, and erased": None,
    "room removed": "See the event in My day: /?booking=b%2F1",
    "room removed, and erased": None,
    "booked for you": "See Tuesday 5 January in My day: /?day=2100-01-05",
    "booked for you, but for a day": "See Tuesday 5 January in My day: /?day=2100-01-05",
    "booked for you, and over": "See Monday 6 January in My day: /?day=2020-01-06",
    "booked, then cancelled": None,
    "changed again since": None,
    "cancelled": "See Tuesday 5 January in My day: /?day=2100-01-05",
    "cancelled, and over": None,
    "to connect again": "Connect it in Profile: /profile",
    "to connect again, just now": "Connect it in Profile: /profile",
    "connected again": None,
    "unwell": "See what to settle in Integrations: /settings/integrations",
    "well again": None,
    "no administrator any more": None,
    "not known here": None,
}


async def test_a_notification_leads_to_what_it_is_about_and_nowhere_once_that_is_gone(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        found = dict(await ben.page.evaluate(WAYS, await _modules(ben)))

    assert found == LEADS_TO


async def _modules(somebody: Desk) -> str:
    """Where My day's modules are."""
    source = await somebody.page.locator('script[src$="my-day/page.js"]').get_attribute("src")
    assert source is not None
    return source.rsplit("/", 1)[0]


OVERLAPS = """async (assets) => {
  const { overlaps, overlapInWords } = await import(`${assets}/overlaps.js`);
  const usual = { status: "CONFIRMED", response: "ACCEPTED", showAs: "BUSY" };
  const timed = (subject, start, end, more = {}) =>
    ({ id: subject, subject, ...usual, isAllDay: false, start: { dateTime: start }, end: { dateTime: end }, ...more });
  const whole = (subject, start, end, showAs) =>
    ({ id: subject, subject, ...usual, showAs, isAllDay: true, start: { date: start }, end: { date: end } });
  const on = (time) => `2026-12-01T${time}:00+01:00`;
  const at = (subject, from, to, more) => timed(subject, on(from), on(to), more);
  const said = (...events) => {
    const beside = overlaps(events, "2026-12-01");
    return Object.fromEntries(events.map(({ id }) => [id, overlapInWords(beside.get(id))]));
  };
  const design = at("Design", "10:00", "11:00");
  return {
    part: said(design, at("Lunch", "10:30", "12:00")),
    oneBehindTheOther: said(design, at("Lunch", "11:00", "12:00")),
    several: said(
      design, at("A", "09:00", "10:15"), at("", "10:00", "10:30"), at("C", "10:30", "11:00"), at("D", "10:45", "11:00"),
    ),
    declined: said(design, at("Lunch", "10:00", "11:00", { response: "DECLINED" })),
    cancelled: said(design, at("Lunch", "10:00", "11:00", { status: "CANCELLED" })),
    perhaps: said(design, at("Lunch", "10:00", "11:00", { response: "NOT_RESPONDED", showAs: "TENTATIVE" })),
    away: said(design, whole("Fair", "2026-11-30", "2026-12-02", "OUT_OF_OFFICE")),
    fairIsOver: said(design, whole("Fair", "2026-11-30", "2026-12-01", "OUT_OF_OFFICE")),
    birthday: said(design, whole("Birthday", "2026-12-01", "2026-12-02", "FREE")),
    atHome: said(design, whole("Home", "2026-12-01", "2026-12-02", "WORKING_ELSEWHERE")),
    onlyTomorrow: said(
      timed("Night", "2026-12-01T22:00:00+01:00", "2026-12-02T02:00:00+01:00"),
      timed("Late", "2026-12-02T01:00:00+01:00", "2026-12-02T03:00:00+01:00"),
    ),
  };
}"""
BOTH = {"Design": "At the same time as “Lunch”", "Lunch": "At the same time as “Design”"}


async def test_events_that_take_the_same_time_are_told_so_and_what_takes_nobodys_time_does_not_count(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        found = await ben.page.evaluate(OVERLAPS, await _modules(ben))

    assert found == {
        "part": BOTH,
        "oneBehindTheOther": {"Design": "", "Lunch": ""},
        "several": {
            "Design": "At the same time as “A”, an event without a subject and 2 more",
            "A": "At the same time as “Design” and an event without a subject",
            "": "At the same time as “Design” and “A”",
            "C": "At the same time as “Design” and “D”",
            "D": "At the same time as “Design” and “C”",
        },
        "declined": {"Design": "", "Lunch": ""},
        "cancelled": {"Design": "", "Lunch": ""},
        "perhaps": BOTH,
        "away": {"Design": "At the same time as “Fair”", "Fair": "At the same time as “Design”"},
        "fairIsOver": {"Design": "", "Fair": ""},
        "birthday": {"Design": "", "Birthday": ""},
        "atHome": {"Design": "", "Home": ""},
        "onlyTomorrow": {"Night": "", "Late": ""},
    }


FIRST_FREE = """async (assets) => {
  const { firstFree } = await import(`${assets}/asked-room.js`);
  const on = (time) => `2026-12-01T${time}:00+01:00`;
  const busy = (...times) => times.map(([start, end]) => ({ start: on(start), end: on(end) }));
  const at = (start, ...times) => firstFree(`2026-12-01T${start}`, busy(...times)).slice(11);
  return [
    at("09:00"), at("09:00", ["08:00", "09:00"], ["10:00", "11:00"]), at("09:00", ["09:15", "09:30"]),
    at("09:00", ["09:00", "10:15"], ["11:00", "12:00"]), at("09:00", ["07:00", "23:30"]), at("23:30"),
  ];
}"""


async def test_a_room_is_booked_for_its_first_free_hour_of_the_day_where_it_has_one(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        found = await ben.page.evaluate(FIRST_FREE, await _modules(ben))

    assert found == ["09:00", "09:00", "09:30", "12:00", "09:00", "23:30"]


async def test_events_stand_on_each_day_they_touch_and_people_where_they_are(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        folder = await _modules(ben)

        sorted_in = await ben.page.evaluate(IN_DAYS, folder)
        repeats = await ben.page.evaluate(RECURRENCES, folder)

    assert sorted_in == {
        "days": {"2026-11-27": ["fair", "morning", "to midnight", "late"], "2026-11-28": ["late"]},
        "people": {"here": ["a"], "elsewhere": ["b", "c"], "unknown": ["d"]},
        "addresses": ["a@b.example", "c@d.example"],
    }
    assert repeats == [None, ["MONDAY FRIDAY", None], ["FRIDAY", 4], ["MONDAY", -1], ["", None]]
