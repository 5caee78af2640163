"""How the product is reached: routes, the GraphQL view, middleware."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from app import clock, logs
from app.composing.foundation import Foundation
from app.connections.callback import CallbackService
from app.database.unavailable import DatabaseUnavailable
from app.gate import MemberGate
from app.graphql.observing import OperationObserver
from app.graphql.options import GraphiQLMode, GraphQLOptions, SessionShown
from app.graphql.view import GraphQLView
from app.identity.invitations import InvitationService
from app.identity.principal import Principal
from app.identity.sign_in import SignInService
from app.places.places import Places
from app.rates.allowances import Rates
from app.serving.cors import AllowListedCors
from app.serving.front_door import FrontDoor
from app.settings import GraphiQLSource, Settings
from app.telemetry.middleware import WatchedRequests
from app.telemetry.watching import Watching
from app.web.missing import no_page
from app.web.pages import GRAPHIQL_FILES
from app.web.routes import WebServices, web_routes
from app.webhooks.routes import webhook_routes
from app.webhooks.service import WebhookService
from schema import schema
from schema.context import Context, Services
from schema.costs import LIMITS
from schema.examples import ready_queries

_GRAPHIQL = {
    GraphiQLSource.OFF: GraphiQLMode.OFF,
    GraphiQLSource.OWN: GraphiQLMode.OWN_ORIGIN,
    GraphiQLSource.CDN: GraphiQLMode.CDN,
}

_SESSION = SessionShown(
    "{ viewer { member { name } } }", ("viewer", "member", "name"), "/auth/sign-in?returnTo=/graphql"
)


def application_of(
    base: Foundation, services: Services, view: GraphQLView, watching: Watching, beside: Sequence[BaseRoute]
) -> Starlette:
    """Every route behind its middleware; `beside` are those for whoever operates the server."""
    webhooks = WebhookService(base.registry, base.watches, base.checks, base.bus)
    routes = [*view.routes(), *beside, *webhook_routes(webhooks)]
    app = FrontDoor(
        routes=[*routes, *web_routes(_web_services(base, services))],
        middleware=_middleware(base.settings, watching),
        sockets={view.path: logs.AccessLog(view.serve_socket)},
    )
    app.add_exception_handler(HTTPException, no_page)
    # Its redirects are built from the Host header, which anybody can write.
    app.router.redirect_slashes = False
    return app


def _web_services(base: Foundation, services: Services) -> WebServices:
    return WebServices(
        settings=base.settings,
        registry=base.registry,
        flows=base.flows,
        invitations=InvitationService(),
        sessions=services.sessions,
        linking=services.linking,
        callback=CallbackService(
            base.registry,
            base.flows,
            SignInService(base.bus),
            services.sessions,
            services.linking,
            base.connections,
            services.integrations,
        ),
        integrations=services.integrations,
        rates=base.rates,
    )


def view_of(
    settings: Settings, services: Services, rates: Rates, places: Places | None, observer: OperationObserver
) -> GraphQLView:
    """The GraphQL endpoint, both transports; its sockets are counted where `places` are, else in this process."""

    def new_context(principal: Principal | None) -> Context:
        return Context(services=services, principal=principal, correlation_id=logs.correlation_id())

    gate = MemberGate(
        services.sessions, services.access_tokens, rates, new_context, secure_cookies=settings.secure_cookies
    )
    return GraphQLView(
        GraphQLOptions(
            schema=schema,
            gate=gate,
            limits=LIMITS,
            allowed_origins=settings.origins,
            introspection=settings.introspection,
            suggestions=settings.introspection,
            outages=(DatabaseUnavailable,),
            deadline=settings.execution_deadline,
            socket_places=places,
            observer=observer,
            now=clock.now,
            correlation_id=logs.correlation_id,
            graphiql=_GRAPHIQL[settings.graphiql],
            graphiql_files=GRAPHIQL_FILES,
            ready_queries=ready_queries(clock.now()),
            session_shown=_SESSION,
        )
    )


def _middleware(settings: Settings, watching: Watching) -> list[Middleware]:
    watched = Middleware(WatchedRequests, watching.metrics, watching.tracing)
    middleware = [watched, Middleware(logs.AccessLog)]
    if settings.allowed_origins:
        middleware.append(Middleware(AllowListedCors, frozenset(settings.allowed_origins)))
    return middleware
