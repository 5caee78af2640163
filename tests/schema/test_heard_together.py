"""What all members of an organisation hear alike is executed once for all of them, and nothing else is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest

from app.events_bus.bus import Message, MessageKind, organisation_topic
from app.graphql.callers import Caller
from app.graphql.documents import Operation
from app.graphql.engine import GraphQLRequest
from app.graphql.sharing import TELLS_ALL, Sharing
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.representing import audience_of
from schema import schema
from schema.context import Context
from tests.schema.world import House

CHANGED = """subscription { integrationChanged {
  id status suite statusSince variant tenant health issues { code } enabledBy { id name } figures { pairedRooms }
  roomSync { state } lastTest { __typename } approvalWays { kind }
} }"""
NOTIFICATIONS = "subscription { notificationAdded { __typename } }"


class Heard:
    """Subscriptions as the endpoint serves them."""

    def __init__(self, house: House) -> None:
        self.sharing = Sharing(house.server.engine, schema._schema)
        self._house = house

    @asynccontextmanager
    async def by(self, principal: Principal, document: str = CHANGED) -> AsyncIterator["Hearing"]:
        def new_context(who: Principal) -> Context:
            return Context(services=self._house.server.services, principal=who)

        request = GraphQLRequest(document)
        operation = self._house.server.engine.prepare(request)
        assert isinstance(operation, Operation)
        caller = Caller(
            new_context=lambda: new_context(principal), audience=audience_of(principal, new_context), key=uuid4()
        )
        async with aclosing(self.sharing.stream(operation, request, caller)) as answers:
            yield Hearing(answers)


class Hearing:
    def __init__(self, answers: Any) -> None:
        self._answers = answers

    async def item(self) -> dict[str, Any]:
        told = await asyncio.wait_for(anext(self._answers), timeout=5)
        payload = orjson.loads(told.payload)
        assert "errors" not in payload, payload
        [item] = payload["data"].values()
        return dict(item)


@pytest.fixture
def heard(house: House) -> Heard:
    return Heard(house)


def colleagues(house: House, number: int) -> Sequence[Principal]:
    return [replace(house.member, member_id=uuid4(), credential_id=uuid4(), name=f"{place}") for place in range(number)]


async def _disable(house: House) -> None:
    await (
        Integration.of(house.organisation.id).filter(id=house.integration.id).update(status=IntegrationStatus.DISABLED)
    )
    message = Message(MessageKind.INTEGRATION_CHANGED, house.integration.id)
    await house.server.bus.publish(organisation_topic(house.organisation.id), message)


async def test_members_hear_of_the_integration_in_one_stream_and_administrators_in_another(
    house: House, heard: Heard
) -> None:
    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(heard.by(one)) for one in colleagues(house, 5)]
        administrators = [await stack.enter_async_context(heard.by(house.administrator)) for _ in range(2)]
        seen = [await one.item() for one in members], [await one.item() for one in administrators]
        open_streams = len(heard.sharing)
        await _disable(house)
        later = [await one.item() for one in (*members, *administrators)]

    assert open_streams == 2
    assert {item["tenant"] for item in seen[0]} == {None}
    assert {item["tenant"] for item in seen[1]} == {house.integration.tenant}
    assert {item["status"] for item in later} == {"DISABLED"}


@pytest.mark.parametrize("who", ["member", "administrator"])
async def test_together_they_hear_what_each_would_hear_alone(house: House, heard: Heard, who: str) -> None:
    principal: Principal = getattr(house, who)
    async with heard.by(principal) as hearing, aclosing(house.server.listen(principal, CHANGED)) as alone:
        assert await hearing.item() == (await anext(alone))["data"]["integrationChanged"]
        assert len(heard.sharing) == 1


async def test_what_is_each_members_own_is_heard_alone(house: House, heard: Heard) -> None:
    async with heard.by(house.member, NOTIFICATIONS) as hearing:
        waiting = asyncio.create_task(hearing.item())
        await house.server.bus.listened_to(f"member:{house.member.member_id}")

        assert len(heard.sharing) == 0
        waiting.cancel()
        await asyncio.wait({waiting})


def test_only_the_integration_tells_all_the_same() -> None:
    root = schema._schema.subscription_type
    assert root is not None

    telling = [
        name for name, field in root.fields.items() if field.extensions["strawberry-definition"].metadata.get(TELLS_ALL)
    ]

    assert telling == ["integrationChanged"]
