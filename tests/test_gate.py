"""The door: which credential decides, and what it lets somebody do for how long."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.websockets import WebSocket
from tortoise.context import TortoiseContext

from app.audit.models import AuditOrigin
from app.audit.origin import Origin, present_origin
from app.events_bus.memory import MemoryBus
from app.gate import SOCKETS_OF_STRANGERS, MemberGate
from app.graphql.callers import Caller, CloseCode, Credential, Refused
from app.graphql.socket_hub import SocketHub
from app.identity.access_tokens import AccessTokenService
from app.identity.models import Member, Role
from app.identity.principal import Principal
from app.identity.sessions import SessionService, session_cookie_name
from app.keys import Keys
from app.places.redis import RedisPlaces
from app.rates.choosing import rates_of
from tests.serving.running import make_settings
from tests.support.people import make_member, make_organisation, principal_of

DAY = timedelta(days=1)


class Door:
    """A gate, and credentials to show it."""

    def __init__(self, keys: Keys) -> None:
        self.sessions = SessionService(keys, MemoryBus())
        self.access_tokens = AccessTokenService(keys, MemoryBus())
        self.gate = MemberGate(
            self.sessions,
            self.access_tokens,
            rates_of(make_settings(), keys),
            lambda principal: Seen(principal),
            secure_cookies=True,
        )


class Seen:
    """What resolvers would see."""

    def __init__(self, principal: Principal | None) -> None:
        self.principal = principal


def headers(authorization: str | None, cookie: str | None) -> list[tuple[bytes, bytes]]:
    shown = []
    if authorization is not None:
        shown.append((b"authorization", authorization.encode()))
    if cookie is not None:
        shown.append((b"cookie", f"{session_cookie_name(secure=True)}={cookie}".encode()))
    return shown


def request(
    authorization: str | None = None, cookie: str | None = None, *, client: tuple[str, int] | None = None
) -> Request:
    return Request({"type": "http", "headers": headers(authorization, cookie), "client": client})


def socket(cookie: str | None = None) -> WebSocket:
    async def silent(*_: Any) -> Any:
        raise AssertionError

    return WebSocket({"type": "websocket", "headers": headers(None, cookie)}, silent, silent)


@pytest.fixture
def door(keys: Keys, database: TortoiseContext) -> Door:
    return Door(keys)


@pytest.fixture
async def member(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation(), role=Role.SUBSCRIPTION_ADMINISTRATOR)


async def bearer_of(door: Door, member: Member) -> str:
    created = await door.access_tokens.create(principal_of(member), "test", DAY, "key")
    return f"Bearer {created.token}"


async def test_a_bearer_decides_alone_whatever_cookie_comes_with_it(door: Door, member: Member) -> None:
    colleague = await make_member(await make_organisation("Newbridge"), "Bo Lind")
    _, cookie = await door.sessions.create(colleague)

    caller = await door.gate.for_request(request(await bearer_of(door, member), cookie))

    assert caller.credential is Credential.BEARER
    assert caller.new_context().principal.member_id == member.id


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer x", "Bearer hybrid_meetings_x"]
)
async def test_a_bearer_that_does_not_work_is_refused_and_no_cookie_stands_in(
    door: Door, member: Member, authorization: str
) -> None:
    _, cookie = await door.sessions.create(member)

    with pytest.raises(Refused):
        await door.gate.for_request(request(authorization, cookie))


@pytest.mark.parametrize("payload", [{"Authorization": 7}, {"Authorization": ["Bearer x"]}, {"Authorization": "x"}])
async def test_a_socket_is_refused_for_a_payload_that_is_no_bearer(
    door: Door, member: Member, payload: Mapping[str, object]
) -> None:
    _, cookie = await door.sessions.create(member)

    with pytest.raises(Refused):
        await door.gate.for_socket(socket(cookie), payload)


async def test_the_same_bearer_opens_a_socket(door: Door, member: Member) -> None:
    caller = await door.gate.for_socket(socket(), {"Authorization": await bearer_of(door, member)})

    assert caller.new_context().principal.member_id == member.id
    assert await door.gate.recheck(caller) is None


async def test_a_role_that_changed_closes_the_socket(door: Door, member: Member) -> None:
    caller = await door.gate.for_socket(socket(), {"Authorization": await bearer_of(door, member)})
    await Member.of(member.organisation_id).filter(id=member.id).update(role=Role.MEMBER)

    reason = await door.gate.recheck(caller)

    assert reason is not None
    assert reason.code is CloseCode.FORBIDDEN


async def test_a_credential_that_ended_closes_the_socket(door: Door, member: Member) -> None:
    _, cookie = await door.sessions.create(member)
    caller = await door.gate.for_socket(socket(cookie), {})
    await door.sessions.sign_out(caller.new_context().principal)

    reason = await door.gate.recheck(caller)

    assert reason is not None
    assert reason.code is CloseCode.UNAUTHORISED


async def test_whoever_is_let_in_is_recorded_by_credential_and_address_with_what_they_do(
    door: Door, member: Member
) -> None:
    _, cookie = await door.sessions.create(member)

    await door.gate.for_request(request(None, cookie, client=("192.0.2.7", 50_000)))
    by_cookie = present_origin()
    await door.gate.for_socket(socket(), {"Authorization": await bearer_of(door, member)})
    by_bearer = present_origin()

    assert by_cookie == Origin(AuditOrigin.SESSION, "192.0.2.7")
    assert by_bearer == Origin(AuditOrigin.ACCESS_TOKEN, None)  # this socket has no client


async def test_an_address_in_a_header_of_the_clients_own_is_not_believed(door: Door, member: Member) -> None:
    forged = Request(
        {
            "type": "http",
            "headers": [*headers(await bearer_of(door, member), None), (b"x-forwarded-for", b"203.0.113.9")],
            "client": ("192.0.2.7", 50_000),
        }
    )

    await door.gate.for_request(forged)

    assert present_origin().network_address == "192.0.2.7"


async def test_strangers_share_a_limited_number_of_sockets_which_takes_none_from_members(
    door: Door, member: Member
) -> None:
    hub = SocketHub()
    for _ in range(SOCKETS_OF_STRANGERS):
        assert await hub.admit(Opened(), await door.gate.for_socket(socket(), {})) is None

    one_more = await hub.admit(Opened(), await door.gate.for_socket(socket(), {}))
    known = await hub.admit(
        Opened(), await door.gate.for_socket(socket(), {"Authorization": await bearer_of(door, member)})
    )

    assert one_more is not None
    assert one_more.code is CloseCode.TOO_MANY_REQUESTS
    assert known is None


async def test_the_21st_socket_or_stream_of_a_member_is_one_too_many_whatever_it_was_opened_with(
    door: Door, member: Member
) -> None:
    hub, bearer = SocketHub(), await bearer_of(door, member)
    _, cookie = await door.sessions.create(member)
    for _ in range(7):
        assert await hub.admit(Opened(), await door.gate.for_socket(socket(), {"Authorization": bearer})) is None
        assert await hub.admit(Opened(), await door.gate.for_request(request(bearer))) is None
    for _ in range(6):
        assert await hub.admit(Opened(), await door.gate.for_socket(socket(cookie), {})) is None
    colleague = await make_member(await member.organisation, "Col League")

    one_more = await hub.admit(Opened(), await door.gate.for_request(request(bearer)))
    colleagues = await hub.admit(Opened(), await door.gate.for_request(request(await bearer_of(door, colleague))))

    assert one_more is not None
    assert one_more.code is CloseCode.TOO_MANY_REQUESTS
    assert colleagues is None


@pytest.mark.redis
async def test_a_members_sockets_are_counted_over_all_servers_together(
    door: Door, member: Member, redis_url: str
) -> None:
    places = [RedisPlaces(redis_url, patience=timedelta(seconds=10)) for _ in range(2)]
    hubs = [SocketHub(each) for each in places]
    caller = await door.gate.for_request(request(await bearer_of(door, member)))
    sockets = [Opened() for _ in range(20)]
    for number, opened in enumerate(sockets):
        assert await hubs[number % 2].admit(opened, caller) is None

    one_more = [await hub.admit(Opened(), caller) for hub in hubs]
    hubs[0].leave(sockets[0])
    async with asyncio.timeout(10):  # the one server's word has to come to Redis first
        while await hubs[1].admit(Opened(), caller) is not None:
            continue

    assert [reason.code for reason in one_more if reason] == [CloseCode.TOO_MANY_REQUESTS] * 2
    assert await hubs[0].admit(Opened(), caller) is not None
    for each in places:
        await each.close()


async def test_the_members_of_an_organisation_share_five_thousand_of_them(door: Door, member: Member) -> None:
    hub, bearer = SocketHub(), await bearer_of(door, member)
    colleague = await make_member(await member.organisation, "Col League")
    stranger = await make_member(await make_organisation("Elsewhere"), "Stran Ger")
    caller = await door.gate.for_request(request(bearer))
    [shared] = [cap for cap in caller.socket_caps if cap.limit == 5_000]
    for _ in range(5_000):
        assert await hub.admit(Opened(), replace(caller, socket_caps=(shared,))) is None

    colleagues = await hub.admit(Opened(), await door.gate.for_request(request(await bearer_of(door, colleague))))
    strangers = await hub.admit(Opened(), await door.gate.for_request(request(await bearer_of(door, stranger))))

    assert colleagues is not None
    assert colleagues.code is CloseCode.TOO_MANY_REQUESTS
    assert strangers is None


class Opened:
    """A socket that the hub counts."""

    caller: Caller | None = None

    def end(self, reason: object) -> None: ...

    def recheck(self) -> None: ...
