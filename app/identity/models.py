"""Organisations, members, identities, and what proves who somebody is."""

from enum import StrEnum
from uuid import UUID

from tortoise import fields

from app.database.fields import enum_field
from app.database.tenancy import OrganisationModel, Row
from app.suites.protocol import SuiteName


class Role(StrEnum):
    """What a member may do in their organisation."""

    MEMBER = "MEMBER"
    SUBSCRIPTION_ADMINISTRATOR = "SUBSCRIPTION_ADMINISTRATOR"


class LocationSharing(StrEnum):
    """Who may see where a member works."""

    EVERYONE = "EVERYONE"
    PEOPLE_I_MEET = "PEOPLE_I_MEET"
    NOBODY = "NOBODY"


class Organisation(Row):
    """Our customer: the boundary between one organisation's data and another's."""

    name = fields.CharField(max_length=200)
    mails_subjects = fields.BooleanField(default=False, db_default=False)
    """Whether a mail may name the subject of a meeting."""
    no_answer_after_minutes = fields.IntField(null=True)
    """How long a room may be silent before its bookings are told to have no answer; null where nobody set it."""
    default_sharing = enum_field(
        LocationSharing, max_length=16, default=LocationSharing.PEOPLE_I_MEET, db_default="PEOPLE_I_MEET"
    )
    """Who may see where a member works who chose nothing."""
    widest_sharing = enum_field(LocationSharing, max_length=16, default=LocationSharing.EVERYONE, db_default="EVERYONE")
    """The most that holds for anybody, whatever they chose."""
    shift_retention_days = fields.IntField(null=True)
    """How long past shifts are kept; null where nobody set it."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "organisation"


class Member(OrganisationModel):
    """A person in an organisation. `address` is how they are written to, lower case, it never identifies them."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="members", on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=256)
    address = fields.CharField(max_length=320, db_index=True)
    role = enum_field(Role, max_length=32)
    merged_into: fields.ForeignKeyNullableRelation["Member"] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="merged_members", null=True, on_delete=fields.SET_NULL
    )
    """Who this person turned out to be; null for everybody who is somebody of their own. What they did stays theirs."""
    merged_into_id: UUID | None
    location_sharing = enum_field(LocationSharing, max_length=16, default=LocationSharing.PEOPLE_I_MEET)
    """Their own word, which counts where they `chose_sharing`; see `app.shifts.sharing`."""
    chose_sharing = fields.BooleanField(default=False, db_default=False)
    """Whether they chose themselves; the organisation's default holds for everybody else."""
    takes_suggestions = fields.BooleanField(default=False, db_default=False)
    """Whether their own working location in the suite may be read, to suggest shifts."""
    shows_shifts = fields.BooleanField(default=False, db_default=False)
    """Whether their shifts appear in their own calendar."""
    shows_shifts_since = fields.DatetimeField(null=True)
    """When they last wanted that, null where they never did; what was taken away before is not written again under the
    id that it had."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "member"
        indexes = (("organisation_id", "name"),)


class Identity(OrganisationModel):
    """What a suite says a person is: one subject of one tenant. It leads to one member, in one organisation only."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="identities", on_delete=fields.CASCADE
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="identities", on_delete=fields.CASCADE
    )
    member_id: UUID
    suite = enum_field(SuiteName, max_length=32)
    tenant = fields.CharField(max_length=255)
    subject = fields.CharField(max_length=255)
    address = fields.CharField(max_length=320)
    created_at = fields.DatetimeField()

    class Meta:
        table = "identity"
        unique_together = (("suite", "tenant", "subject"),)
        # Whoever is invited by an address is looked for among all of them, with every agenda.
        indexes = (("organisation_id", "address"), ("member_id",))


class MemberAlias(OrganisationModel):
    """A further address of a member's own mailbox, lower case, as the suite last told with their consent."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="member_aliases", on_delete=fields.CASCADE
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="aliases", on_delete=fields.CASCADE
    )
    member_id: UUID
    address = fields.CharField(max_length=320)

    class Meta:
        table = "member_alias"
        unique_together = (("organisation", "address"),)


class Invitation(OrganisationModel):
    """A single-use link that binds whoever opens it and signs in."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="invitations", on_delete=fields.CASCADE
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    role = enum_field(Role, max_length=32)
    member: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="invitations", null=True, on_delete=fields.CASCADE
    )
    """Who is invited, where the link brings another identity to somebody who is a member already."""
    member_id: UUID | None
    invited_by: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="sent_invitations", null=True, on_delete=fields.SET_NULL
    )
    """Null where the operator made it."""
    invited_by_id: UUID | None
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    used_by: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="accepted_invitations", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "invitation"


class Session(OrganisationModel):
    """A browser that is signed in, the cookie holds a random token, the row its hash."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="sessions", on_delete=fields.CASCADE
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="sessions", on_delete=fields.CASCADE
    )
    member_id: UUID
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "session"


class AccessToken(OrganisationModel):
    """A bearer value for front ends and scripts that cannot hold a cookie, only its hash is kept."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="access_tokens", on_delete=fields.CASCADE
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="access_tokens", on_delete=fields.CASCADE
    )
    member_id: UUID
    name = fields.CharField(max_length=100)
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "access_token"


class IdempotencyRecord(OrganisationModel):
    """One use of an idempotency key: a keyed hash of the input, and the ids of what came of it."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="idempotency_records", on_delete=fields.CASCADE
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="idempotency_records", on_delete=fields.CASCADE
    )
    member_id: UUID
    operation = fields.CharField(max_length=64)
    key_hash = fields.CharField(max_length=64)
    input_hash = fields.CharField(max_length=64)
    result_ids: fields.JSONField[list[str] | None] = fields.JSONField(null=True)
    """Ids of our own rows, never content; null while the work is under way or was broken off."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_record"
        unique_together = (("member", "operation", "key_hash"),)
