"""`python -m benchmarks.growth [group ...]`: how cost grows with once, ten times and a hundred times as much.

Cost is counted twice: processor time of this process, and Python functions entered. What grows faster than what there
is (an exponent above 1.1) is marked SUPER-LINEAR. Results go to `benchmarks/growth.json` and `docs/performance.md`.
`--quick` shows that everything works, and writes nothing unless `--output` names a file.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.growing import telling
from benchmarks.growing.catalogue import GROUPS
from benchmarks.growing.running import Growth, measured

OUTPUT = Path(__file__).with_name("growth.json")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> None:
    """Measure the groups that are asked for. What is marked is a figure, and no error."""
    arguments = _arguments()
    output = arguments.output or (None if arguments.quick else OUTPUT)
    page = None if arguments.quick or arguments.output else PAGE
    for group in arguments.group or GROUPS:
        found = asyncio.run(_measured(group, quick=arguments.quick))
        if output is not None:
            taken = {"taken_at": datetime.now(UTC).isoformat(timespec="seconds"), "quick": arguments.quick}
            written = telling.write(output, taken, {group: found})
            if page is not None:
                telling.put(page, telling.table(written, list(GROUPS)))


async def _measured(group: str, *, quick: bool) -> list[Growth]:
    found: list[Growth] = []
    for thing in GROUPS[group]:
        paths = await measured(thing, quick=quick)
        print("\n".join(telling.lines(paths)), flush=True)
        found += paths
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("group", nargs="*", help=f"of {', '.join(GROUPS)}; all where none is named")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--output", type=Path, help="where the results go as JSON; the page stays as it is then")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.group if name not in GROUPS]:
        parser.error(f"nothing called so grows: {', '.join(unknown)}")
    return arguments


if __name__ == "__main__":
    main()
