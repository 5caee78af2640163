"""Whose bucket pays for what.

Members pay from their own and from their organisation's; whoever is not signed in, from the network address they come
from. So nobody who is signed in is ever shut out by what others do at the same address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from app.identity.principal import Principal
from app.keys import Keys
from app.rates.addresses import line_of
from app.rates.buckets import Buckets, Holder, Scarce, Take

_log = structlog.get_logger(__name__)

_NO_ORGANISATION = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerMinute:
    """How much each kind of holder has in a minute; of what is not named, without end."""

    member: Mapping[Scarce, int]
    organisation: Mapping[Scarce, int]
    address: Mapping[Scarce, int]


@dataclass(frozen=True, slots=True)
class _Bucket:
    """A holder and what they have in a minute."""

    holder: Holder
    holder_id: str
    per_minute: Mapping[Scarce, int]


class Allowance:
    """What one caller may ask for; implements `app.graphql.callers.Allowance`."""

    __slots__ = ("_buckets", "_holders")

    def __init__(self, buckets: Buckets, *holders: _Bucket) -> None:
        self._buckets = buckets
        self._holders = holders

    async def take(self, *, requests: int = 0, mutations: int = 0, calls: int = 0) -> timedelta | None:
        """Counts so many requests, mutations and calls to the suite; how long to wait, where that is too much now."""
        return await self._take(
            {Scarce.REQUESTS: requests, Scarce.MUTATIONS: mutations, Scarce.SUITE_CALLS: calls},
        )

    async def take_page(self) -> timedelta | None:
        """Counts the visit of one page; how long to wait, where that is too much now."""
        return await self._take({Scarce.PAGES: 1})

    async def _take(self, amounts: Mapping[Scarce, int]) -> timedelta | None:
        takes = [
            Take(
                holder=bucket.holder,
                holder_id=bucket.holder_id,
                scarce=scarce,
                per_minute=bucket.per_minute[scarce],
                amount=amount,
            )
            for bucket in self._holders
            for scarce, amount in amounts.items()
            if amount and scarce in bucket.per_minute
        ]
        refusal = await self._buckets.take(takes) if takes else None
        if refusal is None:
            return None
        # Without the address's own name: who a stranger is stays out of the log.
        _log.info(
            "rate_limited", holder=refusal.take.holder, scarce=refusal.take.scarce, wait=refusal.wait.total_seconds()
        )
        return refusal.wait


class Rates:
    """Knows everybody's allowance."""

    def __init__(self, buckets: Buckets, keys: Keys, per_minute: PerMinute) -> None:
        self._buckets = buckets
        self._keys = keys
        self._per_minute = per_minute

    def of_member(self, principal: Principal) -> Allowance:
        """A member's, wherever they come from."""
        return Allowance(
            self._buckets,
            _Bucket(Holder.MEMBER, str(principal.member_id), self._per_minute.member),
            _Bucket(Holder.ORGANISATION, str(principal.organisation_id), self._per_minute.organisation),
        )

    def of_stranger(self, host: str | None) -> Allowance:
        """That of everybody together who comes from there and is not signed in; pages and the rest apart."""
        # Hashed: the buckets may be another machine's, and an address is somebody's.
        line = self._keys.lookup_hash(_NO_ORGANISATION, "network-address", line_of(host))
        return Allowance(self._buckets, _Bucket(Holder.ADDRESS, line, self._per_minute.address))

    async def close(self) -> None:
        """Lets go of the buckets."""
        await self._buckets.close()
