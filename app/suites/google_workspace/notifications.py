"""What Google posts to our webhook, as change notifications."""

from collections.abc import Mapping, Sequence

from app.suites.protocol import ChangeNotification


def parse(body: bytes, headers: Mapping[str, str]) -> Sequence[ChangeNotification]:
    """What one post says. Raises InvalidRequest where it is not of Google's form."""
    raise NotImplementedError
