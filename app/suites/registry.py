"""Which calendar suites this server is set up for."""

from collections.abc import Mapping, Sequence

from app.errors import SuiteNotConfigured
from app.settings import PREFIX
from app.suites.google_workspace import scopes as google_workspace
from app.suites.microsoft365 import scopes as microsoft365
from app.suites.protocol import CalendarSuite, Capabilities, Permission, SuiteName


class SuiteRegistry:
    """The configured suites, for as long as the process lives."""

    def __init__(self, suites: Mapping[SuiteName, CalendarSuite]) -> None:
        self._suites = dict(suites)

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

    def permissions(self, name: SuiteName) -> Sequence[Permission]:
        """Everything the suite is asked for, whether or not this server is set up for it."""
        return self._suites[name].permissions if name in self._suites else _PERMISSIONS[name]

    def capabilities(self, name: SuiteName) -> Capabilities:
        """What the suite can do, whether or not this server is set up for it."""
        return self._suites[name].capabilities if name in self._suites else _CAPABILITIES[name]

    async def close(self) -> None:
        for suite in self._suites.values():
            await suite.close()


_PERMISSIONS: Mapping[SuiteName, Sequence[Permission]] = {
    SuiteName.MICROSOFT_365: microsoft365.PERMISSIONS,
    SuiteName.GOOGLE_WORKSPACE: google_workspace.PERMISSIONS,
}
_CAPABILITIES: Mapping[SuiteName, Capabilities] = {
    SuiteName.MICROSOFT_365: microsoft365.CAPABILITIES,
    SuiteName.GOOGLE_WORKSPACE: google_workspace.CAPABILITIES,
}
