"""The field of contenders: every server by the name under which goals and figures know it."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from benchmarks.benching.graphql.contending import Command, Place
from benchmarks.benching.node import peer
from benchmarks.benching.rows import Missing
from benchmarks.benching.servers import uvicorn

OURS = "ours"
DEFAULT = "Strawberry"
CACHED = "Strawberry, cached"
ARIADNE = "Ariadne"
APOLLO = "Apollo Server"
YOGA = "Yoga"
YOGA_JIT = "Yoga, JIT"
MERCURIUS = "Mercurius"
MERCURIUS_JIT = "Mercurius, JIT"
READY = "orjson of ready dicts"
ALONE = "Starlette alone"

NODE_JIT = (YOGA_JIT, MERCURIUS_JIT)


def _python(module: str, needs: str = "") -> Command:
    """One of `benchmarks.benching.graphql.servers`; `needs` is what has to be importable for it."""

    async def command() -> Sequence[str]:
        if needs and find_spec(needs) is None:
            raise Missing(f"{needs} is not installed; it is of the group `bench`")
        return uvicorn(f"benchmarks.benching.graphql.servers.{module}:app")

    return command


def _node(script: str, *arguments: str) -> Command:
    """One of `benchmarks/peers`."""

    async def command() -> Sequence[str]:
        return await peer(script, *arguments)

    return command


FIELD: Mapping[str, Place] = {
    OURS: Place(_python("ours")),
    DEFAULT: Place(_python("default")),
    CACHED: Place(_python("cached")),
    ARIADNE: Place(_python("with_ariadne", "ariadne")),
    APOLLO: Place(_node("apollo.mjs"), "/"),
    YOGA: Place(_node("yoga.mjs")),
    YOGA_JIT: Place(_node("yoga.mjs", "--jit")),
    MERCURIUS: Place(_node("mercurius.mjs")),
    MERCURIUS_JIT: Place(_node("mercurius.mjs", "--jit")),
    READY: Place(_python("floor")),
    ALONE: Place(_python("floor"), "/alone"),
}
