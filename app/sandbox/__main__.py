"""``python -m app.sandbox``: start a sandbox and serve until it is told to stop."""

import argparse
import asyncio
import sys
from pathlib import Path

from app.sandbox import log
from app.sandbox.seed import DEFAULT_CLIENT_ID
from app.sandbox.server import Options, run


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments and serve; 1 when a port is taken."""
    parser = argparse.ArgumentParser(prog="python -m app.sandbox", description="A calendar suite on this machine.")
    parser.add_argument("--directory", type=Path, required=True, help="for certificates and sandbox.json")
    parser.add_argument("--http-port", type=int, default=9080, help="pages and control; 0 = any (9080)")
    parser.add_argument("--tls-port", type=int, default=9443, help="what applications call; 0 = any (9443)")
    parser.add_argument("--public-url", default="http://127.0.0.1:8000", help="where the product is reached")
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        help="a registered reply address, repeatable (those of the product, below the public address)",
    )
    parser.add_argument("--client-id", default=DEFAULT_CLIENT_ID)
    parser.add_argument("--client-secret", help="made up, and written to sandbox.json, when absent")
    parser.add_argument("--log-file", type=Path, help="standard error when absent")
    parser.add_argument("--no-seed", action="store_true", help="people, but empty calendars and no rooms")
    chosen = parser.parse_args(arguments)
    log.configure(chosen.log_file)
    options = Options(
        directory=chosen.directory,
        http_port=chosen.http_port,
        tls_port=chosen.tls_port,
        public_url=chosen.public_url,
        redirect_uris=tuple(chosen.redirect_uri),
        client_id=chosen.client_id,
        client_secret=chosen.client_secret,
        seeded=not chosen.no_seed,
    )
    try:
        asyncio.run(run(options))
    except OSError as error:
        sys.stderr.write(f"the sandbox cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
