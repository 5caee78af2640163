"""Writes `app.database.kept` out for people: a table in the README, and column by column in `docs/what-is-kept.md`."""

import sys
from collections.abc import Mapping
from pathlib import Path

from app.database.kept import KEPT, Kept

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- what is kept: written by `python -m app.database.kept_documents` -->", "<!-- until here -->"

_HEAD = """# What is kept, column by column

Written from the list that every column of the database has to be in (`app/database/kept.py`), by
`python -m app.database.kept_documents`; a test fails where they differ. What each table is for, and until when its rows
are kept, stands in the [README](../README.md#what-is-kept-and-what-is-not).
"""


def documents() -> Mapping[Path, str]:
    """Both documents as they should be, by their path."""
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    return {
        readme: "\n".join([f"{before}{BEGIN}", "", *_tables(), "", f"{END}{after}"]),
        ROOT / "docs" / "what-is-kept.md": "\n".join([_HEAD, *_columns(), ""]),
    }


def _tables() -> list[str]:
    rows = [f"| `{table}` | {kept.why} | {kept.until} |" for table, kept in KEPT.items()]
    return ["| table | what for | until when |", "| --- | --- | --- |", *rows]


def _columns() -> list[str]:
    rows = [
        f"| `{table}` | {_names(kept, reason)} | {reason} |"
        for table, kept in KEPT.items()
        for reason in dict.fromkeys(kept.columns.values())
    ]
    return ["| table | columns | what stands in them |", "| --- | --- | --- |", *rows]


def _names(kept: Kept, reason: str) -> str:
    return ", ".join(f"`{column}`" for column, given in kept.columns.items() if given == reason)


def main() -> None:
    """Write them, or say with `--check` which are stale (exit status 1 where one is)."""
    stale = {path: text for path, text in documents().items() if not path.exists() or path.read_text() != text}
    if "--check" in sys.argv[1:]:
        names = ", ".join(path.name for path in stale)
        sys.exit(f"stale: {names}. Run python -m app.database.kept_documents" if stale else 0)
    for path, text in stale.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
