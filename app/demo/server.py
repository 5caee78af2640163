"""`python -m app.demo.server`: the product's own command line on the sandbox's clock, for journeys of many days.

Every command reads the same settings as `hybrid-meetings` and starts at the time that the sandbox shows, so a server
may be stopped and started anew in the middle of a journey. `serve` has the control of `app/demo/clock_control.py`
mounted, and runs the jobs in its own process, whose clock moves with it.
"""

import asyncio
import os
import sys
from datetime import timedelta

from app import clock, logs, settings
from app.cli import cli
from app.database import engine
from app.demo.clock_control import SANDBOX_VARIABLE, ClockControl, SandboxTime
from app.main import deployment
from app.serving.server import web_server
from app.settings import Settings
from app.suites import registry


def main(arguments: list[str], sandbox_url: str) -> None:
    """Run one command of the product, put forward as far as the sandbox is."""
    moved = clock.MovedClock(asyncio.run(_ahead(sandbox_url)))
    with clock.use_everywhere(moved.now):
        if arguments != ["serve"]:
            cli(arguments)
            return
        chosen = settings.load(registry.SETTINGS)
        logs.configure(chosen.log_level, chosen.log_format)
        asyncio.run(_serve(chosen, moved, sandbox_url))


async def _ahead(sandbox_url: str) -> timedelta:
    async with SandboxTime.at(sandbox_url) as sandbox:
        return await sandbox.ahead()


async def _serve(chosen: Settings, moved: clock.MovedClock, sandbox_url: str) -> None:
    if chosen.is_sqlite:
        await engine.migrate(chosen.database_url)
    async with SandboxTime.at(sandbox_url) as sandbox, deployment(chosen) as running:
        app = ClockControl(running.app, moved, sandbox, running.jobs)
        await web_server(app, chosen, running.begin_closing, leaving=running.readiness.leave).serve()


if __name__ == "__main__":
    main(sys.argv[1:], os.environ[SANDBOX_VARIABLE])
