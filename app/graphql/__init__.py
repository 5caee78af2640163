"""How a GraphQL document is served, knowing nothing of the product.

    view = GraphQLView(GraphQLOptions(schema=schema, gate=gate, allowed_origins=frozenset({"https://app.example"})))
    application = Starlette(routes=view.routes())

The product says who is asking by implementing `Gate`, refuses on purpose with `GraphQLFailure`, declares what
its fields cost in `Limits`, and calls `view.close_all()` when it stops.
"""

from app.graphql.callers import (
    Allowance,
    Caller,
    CloseCode,
    CloseReason,
    Credential,
    Gate,
    Refused,
    SocketCap,
    SocketPlaces,
)
from app.graphql.failures import ErrorCode, GraphQLFailure, RateLimited
from app.graphql.limits import Cost, Limits
from app.graphql.options import GraphiQLMode, GraphQLOptions, ReadyQuery
from app.graphql.view import GraphQLView

__all__ = [
    "Allowance",
    "Caller",
    "CloseCode",
    "CloseReason",
    "Cost",
    "Credential",
    "ErrorCode",
    "Gate",
    "GraphQLFailure",
    "GraphQLOptions",
    "GraphQLView",
    "GraphiQLMode",
    "Limits",
    "RateLimited",
    "ReadyQuery",
    "Refused",
    "SocketCap",
    "SocketPlaces",
]
