"""With the figures that a server has unless it is told otherwise, whoever just works never meets a limit."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from graphql import OperationType

from app import clock
from app.graphql.admission import admit_operation, admit_request
from app.graphql.callers import Caller
from app.graphql.documents import Documents, Operation
from app.identity.models import Role
from app.identity.principal import CredentialKind, Principal
from app.keys import Keys
from app.rates.allowances import Rates
from app.rates.choosing import rates_of
from schema import schema
from schema.costs import LIMITS
from schema.examples import ready_queries
from tests.bookings.house import START
from tests.rates.moving import Moving
from tests.serving.running import make_settings

PAGES_OF_A_SIGN_IN = 4
"""The choice, the way to the suite in two steps, and back."""


@pytest.fixture
def rates(keys: Keys) -> Rates:
    return rates_of(make_settings(), keys)


async def test_a_member_with_every_query_of_the_demo_on_a_screen_may_look_again_every_ten_seconds(
    rates: Rates, present: Moving
) -> None:
    member = Caller(new_context=lambda: None, allowance=rates.of_member(_principal()))
    screen = [operation for operation in _operations() if operation.type is not OperationType.MUTATION]
    assert len(screen) > 10

    for _ in range(30):
        for operation in screen:
            await admit_request(member)
            await admit_operation(member, operation)
        present.advance(timedelta(seconds=10))


async def test_a_member_may_do_everything_there_is_to_do_at_once(rates: Rates, present: Moving) -> None:
    member = Caller(new_context=lambda: None, allowance=rates.of_member(_principal()))

    for operation in _operations():
        await admit_request(member)
        await admit_operation(member, operation)


async def test_an_office_of_five_hundred_may_sign_in_from_one_address_within_a_minute(
    rates: Rates, present: Moving
) -> None:
    address = rates.of_stranger("192.0.2.7")

    waits = {await address.take_page() for _ in range(500 * PAGES_OF_A_SIGN_IN)}

    assert waits == {None}


def _operations() -> list[Operation]:
    documents = Documents(schema, LIMITS, introspection=True, suggestions=True)
    found = []
    for example in ready_queries(START):
        operation = documents.choose(documents.read(example.query), None, json.loads(example.variables or "{}"))
        assert isinstance(operation, Operation)
        found.append(operation)
    return found


def _principal() -> Principal:
    return Principal(
        member_id=uuid4(),
        organisation_id=uuid4(),
        organisation_name="Tidewater",
        role=Role.MEMBER,
        name="Ada Vos",
        address="ada.vos@tidewater.example",
        credential_kind=CredentialKind.SESSION,
        credential_id=uuid4(),
        expires_at=clock.now() + timedelta(days=1),
    )
