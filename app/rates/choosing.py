"""Which buckets a server counts with, and how much they hold: as the settings say."""

from app.keys import Keys
from app.rates.allowances import PerMinute, Rates
from app.rates.buckets import Buckets, Scarce
from app.rates.memory import MemoryBuckets
from app.settings import Settings


def rates_of(settings: Settings, keys: Keys) -> Rates:
    """Everybody's allowance; close it when done. Shared by all processes where the settings name a Redis."""
    return Rates(_buckets(settings), keys, _per_minute(settings))


def _buckets(settings: Settings) -> Buckets:
    local = MemoryBuckets()
    if settings.redis_url is None:
        return local
    from app.rates.redis import RedisBuckets  # a third of a second that one process alone need not spend

    return RedisBuckets(settings.redis_url, local)


def _per_minute(settings: Settings) -> PerMinute:
    return PerMinute(
        member={
            Scarce.REQUESTS: settings.member_requests_per_minute,
            Scarce.MUTATIONS: settings.member_mutations_per_minute,
            Scarce.SUITE_CALLS: settings.member_suite_calls_per_minute,
            Scarce.PAGES: settings.member_requests_per_minute,
        },
        organisation={
            Scarce.REQUESTS: settings.organisation_requests_per_minute,
            Scarce.MUTATIONS: settings.organisation_mutations_per_minute,
            Scarce.SUITE_CALLS: settings.organisation_suite_calls_per_minute,
        },
        address={
            Scarce.REQUESTS: settings.address_requests_per_minute,
            Scarce.PAGES: settings.address_requests_per_minute,
        },
    )
