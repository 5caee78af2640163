"""Writes the schema's SDL: `python -m schema.export` writes `schema.graphql` beside this file."""

import sys
from pathlib import Path

from schema import schema

SDL = Path(__file__).with_name("schema.graphql")


def sdl() -> str:
    """The schema as text, ending in a line break."""
    return schema.as_str().strip() + "\n"


def main() -> None:
    """Write the file, or say with `--check` whether it is current (exit status 1 where it is not)."""
    if "--check" in sys.argv[1:]:
        sys.exit(0 if SDL.read_text() == sdl() else f"{SDL.name} is stale: run python -m schema.export")
    SDL.write_text(sdl())


if __name__ == "__main__":
    main()
