"""Signed values that travel through a client or a browser and back: a confirmation, the approval link's state.

Neither is a secret. A confirmation is bound to what was shown, figures included, and dies after ten minutes; the
approval link's state names nobody, since a tenant administrator may follow the link days later and prove nothing by it.
"""

from dataclasses import astuple, dataclass
from datetime import timedelta

from itsdangerous import BadSignature, Signer, TimestampSigner, URLSafeTimedSerializer

from app import clock
from app.integrations.lookup import IntegrationFigures
from app.integrations.models import Integration
from app.keys import Keys
from app.suites.protocol import SuiteName

CONFIRMATION_LIFETIME = timedelta(minutes=10)

_APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Ending:
    """What is to be confirmed: that an integration ends as it stands, with these figures, and what takes its place."""

    integration: Integration
    figures: IntegrationFigures
    successor: tuple[SuiteName, str | None] | None = None
    """The suite, and the tenant where one was named, that is to follow; None where nothing is."""

    def content(self) -> list[object]:
        """Everything that the administrator saw, so that a change of any of it shows."""
        integration = self.integration
        return [
            str(integration.organisation_id),
            str(integration.id),
            integration.status.value,
            integration.status_since.isoformat(),
            list(astuple(self.figures)),
            list(self.successor) if self.successor else None,
        ]


class _ClockSigner(TimestampSigner):
    """Stamps with the product's clock."""

    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())


class Confirmations:
    """Signs and reads them."""

    def __init__(self, keys: Keys) -> None:
        self._endings: URLSafeTimedSerializer = URLSafeTimedSerializer(
            keys.signing, salt="end-integration", signer=_ClockSigner
        )
        self._approvals = Signer(keys.signing, salt="admin-approval")

    def of(self, ending: Ending) -> str:
        """The confirmation of this, as it stands now."""
        return str(self._endings.dumps(ending.content()))

    def confirms(self, confirmation: str, ending: Ending) -> bool:
        """Whether exactly this was shown and confirmed, within the last ten minutes."""
        try:
            shown = self._endings.loads(confirmation, max_age=int(CONFIRMATION_LIFETIME.total_seconds()))
        except BadSignature:
            return False
        return bool(shown == ending.content())

    def approval_state(self) -> str:
        """The `state` of every admin approval link."""
        return self._approvals.sign(_APPROVAL).decode()

    def is_approval_state(self, state: str) -> bool:
        """Whether a redirect carries the state of a link of ours."""
        return self._approvals.validate(state)
