"""The audit log: what administrators read of who did what, and the attempts that were refused."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise.connection import get_connection

from app.audit import service as audit
from app.audit.models import AuditAction, AuditEntry, AuditOrigin
from app.audit.origin import Origin, acting_from
from app.identity.models import Member
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from schema.ids import NodeKind
from tests.schema.operations import OPERATIONS
from tests.schema.test_permissions import ADMINISTRATORS_ONLY
from tests.schema.world import House, make_house

LOG = """query ($first: Int! = 50, $after: String) { auditLog(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes {
    id action outcome at origin networkAddress targetId actor { id name } details { name value }
  }
} }"""
ADMINISTRATORS_ACTS = sorted(name for name in ADMINISTRATORS_ONLY if name.startswith("Mutation."))


async def _log(house: House, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await house.server.data(house.administrator, LOG, **variables))["auditLog"]
    return answer


async def _nodes(house: House) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await _log(house))["nodes"]
    return nodes


def _details(node: dict[str, Any]) -> dict[str, str]:
    return {detail["name"]: detail["value"] for detail in node["details"]}


async def _do(house: House, name: str, principal: Principal | None, **changes: Any) -> dict[str, Any]:
    return await OPERATIONS[name].ask(house, principal, **changes)


class TestEntries:
    async def test_an_act_says_who_what_when_from_where_and_what_became_of_it(self, house: House) -> None:
        with acting_from(Origin(AuditOrigin.ACCESS_TOKEN, "192.0.2.7")):
            await _do(house, "Mutation.createRoom", house.administrator)

        [node] = await _nodes(house)
        room = (await house.ask('{ rooms(filter: {search: "Quay"}) { nodes { id } } }'))["rooms"]["nodes"][0]
        assert (node["action"], node["outcome"]) == ("ROOM_CREATED", "SUCCEEDED")
        assert node["at"] == "2031-05-12T09:00:00Z"
        assert (node["origin"], node["networkAddress"]) == ("ACCESS_TOKEN", "192.0.2.7")
        assert node["actor"]["name"] == house.administrator.name
        assert node["targetId"] == room["id"]
        assert _details(node) == {"pairing": "PAIRED"}

    async def test_an_act_of_the_server_has_no_actor_and_no_address(self, house: House) -> None:
        await audit.record(
            house.organisation.id,
            AuditAction.INTEGRATION_PURGED,
            actor_id=None,
            target_id=house.integration.id,
            rooms=3,
            kept=["shifts", "rooms"],
            suite=None,
        )

        [node] = await _nodes(house)

        assert (node["actor"], node["origin"], node["networkAddress"]) == (None, "SERVER", None)
        assert node["targetId"] == house.ids.seal(NodeKind.INTEGRATION, house.integration.id)
        assert _details(node) == {"kept": "shifts, rooms", "rooms": "3"}

    async def test_ids_in_the_details_are_those_of_the_schema_and_rows_are_not_shown(self, house: House) -> None:
        await audit.record(
            house.organisation.id,
            AuditAction.IDENTITY_LINKED,
            actor_id=house.member.member_id,
            target_id=house.member.member_id,
            merged_member=str(house.administrator.member_id),
            identity=str(uuid4()),
        )

        [node] = await _nodes(house)

        assert node["targetId"] == house.ids.seal(NodeKind.MEMBER, house.member.member_id)
        merged = house.ids.seal(NodeKind.MEMBER, house.administrator.member_id)
        assert _details(node) == {"merged_member": merged}

    async def test_a_member_who_is_gone_leaves_their_acts_behind(self, house: House) -> None:
        await audit.record(house.organisation.id, AuditAction.ACCESS_TOKEN_CREATED, actor_id=house.member.member_id)
        await Member.of(house.organisation.id).filter(id=house.member.member_id).delete()

        [node] = await _nodes(house)

        assert (node["action"], node["actor"]) == ("ACCESS_TOKEN_CREATED", None)

    async def test_pages_join_and_node_finds_an_entry_again(self, house: House) -> None:
        for _ in range(3):
            await audit.record(house.organisation.id, AuditAction.ROOM_SYNC_REQUESTED, actor_id=None)
            house.server.ticker.advance(timedelta(minutes=1))
        everything = [node["id"] for node in await _nodes(house)]

        first = await _log(house, first=2)
        second = await _log(house, first=2, after=first["pageInfo"]["endCursor"])
        found = await _do(house, "Query.node", house.administrator, id=everything[0])

        assert [node["id"] for node in (*first["nodes"], *second["nodes"])] == everything
        assert found["data"]["node"] == {"id": everything[0]}

    async def test_another_organisations_entries_are_not_shown(self, house: House) -> None:
        theirs = await make_house(house.server, "Newbridge")
        await _do(theirs, "Mutation.createRoom", theirs.administrator)

        assert await _nodes(house) == []
        assert len(await _nodes(theirs)) == 1


class TestRefusals:
    @pytest.mark.parametrize("name", ADMINISTRATORS_ACTS)
    async def test_a_member_who_tries_what_is_for_administrators_is_noted(self, house: House, name: str) -> None:
        with acting_from(Origin(AuditOrigin.SESSION, "192.0.2.7")):
            await _do(house, name, house.member)

        [node] = await _nodes(house)
        assert (node["action"], node["outcome"]) == ("ATTEMPT_REFUSED", "REFUSED")
        assert (node["actor"]["name"], node["origin"]) == (house.member.name, "SESSION")
        assert (node["networkAddress"], node["targetId"]) == ("192.0.2.7", None)
        assert _details(node) == {"operation": name.partition(".")[2], "code": "FORBIDDEN"}

    async def test_an_act_that_ends_in_a_problem_is_noted_with_its_code(self, house: House) -> None:
        answer = await _do(house, "Mutation.cancelIntegration", house.administrator)

        [node] = await _nodes(house)
        assert answer["data"]["cancelIntegration"]["code"] == "INTEGRATION_STATUS_CONFLICT"
        assert _details(node) == {"operation": "cancelIntegration", "code": "INTEGRATION_STATUS_CONFLICT"}
        assert (await Integration.of(house.organisation.id).get()).status is IntegrationStatus.ENABLED

    async def test_what_is_wrong_with_the_requests_form_is_no_refusal(self, house: House) -> None:
        values = {"email": "no address", "name": "Quay", "idempotencyKey": "a room"}

        answer = await _do(house, "Mutation.createRoom", house.administrator, input=values)

        assert answer["data"]["createRoom"]["__typename"] == "InvalidInput"
        assert await _nodes(house) == []

    async def test_what_members_do_for_themselves_is_not_noted(self, house: House) -> None:
        await _do(house, "Mutation.disconnectCalendar", house.member)
        await house.book()  # which their calendar is missing for

        assert await _nodes(house) == []

    async def test_reading_what_is_for_administrators_is_no_act(self, house: House) -> None:
        await _do(house, "Query.suiteRooms", house.member)

        assert await _nodes(house) == []

    async def test_nobody_is_noted_where_nobody_is_known(self, house: House) -> None:
        await _do(house, "Mutation.syncRooms", None)

        assert await AuditEntry.all().count() == 0

    async def test_many_attempts_at_once_are_one_entry(self, house: House) -> None:
        await asyncio.gather(*(_do(house, "Mutation.syncRooms", house.member) for _ in range(10)))

        assert len(await _nodes(house)) == 1

    async def test_a_refusal_stands_where_the_log_cannot_be_written(self, house: House) -> None:
        await get_connection("default").execute_script("DROP TABLE audit_entry")

        answer = await _do(house, "Mutation.syncRooms", house.member)

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_an_act_whose_entry_cannot_be_written_does_not_happen(house: House) -> None:
    await get_connection("default").execute_script(
        "CREATE TRIGGER refuse BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'full'); END"
    )

    answer = await _do(house, "Mutation.createRoom", house.administrator)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]
    assert (await house.ask('{ rooms(filter: {search: "Quay"}) { totalCount } }'))["rooms"]["totalCount"] == 0
