"""The routes of this part of Google."""

from starlette.routing import BaseRoute

from app.sandbox.state import SandboxState


def wire_routes(state: SandboxState) -> list[BaseRoute]:
    """What an application calls, over TLS."""
    return []
