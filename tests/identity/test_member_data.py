"""A member's copy of what is kept about them: nothing is missing, and nothing in it is a secret or somebody else's."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

from app.database.tenancy import Row
from app.errors import NotFound
from app.identity.belongings import OWN
from app.identity.exporting import MemberDataService
from app.identity.member_data import FORMAT, VERSION, as_json
from app.identity.models import Member
from app.keys import Vault
from app.references.service import ReferenceService
from tests.bookings.house import House
from tests.identity.test_merging import relations
from tests.identity.whole_member import ALIAS, NETWORK_ADDRESS, NOTE, TOKEN_NAME, WholeMember, make_whole_member
from tests.support.people import make_member

SECTIONS = {
    "calendar_connection": "calendars",
    "room_booking": "bookings",
    "event_attendance": "attendances",
    "event_note": "notes",
    "shift": "shifts",
    "notification": "notifications",
    "authorisation_flow": "visits",
    "session": "sessions",
    "access_token": "access_tokens",
    "idempotency_record": "idempotency_keys",
    "invitation": "invitations",
    "identity": "accounts",
    "audit_entry": "acts",
    "member": "profile",
}
"""By table, the list of the document that its rows stand in."""

_THEMSELVES = "it is their own id, in every row: the document is theirs"
_ORGANISATION = "the document is of one organisation, which it names"
_SECRET = "a credential, or what one is known by"
_MECHANICS = "how our own work stands, and says nothing of them"
_NAMED = "named instead, under its own key"
_COLLEAGUE = "it would name somebody else"
_OURS = "the organisation's, not theirs"

LEFT_OUT: dict[str, str] = {
    "member.merged_into_id": "null for everybody who is somebody of their own",
    "calendar_connection.integration_id": _NAMED,
    "calendar_connection.identity_id": "one of the accounts, by its address",
    "calendar_connection.credentials": _SECRET,
    "calendar_connection.generation": _MECHANICS,
    "calendar_connection.access_expires_at": _SECRET,
    "calendar_connection.refresh_lock_until": _MECHANICS,
    "calendar_connection.refresh_lock_owner": _MECHANICS,
    "room_booking.connection_id": "there is one for the integration that the room is of",
    "room_booking.room_id": _NAMED,
    "room_booking.requested_room_id": _NAMED,
    "room_booking.wanted_room_id": _NAMED,
    "room_booking.mailbox_reference_id": "the same event as its event reference",
    "room_booking.version": _MECHANICS,
    "room_booking.next_check_at": _MECHANICS,
    "room_booking.check_attempts": _MECHANICS,
    "room_booking.claimed_until": _MECHANICS,
    "room_booking.live_slot": _MECHANICS,
    "event_note.text": "opened",
    "shift.booked_by_id": _COLLEAGUE,
    "shift.building_id": _NAMED,
    "shift.floor_id": _NAMED,
    "shift.area_id": _NAMED,
    "shift.last_change_id": _MECHANICS,
    "notification.room_id": _NAMED,
    "notification.former_room_id": _NAMED,
    "notification.occasion": _MECHANICS,
    "notification.mail_attempts": _MECHANICS,
    "notification.next_mail_at": _MECHANICS,
    "authorisation_flow.integration_id": _OURS,
    "authorisation_flow.invitation_id": _SECRET,
    "authorisation_flow.ticket_hash": _SECRET,
    "authorisation_flow.state_hash": _SECRET,
    "authorisation_flow.cookie_hash": _SECRET,
    "authorisation_flow.secrets": _SECRET,
    "session.token_hash": _SECRET,
    "access_token.token_hash": _SECRET,
    "idempotency_record.id": _MECHANICS,
    "idempotency_record.key_hash": _SECRET,
    "idempotency_record.input_hash": _SECRET,
    "idempotency_record.result_ids": "what came of it stands in its own list",
    "invitation.token_hash": _SECRET,
    "invitation.invited_by_id": _COLLEAGUE,
    "invitation.used_by_id": _COLLEAGUE,
    "audit_entry.target_id": _OURS,
    "audit_entry.details": _OURS,
    "audit_entry.actor_id": _THEMSELVES,
    "event_note.author_id": _THEMSELVES,
}
"""By table and column: what the document leaves out, and why it may."""

WHOLE_TABLES_LEFT_OUT = {
    "mailbox_watch": "how we hear of changes; says nothing of them",
    "mailbox_reference": "the suite's own ids of events, sealed; which event it is, the event reference tells",
    "booking_intent": "bookings that were begun; what came of them stands in the bookings",
    "integration": _OURS,
    "room_sync": _OURS,
    "member_alias": "a list of addresses, without more",
    "booking_occurrence": "the dates of its booking, looked at below",
    "shift_entry": "whether its shift stands in their calendar, looked at below",
}
"""Tables that lead to a member whose rows are in no list of their own."""


@pytest.fixture
async def whole(house: House) -> WholeMember:
    return await make_whole_member(house)


@pytest.fixture
def service(house: House) -> MemberDataService:
    return MemberDataService(house.references)


async def _document(service: MemberDataService, member: Member) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(as_json(await service.of(member.organisation_id, member.id)))
    return document


def _models() -> set[type[Row]]:
    return {model for model, _ in relations()} | {model for model, _, _ in OWN} | {Member}


def _by_table() -> list[type[Row]]:
    return sorted(_models(), key=lambda model: model._meta.db_table)


def _written(value: object) -> object:
    """A column's value as the document writes it."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case UUID() | date():
            return str(value)
        case Enum():
            return value.value
        case _:
            return value


def test_every_table_that_leads_to_a_member_is_in_the_document_or_left_out_for_a_reason() -> None:
    tables = {model._meta.db_table for model in _models()}

    assert set(SECTIONS) | set(WHOLE_TABLES_LEFT_OUT) == tables
    assert set(SECTIONS) & set(WHOLE_TABLES_LEFT_OUT) == set()


async def _rows(model: type[Row], whole: WholeMember) -> list[Row]:
    if model is Member:
        return [whole.member]
    paths = {field for of, field in relations() if of is model} - {"booked_by"}
    found: dict[object, Row] = {}
    for path in paths:
        found |= {row.id: row for row in await model.filter(**{f"{path}_id": whole.member.id})}
    return list(found.values())


@pytest.mark.parametrize("model", _by_table())
async def test_every_column_is_in_the_document_as_it_is_kept_or_left_out_for_a_reason(
    whole: WholeMember, service: MemberDataService, model: type[Row]
) -> None:
    table = model._meta.db_table
    if table in WHOLE_TABLES_LEFT_OUT:
        return
    document = await _document(service, whole.member)
    section = document[SECTIONS[table]]
    items = section if isinstance(section, list) else [section]

    rows = await _rows(model, whole)

    assert rows
    for row in rows:
        columns = set(row._meta.db_fields) - {"organisation_id", "member_id"}
        expected = {column: _written(getattr(row, column)) for column in columns if f"{table}.{column}" not in LEFT_OUT}
        assert expected in [{column: item[column] for column in expected} for item in items]


def test_nothing_is_said_to_be_left_out_that_is_not_there() -> None:
    columns = {f"{model._meta.db_table}.{column}" for model in _models() for column in model._meta.db_fields}

    assert set(LEFT_OUT) - columns == set()


async def test_what_is_not_a_column_of_its_own_is_there_in_words(
    whole: WholeMember, service: MemberDataService
) -> None:
    document = await _document(service, whole.member)

    assert (document["format"], document["version"], document["organisation"]) == (FORMAT, VERSION, "Tidewater")
    assert document["aliases"] == [ALIAS]
    assert [note["text"] for note in document["notes"]] == [NOTE]
    assert [token["name"] for token in document["access_tokens"]] == [TOKEN_NAME]
    assert {act["network_address"] for act in document["acts"]} == {NETWORK_ADDRESS}
    assert [former["address"] for former in document["former_profiles"]] == [whole.shell.address]
    [booking] = document["bookings"]
    assert (booking["room"], len(booking["dates"])) == ("Lighthouse", 1)
    [shift] = document["shifts"]
    assert (shift["building"], shift["booked_by_another"], shift["is_shown_in_calendar"]) == ("Lighthouse", False, True)
    assert sorted(invitation["part"] for invitation in document["invitations"]) == ["RECEIVED", "SENT", "SENT", "TAKEN"]
    assert document["notifications"][0]["room"] == "Lighthouse"


async def test_it_holds_no_credential_no_hash_nothing_sealed_and_nobody_else(
    whole: WholeMember, service: MemberDataService
) -> None:
    text = as_json(await service.of(whole.member.organisation_id, whole.member.id))

    for model, path, _ in OWN:
        for row in await model.filter(**{path: whole.member.id}):
            for name in row._meta.db_fields:
                value = getattr(row, name)
                if name.endswith("_hash") and value:
                    assert value not in text
                if isinstance(value, bytes):
                    assert value.hex() not in text
    assert whole.bearer not in text
    for other in (whole.colleague.name, whole.colleague.address, str(whole.colleague.id)):
        assert other not in text


async def test_ids_are_written_as_such_whichever_driver_read_them(
    whole: WholeMember, service: MemberDataService
) -> None:
    class DriversId(UUID):
        """As asyncpg has one."""

    data = await service.of(whole.member.organisation_id, whole.member.id)

    text = as_json(replace(data, profile=replace(data.profile, id=DriversId(str(whole.member.id)))))

    assert json.loads(text)["profile"]["id"] == str(whole.member.id)


async def test_a_note_whose_key_is_lost_is_there_without_its_text(whole: WholeMember, house: House) -> None:
    without_key = ReferenceService(Vault((("k9", b"\x09" * 32),)), house.stack.keys)

    document = await _document(MemberDataService(without_key), whole.member)

    assert [note["text"] for note in document["notes"]] == [None]


async def test_a_member_of_whom_there_is_next_to_nothing_gets_that(house: House, service: MemberDataService) -> None:
    newcomer = await make_member(house.organisation, "Bo Smit")

    document = await _document(service, newcomer)

    assert document["profile"]["name"] == "Bo Smit"
    assert {name for name, value in document.items() if isinstance(value, list) and value} == {"accounts"}


async def test_of_who_was_merged_into_another_there_is_no_document_of_their_own(
    whole: WholeMember, service: MemberDataService
) -> None:
    with pytest.raises(NotFound):
        await service.of(whole.shell.organisation_id, whole.shell.id)
