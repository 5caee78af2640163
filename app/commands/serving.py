"""What runs until it is told to stop: `hybrid-meetings serve | worker | demo`."""

from typing import Annotated

import typer

from app.commands.helping import ENDED_BY_CTRL_C, Panel, add
from app.commands.running import read_settings, serve_to_end, stop_with
from app.commands.telling import Progress
from app.serving import collector


def add_to(cli: typer.Typer) -> None:
    """Has these commands be part of the command line."""
    add(
        cli,
        serve,
        examples=("serve", "serve 2>> server.log"),
        panel=Panel.RUN,
        codes=ENDED_BY_CTRL_C,
    )
    add(cli, worker, examples=("worker",), panel=Panel.RUN, codes=ENDED_BY_CTRL_C)
    add(cli, demo, examples=("demo", "demo --port 8080"), panel=Panel.TRY, codes=ENDED_BY_CTRL_C)


def serve() -> None:
    """Serve the API. With SQLite, or without Redis, this one process runs the jobs too.

    Where it listens, and everything else, the environment says: docs/settings.md. The log goes to standard error.
    SIGTERM and Ctrl-C stop it once what is under way is answered.
    """
    with collector.resting():
        from app.main import serve as run

    chosen = read_settings(serves=True)
    try:
        serve_to_end(run(chosen))
    except SystemExit:
        # Uvicorn ends the process itself where it may not listen, having logged why.
        stop_with(
            f"The server cannot listen at {chosen.host}:{chosen.port}, where another program may be already: see "
            "HYBRID_MEETINGS_HOST and HYBRID_MEETINGS_PORT."
        )


def worker() -> None:
    """Run the jobs, beside any number of servers; needs PostgreSQL and Redis.

    The log goes to standard error. SIGTERM and Ctrl-C stop it, and another worker goes on with what it had begun.
    """
    with collector.resting():
        from app.main import work

    chosen = read_settings(serves=True)
    if chosen.is_sqlite or chosen.redis_url is None:
        stop_with(
            "A worker needs PostgreSQL and Redis (HYBRID_MEETINGS_DATABASE_URL, HYBRID_MEETINGS_REDIS_URL). "
            "Without them `hybrid-meetings serve` runs the jobs itself."
        )
    serve_to_end(work(chosen))


def demo(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where the server listens on 127.0.0.1.")] = 8000,
    as_in_production: Annotated[
        bool, typer.Option("--as-in-production", help="Without GraphiQL and introspection, as production should be.")
    ] = False,
) -> None:
    """Start a sandbox, a server on SQLite and sample people, on this machine only.

    It needs no settings and no account anywhere, keeps everything in the folder .demo, and begins afresh each time.
    """
    with Progress() as progress:
        progress.at("Starting the sandbox and the server, and bringing people in: about ten seconds")
        from app.demo.people import DemoError
        from app.demo.run import run
        from app.sandbox.process import SandboxStartError

        try:
            serve_to_end(run(port, as_in_production=as_in_production))
        except (DemoError, SandboxStartError) as error:
            stop_with(f"The demo cannot start: {error}")
