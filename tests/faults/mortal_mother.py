"""Bears the processes that die. It opens the product once, so that all is loaded, and then only forks.

Run as `python -m tests.faults.mortal_mother FOLDER` by `tests.faults.mortal`, which says over the folder's socket which
scenarios are wanted: a line for each, answered with a line, after one with the names of all jobs. It ends with whoever
asks.
"""

import asyncio
import gc
import json
import socket
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.faults import mortal_copies
from tests.faults.mortal_product import product
from tests.faults.mortal_scenarios import SCENARIOS
from tests.faults.mortal_steps import install
from tests.faults.mortal_story import World
from tests.faults.mortal_telling import STEPS, Telling
from tests.faults.mortal_traces import ids


class Mother:
    """The world that all scenarios are told in."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        copy = mortal_copies.make(world.template, folder, "warm")
        self._known, self.jobs = asyncio.run(self._open_once(copy))
        mortal_copies.remove(copy)
        for thread in threading.enumerate():
            if thread is not threading.main_thread():
                thread.join()  # SQLite's; whoever forks is alone
        gc.collect()
        gc.freeze()

    async def _open_once(self, copy: str) -> tuple[frozenset[str], list[str]]:
        """Every id there is, and the names of all jobs."""
        async with product(self._world.environment, copy, timedelta()) as opened:
            await opened.ask(self._world.member, "{ viewer { member { name } } }")
            return frozenset(await ids()), [job.name for job in opened.running.jobs._jobs]

    def tell(self, scenario: str, folder: str, every_step: bool, share: int, shares: int) -> dict[str, Any]:
        """The report of one scenario, whose files go into the folder."""
        told = Telling(self._world, SCENARIOS[scenario], Path(folder), every_step, share, shares, self._known)
        return told.run()


def main(folder: Path) -> None:
    """Serve one connection until it is closed."""
    world = World(**json.loads((folder / "world.json").read_text()))
    install(STEPS)
    mother = Mother(world, folder)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "mother"))
    listener.listen()
    connection, _ = listener.accept()
    with connection.makefile("rw") as asked:
        asked.write(json.dumps(mother.jobs) + "\n")
        asked.flush()
        while order := asked.readline():
            asked.write(json.dumps(mother.tell(**json.loads(order))) + "\n")
            asked.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
