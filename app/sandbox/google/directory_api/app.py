"""The Directory's paths.

https://developers.google.com/workspace/admin/directory/reference/rest
"""

from starlette.routing import BaseRoute

from app.sandbox.google.calendar_api.http import routes_of, unknown_paths
from app.sandbox.google.directory_api.resources import METHODS
from app.sandbox.state import SandboxState

PREFIX = "/admin/directory"


def wire_routes(state: SandboxState) -> list[BaseRoute]:
    """What an application calls, over TLS."""
    return [*routes_of(state, METHODS), unknown_paths(PREFIX)]
