"""Shifts suggested from where members told their own suite that they work."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext

from app.buildings.models import Building
from app.identity.models import Member
from app.keys import Keys, Vault
from app.shifts.models import Shift, WorkKind
from app.suites.errors import ReconnectReason, ReconnectRequired, SuiteUnavailable, WorkingLocationsRefused
from app.suites.working_days import WorkingKind, WorkingLocation
from tests.buildings.making import make_building
from tests.shifts.calendars import Desk, at_desk, day
from tests.support.database import sqlite_file
from tests.support.people import make_organisation
from tests.support.workplaces import make_shift

SUGGESTED = """
query Suggested($from: Date!, $to: Date!) {
  suggestedShifts(from: $from, to: $to) {
    __typename
    ... on SuggestedShifts {
      suggestions { date kind building { name } label slot start end timeZone }
      problems { code message remedy whoActs }
    }
    ... on Problem { code remedy }
    ... on InvalidInput { field }
  }
}
"""
ZONE = "Europe/Amsterdam"
CANARY = "canary-of-the-calendar-5f1c"


@pytest.fixture
async def desk(database: TortoiseContext, keys: Keys, vault: Vault) -> AsyncIterator[Desk]:
    async with at_desk(keys, vault) as desk:
        yield desk


def told(when: date, kind: WorkingKind = WorkingKind.REMOTE, **values: Any) -> WorkingLocation:
    return WorkingLocation(day=when, time_zone=values.pop("time_zone", ZONE), kind=kind, **values)


async def ask(desk: Desk, first: date | None = None, last: date | None = None) -> dict[str, Any]:
    """The answer for this week, unless told otherwise."""
    window = {"from": (first or day(0)).isoformat(), "to": (last or day(6)).isoformat()}
    answer: dict[str, Any] = (await desk.house.ask(SUGGESTED, **window))["suggestedShifts"]
    return answer


async def suggested(desk: Desk, *plans: WorkingLocation) -> list[dict[str, Any]]:
    """What is suggested to a member who wants it and told this."""
    await desk.prefer(suggestFromCalendar=True)
    desk.house.calendar.plans = list(plans)
    answer = await ask(desk)
    assert answer["problems"] == []
    suggestions: list[dict[str, Any]] = answer["suggestions"]
    return suggestions


class TestOptingIn:
    async def test_the_suite_is_not_asked_until_the_member_wants_it(self, desk: Desk) -> None:
        desk.house.calendar.plans = [told(day(1))]

        answer = await ask(desk)

        [problem] = answer["problems"]
        assert (answer["suggestions"], problem["code"]) == ([], "SUGGESTIONS_SWITCHED_OFF")
        assert "setShiftPreferences" in problem["remedy"]
        assert desk.suite.calls["working_locations"] == 0

    async def test_whoever_wants_it_gets_what_they_told_in_one_call(self, desk: Desk) -> None:
        suggestions = await suggested(desk, told(day(1)), told(day(2), WorkingKind.NOT_WORKING))

        assert [(one["date"], one["kind"], one["slot"]) for one in suggestions] == [
            ("2031-05-13", "REMOTE", "WHOLE_DAY"),
            ("2031-05-14", "NOT_WORKING", "WHOLE_DAY"),
        ]
        assert desk.suite.calls["working_locations"] == 1

    async def test_whoever_changes_their_mind_is_not_asked_about_any_more(self, desk: Desk) -> None:
        await suggested(desk, told(day(1)))

        await desk.prefer(suggestFromCalendar=False)

        assert (await ask(desk))["suggestions"] == []
        assert desk.suite.calls["working_locations"] == 1


class TestBuildings:
    @pytest.mark.parametrize("values", [{"label": "lighthouse"}, {"label": "Desk 4", "place_id": "LIGHT-1"}])
    async def test_a_building_is_known_by_its_name_or_by_what_the_suite_calls_it(
        self, desk: Desk, values: dict[str, str]
    ) -> None:
        await Building.of(desk.house.organisation.id).update(suite_names=["light-1"])
        await make_building(desk.house.organisation.id, "Mill")

        [suggestion] = await suggested(desk, told(day(1), WorkingKind.OFFICE, **values))

        assert (suggestion["kind"], suggestion["building"]) == ("AT_OFFICE", {"name": "Lighthouse"})
        assert suggestion["label"] == values["label"]

    async def test_an_office_that_nobody_names_is_the_only_building(self, desk: Desk) -> None:
        [suggestion] = await suggested(desk, told(day(1), WorkingKind.OFFICE))

        assert suggestion["building"] == {"name": "Lighthouse"}

    async def test_an_office_that_nobody_names_is_none_of_several(self, desk: Desk) -> None:
        await make_building(desk.house.organisation.id, "Mill")

        [suggestion] = await suggested(desk, told(day(1), WorkingKind.OFFICE))

        assert (suggestion["kind"], suggestion["building"]) == ("AT_OFFICE", None)

    async def test_an_office_that_is_not_ours_is_named_and_no_building(self, desk: Desk) -> None:
        [suggestion] = await suggested(desk, told(day(1), WorkingKind.OFFICE, label="Customer"))

        assert (suggestion["kind"], suggestion["building"], suggestion["label"]) == ("AT_OFFICE", None, "Customer")

    async def test_a_removed_building_is_not_suggested(self, desk: Desk) -> None:
        await Building.of(desk.house.organisation.id).update(removed_at=desk.house.server.ticker.moment)

        [suggestion] = await suggested(desk, told(day(1), WorkingKind.OFFICE, label="Lighthouse"))

        assert suggestion["building"] is None

    async def test_a_place_that_is_no_office_of_ours_is_worked_from_remotely(self, desk: Desk) -> None:
        library, lighthouse = await suggested(
            desk,
            told(day(1), WorkingKind.ELSEWHERE, label="Library"),
            told(day(2), WorkingKind.ELSEWHERE, label="Lighthouse"),
        )

        assert (library["kind"], library["label"]) == ("REMOTE", "Library")
        assert (lighthouse["kind"], lighthouse["building"]) == ("AT_OFFICE", {"name": "Lighthouse"})

    async def test_buildings_of_other_organisations_are_unknown(self, desk: Desk) -> None:
        await make_building((await make_organisation("Elsewhere")).id, "Mill")

        [suggestion] = await suggested(desk, told(day(1), WorkingKind.OFFICE, label="Mill"))

        assert suggestion["building"] is None


class TestDays:
    async def test_the_parts_of_a_day_are_suggested_on_the_clocks_of_the_place(self, desk: Desk) -> None:
        await make_building(desk.house.organisation.id, "Quay", time_zone="Europe/Lisbon")
        start = datetime(2031, 5, 13, 7, tzinfo=UTC)
        quay, home = await suggested(
            desk,
            told(day(1), WorkingKind.OFFICE, label="Quay", start=start, end=start + timedelta(hours=4)),
            told(day(1), start=start + timedelta(hours=5), end=start + timedelta(hours=9)),
        )

        assert (quay["slot"], quay["start"], quay["end"], quay["timeZone"]) == (
            "TIMES",
            "08:00",
            "12:00",
            "Europe/Lisbon",
        )
        assert (home["start"], home["end"], home["timeZone"]) == ("14:00", "18:00", ZONE)

    async def test_what_goes_on_after_midnight_ends_with_the_day(self, desk: Desk) -> None:
        start = datetime(2031, 5, 13, 20, tzinfo=UTC)

        [suggestion] = await suggested(desk, told(day(1), start=start, end=start + timedelta(hours=6)))

        assert (suggestion["start"], suggestion["end"]) == ("22:00", "23:59")

    async def test_days_with_a_shift_are_left_out_and_those_whose_shift_was_cancelled_are_not(self, desk: Desk) -> None:
        member = await Member.of(desk.house.organisation.id).get(id=desk.house.member.member_id)
        await make_shift(member, day(1), kind=WorkKind.REMOTE)
        await make_shift(member, day(2), kind=WorkKind.REMOTE, is_cancelled=True)

        suggestions = await suggested(desk, told(day(1)), told(day(2)))

        assert [one["date"] for one in suggestions] == ["2031-05-14"]

    async def test_days_that_are_over_are_left_out(self, desk: Desk) -> None:
        await desk.prefer(suggestFromCalendar=True)
        desk.house.calendar.plans = [told(day(-1)), told(day(0))]

        answer = await ask(desk, day(-3), day(3))

        assert [one["date"] for one in answer["suggestions"]] == ["2031-05-12"]

    async def test_sixty_two_days_are_asked_about_at_once_and_no_more(self, desk: Desk) -> None:
        await desk.prefer(suggestFromCalendar=True)

        enough, too_many, reversed_ = (
            await ask(desk, day(0), day(61)),
            await ask(desk, day(0), day(62)),
            await ask(desk, day(1), day(0)),
        )

        assert enough["__typename"] == "SuggestedShifts"
        assert (too_many["code"], too_many["field"]) == ("WINDOW_TOO_LONG", "to")
        assert reversed_["code"] == "WINDOW_REVERSED"

    async def test_a_suggestion_that_is_booked_is_a_shift_and_no_suggestion_any_more(self, desk: Desk) -> None:
        [suggestion] = await suggested(desk, told(day(1), WorkingKind.OFFICE, label="Lighthouse"))

        await desk.book(date.fromisoformat(suggestion["date"]), kind=suggestion["kind"])

        assert (await ask(desk))["suggestions"] == []


class TestTheSuite:
    async def test_an_edition_that_does_not_tell_is_a_problem_beside_no_suggestions(self, desk: Desk) -> None:
        await desk.prefer(suggestFromCalendar=True)
        desk.suite.fail_next("working_locations", WorkingLocationsRefused("forbidden"))

        answer = await ask(desk)

        [problem] = answer["problems"]
        assert (answer["suggestions"], problem["code"]) == ([], "WORKING_LOCATIONS_NOT_TOLD")
        assert problem["whoActs"] == "TENANT_ADMINISTRATOR"

    async def test_an_edition_that_does_not_tell_leaves_the_connection_as_it_is(self, desk: Desk) -> None:
        await desk.prefer(suggestFromCalendar=True)
        desk.suite.fail_next("working_locations", WorkingLocationsRefused("forbidden"))

        await ask(desk)

        viewer = (await desk.house.ask("{ viewer { connection { status } } integration { health } }"))["viewer"]
        assert viewer["connection"]["status"] == "CONNECTED"

    async def test_a_suite_that_is_down_says_so(self, desk: Desk) -> None:
        await desk.prefer(suggestFromCalendar=True)
        desk.suite.fail_next("working_locations", SuiteUnavailable("503"))

        assert (await ask(desk))["__typename"] == "SuiteUnavailable"

    async def test_a_consent_that_ended_asks_to_connect_again(self, desk: Desk) -> None:
        await desk.prefer(suggestFromCalendar=True)
        desk.suite.fail_next("working_locations", ReconnectRequired(ReconnectReason.EXPIRED, "invalid_grant"))

        assert (await ask(desk))["__typename"] == "ReconnectRequired"

    async def test_whoever_is_not_connected_is_told_how_to(self, desk: Desk) -> None:
        await desk.prefer(suggestFromCalendar=True)
        await desk.house.ask("mutation { disconnectCalendar { __typename } }")

        answer = await ask(desk)

        assert (answer["__typename"], answer["code"]) == ("ConnectionRequired", "CONNECTION_REQUIRED")


async def test_nothing_of_what_the_suite_told_is_kept(desk: Desk, tmp_path: Path) -> None:
    office = told(day(1), WorkingKind.OFFICE, label=CANARY, place_id=CANARY)

    suggestions = await suggested(desk, office)

    assert suggestions[0]["label"] == CANARY
    assert await Shift.of(desk.house.organisation.id).exists() is False
    database = sqlite_file(tmp_path)
    files = [path for path in database.parent.iterdir() if path.name.startswith(database.name)]
    assert files
    assert not any(CANARY.encode() in path.read_bytes() for path in files)
