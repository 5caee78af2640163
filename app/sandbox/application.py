"""The two servers' applications: pages and control over plain http, protocols over TLS."""

import gc
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from app.sandbox.control.directory import DirectoryControl
from app.sandbox.control.entra import EntraControl
from app.sandbox.control.faults import FaultControl
from app.sandbox.control.large import LargeControl
from app.sandbox.control.routing import Answer, ControlRoute, as_routes
from app.sandbox.google.accounts import app as google_accounts
from app.sandbox.google.accounts.browser import account_groups
from app.sandbox.google.calendar_api import app as google_calendar
from app.sandbox.google.control import google_control
from app.sandbox.google.directory_api import app as google_directory
from app.sandbox.microsoft.entra.app import page_routes, wire_routes
from app.sandbox.microsoft.entra.browser import AccountGroup
from app.sandbox.microsoft.graph.app import graph_routes
from app.sandbox.microsoft.graph.control import control_routes as graph_control_routes
from app.sandbox.microsoft.pages import Page, render
from app.sandbox.middleware import TrafficMiddleware
from app.sandbox.state import SandboxState


def pages_application(state: SandboxState, *, reset: Callable[[], None], ca_bundle: Path) -> Starlette:
    """What a person, a test or a demo opens: pages, control, and an index that explains the sandbox."""

    async def begin_afresh(_: Request) -> Answer:
        """Back to the seed; what a large organisation was spared is looked at again."""
        gc.unfreeze()
        reset()
        return {"reset": True}

    described: Sequence[ControlRoute] = (
        ControlRoute("POST", "/control/reset", "Back to the seed: people, calendars, consent, faults", begin_afresh),
        *FaultControl(state).routes(),
        *DirectoryControl(state).routes(),
        *EntraControl(state).routes(),
        *LargeControl(state).routes(),
        *google_control(state),
    )

    graph_control = graph_control_routes(state)
    explained = [*described, *(explain(route, "/control/graph") for route in graph_control)]

    async def index(_: Request) -> Response:
        groups = [AccountGroup(tenant, state.directory.users(tenant.id)) for tenant in state.directory.tenants()]
        context = {
            "addresses": state.addresses,
            "applications": state.directory.applications(),
            "groups": groups,
            "google_applications": tuple(state.google.directory.applications()),
            "google_groups": account_groups(state.google.directory),
            "control": explained,
            "ca_bundle": str(ca_bundle),
        }
        return render(Page.INDEX, context)

    routes: list[BaseRoute] = [
        Route("/", index),
        *as_routes(described),
        Mount("/control/graph", routes=graph_control),
        *google_accounts.page_routes(state),
        *page_routes(state),
    ]
    return _application(state, routes)


def explain(route: Route, prefix: str) -> ControlRoute:
    """A route as the index page lists it, in the words with which its endpoint's docstring begins."""
    methods = ", ".join(sorted((route.methods or set()) - {"HEAD"}))
    words = (route.endpoint.__doc__ or "").strip().partition("\n")[0].replace("`", "").rstrip(".")
    return ControlRoute(methods, prefix + route.path, words, route.endpoint)


def protocol_application(state: SandboxState) -> Starlette:
    """What an application calls: Entra and Graph, and Google's accounts, Calendar and Directory."""
    routes: list[BaseRoute] = [
        Mount("/v1.0", routes=graph_routes(state)),
        *google_accounts.wire_routes(state),
        *google_calendar.wire_routes(state),
        *google_directory.wire_routes(state),
        *wire_routes(state),
    ]
    return _application(state, routes)


def _application(state: SandboxState, routes: list[BaseRoute]) -> Starlette:
    return Starlette(routes=routes, middleware=[Middleware(TrafficMiddleware, state=state, routes=routes)])
