"""Strawberry as its documentation shows it: its ASGI application, a loader for each request, nothing tuned."""

from typing import Any

import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from benchmarks.benching.graphql.servers.types import CONFIG, Query, load_locations


class App(GraphQL[dict[str, Any], None]):
    """The application with a context that has the loader."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        return {"request": request, "response": response, "locations": DataLoader(load_fn=load_locations)}


app = App(strawberry.Schema(Query, config=CONFIG))
