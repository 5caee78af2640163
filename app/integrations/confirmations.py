"""Signed values that travel through a client or a browser and back: a switch's confirmation, the approval link's state.

Neither is a secret. A confirmation is bound to the integration as it was shown and dies after ten minutes; the
approval link's state names nobody, since a tenant administrator may follow the link days later and prove nothing by it.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from itsdangerous import BadSignature, Signer, TimestampSigner, URLSafeTimedSerializer

from app import clock
from app.integrations.models import Integration
from app.keys import Keys
from app.suites.protocol import SuiteName

CONFIRMATION_LIFETIME = timedelta(minutes=10)

_APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Switch:
    """Giving up one integration, as it was at `version`, for another suite."""

    organisation_id: UUID
    integration_id: UUID
    version: int
    suite: SuiteName


class _ClockSigner(TimestampSigner):
    """Stamps with the product's clock."""

    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())


class Confirmations:
    """Signs and reads them."""

    def __init__(self, keys: Keys) -> None:
        self._switches: URLSafeTimedSerializer = URLSafeTimedSerializer(
            keys.signing, salt="switch-integration", signer=_ClockSigner
        )
        self._approvals = Signer(keys.signing, salt="admin-approval")

    def of_switch(self, integration: Integration, suite: SuiteName) -> str:
        """The confirmation of giving up `integration`, as it is now, for `suite`."""
        return str(
            self._switches.dumps(
                [str(integration.organisation_id), str(integration.id), integration.version, suite.value]
            )
        )

    def read_switch(self, confirmation: str) -> Switch | None:
        """What was confirmed; None where it was forged or is older than ten minutes."""
        try:
            organisation, integration, version, suite = self._switches.loads(
                confirmation, max_age=int(CONFIRMATION_LIFETIME.total_seconds())
            )
        except BadSignature:
            return None
        return Switch(UUID(organisation), UUID(integration), version, SuiteName(suite))

    def approval_state(self) -> str:
        """The `state` of every admin approval link."""
        return self._approvals.sign(_APPROVAL).decode()

    def is_approval_state(self, state: str) -> bool:
        """Whether a redirect carries the state of a link of ours."""
        return self._approvals.validate(state)
