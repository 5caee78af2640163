"""Anybody of an organisation with a role: what they have in common is known, and nothing of any one of them."""

from dataclasses import fields
from typing import Any
from uuid import uuid4

import pytest

from app.errors import Forbidden
from app.graphql.callers import AskedWho
from app.identity.models import Role
from app.identity.principal import CredentialKind, Principal
from app.representing import Anybody, audience_of

ORGANISATION = uuid4()
OF_ONE = [field.name for field in fields(Principal) if field.name not in {"organisation_id", "role"}]


def principal(organisation_id: Any = ORGANISATION, role: Role = Role.MEMBER) -> Principal:
    return Principal(
        member_id=uuid4(),
        organisation_id=organisation_id,
        organisation_name="Tidewater",
        role=role,
        name="Ada Vos",
        address="ada@tidewater.example",
        credential_kind=CredentialKind.SESSION,
        credential_id=uuid4(),
        expires_at=None,  # type: ignore[arg-type]  # nobody looks
    )


def test_the_organisation_and_the_role_are_known() -> None:
    represented = audience_of(principal(role=Role.SUBSCRIPTION_ADMINISTRATOR), lambda who: who).represent()
    anybody = represented.new_context()

    assert (anybody.organisation_id, anybody.role) == (ORGANISATION, Role.SUBSCRIPTION_ADMINISTRATOR)
    assert anybody.is_administrator
    assert not represented.was_asked_who


def test_who_is_no_administrator_is_refused_as_ever() -> None:
    with pytest.raises(Forbidden):
        Anybody(ORGANISATION, Role.MEMBER).require_administrator()


@pytest.mark.parametrize("name", OF_ONE)
def test_whatever_is_one_members_own_is_refused_and_the_asking_noted(name: str) -> None:
    represented = audience_of(principal(), lambda who: who).represent()
    first, second = represented.new_context(), represented.new_context()

    with pytest.raises(AskedWho):
        getattr(first, name)

    assert represented.was_asked_who
    assert first is second  # every context of a stream is of the same anybody


@pytest.mark.parametrize("act", [hash, repr, lambda anybody: anybody == Anybody(ORGANISATION, Role.MEMBER)])
def test_nothing_of_anybody_is_said_compared_or_remembered(act: Any) -> None:
    with pytest.raises(AskedWho):
        act(Anybody(ORGANISATION, Role.MEMBER))


def test_an_audience_is_of_one_organisation_and_one_role() -> None:
    def key(who: Principal) -> object:
        return audience_of(who, lambda who: who).key

    assert key(principal()) == key(principal())
    assert key(principal()) != key(principal(uuid4()))
    assert key(principal()) != key(principal(role=Role.SUBSCRIPTION_ADMINISTRATOR))
