"""Who asks: the viewer, their calendar access, their tokens, and finding objects again."""

from app.identity.models import Member
from tests.schema.world import House


async def test_the_viewer_sees_who_they_are_and_how_their_calendar_stands(house: House) -> None:
    data = await house.ask(
        """{ viewer {
            member { id name email } role organisation { name } locationSharing unreadNotificationCount
            connection { status reason scopes email since keptUntil }
            identities { suite tenant email } accessTokens { totalCount }
        } }"""
    )

    viewer = data["viewer"]
    assert viewer["member"]["name"] == "Ada Tidewater"
    assert viewer["role"] == "MEMBER"
    assert viewer["organisation"] == {"name": "Tidewater"}
    assert viewer["connection"]["status"] == "CONNECTED"
    assert viewer["connection"]["reason"] is None
    assert viewer["identities"][0]["tenant"] == house.integration.tenant
    assert viewer["unreadNotificationCount"] == 0


async def test_connecting_answers_with_a_consent_address_of_our_own(house: House) -> None:
    data = await house.ask("mutation { connectCalendar { __typename ... on ConsentRequested { consentUrl } } }")

    assert data["connectCalendar"]["consentUrl"].startswith("http://127.0.0.1:8000/auth/continue/")


async def test_connecting_refuses_to_return_to_a_strange_place(house: House) -> None:
    data = await house.ask(
        """mutation { connectCalendar(input: {returnTo: "https://evil.example/"}) {
            __typename ... on InvalidInput { field }
        } }"""
    )

    assert data["connectCalendar"] == {"__typename": "InvalidInput", "field": "returnTo"}


async def test_disconnecting_says_that_the_suite_was_not_told(house: House) -> None:
    data = await house.ask(
        """mutation { disconnectCalendar { __typename ... on CalendarDisconnected {
            suiteWasTold connection { status reason }
        } } }"""
    )

    assert data["disconnectCalendar"]["suiteWasTold"] is False
    assert data["disconnectCalendar"]["connection"] == {"status": "NOT_CONNECTED", "reason": "CONSENT_NEEDED"}


TOKEN = """mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
    __typename ... on AccessTokenCreated { token accessToken { id name createdAt expiresAt revokedAt } }
    ... on InvalidInput { field message }
} }"""


async def test_an_access_token_is_shown_once_and_can_be_revoked(house: House) -> None:
    command = {"name": "Kiosk", "lifetimeDays": 7, "idempotencyKey": "kiosk"}

    first = (await house.ask(TOKEN, input=command))["createAccessToken"]
    again = (await house.ask(TOKEN, input=command))["createAccessToken"]
    revoked = await house.ask(
        """mutation ($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) {
            ... on AccessTokenRevoked { accessToken { revokedAt } } } }""",
        id=first["accessToken"]["id"],
    )

    assert first["token"]
    assert again["token"] is None
    assert again["accessToken"]["id"] == first["accessToken"]["id"]
    assert revoked["revokeAccessToken"]["accessToken"]["revokedAt"] is not None


async def test_a_token_that_would_live_too_long_is_refused_however_large_the_number(house: House) -> None:
    for days in (0, -5, 366, 2**31 - 1):
        answer = await house.ask(TOKEN, input={"name": "Kiosk", "lifetimeDays": days, "idempotencyKey": str(days)})

        assert answer["createAccessToken"]["field"] == "lifetimeDays"


async def test_signing_out_ends_the_credential(house: House) -> None:
    _, cookie = await house.server.services.sessions.create(await Member.get(id=house.member.member_id))
    signed_in = await house.server.services.sessions.authenticate(cookie)
    sign_out = "mutation { signOut { __typename ... on SessionEnded { at } ... on Problem { code } } }"

    first = await house.server.data(signed_in, sign_out)
    second = await house.server.data(signed_in, sign_out)

    assert first["signOut"]["at"] == "2031-05-12T09:00:00Z"
    assert second["signOut"] == {"__typename": "NotFound", "code": "NOT_FOUND"}
    assert await house.server.services.sessions.role_now(signed_in) is None


async def test_node_finds_every_object_again_by_its_id(house: House) -> None:
    booked = await house.book(eventId=house.event_id(house.series()))
    booking = booked["bookings"][0]
    token = (await house.ask(TOKEN, input={"name": "Kiosk", "idempotencyKey": "k"}))["createAccessToken"]["accessToken"]
    integration = (await house.ask("{ integration { id } }"))["integration"]
    member = (await house.ask("{ viewer { member { id } } }"))["viewer"]["member"]
    ids = {
        "RoomBooking": booking["id"],
        "BookingOccurrence": booking["occurrences"]["nodes"][0]["id"],
        "Event": booked["event"]["id"],
        "Room": house.room_id,
        "AccessToken": token["id"],
        "Integration": integration["id"],
        "Member": member["id"],
    }

    found = {
        name: (await house.ask("query ($id: ID!) { node(id: $id) { __typename id } }", id=id_))["node"]
        for name, id_ in ids.items()
    }

    assert found == {name: {"__typename": name, "id": id_} for name, id_ in ids.items()}
