"""Every column of the database says why it holds no calendar data; one that nobody vouched for fails the build."""

import pytest
from tortoise.context import TortoiseContext

OUR_ID = "an id that we made at random"
OUR_TIME = "a moment of our own clock or back-off, never an event's time"
HASH = "a hash that leads back to nothing without our key, or of a random value"
SEALED = "encrypted under our keys and bound to its row"
STATE = "one word of a list of ours"
COUNT = "a number that we count"
SETTING = "what an administrator or operator decided"
OUR_PERSON = "a member's own name or work address: our data about people, not their calendar's"
OUR_SHIFT = "where and when a member said that they work: our data, which no calendar told us"
OUR_ROOM = "what the suite's room directory says of a room: not calendar data"
SUITE_ACCOUNT = "the suite's own name for a tenant, account or permission"
CHECKED_LIST = "codes, counts, durations and ids of ours, in a shape that one function writes"

ROW = {"id": OUR_ID, "organisation_id": OUR_ID, "created_at": OUR_TIME}

ALLOWED: dict[str, dict[str, str]] = {
    "organisation": {"id": OUR_ID, "name": SETTING, "created_at": OUR_TIME}
    | {"mails_subjects": SETTING, "no_answer_after_minutes": SETTING}
    | {"default_sharing": SETTING, "widest_sharing": SETTING, "shift_retention_days": SETTING},
    "member": ROW
    | {
        "name": OUR_PERSON,
        "address": OUR_PERSON,
        "role": STATE,
        "location_sharing": STATE,
        "chose_sharing": STATE,
        "takes_suggestions": STATE,
        "shows_shifts": STATE,
        "shows_shifts_since": OUR_TIME,
        "merged_into_id": OUR_ID,
    },
    "member_alias": {"id": OUR_ID, "organisation_id": OUR_ID, "member_id": OUR_ID, "address": OUR_PERSON},
    "building": ROW
    | {
        "name": SETTING,
        "present_name": SETTING,
        "suite_names": SETTING,
        "time_zone": SETTING,
        "capacity": SETTING,
        "opening_hours": SETTING,
        "slots": SETTING,
        "afternoon_starts": SETTING,
        "removed_at": OUR_TIME,
    },
    "floor": {"id": OUR_ID, "organisation_id": OUR_ID, "building_id": OUR_ID}
    | {"name": SETTING, "capacity": SETTING, "position": SETTING, "removed_at": OUR_TIME},
    "area": {"id": OUR_ID, "organisation_id": OUR_ID, "floor_id": OUR_ID}
    | {"name": SETTING, "capacity": SETTING, "position": SETTING, "removed_at": OUR_TIME},
    "shift": ROW
    | {
        "member_id": OUR_ID,
        "booked_by_id": OUR_ID,
        "kind": OUR_SHIFT,
        "building_id": OUR_ID,
        "floor_id": OUR_ID,
        "area_id": OUR_ID,
        "date": OUR_SHIFT,
        "slot": OUR_SHIFT,
        "starts_at": OUR_SHIFT,
        "ends_at": OUR_SHIFT,
        "time_zone": OUR_SHIFT,
        "pattern_id": OUR_ID,
        "last_change_id": OUR_ID,
        "cancelled_at": OUR_TIME,
        "end_reason": STATE,
    },
    "shift_entry": ROW
    | {
        "connection_id": OUR_ID,
        "shift_id": OUR_ID,
        "command_id": OUR_ID,
        "state": STATE,
        "attempts": COUNT,
        "next_try_at": OUR_TIME,
        "claimed_until": OUR_TIME,
    },
    "identity": ROW
    | {
        "member_id": OUR_ID,
        "suite": STATE,
        "tenant": SUITE_ACCOUNT,
        "subject": SUITE_ACCOUNT,
        "address": OUR_PERSON,
    },
    "invitation": ROW
    | {
        "token_hash": HASH,
        "role": STATE,
        "expires_at": OUR_TIME,
        "used_at": OUR_TIME,
        "used_by_id": OUR_ID,
        "member_id": OUR_ID,
        "invited_by_id": OUR_ID,
    },
    "session": ROW | {"token_hash": HASH, "expires_at": OUR_TIME, "revoked_at": OUR_TIME, "member_id": OUR_ID},
    "access_token": ROW
    | {
        "name": SETTING,
        "token_hash": HASH,
        "expires_at": OUR_TIME,
        "revoked_at": OUR_TIME,
        "member_id": OUR_ID,
    },
    "idempotency_record": ROW
    | {
        "member_id": OUR_ID,
        "operation": STATE,
        "key_hash": HASH,
        "input_hash": HASH,
        "result_ids": OUR_ID,
    },
    "integration": ROW
    | {
        "suite": STATE,
        "tenant": SUITE_ACCOUNT,
        "claimed_tenant": SUITE_ACCOUNT,
        "active_slot": STATE,
        "status": STATE,
        "health": STATE,
        "trouble": STATE,
        "variant": STATE,
        "version": COUNT,
        "test_report": CHECKED_LIST,
        "status_since": OUR_TIME,
        "enabled_at": OUR_TIME,
        "disabled_at": OUR_TIME,
        "retained_until": OUR_TIME,
        "revokes_consents": SETTING,
        "next_check_at": OUR_TIME,
        "enabled_by_id": OUR_ID,
        "started_by_id": OUR_ID,
    },
    "calendar_connection": {"id": OUR_ID, "organisation_id": OUR_ID}
    | {
        "status": STATE,
        "reason": STATE,
        "scopes": SUITE_ACCOUNT,
        "address": OUR_PERSON,
        "credentials": SEALED,
        "generation": COUNT,
        "access_expires_at": OUR_TIME,
        "refresh_lock_until": OUR_TIME,
        "refresh_lock_owner": OUR_ID,
        "connected_at": OUR_TIME,
        "status_since": OUR_TIME,
        "directory_refused_at": OUR_TIME,
        "identity_id": OUR_ID,
        "integration_id": OUR_ID,
        "member_id": OUR_ID,
    },
    "authorisation_flow": ROW
    | {
        "member_id": OUR_ID,
        "integration_id": OUR_ID,
        "invitation_id": OUR_ID,
        "suite": STATE,
        "purpose": STATE,
        "ticket_hash": HASH,
        "state_hash": HASH,
        "cookie_hash": HASH,
        "secrets": SEALED,
        "scopes": SUITE_ACCOUNT,
        "variant": STATE,
        "tenant": SUITE_ACCOUNT,
        "return_to": SETTING,
        "expires_at": OUR_TIME,
        "opened_at": OUR_TIME,
        "consumed_at": OUR_TIME,
    },
    "mailbox_watch": ROW
    | {
        "connection_id": OUR_ID,
        "status": STATE,
        "suite_id_hash": HASH,
        "suite_id": SEALED,
        "secret_hash": HASH,
        "expires_at": OUR_TIME,
        "next_attempt_at": OUR_TIME,
        "attempts": COUNT,
        "claimed_until": OUR_TIME,
    },
    "event_reference": ROW
    | {"suite": STATE, "key_hash": HASH, "sealed_key": SEALED, "closed_at": OUR_TIME}
    | {"next_look_at": OUR_TIME, "look_attempts": COUNT, "look_claimed_until": OUR_TIME},
    "mailbox_reference": ROW
    | {"connection_id": OUR_ID, "event_reference_id": OUR_ID, "id_hash": HASH, "sealed_id": SEALED},
    "event_attendance": {"id": OUR_ID, "organisation_id": OUR_ID}
    | {"event_reference_id": OUR_ID, "member_id": OUR_ID, "in_person": "the member's own word, given to us"},
    "event_note": {"id": OUR_ID, "organisation_id": OUR_ID}
    | {"event_reference_id": OUR_ID, "author_id": OUR_ID, "text": SEALED, "updated_at": OUR_TIME},
    "room": ROW
    | {
        "integration_id": OUR_ID,
        "address": OUR_ROOM,
        "suite_room_id": OUR_ROOM,
        "pairing": STATE,
        "pairing_retained": STATE,
        "name": OUR_ROOM,
        "building": OUR_ROOM,
        "floor": OUR_ROOM,
        "capacity": OUR_ROOM,
        "equipment": OUR_ROOM,
        "is_accessible": OUR_ROOM,
        "is_bookable": OUR_ROOM,
        "beneath_overrides": OUR_ROOM,
        "kept_unpaired": SETTING,
        "removed_at": OUR_TIME,
        "synced_at": OUR_TIME,
    },
    "room_sync": ROW
    | {
        "integration_id": OUR_ID,
        "requested_by_id": OUR_ID,
        "state": STATE,
        "open_slot": STATE,
        "rooms_read": COUNT,
        "rooms_added": COUNT,
        "rooms_unpaired": COUNT,
        "rooms_total": COUNT,
        "begun_at": OUR_TIME,
        "resume_token": "the suite's own mark of a page of its room directory",
        "failure_code": STATE,
        "claimed_until": OUR_TIME,
        "finished_at": OUR_TIME,
    },
    "room_booking": ROW
    | {
        "member_id": OUR_ID,
        "connection_id": OUR_ID,
        "room_id": OUR_ID,
        "requested_room_id": OUR_ID,
        "wanted_room_id": OUR_ID,
        "event_reference_id": OUR_ID,
        "mailbox_reference_id": OUR_ID,
        "kind": STATE,
        "state": STATE,
        "reason": STATE,
        "previous_state": STATE,
        "state_since": OUR_TIME,
        "version": COUNT,
        "last_checked_at": OUR_TIME,
        "next_check_at": OUR_TIME,
        "check_attempts": COUNT,
        "claimed_until": OUR_TIME,
        "closed_at": OUR_TIME,
        "live_slot": STATE,
    },
    "booking_occurrence": {"id": OUR_ID, "organisation_id": OUR_ID}
    | {
        "booking_id": OUR_ID,
        "room_id": OUR_ID,
        "wanted_room_id": OUR_ID,
        "requested_room_id": OUR_ID,
        "event_reference_id": OUR_ID,
        "mailbox_reference_id": OUR_ID,
        "state": STATE,
        "reason": STATE,
        "state_since": OUR_TIME,
    },
    "booking_intent": ROW
    | {
        "connection_id": OUR_ID,
        "record_id": OUR_ID,
        "room_ids": OUR_ID,
        "state": STATE,
        "next_check_at": OUR_TIME,
        "check_attempts": COUNT,
        "claimed_until": OUR_TIME,
    },
    "notification": ROW
    | {
        "member_id": OUR_ID,
        "kind": STATE,
        "subject_id": OUR_ID,
        "former_room_id": OUR_ID,
        "room_id": OUR_ID,
        "occasion": OUR_ID,
        "read_at": OUR_TIME,
        "mailed_at": OUR_TIME,
        "mail_attempts": COUNT,
        "next_mail_at": OUR_TIME,
    },
    "audit_entry": {"id": OUR_ID, "organisation_id": OUR_ID}
    | {
        "actor_id": OUR_ID,
        "action": STATE,
        "target_id": OUR_ID,
        "details": CHECKED_LIST,
        "outcome": STATE,
        "origin": STATE,
        "network_address": "where a request came from: who did what from where, not whom they meet",
        "at": OUR_TIME,
    },
    "key_proof": {"id": OUR_ID, "name": SETTING, "proof": HASH, "created_at": OUR_TIME, "given_up_at": OUR_TIME},
    "tortoise_migrations": {"id": COUNT, "app": STATE, "name": STATE, "applied_at": OUR_TIME},
}

COLUMNS = """
    SELECT tables.name AS of_table, columns.name AS of_column
    FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
"""


@pytest.fixture
async def columns(database: TortoiseContext) -> set[tuple[str, str]]:
    rows = await database.db().execute_query_dict(COLUMNS)
    return {(row["of_table"], row["of_column"]) for row in rows}


async def test_every_column_says_why_it_holds_no_calendar_data(columns: set[tuple[str, str]]) -> None:
    vouched_for = {(table, column) for table, reasons in ALLOWED.items() for column in reasons}

    assert columns - vouched_for == set(), "say in ALLOWED why the new column holds no calendar data"


async def test_the_list_names_no_column_that_is_gone(columns: set[tuple[str, str]]) -> None:
    vouched_for = {(table, column) for table, reasons in ALLOWED.items() for column in reasons}

    assert vouched_for - columns == set()
