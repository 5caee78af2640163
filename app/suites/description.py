"""What is known of a calendar suite before anything is set up or loaded: all that the rest of the product needs.

Each suite's package offers one `SuiteDescription`; the registry lists them.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from app.findings import Finding
from app.settings import SuiteSettings
from app.suites.protocol import ApprovalWay, CalendarSuite, Capabilities, Permission, SuiteName
from app.suites.surroundings import Surroundings

SettingsType = TypeVar("SettingsType", bound=SuiteSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteDescription(Generic[SettingsType]):
    """One suite, whether or not this server is set up for it."""

    name: SuiteName
    permissions: tuple[Permission, ...]
    capabilities: Capabilities
    approval_ways: tuple[ApprovalWay, ...]
    """The ways to admin approval, in the order in which people should try them."""
    consent_removal: str
    """Where people and their tenant administrators remove consents that are still there, in words for people."""
    webhook_path: str
    """Where the suite posts change notifications, below the public address."""
    handshake_parameter: str | None
    """The query parameter whose value the suite wants echoed before it believes the webhook; None: it asks nothing."""
    settings: type[SettingsType]
    """Its group of settings; a server without this group is not set up for the suite."""
    build: Callable[[SettingsType, timedelta, Surroundings], CalendarSuite]
    """Makes the suite; the time-out bounds each operation as a whole. Loads the suite's libraries."""
    examine: Callable[[SettingsType, timedelta, str | None], Awaitable[Sequence[Finding]]]
    """Looks, for the operator, whether the suite can be reached and takes our registration: within the time-out,
    changing nothing, and with the tenant of an organisation that approved us, where there is one."""
