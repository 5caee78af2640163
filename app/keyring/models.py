"""What the database knows of the keys that its values were made with: enough to recognise them, nothing more."""

from datetime import datetime

from tortoise import fields

from app.database.tenancy import Row


class KeyProof(Row):
    """One key that a server was started with, known again by a value that leads back to nothing."""

    name = fields.CharField(max_length=64, unique=True)
    """`secret`, or `encryption/` with the key's id."""
    proof = fields.CharField(max_length=64, null=True)
    """Null for a key that values need and no server of this version has had yet."""
    created_at = fields.DatetimeField()
    given_up_at: datetime | None = fields.DatetimeField(null=True)
    """When the operator said that this key is lost: what it sealed is not waited for any more."""

    class Meta:
        table = "key_proof"
