"""Who may call what: tokens, scopes, roles, mailboxes, tenants, and how many calls at once."""

import asyncio
from datetime import timedelta

import pytest

from tests.sandbox.graph.client import AsgiClient
from tests.sandbox.graph.conftest import ADA, BEN, DAVE, SCOPES, STRANGER, TENANT, Sandbox, event

PROFILE_ONLY = frozenset({"openid", "profile", "User.Read"})
WINDOW = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z"


async def test_a_missing_unknown_or_expired_token_is_answered_with_401_and_a_challenge(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    without = await AsgiClient(sandbox.app).get("/v1.0/me")
    unknown = await AsgiClient(sandbox.app, "nonsense").get("/v1.0/me")
    sandbox.state.clock.advance(timedelta(hours=2))
    expired = await ada.get("/v1.0/me")

    for reply in (without, unknown, expired):
        assert (reply.status, reply.body["error"]["code"]) == (401, "InvalidAuthenticationToken")
        assert reply.headers["www-authenticate"].startswith("Bearer")


async def test_every_answer_carries_request_ids_and_an_error_repeats_them(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)

    found = await ada.get("/v1.0/me", Client_Request_Id="mine")
    refused = await ada.get("/v1.0/me/events/nonsense", Client_Request_Id="mine")

    assert found.headers["client-request-id"] == "mine"
    assert refused.body["error"]["code"] == "ErrorInvalidIdMalformed"
    assert refused.body["error"]["innerError"]["request-id"] == refused.headers["request-id"]
    assert refused.body["error"]["innerError"]["client-request-id"] == "mine"


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("GET", f"/v1.0/me/calendarView?{WINDOW}", PROFILE_ONLY),
        ("GET", "/v1.0/me/calendars", PROFILE_ONLY),
        ("POST", "/v1.0/me/events", PROFILE_ONLY | {"Calendars.Read"}),
        ("POST", "/v1.0/me/calendar/getSchedule", PROFILE_ONLY),
        ("GET", "/v1.0/places/microsoft.graph.room", SCOPES),
        ("POST", "/v1.0/subscriptions", PROFILE_ONLY | {"Calendars.ReadBasic"}),
        ("GET", "/v1.0/me", frozenset({"Calendars.ReadWrite"})),
    ],
)
async def test_a_call_without_its_scope_is_denied(
    sandbox: Sandbox, method: str, path: str, scopes: frozenset[str]
) -> None:
    refused = await sandbox.as_user(ADA, scopes).call(method, path)

    assert (refused.status, refused.body["error"]["code"]) == (403, "ErrorAccessDenied")


async def test_the_basic_scope_shows_events_without_their_text(sandbox: Sandbox) -> None:
    created = await sandbox.as_user(ADA).post(
        "/v1.0/me/events", event(sandbox.soon(), body={"contentType": "html", "content": "<p>Secret</p>"})
    )

    shown = await sandbox.as_user(ADA, PROFILE_ONLY | {"Calendars.ReadBasic"}).get(
        f"/v1.0/me/events/{created.body['id']}"
    )

    assert shown.body["subject"] == "Design review"
    assert {"body", "bodyPreview"} & shown.body.keys() == set()


async def test_another_persons_mailbox_is_denied_and_ones_own_address_works(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)

    own = await ada.get(f"/v1.0/users/{ADA}/calendarView?{WINDOW}")
    other = await ada.get(f"/v1.0/users/{BEN}/calendarView?{WINDOW}")

    assert own.status == 200
    assert (other.status, other.body["error"]["code"]) == (403, "ErrorAccessDenied")


async def test_another_persons_event_id_is_not_found(sandbox: Sandbox) -> None:
    created = await sandbox.as_user(ADA).post("/v1.0/me/events", event(sandbox.soon()))

    reply = await sandbox.as_user(BEN).get(f"/v1.0/me/events/{created.body['id']}")

    assert (reply.status, reply.body["error"]["code"]) == (404, "ErrorItemNotFound")


async def test_a_profile_tells_a_mailboxes_addresses_only_where_they_are_selected(sandbox: Sandbox) -> None:
    ada, user = sandbox.as_user(ADA), sandbox.state.directory.user_by_address(ADA)
    assert user is not None
    sandbox.state.directory.change_user(user.oid, further_addresses=("ada@quay.example",))

    selected = (await ada.get("/v1.0/me?$select=mail,proxyAddresses")).body

    assert selected["proxyAddresses"] == [f"SMTP:{ADA}", "smtp:ada@quay.example", f"SIP:{ADA}"]
    assert "proxyAddresses" not in (await ada.get("/v1.0/me")).body


async def test_an_account_without_a_mailbox_has_a_profile_and_no_calendar(sandbox: Sandbox) -> None:
    dave = sandbox.as_user(DAVE)

    profile = await dave.get("/v1.0/me")
    calendar = await dave.get("/v1.0/me/calendars")

    assert (profile.status, profile.body["mail"]) == (200, None)
    assert (calendar.status, calendar.body["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")


async def test_an_application_token_has_no_me_and_lists_rooms_only_with_the_role(sandbox: Sandbox) -> None:
    with_role, without = sandbox.as_application("Place.Read.All"), sandbox.as_application()

    assert (await with_role.get("/v1.0/me")).status == 400
    assert (await with_role.get("/v1.0/places/microsoft.graph.room")).status == 200
    assert (await without.get("/v1.0/places/microsoft.graph.room")).status == 403


async def test_an_invitation_stays_inside_the_organisers_tenant(sandbox: Sandbox) -> None:
    await sandbox.as_user(ADA).post("/v1.0/me/events", event(sandbox.soon(), people=(STRANGER,)))

    seen = await sandbox.as_user(STRANGER).get("/v1.0/me/events")

    assert seen.body["value"] == []


async def test_a_fifth_request_at_once_for_a_mailbox_is_throttled_until_that_is_switched_off(sandbox: Sandbox) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    await sandbox.control.patch("/control/graph/limits", {"latency_milliseconds": 20})

    async def at_once() -> list[int]:
        path = f"/v1.0/me/calendarView?{WINDOW}"
        replies = await asyncio.gather(*(ada.get(path) for _ in range(5)), ben.get(path))
        assert all("retry-after" in r.headers for r in replies if r.status == 429)
        return [reply.status for reply in replies]

    assert await at_once() == [200, 200, 200, 200, 429, 200]
    await sandbox.control.patch("/control/graph/limits", {"enforced": False})
    assert await at_once() == [200] * 6


async def test_an_unknown_path_is_a_bad_request_in_graphs_envelope(sandbox: Sandbox) -> None:
    refused = await sandbox.as_user(ADA).get("/v1.0/me/nonsense")

    assert (refused.status, refused.body["error"]["code"]) == (400, "BadRequest")
    assert TENANT not in str(refused.body)
