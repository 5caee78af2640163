"""Calendar's paths.

https://developers.google.com/workspace/calendar/api/v3/reference
"""

from starlette.routing import BaseRoute

from app.sandbox.google.calendar_api import calendar_list, channels, event_lists, events, free_busy, settings
from app.sandbox.google.calendar_api.http import Method, routes_of, unknown_paths
from app.sandbox.state import SandboxState

PREFIX = "/calendar/v3"

METHODS: tuple[Method, ...] = (
    *event_lists.METHODS,
    *events.METHODS,
    *calendar_list.METHODS,
    *settings.METHODS,
    *free_busy.METHODS,
    *channels.METHODS,
)
"""Every part of Calendar adds its own ``METHODS``."""


def wire_routes(state: SandboxState) -> list[BaseRoute]:
    """What an application calls, over TLS."""
    return [*routes_of(state, METHODS), unknown_paths(PREFIX)]
