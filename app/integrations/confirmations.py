"""Signed values that travel through a client or a browser and back: a confirmation, the approval link's state.

Neither is a secret. A confirmation is bound to what was shown, figures included, and dies after ten minutes; the
approval link's state names nobody, since a tenant administrator may follow the link days later and prove nothing by it.
"""

from dataclasses import astuple, dataclass

from itsdangerous import Signer

from app.confirmations import SignedConfirmations
from app.integrations.lookup import IntegrationFigures
from app.integrations.models import Integration
from app.keys import Keys
from app.suites.protocol import SuiteName

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


class Confirmations:
    """Signs and reads them."""

    def __init__(self, keys: Keys) -> None:
        self._endings = SignedConfirmations(keys, "end-integration")
        self._approvals = Signer(keys.signing, salt="admin-approval")

    def of(self, ending: Ending) -> str:
        """The confirmation of this, as it stands now."""
        return self._endings.of(ending.content())

    def confirms(self, confirmation: str, ending: Ending) -> bool:
        """Whether exactly this was shown and confirmed, within the last ten minutes."""
        return self._endings.confirms(confirmation, ending.content())

    def approval_state(self) -> str:
        """The `state` of every admin approval link."""
        return self._approvals.sign(_APPROVAL).decode()

    def is_approval_state(self, state: str) -> bool:
        """Whether a redirect carries the state of a link of ours."""
        return self._approvals.validate(state)
