"""What administrators and members do about consent, killed at each step: at the suite and here."""

from datetime import timedelta
from typing import Any

from app import clock
from app.integrations.models import Integration
from app.suites.protocol import SuiteName
from tests.faults.mortal_acts import AGENDA, DISABLE, PREVIEW, SYNC, disabled, end_watches, expect
from tests.faults.mortal_mutations import after, asks
from tests.faults.mortal_product import session_of, way_back
from tests.faults.mortal_story import Deed, Life, Scenario
from tests.journeys.story import CONNECT, ENABLE, START, TEST

CANCEL_START = "mutation { cancelIntegration { __typename ... on Problem { code } } }"
MET_NEED_APPROVAL = "mutation { markAwaitingAdminApproval { __typename ... on Problem { code } } }"
DISCONNECT = "mutation { disconnectCalendar { __typename } }"
MICROSOFT, GOOGLE = frozenset({SuiteName.MICROSOFT_365}), frozenset({SuiteName.GOOGLE_WORKSPACE})
CLAIMS_ARE_OVER = timedelta(minutes=6)


def once(document: str, *expected: str, by: str = "admin", **variables: object) -> Deed:
    """Asks once, and is answered with one of these types."""

    async def act(life: Life) -> None:
        said = await life.product.ask(getattr(life.world, by), document, **variables)
        assert said["__typename"] in expected, said

    return act


async def _start(life: Life) -> None:
    expect(await life.product.ask(life.world.admin, START, suite=life.world.suite), "IntegrationStarted")


async def _disabled(life: Life) -> None:
    await disabled(life)


async def _purged(life: Life) -> None:
    """The integration was disabled, and its time is over."""
    await disabled(life)
    await Integration.all().update(retained_until=clock.now())
    await life.product.run("retention")


async def _shown(life: Life) -> None:
    life.notes["confirmation"] = (await life.ask(life.world.admin, PREVIEW))["confirmation"]


async def _disable(life: Life) -> None:
    said = await life.ask(life.world.admin, DISABLE, confirmation=life.notes["confirmation"], revokeAtSuite=True)
    assert said["__typename"] in {"IntegrationDisabled", "IntegrationStatusConflict"}, said


async def _new_room_at_suite(life: Life) -> None:
    """The suite has a room that was never read."""
    company = life.world.company
    domain = company.member.partition("@")[2]
    room = {"address": f"cove@{domain}", "name": "Cove"}
    if company.control == "google":
        room["customer"] = domain
    await life.order("POST", f"{company.control}/rooms", room)


def _cove(life: Life) -> dict[str, Any]:
    domain = life.world.company.member.partition("@")[2]
    return {"email": f"cove@{domain}", "name": "Cove", "idempotencyKey": "a cove"}


def _first_room(life: Life) -> dict[str, Any]:
    return {"roomId": life.world.rooms[0]}


async def visited(life: Life, consent_url: str, address: str) -> None:
    """The browser is at the suite and comes back: its cookies and where it comes back to are noted."""
    browser = life.product.browser()
    life.notes["callback"] = await way_back(browser, consent_url, address)
    life.notes["cookies"] = browser.cookies


async def _consenting(life: Life) -> None:
    """The member has consented at the suite, and is on the way back."""
    asked = expect(await life.product.ask(life.world.member, CONNECT), "ConsentRequested")
    await visited(life, asked["consentUrl"], life.world.company.member)


async def _come_back(life: Life) -> None:
    """The browser comes back, as often as its owner reloads the page."""
    page = session_of(life.product, life.notes["cookies"])
    await page.browser.get(life.notes["callback"])


async def _connect(life: Life) -> None:
    """The member connects, from the beginning."""
    await _consenting(life)
    await _come_back(life)


async def _come_back_or_begin_again(life: Life) -> None:
    """Whoever finds that the link was used up begins again."""
    await _come_back(life)
    said = await life.product.ask(life.world.member, "{ viewer { connection { status } } }")
    if said["connection"]["status"] != "CONNECTED":
        await _connect(life)


async def _administrator_consenting(life: Life) -> None:
    asked = expect(await life.product.ask(life.world.admin, START, suite=life.world.suite), "IntegrationStarted")
    await visited(life, asked["consentUrl"], life.world.company.administrator)


async def _come_back_and_test(life: Life) -> None:
    await _come_back(life)
    said = await life.product.ask(life.world.admin, "{ integration { status } }")
    if said["status"] == "AWAITING_CONSENT":
        await _administrator_consenting(life)
        await _come_back(life)


async def _grown_old(life: Life) -> None:
    """The access that the suite gave last is over."""
    address = life.world.company.member
    if life.world.company.control == "graph":
        await life.order("POST", f"users/{address}/expire-access-tokens")
    else:
        await life.order("POST", "google/expire-access-tokens", {"user": address})


async def _read(life: Life) -> None:
    """The member reads the agenda, for which the consent is refreshed."""
    expect(await life.product.ask(life.world.member, AGENDA, **life.slot.as_window()), "Agenda")


async def _read_later(life: Life) -> None:
    life.product.moved.advance(CLAIMS_ARE_OVER)
    await _read(life)


async def _standing(life: Life) -> Any:
    """What the member is told of the connection: nobody has to consent anew."""
    return (await life.product.ask(life.world.member, "{ viewer { connection { status } } }"))["connection"]


async def _disconnect(life: Life) -> None:
    said = await life.product.ask(life.world.member, DISCONNECT)
    assert said["__typename"] in {"CalendarDisconnected", "ConnectionRequired"}, said


async def _shown_and_disabled_for_good(life: Life) -> None:
    """Everybody's consent is fresh, and is to end at the suite."""
    for token, address in (
        (life.world.member, life.world.company.member),
        (life.world.admin, life.world.company.administrator),
    ):
        asked = expect(await life.product.ask(token, CONNECT), "ConsentRequested")
        await visited(life, asked["consentUrl"], address)
        await _come_back(life)
    await disabled(life, revokeAtSuite=True)


async def _revoke(life: Life) -> None:
    await life.product.run("consent-revocation")


async def _revoke_later(life: Life) -> None:
    for _ in range(3):
        await life.product.run("consent-revocation", after=CLAIMS_ARE_OVER)


async def _consents(life: Life) -> list[Any]:
    """What the member's consent at the suite holds in the end."""
    company = life.world.company
    consent = await life.order("GET", f"google/users/{company.member}/consent")
    return list(consent["scopes"])


def tested_again(act: Deed) -> Deed:
    async def afterwards(life: Life) -> None:
        await act(life)
        await end_watches(life)

    return afterwards


_test = once(TEST, "TestFlowRun")
_enable = once(ENABLE, "IntegrationEnabled", "IntegrationStatusConflict")

INTEGRATIONS = [
    Scenario(
        name="startIntegration",
        covers=("startIntegration",),
        arrange=_purged,
        arranged_once=True,
        act=_start,
        afterwards=_start,
        gains={"audit_entry": 2, "authorisation_flow": 2, "integration": 1},
        is_one_transaction=True,
        repeats_count=True,
    ),
    Scenario(
        name="cancelIntegration",
        covers=("cancelIntegration",),
        arrange=after(_purged, _start),
        arranged_once=True,
        act=once(CANCEL_START, "IntegrationCancelled", "IntegrationStatusConflict"),
        afterwards=once(CANCEL_START, "IntegrationCancelled", "IntegrationStatusConflict"),
        # Whoever asks again is refused, which is an entry too.
        gains={"audit_entry": 2},
        is_one_transaction=True,
        repeats_count=True,
    ),
    Scenario(
        name="markAwaitingAdminApproval",
        covers=("markAwaitingAdminApproval",),
        arrange=after(_purged, _start),
        arranged_once=True,
        act=once(MET_NEED_APPROVAL, "AdminApprovalAwaited"),
        afterwards=once(MET_NEED_APPROVAL, "AdminApprovalAwaited"),
        gains={"audit_entry": 1},
        is_one_transaction=True,
    ),
    Scenario(
        name="runTestFlow",
        covers=("runTestFlow",),
        act=_test,
        afterwards=tested_again(_test),
        gains={"audit_entry": 2},
        is_one_transaction=True,
        repeats_count=True,
    ),
    Scenario(
        name="enableForAllUsers",
        covers=("enableForAllUsers",),
        arrange=after(_disabled, _test),
        arranged_once=True,
        act=_enable,
        afterwards=_enable,
        gains={"audit_entry": 2, "room_sync": 1},
        is_one_transaction=True,
        repeats_count=True,
    ),
    Scenario(
        name="disableIntegration",
        covers=("disableIntegration",),
        arrange=_shown,
        arranged_once=True,
        act=_disable,
        afterwards=_disable,
        # Whoever asks again is refused, which is an entry too.
        gains={"audit_entry": 2},
        is_one_transaction=True,
        repeats_count=True,
    ),
    Scenario(
        name="syncRooms",
        covers=("syncRooms",),
        act=once(SYNC, "RoomSyncRequested"),
        afterwards=once(SYNC, "RoomSyncRequested"),
        gains={"audit_entry": 1, "room_sync": 1},
        is_one_transaction=True,
    ),
    Scenario(
        name="createRoom",
        covers=("createRoom",),
        arrange=_new_room_at_suite,
        arranged_once=True,
        act=asks("createRoom", "RoomCreated", values=_cove),
        afterwards=asks("createRoom", "RoomCreated", values=_cove),
        gains={"audit_entry": 1, "idempotency_record": 1, "room": 1},
    ),
    Scenario(
        name="pairRoom",
        covers=("pairRoom",),
        arrange=asks("unpairRoom", "RoomUnpaired", values=_first_room),
        arranged_once=True,
        act=asks("pairRoom", "RoomPaired", values=_first_room),
        afterwards=asks("pairRoom", "RoomPaired", values=_first_room),
        gains={"audit_entry": 1},
        is_one_transaction=True,
        repeats_count=True,
    ),
    Scenario(
        name="connectCalendar",
        covers=("connectCalendar",),
        act=once(CONNECT, "ConsentRequested", by="member"),
        afterwards=once(CONNECT, "ConsentRequested", by="member"),
        gains={"authorisation_flow": 2},
        is_one_transaction=True,
        repeats_count=True,
    ),
]

CONSENTS = [
    Scenario(
        name="a refresh",
        covers=(),
        arrange=_grown_old,
        arranged_once=True,
        act=_read,
        afterwards=_read_later,
        tells=_standing,
        gains={},
    ),
    Scenario(
        name="coming back from the suite",
        covers=("connectCalendar",),
        arrange=after(_disconnect, _consenting),
        act=_come_back,
        afterwards=_come_back_or_begin_again,
        gains={"calendar_connection": 1},
        ignores=frozenset({"authorisation_flow"}),
        side_by_side=1,
    ),
    Scenario(
        name="coming back from the suite as administrator",
        covers=("startIntegration",),
        arrange=after(_purged, _administrator_consenting),
        act=_come_back,
        afterwards=_come_back_and_test,
        gains={"audit_entry": 1, "calendar_connection": 1},
        # Whoever finds that the link was used up starts again.
        ignores=frozenset({"authorisation_flow", "audit_entry:INTEGRATION_STARTED"}),
    ),
    Scenario(
        name="disconnectCalendar",
        covers=("disconnectCalendar",),
        arrange=_connect,
        act=_disconnect,
        afterwards=_disconnect,
        gains={"calendar_connection": -1},
        side_by_side=1,
    ),
    Scenario(
        name="consent-revocation",
        covers=("consent-revocation",),
        arrange=_shown_and_disabled_for_good,
        act=_revoke,
        afterwards=_revoke_later,
        tells=_consents,
        gains={"audit_entry": 1},
        suites=GOOGLE,
        side_by_side=1,
    ),
]
