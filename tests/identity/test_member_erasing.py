"""Erasing a member: nothing of them is found afterwards, and what is others' or the organisation's stays."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tortoise import connections
from tortoise.exceptions import BaseORMException

from app.audit.models import AuditAction, AuditEntry
from app.connections.models import CalendarConnection
from app.errors import LastAdministrator, NotFound, Unauthenticated
from app.events_bus.bus import CREDENTIALS, MessageKind
from app.identity.belongings import LOOSENED, OWN
from app.identity.erasing import MemberErasing
from app.identity.models import AccessToken, Identity, Invitation, Member, Role, Session
from app.integrations.models import Integration
from app.references.models import EventReference, MailboxReference
from app.shifts.models import Shift
from app.suites import errors as suite_errors
from app.suites.protocol import SuiteName
from tests.bookings.house import House, make_event
from tests.connections.stack import account_of, make_connection
from tests.identity.test_merging import relations
from tests.identity.whole_member import (
    ALIAS,
    COLLEAGUES_ADDRESS,
    NETWORK_ADDRESS,
    NOTE,
    TOKEN_NAME,
    WholeMember,
    make_whole_member,
)
from tests.support.database import sqlite_file
from tests.support.people import make_member, make_organisation

ADMINISTRATOR = Role.SUBSCRIPTION_ADMINISTRATOR


@pytest.fixture
async def whole(house: House) -> WholeMember:
    return await make_whole_member(house)


@pytest.fixture
def erasing(house: House) -> MemberErasing:
    return MemberErasing(house.stack.registry, house.stack.tokens, house.stack.bus)


def _paths() -> Iterator[str]:
    for model, path, _ in OWN:
        if "__" not in path:
            yield f"{model._meta.db_table}.{path}"


def test_whatever_refers_to_a_member_is_erased_with_them_or_stays_for_a_reason() -> None:
    assert set(_paths()) | set(LOOSENED) == {f"{model._meta.db_table}.{field}_id" for model, field in relations()}
    assert set(_paths()) & set(LOOSENED) == set()


async def test_there_is_something_of_the_member_in_every_table_that_can_hold_it(
    whole: WholeMember, erasing: MemberErasing
) -> None:
    held = {holding.noun for holding in await erasing.holdings(whole.member)}

    assert {noun for _, _, noun in OWN} - held == set()


async def _traces(whole: WholeMember) -> set[str]:
    """What would lead back to them: ids, hashes, sealed values, names, addresses and words, as they lie there."""
    found = {whole.member.name, whole.member.address, whole.shell.name, whole.shell.address, ALIAS, TOKEN_NAME}
    found |= {str(whole.member.id), str(whole.shell.id), NETWORK_ADDRESS, NOTE}
    for identity in await Identity.of(whole.member.organisation_id).filter(member_id__in=[whole.member.id]):
        found.add(identity.subject)
    for model, path, _ in OWN:
        rows = model.filter(**{f"{path}__in": [whole.member.id, whole.shell.id]})
        for row in await rows:
            # For seven days whoever made an invitation may repeat that request, and hear that it is gone.
            found |= set() if isinstance(row, Invitation) else {str(row.id)}
            sealed = (getattr(row, name) for name in row._meta.db_fields)
            found |= {value.hex() for value in sealed if isinstance(value, bytes)}
            hashes = (str(getattr(row, name)) for name in row._meta.db_fields if name.endswith("_hash"))
            found |= {value for value in hashes if len(value) > 10}
    return found


async def _everything() -> str:
    """Every value of every row, as text."""
    client: Any = connections.get("default")
    tables = await client.execute_query_dict("SELECT name FROM sqlite_master WHERE type = 'table'")
    texts: list[str] = []
    for table in tables:
        for row in await client.execute_query_dict(f'SELECT * FROM "{table["name"]}"'):  # noqa: S608  # our own table
            texts.extend(value.hex() if isinstance(value, bytes) else str(value) for value in row.values())
    return "\n".join(texts)


async def test_nothing_that_leads_back_to_an_erased_member_is_in_any_row(
    whole: WholeMember, erasing: MemberErasing
) -> None:
    traces = await _traces(whole)
    before = await _everything()
    assert {trace for trace in traces if trace not in before} == {NOTE}, "a trace that is not there proves nothing"

    await erasing.erase(whole.member)

    after = await _everything()
    assert {trace for trace in traces if trace in after} == set()
    assert whole.colleague.name in after


async def test_nothing_of_them_is_in_the_file_or_its_log(
    whole: WholeMember, erasing: MemberErasing, tmp_path: Path
) -> None:
    traces = await _traces(whole)

    await erasing.erase(whole.member)

    forms = {form for trace in traces for form in _forms(trace)}
    for name, content in _files(tmp_path).items():
        assert {form for form in forms if form in content} == set(), name
    with closing(sqlite3.connect(sqlite_file(tmp_path))) as file:
        assert file.execute("SELECT count(*) FROM member").fetchone() == (1,)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("database.*")}


def _forms(trace: str) -> Iterator[bytes]:
    yield trace.encode()
    try:
        yield UUID(trace).bytes
    except ValueError:
        with_bytes = all(character in "0123456789abcdef" for character in trace) and len(trace) % 2 == 0
        if with_bytes:
            yield bytes.fromhex(trace)


async def test_the_audit_log_keeps_every_entry_and_says_no_more_who_it_was(
    whole: WholeMember, erasing: MemberErasing
) -> None:
    entries = AuditEntry.of(whole.member.organisation_id)
    before = {entry.id: entry for entry in await entries}
    theirs = {entry.id for entry in before.values() if entry.actor_id == whole.member.id}
    colleagues = {entry.id for entry in before.values() if entry.actor_id == whole.colleague.id}
    assert theirs
    assert colleagues

    await erasing.erase(whole.member)

    after = {entry.id: entry for entry in await entries}
    assert set(before) < set(after)
    unchanged = ("action", "outcome", "origin", "at")
    assert all(getattr(after[id_], name) == getattr(before[id_], name) for id_ in before for name in unchanged)
    assert {(after[id_].actor_id, after[id_].network_address) for id_ in theirs} == {(None, None)}
    assert {(after[id_].actor_id, after[id_].network_address) for id_ in colleagues} == {
        (whole.colleague.id, COLLEAGUES_ADDRESS)
    }


async def test_that_somebody_was_erased_is_recorded_without_saying_who(
    whole: WholeMember, erasing: MemberErasing
) -> None:
    await erasing.erase(whole.member)

    [entry] = await AuditEntry.of(whole.member.organisation_id).filter(action=AuditAction.MEMBER_ERASED)
    assert (entry.actor_id, entry.target_id) == (None, None)
    assert (entry.details["bookings"], entry.details["shifts"]) == (1, 1)


async def test_what_is_the_organisations_or_a_colleagues_stays(whole: WholeMember, erasing: MemberErasing) -> None:
    organisation_id = whole.member.organisation_id

    await erasing.erase(whole.member)

    integration = await Integration.of(organisation_id).get()
    assert (integration.started_by_id, integration.enabled_by_id) == (None, None)
    [shift] = await Shift.of(organisation_id)
    assert (shift.member_id, shift.booked_by_id) == (whole.colleague.id, None)
    taken = await Invitation.of(organisation_id).values_list("invited_by_id", "used_by_id")
    assert taken == [(None, whole.colleague.id)]


async def test_an_event_that_a_colleague_refers_to_keeps_its_reference(
    whole: WholeMember, erasing: MemberErasing
) -> None:
    house, event = whole.house, make_event()
    connection = await make_connection(house.stack, whole.colleague, house.integration)
    for one in (house.connection, connection):
        await house.references.of_events(one, house.stack.suite.name, [event])

    await erasing.erase(whole.member)

    [own] = await MailboxReference.of(whole.member.organisation_id)
    [shared] = await EventReference.of(whole.member.organisation_id)
    assert (own.connection_id, own.event_reference_id) == (connection.id, shared.id)


async def test_their_credentials_let_nobody_in_and_their_sockets_close(
    whole: WholeMember, erasing: MemberErasing
) -> None:
    organisation_id = whole.member.organisation_id
    credentials = [*await Session.of(organisation_id), *await AccessToken.of(organisation_id)]
    whole.house.stack.bus.published.clear()

    await erasing.erase(whole.member)

    with pytest.raises(Unauthenticated):
        await whole.house.stack.access_tokens.authenticate(whole.bearer)
    ended = {message.row_id for topic, message in whole.house.stack.bus.published if topic == CREDENTIALS}
    assert ended == {credential.id for credential in credentials}
    assert MessageKind.CREDENTIAL_REVOKED in whole.house.stack.bus.kinds


async def test_the_last_administrator_is_erased_only_where_that_is_meant(
    whole: WholeMember, erasing: MemberErasing
) -> None:
    members = Member.of(whole.member.organisation_id)
    await members.filter(id=whole.colleague.id).update(role=Role.MEMBER)
    before = await _everything()

    with pytest.raises(LastAdministrator):
        await erasing.erase(whole.member)

    assert await _everything() == before
    await erasing.erase(whole.member, even_last_administrator=True)
    assert [member.id for member in await members] == [whole.colleague.id]


async def test_erasing_that_breaks_off_half_way_changes_nothing_and_can_be_run_again(
    whole: WholeMember, erasing: MemberErasing
) -> None:
    client: Any = connections.get("default")
    await client.execute_script(
        "CREATE TRIGGER broken BEFORE DELETE ON member BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )
    before = await _everything()
    whole.house.stack.bus.published.clear()

    with pytest.raises(BaseORMException):
        await erasing.erase(whole.member)

    assert await _everything() == before
    assert whole.house.stack.bus.published == []
    await client.execute_script("DROP TRIGGER broken")
    await erasing.erase(whole.member)
    assert await Member.of(whole.member.organisation_id).count() == 1


async def test_whoever_is_erased_already_is_not_there(whole: WholeMember, erasing: MemberErasing) -> None:
    await erasing.erase(whole.member)

    with pytest.raises(NotFound):
        await erasing.erase(whole.member)


@pytest.mark.parametrize("answer", ["taken", "refused", "cannot be told"])
async def test_a_suite_is_told_where_it_can_be_and_nothing_depends_on_it(
    whole: WholeMember, erasing: MemberErasing, answer: str
) -> None:
    suite = whole.house.stack.suite
    suite.capabilities = replace(suite.capabilities, revocable_by_us=answer != "cannot be told")
    if answer == "refused":
        suite.fail_next("revoke", suite_errors.SuiteUnavailable())

    erased = await erasing.erase(whole.member)

    assert await CalendarConnection.all().count() == 0
    told = [SuiteName.MICROSOFT_365] if answer == "taken" else []
    assert erased.told == told
    assert erased.untold == ([] if told else [SuiteName.MICROSOFT_365])


async def test_whoever_signs_in_again_is_a_new_member(whole: WholeMember, erasing: MemberErasing) -> None:
    house = whole.house
    account = await account_of(whole.member)
    await erasing.erase(whole.member)

    member = await house.stack.sign_in.complete(account.identity(house.stack.suite.name))

    assert member.id not in {whole.member.id, whole.shell.id}
    assert member.role is Role.MEMBER
    assert [holding.noun for holding in await erasing.holdings(member)] == ["accounts of a suite"]


async def test_colleagues_of_another_organisation_lose_nothing(whole: WholeMember, erasing: MemberErasing) -> None:
    elsewhere = await make_member(await make_organisation("Newbridge"), "Ada Vos", role=ADMINISTRATOR)

    await erasing.erase(whole.member)

    assert await Member.of(elsewhere.organisation_id).filter(id=elsewhere.id).exists()
    assert await Identity.of(elsewhere.organisation_id).filter(member_id=elsewhere.id).exists()
