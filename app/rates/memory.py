"""Buckets of one process."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app import clock
from app.rates.buckets import Refusal, Take, full_after, wait_for

MOST_BUCKETS = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment() -> int:
    """The present, in microseconds since 1970."""
    return (clock.now() - _EPOCH) // _MICROSECOND


class MemoryBuckets:
    """Keeps at most `most` buckets, however many strangers come: the fullest are as good as never taken from."""

    def __init__(self, most: int = MOST_BUCKETS) -> None:
        self._most = most
        self._full_at: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    async def take(self, takes: Sequence[Take]) -> Refusal | None:
        now = moment()
        after = [full_after(self._full_at.get(take.key, now), take.time, now) for take in takes]
        refusal: Refusal | None = None
        for take, full_at in zip(takes, after, strict=True):
            wait = timedelta(microseconds=wait_for(full_at, now))
            if wait > timedelta() and (refusal is None or wait > refusal.wait):
                refusal = Refusal(take, wait)
        if refusal is None:
            self._full_at.update(zip((take.key for take in takes), after, strict=True))
            if len(self._full_at) > self._most:
                self._forget(now)
        return refusal

    def _forget(self, now: int) -> None:
        """Half of the room is made at once, so that it is not looked for with every request."""
        emptiest = sorted(self._full_at.items(), key=lambda item: item[1], reverse=True)[: self._most // 2]
        self._full_at = {key: full_at for key, full_at in emptiest if full_at > now}

    async def close(self) -> None:
        """Nothing to let go of."""
