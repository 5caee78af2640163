"""How a process is seen from outside: what watches it, and where that can be read."""

import os

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from app.database.pool import idle_connections, open_connections
from app.graphql.view import GraphQLView
from app.health import Readiness, health_routes
from app.jobs.runner import JobRunner
from app.settings import Settings
from app.telemetry.choosing import tracing_of
from app.telemetry.exposition import Exposition
from app.telemetry.figures import figures_of
from app.telemetry.metrics import Metrics
from app.telemetry.watching import Watching


def watching_of(settings: Settings) -> Watching:
    """Who watches this process: always by metrics, and by traces where OpenTelemetry's own settings ask for them."""
    return Watching(Metrics(), tracing_of(os.environ, trusts_callers=settings.trust_traceparent))


def exposition_of(
    settings: Settings, watching: Watching, readiness: Readiness, jobs: JobRunner, view: GraphQLView
) -> Exposition:
    """What is told to whoever scrapes this process."""
    watching.metrics.open_sockets.labels("event_stream").set_function(view.open_streams)
    watching.metrics.open_sockets.labels("websocket").set_function(lambda: view.open_sockets - view.open_streams())
    if not settings.is_sqlite:
        idle = watching.metrics.database_connections.labels("idle")
        idle.set_function(idle_connections)
        used = watching.metrics.database_connections.labels("used")
        used.set_function(lambda: open_connections() - idle_connections())
    return Exposition(watching.metrics, readiness, lambda: figures_of(jobs))


def telemetry_routes(settings: Settings, readiness: Readiness, exposition: Exposition) -> list[BaseRoute]:
    """What stands beside the product on the server's own port."""
    routes: list[BaseRoute] = [*health_routes(readiness)]
    if settings.metrics_token is not None:
        routes.append(exposition.route(settings.metrics_token.get_secret_value()))
    return routes


def monitoring_of(readiness: Readiness, exposition: Exposition) -> Starlette:
    """What stands on the monitoring port."""
    app = Starlette(routes=[*health_routes(readiness), exposition.route()])
    app.router.redirect_slashes = False
    return app
