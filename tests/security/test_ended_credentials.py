"""What lets nobody in: each kind of credential that has ended or never was, at every operation of the schema.

Over HTTP and as event streams; what is done over a socket that was opened before stands in `test_open_sockets.py`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.audit.models import AuditAction, AuditEntry
from app.identity.models import Member, Role
from tests.schema.test_permissions import ADMINISTRATORS_ONLY, ROOT_FIELDS
from tests.security.doors import STREAM, Premises, Reply, Shown, payload_of, premises_in
from tests.security.ended import ENDED
from tests.support.event_stream import Event
from tests.support.standing import standing

WHO = "{ viewer { role } }"


@pytest.fixture
async def premises(tmp_path: Path, migrated_template: Path) -> AsyncIterator[Premises]:
    async with premises_in(tmp_path, migrated_template) as found:
        yield found


async def _every_reply(premises: Premises, shown: Shown) -> dict[tuple[str, str], Reply]:
    """To every operation; to a subscription as a client that reads event streams too."""
    return {
        (name, accept): await premises.post(shown, operation.document, accept, **variables)
        for name, operation, variables in premises.operations()
        for accept in (("application/json", STREAM) if _subscribes(name) else ("application/json",))
    }


def _subscribes(name: str) -> bool:
    return name.startswith("Subscription.")


@pytest.mark.parametrize("ended", ENDED)
async def test_no_operation_is_answered_to_a_credential_that_has_ended(premises: Premises, ended: str) -> None:
    """Tried by who could do everything while it lasted."""
    shown = await ENDED[ended](premises, await premises.newcomer(Role.SUBSCRIPTION_ADMINISTRATOR))
    before = await standing()

    replies = await _every_reply(premises, shown)

    assert {name for name, _ in replies} == set(ROOT_FIELDS)
    refused = {name: (reply.status, reply.codes, "data" in reply.body) for name, reply in replies.items()}
    assert refused == dict.fromkeys(replies, (401, ["UNAUTHENTICATED"], False))
    assert await standing() == before


async def test_no_socket_is_opened_with_a_credential_that_has_ended(premises: Premises) -> None:
    closed = {}
    for ended, make in ENDED.items():
        shown = await make(premises, await premises.newcomer(Role.SUBSCRIPTION_ADMINISTRATOR, ended))
        async with premises.socket(shown) as client:
            await client.send(type="connection_init", payload=payload_of(shown))
            closed[ended] = (await client.until_closed())[0]

    assert closed == dict.fromkeys(ENDED, 4401)


async def test_the_same_credentials_are_answered_while_they_last(premises: Premises) -> None:
    """Without this, the others would pass in a server that lets nobody in."""
    for role in Role:
        member = await premises.newcomer(role)

        for shown in (await premises.token_of(member), await premises.session_of(member)):
            assert (await premises.post(shown, WHO)).body == {"data": {"viewer": {"role": role.value}}}
            async with premises.ready_socket(shown) as client:
                await client.subscribe(WHO)
                assert (await client.receive())["payload"] == {"data": {"viewer": {"role": role.value}}}


async def test_no_operation_is_answered_to_who_shows_nothing(premises: Premises) -> None:
    before = await standing()

    codes = {}
    for name, operation, variables in premises.operations():
        if _subscribes(name):
            async with premises.stream(Shown(), operation.document) as stream:
                said, last = await stream.to_the_end()
            assert ("data" in said.data, last) == (False, Event("complete"))
            codes[name] = [error["extensions"]["code"] for error in said.data["errors"]]
        else:
            reply = await premises.post(Shown(), operation.document, **variables)
            assert not reply.has_data
            codes[name] = reply.codes

    assert codes == {name: ["UNAUTHENTICATED"] for name in ROOT_FIELDS}
    assert await standing() == before


async def _demoted(premises: Premises) -> tuple[Member, tuple[Shown, Shown]]:
    """Somebody who was an administrator when their session and their token began."""
    member = await premises.newcomer(Role.SUBSCRIPTION_ADMINISTRATOR)
    shown = (await premises.token_of(member), await premises.session_of(member))
    for each in shown:
        assert (await premises.post(each, "{ auditLog { nodes { action } } }")).has_data
    await premises.services.roles.set(premises.house.administrator, member.id, Role.MEMBER)
    return member, shown


async def test_who_is_no_administrator_any_more_is_refused_at_the_next_request(premises: Premises) -> None:
    """And nothing is left of the attempts but their entries in the audit log."""
    member, shown = await _demoted(premises)
    before = await standing(without={"audit_entry"})

    for each in shown:
        replies = {
            name: await premises.post(each, operation.document, **variables)
            for name, operation, variables in premises.operations()
            if name in ADMINISTRATORS_ONLY and not _subscribes(name)
        }
        async with premises.stream(each, "subscription { roomSyncProgress { done } }") as stream:
            said, _ = await stream.to_the_end()

        refused = {name: (reply.codes, reply.has_data) for name, reply in replies.items()}
        assert refused == dict.fromkeys(replies, (["FORBIDDEN"], False))
        assert [error["extensions"]["code"] for error in said.data["errors"]] == ["FORBIDDEN"]
    assert await standing(without={"audit_entry"}) == before
    assert await _attempts(member) == {name.partition(".")[2] for name in ADMINISTRATORS_ONLY if "Mutation." in name}


async def _attempts(member: Member) -> set[str]:
    """What the member was refused, by the audit log."""
    entries = AuditEntry.of(member.organisation_id).filter(actor_id=member.id, action=AuditAction.ATTEMPT_REFUSED)
    return {str(entry.details["operation"]) for entry in await entries}


async def test_who_is_no_administrator_any_more_is_answered_what_members_may_ask(premises: Premises) -> None:
    _, shown = await _demoted(premises)

    assert [(await premises.post(each, WHO)).body for each in shown] == [{"data": {"viewer": {"role": "MEMBER"}}}] * 2


async def test_who_became_an_administrator_is_one_at_the_next_request(premises: Premises) -> None:
    member = await premises.newcomer(Role.MEMBER)
    shown = await premises.token_of(member)
    assert (await premises.post(shown, "{ auditLog { nodes { action } } }")).codes == ["FORBIDDEN"]

    await premises.services.roles.set(premises.house.administrator, member.id, Role.SUBSCRIPTION_ADMINISTRATOR)

    assert (await premises.post(shown, "{ auditLog { nodes { action } } }")).has_data
