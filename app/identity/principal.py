"""Who is asking: a member whose credential was just looked up."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.errors import Forbidden
from app.identity.models import Role


class CredentialKind(StrEnum):
    """What proved who is asking."""

    ACCESS_TOKEN = "ACCESS_TOKEN"  # noqa: S105  # a kind's name
    SESSION = "SESSION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The asking member, as of one look-up; the role is read anew for every request."""

    member_id: UUID
    organisation_id: UUID
    organisation_name: str
    role: Role
    name: str
    address: str
    credential_kind: CredentialKind
    credential_id: UUID
    expires_at: datetime

    @property
    def is_administrator(self) -> bool:
        return self.role is Role.SUBSCRIPTION_ADMINISTRATOR

    def require_administrator(self) -> None:
        """Raises Forbidden."""
        if not self.is_administrator:
            raise Forbidden("This is for subscription administrators.")
