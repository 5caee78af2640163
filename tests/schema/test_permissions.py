"""Who may use which field: generated from the schema, so that a new field cannot be forgotten."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from graphql import GraphQLField, GraphQLObjectType
from strawberry.types.field import StrawberryField

from schema import schema
from schema.permissions import Audience, Guard
from tests.schema.operations import OPERATIONS
from tests.schema.world import House
from tests.support.standing import Standing, standing

ADMINISTRATORS_ONLY = {
    "Mutation.startIntegration",
    "Mutation.cancelIntegration",
    "Mutation.disableIntegration",
    "Query.disableIntegrationPreview",
    "Query.retainedIntegrations",
    "Mutation.markAwaitingAdminApproval",
    "Mutation.runTestFlow",
    "Mutation.enableForAllUsers",
    "Mutation.syncRooms",
    "Mutation.createRoom",
    "Mutation.updateRoom",
    "Mutation.pairRoom",
    "Mutation.unpairRoom",
    "Mutation.removeRoom",
    "Mutation.createBuilding",
    "Mutation.updateBuilding",
    "Mutation.removeBuilding",
    "Query.suiteRooms",
    "Mutation.inviteMember",
    "Mutation.setMemberRole",
    "Query.auditLog",
    "Query.notificationSettings",
    "Mutation.setNotificationSettings",
    "Mutation.setWorkplaceSettings",
    "Subscription.testFlowProgress",
    "Subscription.roomSyncProgress",
}


def _root_fields() -> Iterator[tuple[str, GraphQLField]]:
    for root in (schema._schema.query_type, schema._schema.mutation_type, schema._schema.subscription_type):
        assert isinstance(root, GraphQLObjectType)
        yield from ((f"{root.name}.{name}", field) for name, field in root.fields.items())


ROOT_FIELDS = dict(_root_fields())


def _audience(field: GraphQLField) -> Audience | None:
    definition = field.extensions["strawberry-definition"]
    assert isinstance(definition, StrawberryField)
    guards = [extension for extension in definition.extensions if isinstance(extension, Guard)]
    return guards[0].audience if len(guards) == 1 else None


def test_every_root_field_says_who_may_use_it() -> None:
    audiences = {name: _audience(field) for name, field in ROOT_FIELDS.items()}

    assert [name for name, audience in audiences.items() if audience is None] == []
    assert {name for name, audience in audiences.items() if audience is Audience.ADMINISTRATOR} == ADMINISTRATORS_ONLY


def test_every_root_field_is_tried_here() -> None:
    assert set(OPERATIONS) == set(ROOT_FIELDS)


async def test_nobody_gets_an_answer_without_signing_in(house: House) -> None:
    """Each way to answer and each way to be refused has its turn in one house: whatever is refused changes nothing."""
    before = await _rows(house)

    for name, operation in OPERATIONS.items():
        answer = await operation.ask(house, None)

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"], name
        assert not any((answer.get("data") or {}).values()), name
        assert await _rows(house) == before, name


async def test_a_member_is_refused_what_is_for_administrators_and_nothing_changes(house: House) -> None:
    """But the audit log, which notes that they tried."""
    before = await _rows(house)

    for name in sorted(ADMINISTRATORS_ONLY):
        answer = await replace(OPERATIONS[name], occasion=None).ask(house, house.member)

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"], name
        assert not answer.get("data"), name
        assert await _rows(house) == before, name


async def _rows(house: House) -> tuple[Standing, Counter[str], list[str]]:
    """All that stands in the database, and what the suite and the bus have heard."""
    heard = [f"{topic} {message.kind}" for topic, message in house.server.stack.bus.published]
    return await standing(without={"audit_entry"}), Counter(house.server.suite.calls), heard


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - ADMINISTRATORS_ONLY))
async def test_a_member_is_answered_what_is_for_members(house: House, name: str) -> None:
    answer = await OPERATIONS[name].ask(house, house.member)

    assert "errors" not in answer


@pytest.mark.parametrize("name", sorted(OPERATIONS))
async def test_an_administrator_is_answered_everything(house: House, name: str) -> None:
    answer = await OPERATIONS[name].ask(house, house.administrator)

    assert "errors" not in answer


async def test_asking_for_a_type_name_needs_no_sign_in(house: House) -> None:
    answer = await house.server.ask(None, "{ __typename }")

    assert answer == {"data": {"__typename": "Query"}}
