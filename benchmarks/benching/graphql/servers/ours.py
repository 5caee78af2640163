"""Ours: `app.graphql` as the product composes it, in front of the same schema."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.websockets import WebSocket
from strawberry.dataloader import DataLoader

from app.graphql import Caller, CloseReason, GraphQLOptions, GraphQLView
from app.serving import collector
from benchmarks.benching.graphql.servers.types import CONFIG, Query, load_locations


class OpenGate:
    """Lets everybody in: who asks is no matter of this layer."""

    async def for_request(self, request: Request) -> Caller:
        return Caller(new_context=_context)

    async def for_socket(self, websocket: WebSocket, init_payload: Mapping[str, object]) -> Caller:
        return Caller(new_context=_context)

    async def recheck(self, caller: Caller) -> CloseReason | None:
        return None


def _context() -> dict[str, object]:
    return {"locations": DataLoader(load_fn=load_locations)}


@asynccontextmanager
async def _served(_: Starlette) -> AsyncIterator[None]:
    """The garbage collector is set as the product sets it; asked inside another process, it stays as it is there."""
    collector.set_apart()
    yield


_schema = strawberry.Schema(Query, config=CONFIG)
app = Starlette(
    routes=GraphQLView(GraphQLOptions(schema=_schema, gate=OpenGate())).routes(),
    lifespan=_served,
)
