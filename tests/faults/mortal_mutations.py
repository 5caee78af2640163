"""What is written to the database alone, killed at each step: all of it stands there afterwards, or nothing."""

from collections.abc import Callable
from typing import Any

from tests.faults.mortal_acts import BOOK_SHIFT, expect
from tests.faults.mortal_product import session_of, way_back
from tests.faults.mortal_story import Deed, Life, Scenario, nothing

PROBLEM = "... on Problem { code message }"
Values = Callable[[Life], dict[str, Any]]


def mutation(name: str, more: str = "") -> str:
    """The document of a mutation that takes an input."""
    kind = name[0].upper() + name[1:]
    optional = {"markNotificationsRead", "setNotificationSettings", "setLocationSharing", "setWorkplaceSettings"}
    mark = "" if name in optional | {"setShiftPreferences"} else "!"
    return f"mutation ($input: {kind}Input{mark}) {{ {name}(input: $input) {{ __typename {more} {PROBLEM} }} }}"


def asks(name: str, *expected: str, values: Values, by: str = "admin", more: str = "") -> Deed:
    """Asks once, and is answered with one of these types."""

    async def act(life: Life) -> None:
        said = await life.ask(getattr(life.world, by), mutation(name, more), **values(life))
        assert said["__typename"] in expected, said

    return act


def written(
    name: str,
    *expected: str,
    values: Values,
    gains: dict[str, int],
    by: str = "admin",
    arrange: Deed = nothing,
    repeats_count: bool = False,
    called: str | None = None,
) -> Scenario:
    """A mutation that is one transaction, asked for again by the client whose server died."""
    act = asks(name, *expected, values=values, by=by)
    return Scenario(
        name=called or name,
        covers=(name,),
        arrange=arrange,
        arranged_once=True,
        act=act,
        afterwards=act,
        gains=gains,
        is_one_transaction=True,
        repeats_count=repeats_count,
    )


def _office_shift(life: Life, *, key: str = "a shift") -> dict[str, Any]:
    place = {"buildingId": life.world.ids["building"]}
    days = {"dates": [life.day(5), life.day(6)]}
    return {"kind": "AT_OFFICE", "place": place, "days": days, "idempotencyKey": key}


async def _with_shift(life: Life) -> None:
    """The member works at the office on two days."""
    made = expect(await life.ask(life.world.member, BOOK_SHIFT, **_office_shift(life)), "ShiftsBooked")
    life.notes["shift"] = made["shifts"][0]["id"]


async def _with_notification(life: Life) -> None:
    """An administrator has booked a shift for the member, who was told."""
    wanted = {"memberId": life.world.ids["member"], **_office_shift(life)}
    made = expect(await life.ask(life.world.admin, BOOK_SHIFT, **wanted), "ShiftsBooked")
    life.notes["shift"] = made["shifts"][0]["id"]


def confirmed(name: str, values: Values) -> Deed:
    """What was shown is noted, to be confirmed."""

    async def arrange(life: Life) -> None:
        asking = "... on ShiftsNoLongerFit { confirmation } ... on ConfirmationRequired { confirmation }"
        names = {"removeRoom": "... on ConfirmationRequired { confirmation }"}
        more = names.get(name, asking.partition(" ... on Confirm")[0])
        said = await life.ask(life.world.admin, mutation(name, more), **values(life))
        life.notes["confirmation"] = said["confirmation"]

    return arrange


def after(*deeds: Deed) -> Deed:
    """One after the other."""

    async def arrange(life: Life) -> None:
        for deed in deeds:
            await deed(life)

    return arrange


def _building(life: Life) -> dict[str, Any]:
    return {"buildingId": life.world.ids["building"]}


def _without_room(life: Life) -> dict[str, Any]:
    return {**_building(life), "capacity": 0}


async def _with_token(life: Life) -> None:
    values = {"name": "Kiosk", "idempotencyKey": "a kiosk"}
    more = "... on AccessTokenCreated { accessToken { id } }"
    made = await life.ask(life.world.member, mutation("createAccessToken", more), **values)
    life.notes["token"] = made["accessToken"]["id"]


async def _signed_in(life: Life) -> None:
    """The member has signed in with a browser, whose cookies are noted."""
    browser = life.product.browser()
    address = life.world.company.member
    await browser.get(await way_back(browser, f"/auth/sign-in?suite={life.world.suite}", address))
    life.notes["cookies"] = browser.cookies


async def _sign_out(life: Life) -> None:
    said = await session_of(life.product, life.notes["cookies"]).send("mutation { signOut { __typename } }")
    # Who is signed out already is a stranger.
    assert said.get("data") or said["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", said


MUTATIONS = [
    written(
        "bookShift",
        "ShiftsBooked",
        by="member",
        values=_office_shift,
        gains={"idempotency_record": 1, "shift": 2},
    ),
    written(
        "bookShift",
        "ShiftsBooked",
        called="bookShift for a member",
        values=lambda life: {"memberId": life.world.ids["member"], **_office_shift(life)},
        gains={"audit_entry": 1, "idempotency_record": 1, "notification": 1, "shift": 2},
    ),
    written(
        "changeShift",
        "ShiftsChanged",
        by="member",
        arrange=_with_shift,
        values=lambda life: {"shiftId": life.notes["shift"], "kind": "REMOTE"},
        gains={},
    ),
    written(
        "changeShift",
        "ShiftsChanged",
        called="changeShift for a member",
        arrange=_with_notification,
        values=lambda life: {"shiftId": life.notes["shift"], "kind": "REMOTE"},
        gains={"audit_entry": 1, "notification": 1},
    ),
    written(
        "cancelShift",
        "ShiftsCancelled",
        by="member",
        arrange=_with_shift,
        values=lambda life: {"shiftId": life.notes["shift"]},
        gains={},
    ),
    written(
        "cancelShift",
        "ShiftsCancelled",
        called="cancelShift for a member",
        arrange=_with_notification,
        values=lambda life: {"shiftId": life.notes["shift"]},
        gains={"audit_entry": 1, "notification": 1},
    ),
    written(
        "createBuilding",
        "BuildingCreated",
        values=lambda life: {
            "name": "Harbour",
            "timeZone": "Europe/Amsterdam",
            "floors": [{"name": "First", "areas": [{"name": "North"}]}],
            "idempotencyKey": "a building",
        },
        gains={"area": 1, "audit_entry": 1, "building": 1, "floor": 1, "idempotency_record": 1},
    ),
    written(
        "updateBuilding",
        "BuildingUpdated",
        "ShiftsNoLongerFit",
        arrange=after(_with_shift, confirmed("updateBuilding", _without_room)),
        values=lambda life: {**_without_room(life), "confirmation": life.notes["confirmation"]},
        gains={"audit_entry": 1, "notification": 1},
        repeats_count=True,
    ),
    written(
        "removeBuilding",
        "BuildingRemoved",
        "NotFound",
        arrange=after(_with_shift, confirmed("removeBuilding", _building)),
        values=lambda life: {**_building(life), "confirmation": life.notes["confirmation"]},
        gains={"audit_entry": 1, "notification": 1},
    ),
    written(
        "updateRoom",
        "RoomUpdated",
        values=lambda life: {"roomId": life.world.rooms[0], "capacity": 77},
        gains={"audit_entry": 1},
        repeats_count=True,
    ),
    written(
        "unpairRoom",
        "RoomUnpaired",
        values=lambda life: {"roomId": life.world.rooms[0]},
        gains={"audit_entry": 1},
        repeats_count=True,
    ),
    written(
        "removeRoom",
        "RoomRemoved",
        "NotFound",
        arrange=confirmed("removeRoom", lambda life: {"roomId": life.world.rooms[0]}),
        values=lambda life: {"roomId": life.world.rooms[0], "confirmation": life.notes["confirmation"]},
        gains={"audit_entry": 1},
    ),
    written(
        "markNotificationsRead",
        "NotificationsMarkedRead",
        by="member",
        arrange=_with_notification,
        values=lambda life: {"notificationIds": None},
        gains={},
    ),
    written(
        "setNotificationSettings",
        "NotificationSettingsSet",
        values=lambda life: {"mailsSubjects": True, "noAnswerAfterMinutes": 7},
        gains={"audit_entry": 1},
    ),
    written(
        "setWorkplaceSettings",
        "WorkplaceSettingsSet",
        values=lambda life: {"shiftRetentionDays": 31},
        gains={"audit_entry": 1},
    ),
    written(
        "setLocationSharing",
        "LocationSharingSet",
        by="member",
        values=lambda life: {"sharing": "NOBODY"},
        gains={},
    ),
    written(
        "setShiftPreferences",
        "ShiftPreferencesSet",
        by="member",
        arrange=_with_shift,
        values=lambda life: {"showInCalendar": True, "suggestFromCalendar": True},
        gains={"shift_entry": 2},
    ),
    written(
        "createAccessToken",
        "AccessTokenCreated",
        by="member",
        values=lambda life: {"name": "Kiosk", "idempotencyKey": "a kiosk"},
        gains={"access_token": 1, "audit_entry": 1, "idempotency_record": 1},
    ),
    written(
        "revokeAccessToken",
        "AccessTokenRevoked",
        by="member",
        arrange=_with_token,
        values=lambda life: {"accessTokenId": life.notes["token"]},
        gains={"audit_entry": 1},
    ),
    written(
        "inviteMember",
        "MemberInvited",
        values=lambda life: {"role": "MEMBER", "idempotencyKey": "an invitation"},
        gains={"audit_entry": 1, "idempotency_record": 1, "invitation": 1},
    ),
    written(
        "setMemberRole",
        "MemberRoleSet",
        values=lambda life: {"memberId": life.world.ids["colleague"], "role": "SUBSCRIPTION_ADMINISTRATOR"},
        gains={"audit_entry": 1},
    ),
    written(
        "linkIdentity",
        "IdentityLinkRequested",
        by="member",
        values=lambda life: {"suite": "GOOGLE_WORKSPACE"},
        gains={"authorisation_flow": 2},
        repeats_count=True,
    ),
    Scenario(
        name="signOut",
        covers=("signOut",),
        arrange=_signed_in,
        arranged_once=True,
        act=_sign_out,
        afterwards=_sign_out,
        gains={},
        is_one_transaction=True,
    ),
]
