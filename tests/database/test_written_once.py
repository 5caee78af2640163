"""Look-ups whose statement is written once answer as those that Tortoise writes each time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise.queryset import QuerySet, ValuesListQuery
from tortoise.transactions import in_transaction

from app import clock
from app.database import engine
from app.database.written_once import ModelsWrittenOnce, WrittenOnce
from app.identity.models import Member, Organisation, Role
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.suites.protocol import SuiteName
from tests.support.people import make_member, make_organisation

WANTED = ("id", "role", "created_at", "merged_into_id", "organisation__name", "organisation__created_at")


class Writing:
    """The members of an address since a moment, and how often the query was written."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, address: str, since: datetime) -> ValuesListQuery[Any]:
        self.times += 1
        query = Member.filter(address=address, created_at__gt=since, merged_into_id__isnull=True)
        return query.order_by("name").limit(2).values_list(*WANTED)


async def _find(address: str, since: datetime) -> list[tuple[Any, ...]]:
    return await Writing()(address, since)


async def test_the_rows_are_those_of_the_query_whatever_the_values(database_url: str) -> None:
    await engine.migrate(database_url)
    long_ago, writing = clock.now() - timedelta(days=1), Writing()
    async with engine.database(database_url):
        organisation = await make_organisation()
        ada = await make_member(organisation, role=Role.SUBSCRIPTION_ADMINISTRATOR)
        await make_member(organisation, "Bo Lund")
        looked_up = WrittenOnce(writing)
        for address in ("ada.vos@tidewater.example", "bo.lund@tidewater.example", "nobody@tidewater.example"):
            assert await looked_up.rows(address, long_ago) == await _find(address, long_ago)
        assert await looked_up.rows("ada.vos@tidewater.example", clock.now() + timedelta(days=1)) == []
        [row] = await looked_up.rows("ada.vos@tidewater.example", long_ago)

    assert row == (ada.id, Role.SUBSCRIPTION_ADMINISTRATOR, ada.created_at, None, "Tidewater", organisation.created_at)
    assert writing.times == 1


async def test_within_a_transaction_it_sees_what_was_written_there(database: object) -> None:
    looked_up, long_ago = WrittenOnce(Writing()), clock.now() - timedelta(days=1)
    organisation = await make_organisation()

    async with in_transaction():
        await make_member(organisation)

        assert len(await looked_up.rows("ada.vos@tidewater.example", long_ago)) == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda address: Member.filter(role=Role.MEMBER).values_list("id"),
        lambda address: Member.filter(address=address, name=address).values_list("id"),
    ],
)
async def test_an_argument_goes_into_the_query_once(database: object, write: Any) -> None:
    with pytest.raises(ValueError, match="once"):
        await WrittenOnce(write).rows(str(uuid4()))


def _integrations_of(organisation_id: Any, name: str) -> QuerySet[Integration]:
    members = Integration.of(organisation_id).filter(started_by__name=name, active_slot=1)
    return members.select_related("organisation", "started_by").limit(1)


async def test_models_are_those_of_the_query_with_what_they_belong_to(database_url: str) -> None:
    await engine.migrate(database_url)
    async with engine.database(database_url):
        organisation = await make_organisation()
        ada = await make_member(organisation)
        now = clock.now()
        made = await Integration.create(
            organisation=organisation,
            suite=SuiteName.MICROSOFT_365,
            active_slot=1,
            status=IntegrationStatus.ENABLED,
            started_by=ada,
            created_at=now,
            status_since=now,
        )
        looked_up = ModelsWrittenOnce(_integrations_of)
        assert await looked_up.found(str(uuid4()), ada.name) == []
        for _ in range(2):
            [found] = await looked_up.found(str(organisation.id), ada.name)
            [queried] = await _integrations_of(organisation.id, ada.name)

            assert found == queried == made
            assert all(getattr(found, name) == getattr(queried, name) for name in Integration._meta.db_fields)
            assert (found.organisation.name, found.started_by) == ("Tidewater", ada)


async def test_models_that_were_found_are_nobody_elses(database: object) -> None:
    organisation = await make_organisation()
    looked_up = ModelsWrittenOnce(lambda name: Organisation.filter(name=name))

    [one], [other] = await looked_up.found("Tidewater"), await looked_up.found("Tidewater")

    assert one == other == organisation
    assert one is not other
