"""What a socket or a stream that was opened before is still good for, once its credential or its role is lost.

What the database says counts, whether or not anybody told the socket: each operation asks for itself. What the product
announces reaches subscriptions that only listen.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from app import clock
from app.identity.models import AccessToken, Member, Role, Session
from app.identity.principal import CredentialKind, Principal
from app.identity.sessions import SESSION_LIFETIME
from schema.ids import NodeIds, NodeKind
from tests.graphql.server import Client
from tests.schema.operations import OPERATIONS
from tests.schema.test_permissions import ROOT_FIELDS
from tests.security.doors import Premises, Shown, premises_in
from tests.security.ended import merge, principal_of
from tests.support.event_stream import ANSWER_SECONDS, Event
from tests.support.standing import standing

MEMBER, ADMINISTRATOR = Role.MEMBER, Role.SUBSCRIPTION_ADMINISTRATOR
SUBSCRIPTIONS = [name for name in OPERATIONS if name.startswith("Subscription.")]
WHO = "{ viewer { role } }"
SHORTLY = timedelta(milliseconds=50)


@pytest.fixture
async def premises(tmp_path: Path, migrated_template: Path) -> AsyncIterator[Premises]:
    async with premises_in(tmp_path, migrated_template) as found:
        yield found


async def _row(principal: Principal) -> Any:
    """The credential in the database, to be changed behind the product's back: nobody hears of it."""
    model = Session if principal.credential_kind is CredentialKind.SESSION else AccessToken
    return model.of(principal.organisation_id).filter(id=principal.credential_id)


async def _revoked(principal: Principal) -> None:
    await (await _row(principal)).update(revoked_at=clock.now())


async def _expired(principal: Principal) -> None:
    await (await _row(principal)).update(expires_at=clock.now())


async def _forgotten(principal: Principal) -> None:
    await (await _row(principal)).delete()


async def _merged(principal: Principal) -> None:
    other = await Member.of(principal.organisation_id).exclude(id=principal.member_id).first()
    assert other is not None
    await _member(principal).update(merged_into_id=other.id)


async def _demoted_or_promoted(principal: Principal) -> None:
    await _member(principal).update(role=MEMBER if principal.role is ADMINISTRATOR else ADMINISTRATOR)


def _member(principal: Principal) -> Any:
    return Member.of(principal.organisation_id).filter(id=principal.member_id)


LOSSES: dict[str, tuple[Callable[[Principal], Awaitable[None]], int]] = {
    "revoked": (_revoked, 4401),
    "expired": (_expired, 4401),
    "forgotten": (_forgotten, 4401),
    "merged": (_merged, 4401),
    "of another role": (_demoted_or_promoted, 4403),
}
"""What happened meanwhile, and with which code the socket closes."""


async def _subscribe(client: Client, id_: str, document: str, variables: Mapping[str, Any]) -> None:
    await client.send(id=id_, type="subscribe", payload={"query": document, "variables": variables})


async def _until_closed(client: Client) -> list[Any]:
    """What was said before the socket was closed."""
    said = []
    with suppress(ConnectionClosed):
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                said.append(await client.receive())
    return said


async def _close_code(client: Client) -> int | None:
    await _until_closed(client)
    return client.connection.close_code


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("loss", LOSSES)
async def test_no_operation_begins_on_a_socket_whose_right_was_lost_since(
    premises: Premises, loss: str, role: Role
) -> None:
    lose, code = LOSSES[loss]
    tried = {}
    for number, (name, operation, variables) in enumerate(premises.operations()):
        member = await premises.newcomer(role, f"Cy {number}")
        # Every other comes with a cookie.
        shown = await (premises.session_of(member) if number % 2 else premises.token_of(member))
        async with premises.ready_socket(shown) as client:
            await lose(await principal_of(shown))
            before = await standing()
            await _subscribe(client, name, operation.document, variables)
            said = await _until_closed(client)
            tried[name] = (client.connection.close_code, said, await standing() == before)

    assert tried == {name: (code, [], True) for name in ROOT_FIELDS}


async def test_a_socket_without_a_credential_is_answered_nothing_and_stays(premises: Premises) -> None:
    before = await standing()
    codes = {}
    async with premises.ready_socket(Shown()) as client:
        for name, operation, variables in premises.operations():
            await _subscribe(client, name, operation.document, variables)
            answer = await client.receive()
            # What cannot begin is an error; what has begun, and is refused a field, is answered and complete.
            errors = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
            assert answer["type"] == "error" or not any((answer["payload"].get("data") or {}).values())
            if answer["type"] == "next":
                assert await client.receive() == {"id": name, "type": "complete"}
            codes[name] = [error["extensions"]["code"] for error in errors]

    assert codes == {name: ["UNAUTHENTICATED"] for name in ROOT_FIELDS}
    assert await standing() == before


async def test_a_socket_whose_right_holds_is_answered_and_stays(premises: Premises) -> None:
    """Without this, the others would pass in a server whose sockets answer nobody."""
    shown = await premises.token_of(await premises.newcomer(MEMBER))
    async with premises.ready_socket(shown) as client:
        for number in ("1", "2"):
            await client.subscribe(WHO, id=number)
            assert (await client.receive())["payload"] == {"data": {"viewer": {"role": "MEMBER"}}}
            assert (await client.receive())["type"] == "complete"


# -- what is announced reaches who only listens


async def _token_revoked(premises: Premises, shown: Shown) -> None:
    """In another browser, by the member."""
    principal = await principal_of(shown)
    member = await _member(principal).get()
    ids = NodeIds(premises.services.keys, principal.organisation_id, principal.member_id)
    command = {"accessTokenId": ids.seal(NodeKind.ACCESS_TOKEN, principal.credential_id)}
    revoke = OPERATIONS["Mutation.revokeAccessToken"].document
    assert (await premises.post(await premises.session_of(member), revoke, input=command)).has_data


async def _signed_out(premises: Premises, shown: Shown) -> None:
    assert (await premises.post(shown, OPERATIONS["Mutation.signOut"].document)).has_data


async def _demoted(premises: Premises, shown: Shown) -> None:
    """By another administrator."""
    principal, house = await principal_of(shown), premises.house
    by = await premises.token_of(await _member(house.administrator).get())
    command = {"memberId": house.ids.seal(NodeKind.MEMBER, principal.member_id), "role": "MEMBER"}
    demote = OPERATIONS["Mutation.setMemberRole"].document
    assert (await premises.post(by, demote, input=command)).has_data


ANNOUNCED: dict[str, tuple[Callable[[Premises, Shown], Awaitable[None]], int, str]] = {
    "revoked": (_token_revoked, 4401, "UNAUTHENTICATED"),
    "signed out": (_signed_out, 4401, "UNAUTHENTICATED"),
    "demoted": (_demoted, 4403, "FORBIDDEN"),
}
"""What happens, with which code the socket closes, and with which the stream ends."""


@pytest.mark.parametrize("happened", ANNOUNCED)
async def test_a_running_subscription_ends_at_once_with_the_right_to_it(premises: Premises, happened: str) -> None:
    happen, close_code, error_code = ANNOUNCED[happened]
    for subscription in SUBSCRIPTIONS:
        member = await premises.newcomer(ADMINISTRATOR, f"Cy {subscription}")
        first, second = await premises.token_of(member), await premises.token_of(member)
        document = OPERATIONS[subscription].document
        async with premises.ready_socket(first) as client, premises.stream(second, document) as stream:
            await client.subscribe(document)
            await client.send(type="ping")
            while (await client.receive())["type"] != "pong":
                continue

            await happen(premises, first)
            assert await _close_code(client) == close_code, subscription
            if happened != "demoted":  # which ended both
                await happen(premises, second)
            *_, reason, last = await stream.to_the_end()
            codes = [error["extensions"]["code"] for error in reason.data["errors"]]
            assert (codes, last) == ([error_code], Event("complete")), subscription


async def test_a_running_subscription_ends_when_its_credential_expires(premises: Premises) -> None:
    member = await premises.newcomer(ADMINISTRATOR)
    token, session = await premises.token_of(member, timedelta(days=1)), await premises.session_of(member)
    for shown, lifetime in ((session, SESSION_LIFETIME), (token, timedelta(days=1))):
        began = (await principal_of(shown)).expires_at - lifetime
        premises.ticker.moment = began + lifetime - SHORTLY
        document = OPERATIONS["Subscription.roomSyncProgress"].document
        async with premises.ready_socket(shown) as client, premises.stream(shown, document) as stream:
            await client.subscribe(document)

            premises.ticker.advance(SHORTLY)

            assert await _close_code(client) == 4401
            *_, reason, last = await stream.to_the_end()
            codes = [error["extensions"]["code"] for error in reason.data["errors"]]
            assert (codes, last) == (["UNAUTHENTICATED"], Event("complete"))


async def test_a_running_subscription_outlives_what_happens_to_a_colleague(premises: Premises) -> None:
    member, colleague = await premises.newcomer(ADMINISTRATOR), await premises.newcomer(ADMINISTRATOR, "Di")
    shown = await premises.token_of(member)
    async with premises.ready_socket(shown) as client:
        await client.subscribe(OPERATIONS["Subscription.notificationAdded"].document)

        await _signed_out(premises, await premises.token_of(colleague))
        await _demoted(premises, await premises.token_of(colleague))
        await merge(premises, await Member.get(id=colleague.id))
        await client.subscribe(WHO, id="2")

        assert (await client.receive())["payload"] == {"data": {"viewer": {"role": ADMINISTRATOR.value}}}
