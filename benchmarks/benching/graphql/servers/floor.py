"""What nothing in Python gets below: Starlette, and orjson of dicts that are the answer already. No GraphQL is read."""

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.benching.graphql.data import answer
from benchmarks.benching.graphql.documents import PONG
from benchmarks.benching.graphql.servers.memory import READY

_ANSWER = answer(READY)
_PONG = orjson.dumps(PONG)


async def _agenda(request: Request) -> Response:
    await request.body()
    return Response(orjson.dumps(_ANSWER), media_type="application/json")


async def _ping(request: Request) -> Response:
    await request.body()
    return Response(_PONG, media_type="application/json")


app = Starlette(
    routes=[Route("/graphql", _agenda, methods=["POST"]), Route("/alone", _ping, methods=["POST"])],
)
