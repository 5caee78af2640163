"""The agenda as a client meets it: HTTP in, the suite's call, mapping, rooms, shifts, our own data, HTTP out."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from unittest.mock import patch

import orjson

from app.settings import load
from app.suites.registry import SETTINGS
from benchmarks.benching.node import peer
from benchmarks.benching.product.agenda_world import DOCUMENT, AgendaWorld, agenda_world
from benchmarks.benching.product.asking import a_turn, questions
from benchmarks.benching.product.in_process import Asker, composed
from benchmarks.benching.product.machine import kept_off, pin, program, require_postgresql, started
from benchmarks.benching.product.shared import Shared
from benchmarks.benching.rows import Compared, Conditions, Contender, Goal, Unit
from tests.support.server import free_port

EVENTS = 50
OURS, NAIVE, NODE = "Hybrid Meetings", "naive stack", "Mercurius with JIT"


def contenders(conditions: Conditions) -> Mapping[str, Contender]:
    """Each asks the same suite and the same database, and is asked the same."""
    world = Shared(lambda: _world(conditions))
    seconds = conditions.pick(2.0, 0.2)

    @asynccontextmanager
    async def ours() -> AsyncIterator[Unit]:
        async with world.use() as present, _turns(present, present.server.port, present.server.pid, seconds) as turn:
            yield turn

    def beside(command: Sequence[str]) -> Contender:
        @asynccontextmanager
        async def contender() -> AsyncIterator[Unit]:
            port = free_port()
            async with world.use() as present, started([*command, str(port)], present.environment) as process:
                pin(process.pid, serves=True)
                async with _turns(present, port, process.pid, seconds) as turn:
                    yield turn

        return contender

    @asynccontextmanager
    async def node() -> AsyncIterator[Unit]:
        async with beside(await peer("agenda/server.mjs"))() as turn:
            yield turn

    return {OURS: ours, NAIVE: beside(program("naive")), NODE: node}


@asynccontextmanager
async def _world(conditions: Conditions) -> AsyncIterator[AgendaWorld]:
    require_postgresql()
    async with kept_off(), agenda_world(conditions.folder, conditions.pick(EVENTS, 5)) as world:
        yield world


@asynccontextmanager
async def _turns(world: AgendaWorld, port: int, pid: int, seconds: float) -> AsyncIterator[Unit]:
    async with questions(f"http://127.0.0.1:{port}/graphql", world.token, world.question) as asked:
        world.check(orjson.loads(await asked.once()))
        yield a_turn(asked, seconds, pid)


def path(conditions: Conditions) -> Contender:
    """Ours inside this process: from the application's door to the suite and the database, and back."""

    @asynccontextmanager
    async def contender() -> AsyncIterator[Unit]:
        async with _world(conditions) as world:
            await world.server.stop()
            with patch.dict(os.environ, world.server.environment):
                settings = load(SETTINGS)
            async with composed(settings) as application:
                asker = Asker(application, world.token)

                async def once() -> None:
                    await asker.ask(DOCUMENT, world.variables)

                yield once

    return contender


AGENDA = Compared(
    name="agenda-whole",
    measures="An agenda of 50 events with 8 people each, whole: HTTP, suite, mapping, PostgreSQL; 8 asked for at once.",
    goals=(Goal(contender=OURS, against=NAIVE, at_least=20), Goal(contender=OURS, against=NODE, at_least=1.2)),
    contenders=contenders,
    unit="answers/s of processor",
    warm_ups=3,
    more_is_better=True,
    path=path,
)
