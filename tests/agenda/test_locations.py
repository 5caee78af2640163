"""Attendees' locations in an agenda: whose shift is shown, to whom, and how much it costs."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from app import clock
from app.agenda.values import UNKNOWN_LOCATION, AttendeeLocation, AttendeeLocationKind, AttendeeSummary
from app.buildings.models import Building
from app.identity.models import Identity, LocationSharing, Member, MemberAlias, Organisation
from app.keys import Keys, Vault
from app.shifts.models import WorkKind
from app.shifts.spans import Part, Slot
from app.suites.events import Attendee, AttendeeKind, Event, EventStatus, EventTime, Person, Response, RoomAnswer
from app.suites.protocol import SuiteName
from tests.bookings.house import START, House, Ticker, invitation, make_event, make_house
from tests.buildings.making import make_area, make_building, make_floor
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation
from tests.support.workplaces import make_shift, organisation_shares, shares

DAY = date(2031, 5, 12)
WEEK = (START, START + timedelta(days=7))
EVERYONE, PEOPLE_I_MEET, NOBODY = LocationSharing.EVERYONE, LocationSharing.PEOPLE_I_MEET, LocationSharing.NOBODY
REMOTE = AttendeeLocation(kind=AttendeeLocationKind.REMOTE)
WIDER_FIRST = [EVERYONE, PEOPLE_I_MEET, NOBODY]


def _invited(who: Member | str, response: Response = Response.ACCEPTED) -> Attendee:
    address = who if isinstance(who, str) else who.address
    return Attendee(Person(address, "Somebody"), AttendeeKind.REQUIRED, response)


def _event(*attendees: Attendee, **values: Any) -> Event:
    return make_event(attendees=attendees, **values)


async def _seen(house: House, event: Event) -> AttendeeLocation:
    """Where the event's one attendee works, as the viewer sees it in their agenda."""
    house.calendar.events.clear()
    house.hold(event)
    (joined,) = (await house.agenda.agenda(house.principal, *WEEK)).events
    (attendee,) = joined.attendees
    return attendee.location


async def _ben(house: House, sharing: LocationSharing | None = EVERYONE) -> Member:
    ben = await make_member(house.organisation, "Ben Kok")
    await shares(ben, sharing)
    return ben


class TestTheShift:
    async def test_at_an_office_it_is_building_floor_and_area(self, house: House) -> None:
        ben = await _ben(house)
        building = await make_building(house.organisation.id, "Harbour")
        floor = await make_floor(building, "2")
        await make_shift(ben, DAY, building, floor=floor, area=await make_area(floor, "Quay"))

        seen = await _seen(house, _event(_invited(ben)))

        assert seen.kind is AttendeeLocationKind.AT_OFFICE
        assert (seen.building, seen.floor, seen.area) == ("Harbour", "2", "Quay")

    @pytest.mark.parametrize("kind", [WorkKind.REMOTE, WorkKind.NOT_WORKING])
    async def test_elsewhere_it_has_no_building(self, house: House, kind: WorkKind) -> None:
        ben = await _ben(house)
        await make_shift(ben, DAY, kind=kind)

        assert await _seen(house, _event(_invited(ben))) == AttendeeLocation(kind=AttendeeLocationKind(kind))

    async def test_a_cancelled_one_says_nothing(self, house: House) -> None:
        ben = await _ben(house)
        await make_shift(ben, DAY, is_cancelled=True)

        assert await _seen(house, _event(_invited(ben))) == UNKNOWN_LOCATION

    async def test_it_is_the_one_of_the_events_own_time(self, house: House) -> None:
        ben = await _ben(house)
        harbour = await make_building(house.organisation.id, "Harbour")
        await make_shift(ben, DAY, part=Part(Slot.MORNING))
        await make_shift(ben, DAY, harbour, part=Part(Slot.AFTERNOON))
        await make_shift(ben, DAY + timedelta(days=1), kind=WorkKind.NOT_WORKING)

        begins = [START + timedelta(hours=hours) for hours in (0, 5, 24, 48)]
        seen = [(await _seen(house, _event(_invited(ben), begin=begin))).kind.value for begin in begins]

        assert seen == ["REMOTE", "AT_OFFICE", "NOT_WORKING", "UNKNOWN"]

    async def test_today_is_the_buildings(self, house: House) -> None:
        ben = await _ben(house)
        tokyo = await make_building(house.organisation.id, "Tokyo", time_zone="Asia/Tokyo")
        await make_shift(ben, DAY, tokyo)

        last_moment = datetime.combine(DAY, time(14, 30), UTC)
        during = await _seen(house, _event(_invited(ben), begin=last_moment, duration=timedelta(minutes=30)))
        after = await _seen(house, _event(_invited(ben), begin=last_moment + timedelta(minutes=30)))

        assert (during.building, after) == ("Tokyo", UNKNOWN_LOCATION)

    async def test_one_that_began_the_day_before_counts_where_its_zone_is_behind(self, house: House) -> None:
        ben = await _ben(house)
        honolulu = await make_building(house.organisation.id, "Honolulu", time_zone="Pacific/Honolulu")
        await make_shift(ben, DAY - timedelta(days=1), honolulu)

        assert (await _seen(house, _event(_invited(ben)))).building == "Honolulu"

    async def test_of_an_all_day_event_it_is_that_of_its_day(self, house: House) -> None:
        ben = await _ben(house)
        await make_shift(ben, DAY)
        first, last = (EventTime("Europe/Amsterdam", date=DAY + timedelta(days=days)) for days in (0, 3))
        held = house.hold(replace(_event(_invited(ben)), is_all_day=True, start=first, end=last))

        event = await house.agenda.event(house.principal, held.mailbox_id)

        assert event.attendees[0].location == REMOTE

    async def test_a_removed_building_keeps_its_name(self, house: House) -> None:
        ben = await _ben(house)
        harbour = await make_building(house.organisation.id, "Harbour")
        await make_shift(ben, DAY, harbour)
        await Building.filter(id=harbour.id).update(removed_at=clock.now(), present_name=None)

        assert (await _seen(house, _event(_invited(ben)))).building == "Harbour"


class TestWhoseItIs:
    @pytest.mark.parametrize("kind", ["identity", "alias"])
    async def test_a_member_is_known_by_any_of_their_addresses(self, house: House, kind: str) -> None:
        ben = await _ben(house)
        await make_shift(ben, DAY)
        await _gives_address(ben, "b.kok@quay.example", kind)
        house.hold(_event(_invited("b.kok@quay.example")))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        (attendee,) = event.attendees
        assert (attendee.location, attendee.is_external) == (REMOTE, False)
        assert attendee.member is not None
        assert (attendee.member.member_id, attendee.member.address) == (ben.id, ben.address)

    @pytest.mark.parametrize("kind", ["identity", "alias"])
    async def test_nobody_of_a_domain_that_a_member_has_an_address_of_is_external(
        self, house: House, kind: str
    ) -> None:
        await _gives_address(await _ben(house), "b.kok@quay.example", kind)
        house.hold(_event(_invited("somebody@quay.example"), _invited("somebody@pier.example")))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert [attendee.is_external for attendee in event.attendees] == [False, True]

    async def test_an_address_that_two_claim_is_whose_main_one_it_is_then_whose_identity_has_it(
        self, house: House
    ) -> None:
        people = [await make_member(house.organisation, name) for name in ("Ben Kok", "Eva Roe", "Ada Ley")]
        for number, member in enumerate(people):
            await shares(member, EVERYONE)
            await make_shift(member, DAY, await make_building(house.organisation.id, f"Building {number}"))
        ben, eva, ada = people
        await _gives_address(eva, ben.address, "identity")
        await _gives_address(ada, ben.address, "alias")
        await _gives_address(eva, "shared@quay.example", "identity")
        await _gives_address(ada, "shared@quay.example", "alias")

        seen = [(await _seen(house, _event(_invited(who)))).building for who in (ben.address, "shared@quay.example")]

        assert seen == ["Building 0", "Building 1"]

    async def test_what_a_member_was_called_before_a_merge_leads_to_who_they_are_now(self, house: House) -> None:
        ben = await _ben(house)
        former = await make_member(house.organisation, "Benjamin Kok")
        await shares(former, NOBODY)
        await Member.filter(id=former.id).update(merged_into_id=ben.id)
        await make_shift(ben, DAY)
        house.hold(_event(_invited(former)))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        (attendee,) = event.attendees
        assert attendee.location == REMOTE
        assert attendee.member is not None
        assert (attendee.member.member_id, attendee.member.address) == (ben.id, ben.address)

    async def test_another_organisations_member_has_none(self, house: House, keys: Keys, vault: Vault) -> None:
        other = await make_house(keys, vault, house.ticker, name="Eve Roe")
        eve = await make_member(other.organisation, "Eva Roe", address="eva@newbridge.example")
        await shares(eve, EVERYONE)
        await make_shift(eve, DAY)

        assert await _seen(house, _event(_invited(eve))) == UNKNOWN_LOCATION

    async def test_a_stranger_has_none(self, house: House) -> None:
        assert await _seen(house, _event(_invited("sam@elsewhere.example"))) == UNKNOWN_LOCATION


async def _gives_address(member: Member, address: str, kind: str) -> None:
    own: dict[str, Any] = {"organisation_id": member.organisation_id, "member_id": member.id, "address": address}
    if kind == "alias":
        await MemberAlias.create(**own)
    else:
        at: dict[str, Any] = {"suite": SuiteName.GOOGLE_WORKSPACE, "tenant": "C01", "created_at": clock.now()}
        await Identity.create(**own, **at, subject=str(uuid4()))


class TestWhoMaySeeIt:
    @pytest.mark.parametrize(
        ("choice", "default", "widest"), list(product([*LocationSharing, None], LocationSharing, LocationSharing))
    )
    async def test_it_is_what_the_member_chose_within_what_the_organisation_lets_and_who_they_meet(
        self, house: House, choice: LocationSharing | None, default: LocationSharing, widest: LocationSharing
    ) -> None:
        ben = await _ben(house, choice)
        await make_shift(ben, DAY)
        await organisation_shares(house.organisation.id, default, widest)
        cases = list(product(Response, EventStatus))
        for number, (response, status) in enumerate(cases):
            begin = START + timedelta(minutes=number)
            house.hold(_event(_invited(ben, response), begin=begin, status=status, mailbox_id=str(number)))

        agenda = (await house.agenda.agenda(house.principal, *WEEK)).events
        single = [await house.agenda.event(house.principal, str(number)) for number in range(len(cases))]

        in_force = max(choice or default, widest, key=WIDER_FIRST.index)
        for events in (agenda, single):
            for (response, status), event in zip(cases, events, strict=True):
                meets = response in {Response.ORGANISER, Response.ACCEPTED} and status is not EventStatus.CANCELLED
                shown = in_force is EVERYONE or (in_force is PEOPLE_I_MEET and meets)
                assert event.attendees[0].location == (REMOTE if shown else UNKNOWN_LOCATION), (response, status)

    async def test_whoever_is_only_invited_does_not_give_away_where_they_are(self, house: House) -> None:
        ben = await _ben(house, PEOPLE_I_MEET)
        await make_shift(ben, DAY)

        assert await _seen(house, _event(_invited(ben, Response.NOT_RESPONDED))) == UNKNOWN_LOCATION

    async def test_whoever_accepted_one_event_is_hidden_on_every_other(self, house: House) -> None:
        ben = await _ben(house, PEOPLE_I_MEET)
        await make_shift(ben, DAY)
        house.hold(_event(_invited(ben, Response.ACCEPTED)))
        house.hold(_event(_invited(ben, Response.TENTATIVELY_ACCEPTED), begin=START + timedelta(minutes=5)))

        events = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert [event.attendees[0].location for event in events] == [REMOTE, UNKNOWN_LOCATION]

    async def test_the_organiser_is_known_by_any_of_their_addresses(self, house: House) -> None:
        ben = await _ben(house, PEOPLE_I_MEET)
        await make_shift(ben, DAY)
        await _gives_address(ben, "b.kok@quay.example", "alias")
        theirs: dict[str, Any] = {"organiser": Person(ben.address, ben.name), "is_organiser": False}

        event = _event(_invited("b.kok@quay.example", Response.NOT_RESPONDED), **theirs)

        assert await _seen(house, event) == REMOTE

    @pytest.mark.parametrize(
        ("sharing", "status", "shown"),
        [
            (EVERYONE, EventStatus.CANCELLED, True),
            (PEOPLE_I_MEET, EventStatus.CONFIRMED, True),
            (PEOPLE_I_MEET, EventStatus.CANCELLED, False),
            (NOBODY, EventStatus.CONFIRMED, False),
        ],
    )
    async def test_an_organiser_whom_the_suite_does_not_list_among_the_attendees_is_shown_as_they_are(
        self, house: House, sharing: LocationSharing, status: EventStatus, shown: bool
    ) -> None:
        ben = await _ben(house, sharing)
        await make_shift(ben, DAY)
        house.hold(_event(organiser=Person(ben.address, ben.name), is_organiser=False, status=status))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert event.organiser_location == (REMOTE if shown else UNKNOWN_LOCATION)
        assert event.attendee_summary == AttendeeSummary(at_event_building=0, elsewhere=0, unknown=0)

    async def test_viewers_see_their_own_whatever_holds(self, house: House) -> None:
        await shares(house.member, NOBODY)
        await organisation_shares(house.organisation.id, widest=NOBODY)
        await make_shift(house.member, DAY)

        event = _event(_invited(house.member, Response.DECLINED), status=EventStatus.CANCELLED)

        assert await _seen(house, event) == REMOTE

    @pytest.mark.parametrize(
        ("event_tells", "list_tells", "shown"),
        [
            (Response.ACCEPTED, Response.NOT_RESPONDED, Response.ACCEPTED),
            (Response.NOT_RESPONDED, Response.ACCEPTED, Response.ACCEPTED),
            (Response.ORGANISER, Response.NOT_RESPONDED, Response.NOT_RESPONDED),
        ],
    )
    async def test_among_the_attendees_viewers_find_their_own_answer_whatever_the_suites_list_leaves_out(
        self, house: House, event_tells: Response, list_tells: Response, shown: Response
    ) -> None:
        await make_shift(house.member, DAY)
        ben = await _ben(house)
        house.hold(
            _event(_invited(house.member, list_tells), _invited(ben, Response.NOT_RESPONDED), response=event_tells)
        )

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert [each.attendee.response for each in event.attendees] == [shown, Response.NOT_RESPONDED]
        assert event.attendees[0].location == REMOTE

    async def test_what_is_hidden_looks_as_what_is_not_there(self, house: House) -> None:
        hidden = await _ben(house, NOBODY)
        await make_shift(hidden, DAY, await make_building(house.organisation.id))
        absent = await make_member(house.organisation, "Eva Roe")
        await shares(absent, EVERYONE)
        house.hold(_event(_invited(hidden), _invited(absent)))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert [attendee.location for attendee in event.attendees] == [UNKNOWN_LOCATION, UNKNOWN_LOCATION]
        assert event.attendee_summary == AttendeeSummary(at_event_building=0, elsewhere=0, unknown=2)


class TestTheSummary:
    async def test_it_groups_by_the_building_where_the_event_has_a_room(self, house: House) -> None:
        harbour = await make_building(house.organisation.id, "Harbour")
        pier = await make_building(house.organisation.id, "Pier")
        await _at(house, "Ben Kok", harbour)
        await _at(house, "Eva Roe", pier)
        await _at(house, "Ida Day", None)
        people = ("ben.kok", "eva.roe", "ida.day", "nobody.yet")
        room = invitation(await house.room(building="Harbour"), RoomAnswer.ACCEPTED)
        invited = [_invited(f"{name}@tidewater.example") for name in people]
        house.hold(_event(*invited, _invited("sam@elsewhere.example"), rooms=(room,)))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert event.attendee_summary == AttendeeSummary(at_event_building=1, elsewhere=2, unknown=2)

    @pytest.mark.parametrize("text", ["harbour", "HARBOUR", "hq-harbour", "Tidewater HQ"])
    async def test_a_building_is_known_by_what_the_suites_rooms_call_it(self, house: House, text: str) -> None:
        harbour = await make_building(house.organisation.id, "Harbour")
        await Building.filter(id=harbour.id).update(suite_names=["HQ-Harbour", "Tidewater HQ"])
        await _at(house, "Ben Kok", harbour)
        room = invitation(await house.room(building=text), RoomAnswer.PENDING)
        house.hold(_event(_invited("ben.kok@tidewater.example"), rooms=(room,)))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert event.attendee_summary.at_event_building == 1

    @pytest.mark.parametrize("answer", [RoomAnswer.DECLINED, None])
    async def test_without_a_room_that_stands_everybody_known_is_elsewhere(
        self, house: House, answer: RoomAnswer | None
    ) -> None:
        await _at(house, "Ben Kok", await make_building(house.organisation.id, "Harbour"))
        rooms = (invitation(await house.room(building="Harbour"), answer),) if answer else ()
        house.hold(_event(_invited("ben.kok@tidewater.example"), rooms=rooms))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert event.attendee_summary == AttendeeSummary(at_event_building=0, elsewhere=1, unknown=0)


async def _at(house: House, name: str, building: Building | None) -> Member:
    member = await make_member(house.organisation, name)
    await shares(member, EVERYONE)
    await make_shift(member, DAY, building)
    return member


@pytest.mark.postgresql
async def test_postgresql_answers_alike(postgresql_url: str, keys: Keys, vault: Vault) -> None:
    async with open_database(postgresql_url):
        ticker = Ticker()
        with clock.use(ticker):
            house = await make_house(keys, vault, ticker, organisation=await make_organisation())
            harbour = await make_building(house.organisation.id, "Harbour")
            await Building.filter(id=harbour.id).update(suite_names=["HQ"])
            floor = await make_floor(harbour, "2")
            ben = await _ben(house)
            await make_shift(ben, DAY, harbour, floor=floor, area=await make_area(floor, "Quay"))
            await _gives_address(ben, "b.kok@quay.example", "identity")
            eva = await make_member(house.organisation, "Eva Roe")
            await make_shift(eva, DAY)
            await _gives_address(eva, "e.roe@pier.example", "alias")
            room = invitation(await house.room(building="hq"), RoomAnswer.ACCEPTED)
            people = ("b.kok@quay.example", "e.roe@pier.example", "x@pier.example", "sam@elsewhere.example")
            house.hold(_event(*(_invited(address) for address in people), rooms=(room,)))

            (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events
            organisations = await Organisation.all().count()

    assert organisations == 1
    assert [attendee.location.area for attendee in event.attendees] == ["Quay", None, None, None]
    assert [attendee.is_external for attendee in event.attendees] == [False, False, False, True]
    assert event.attendee_summary == AttendeeSummary(at_event_building=1, elsewhere=1, unknown=2)
