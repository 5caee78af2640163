"""What is kept, why and until when: every table and every column of the database, with the reason why it may be there.

A column that nobody vouched for fails a test, and so do documents that say otherwise (`app.database.kept_documents`).
How long things are kept is decided where they are removed, and a test holds these words against that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One table: what for, until when, and for each column why it holds no calendar data."""

    why: str
    until: str
    columns: Mapping[str, str]


KEPT: dict[str, Kept] = {
    "organisation": Kept(
        why="the customer, and what its administrators settled",
        until="as long as the organisation is",
        columns={"id": OUR_ID, "name": SETTING, "created_at": OUR_TIME}
        | {"mails_subjects": SETTING, "no_answer_after_minutes": SETTING}
        | {"default_sharing": SETTING, "widest_sharing": SETTING, "shift_retention_days": SETTING},
    ),
    "member": Kept(
        why="who somebody is here and what they chose",
        until="until the operator erases the member",
        columns=ROW
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
    ),
    "member_alias": Kept(
        why="to recognise a member under every address of their mailbox",
        until="until the last consent of theirs ends, or the suite tells others",
        columns={"id": OUR_ID, "organisation_id": OUR_ID, "member_id": OUR_ID, "address": OUR_PERSON},
    ),
    "building": Kept(
        why="where people work",
        until="as long as the organisation is; a removed one stays, for past shifts to name it",
        columns=ROW
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
    ),
    "floor": Kept(
        why="where people work",
        until="as long as the organisation is; a removed one stays, for past shifts to name it",
        columns={"id": OUR_ID, "organisation_id": OUR_ID, "building_id": OUR_ID}
        | {"name": SETTING, "capacity": SETTING, "position": SETTING, "removed_at": OUR_TIME},
    ),
    "area": Kept(
        why="where people work",
        until="as long as the organisation is; a removed one stays, for past shifts to name it",
        columns={"id": OUR_ID, "organisation_id": OUR_ID, "floor_id": OUR_ID}
        | {"name": SETTING, "capacity": SETTING, "position": SETTING, "removed_at": OUR_TIME},
    ),
    "shift": Kept(
        why="where a member works, for themselves and for whoever may see it",
        until="90 days past its day, or as long as administrators settled; never longer than the member",
        columns=ROW
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
    ),
    "shift_entry": Kept(
        why="to take a shift out of its member's calendar again",
        until="until it is taken out, or as long as the shift or the connection is",
        columns=ROW
        | {
            "connection_id": OUR_ID,
            "shift_id": OUR_ID,
            "command_id": OUR_ID,
            "state": STATE,
            "attempts": COUNT,
            "next_try_at": OUR_TIME,
            "claimed_until": OUR_TIME,
        },
    ),
    "identity": Kept(
        why="who comes in by which account of a suite",
        until="as long as the member is",
        columns=ROW
        | {
            "member_id": OUR_ID,
            "suite": STATE,
            "tenant": SUITE_ACCOUNT,
            "subject": SUITE_ACCOUNT,
            "address": OUR_PERSON,
        },
    ),
    "invitation": Kept(
        why="to let the invited in, once",
        until="7 days after it expired",
        columns=ROW
        | {
            "token_hash": HASH,
            "role": STATE,
            "expires_at": OUR_TIME,
            "used_at": OUR_TIME,
            "used_by_id": OUR_ID,
            "member_id": OUR_ID,
            "invited_by_id": OUR_ID,
        },
    ),
    "session": Kept(
        why="who is signed in",
        until="7 days after it expired",
        columns=ROW | {"token_hash": HASH, "expires_at": OUR_TIME, "revoked_at": OUR_TIME, "member_id": OUR_ID},
    ),
    "access_token": Kept(
        why="to let front ends and scripts in",
        until="7 days after it expired",
        columns=ROW
        | {
            "name": SETTING,
            "token_hash": HASH,
            "expires_at": OUR_TIME,
            "revoked_at": OUR_TIME,
            "member_id": OUR_ID,
        },
    ),
    "idempotency_record": Kept(
        why="to answer a repeated request as the first was answered",
        until="7 days",
        columns=ROW
        | {
            "member_id": OUR_ID,
            "operation": STATE,
            "key_hash": HASH,
            "input_hash": HASH,
            "result_ids": OUR_ID,
        },
    ),
    "integration": Kept(
        why="how the organisation is joined to its suite",
        until="as long as the organisation is; the test report until the purge",
        columns=ROW
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
            "admin_approval_given_at": OUR_TIME,
            "enabled_at": OUR_TIME,
            "disabled_at": OUR_TIME,
            "retained_until": OUR_TIME,
            "revokes_consents": SETTING,
            "next_check_at": OUR_TIME,
            "enabled_by_id": OUR_ID,
            "started_by_id": OUR_ID,
        },
    ),
    "calendar_connection": Kept(
        why="a member's consent, and what calls with it need",
        until="until the member disconnects, or the purge 5 days after the integration was disabled",
        columns={"id": OUR_ID, "organisation_id": OUR_ID}
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
    ),
    "authorisation_flow": Kept(
        why="one visit to a suite's page, bound to its browser",
        until="7 days after it expired; one of nobody known, 1 hour",
        columns=ROW
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
    ),
    "mailbox_watch": Kept(
        why="to hear of changes at once",
        until="as long as the connection is",
        columns=ROW
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
    ),
    "event_reference": Kept(
        why="what bookings and members' own words on an event hang on",
        until="30 days after the event was found to be over, or until no mailbox leads to it any more",
        columns=ROW
        | {"suite": STATE, "key_hash": HASH, "sealed_key": SEALED, "closed_at": OUR_TIME}
        | {"next_look_at": OUR_TIME, "look_attempts": COUNT, "look_claimed_until": OUR_TIME},
    ),
    "mailbox_reference": Kept(
        why="to ask for an event with its member's consent",
        until="as long as the connection and the event's reference are",
        columns=ROW | {"connection_id": OUR_ID, "event_reference_id": OUR_ID, "id_hash": HASH, "sealed_id": SEALED},
    ),
    "event_attendance": Kept(
        why="how a member said that they attend",
        until="until they take it back or disconnect, or the event's reference goes",
        columns={"id": OUR_ID, "organisation_id": OUR_ID}
        | {"event_reference_id": OUR_ID, "member_id": OUR_ID, "in_person": "the member's own word, given to us"},
    ),
    "event_note": Kept(
        why="what a member noted for colleagues",
        until="until they take it back or disconnect, or the event's reference goes",
        columns={"id": OUR_ID, "organisation_id": OUR_ID}
        | {"event_reference_id": OUR_ID, "author_id": OUR_ID, "text": SEALED, "updated_at": OUR_TIME},
    ),
    "room": Kept(
        why="the rooms that can be booked",
        until="as long as the organisation is; a removed one stays, for past bookings to name it",
        columns=ROW
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
    ),
    "room_sync": Kept(
        why="how reading the room directory went",
        until="as long as the organisation is",
        columns=ROW
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
    ),
    "room_booking": Kept(
        why="a room that a member asked for, and its answer",
        until="30 days after it was closed, or until the connection goes",
        columns=ROW
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
    ),
    "booking_occurrence": Kept(
        why="the dates of a series whose room answered otherwise",
        until="as long as the booking is",
        columns={"id": OUR_ID, "organisation_id": OUR_ID}
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
    ),
    "booking_intent": Kept(
        why="to book no event twice after a crash",
        until="as long as its idempotency record or the connection is",
        columns=ROW
        | {
            "connection_id": OUR_ID,
            "record_id": OUR_ID,
            "room_ids": OUR_ID,
            "state": STATE,
            "next_check_at": OUR_TIME,
            "check_attempts": COUNT,
            "claimed_until": OUR_TIME,
        },
    ),
    "notification": Kept(
        why="what a member was told",
        until="as long as the member is, or until the purge of what it is about",
        columns=ROW
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
    ),
    "audit_entry": Kept(
        why="who did what, when and from where",
        until="as long as the organisation is; without name and network address once the member is erased",
        columns={"id": OUR_ID, "organisation_id": OUR_ID}
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
    ),
    "key_proof": Kept(
        why="to know the server's keys again",
        until="as long as the database is",
        columns={"id": OUR_ID, "name": SETTING, "proof": HASH, "created_at": OUR_TIME, "given_up_at": OUR_TIME},
    ),
    "tortoise_migrations": Kept(
        why="which version the tables have",
        until="as long as the database is",
        columns={"id": COUNT, "app": STATE, "name": STATE, "applied_at": OUR_TIME},
    ),
}
