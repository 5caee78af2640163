"""Confirmations: what an administrator was shown, figures included, signed and bound to ten minutes.

It travels to the client and back and is no secret. Whoever asks for one names everything that was shown, so that a
change of any of it makes the confirmation stale.
"""

from collections.abc import Sequence
from datetime import timedelta

from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

from app import clock
from app.keys import Keys

CONFIRMATION_LIFETIME = timedelta(minutes=10)


class _ClockSigner(TimestampSigner):
    """Stamps with the product's clock."""

    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())


class SignedConfirmations:
    """Signs and reads the confirmations of one act; those of another are worth nothing to it."""

    def __init__(self, keys: Keys, act: str) -> None:
        self._serializer: URLSafeTimedSerializer = URLSafeTimedSerializer(keys.signing, salt=act, signer=_ClockSigner)

    def of(self, shown: Sequence[object]) -> str:
        """The confirmation of this, as it stands now."""
        return str(self._serializer.dumps(list(shown)))

    def confirms(self, confirmation: str, shown: Sequence[object]) -> bool:
        """Whether exactly this was shown and confirmed, within the last ten minutes."""
        try:
            confirmed = self._serializer.loads(confirmation, max_age=int(CONFIRMATION_LIFETIME.total_seconds()))
        except BadSignature:
            return False
        return bool(confirmed == list(shown))
