"""Every calendar suite that the product knows, and which of them this server is set up for.

A further suite joins by a package of its own, a name in `SuiteName` and a line in `DESCRIPTIONS`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from app.errors import SuiteNotConfigured
from app.settings import PREFIX, SuiteSettings
from app.suites.description import SuiteDescription
from app.suites.google_workspace.description import GOOGLE_WORKSPACE
from app.suites.microsoft365.description import MICROSOFT_365
from app.suites.protocol import CalendarSuite, Capabilities, Permission, SuiteName
from app.suites.surroundings import ALONE, Surroundings

DESCRIPTIONS: Mapping[SuiteName, SuiteDescription[Any]] = {
    description.name: description for description in (MICROSOFT_365, GOOGLE_WORKSPACE)
}
SETTINGS: Sequence[type[SuiteSettings]] = tuple(description.settings for description in DESCRIPTIONS.values())


class SuiteRegistry:
    """The configured suites, for as long as the process lives."""

    def __init__(self, suites: Mapping[SuiteName, CalendarSuite]) -> None:
        self._suites = dict(suites)

    @classmethod
    def configured_by(
        cls, groups: Iterable[SuiteSettings], timeout: timedelta, surroundings: Surroundings = ALONE
    ) -> "SuiteRegistry":
        """The suites whose settings are there; `timeout` bounds each operation of theirs."""
        present = {type(group): group for group in groups}
        return cls(
            {
                name: description.build(present[description.settings], timeout, surroundings)
                for name, description in DESCRIPTIONS.items()
                if description.settings in present
            }
        )

    def get(self, name: SuiteName) -> CalendarSuite:
        """Raises SuiteNotConfigured."""
        suite = self._suites.get(name)
        if suite is None:
            raise SuiteNotConfigured(name.display_name, f"{PREFIX}{name}_")
        return suite

    def is_configured(self, name: SuiteName) -> bool:
        return name in self._suites

    def configured(self) -> Sequence[CalendarSuite]:
        """In the order of `SuiteName`."""
        return tuple(self._suites[name] for name in SuiteName if name in self._suites)

    def application_id(self, name: SuiteName) -> str | None:
        """By which the suite's administrators know this application; None where the server is not set up for it."""
        return self._suites[name].application_id if name in self._suites else None

    def permissions(self, name: SuiteName) -> Sequence[Permission]:
        """Everything the suite is asked for, whether or not this server is set up for it."""
        return self._suites[name].permissions if name in self._suites else DESCRIPTIONS[name].permissions

    def capabilities(self, name: SuiteName) -> Capabilities:
        """What the suite can do, whether or not this server is set up for it."""
        return self._suites[name].capabilities if name in self._suites else DESCRIPTIONS[name].capabilities

    async def close(self) -> None:
        for suite in self._suites.values():
            await suite.close()
