"""Writes `app.database.kept` out for people, table by table and column by column, into `docs/what-is-kept.md`."""

import sys
from pathlib import Path

from app.database.kept import KEPT, Kept

PAGE = Path(__file__).parents[2] / "docs" / "what-is-kept.md"
BEGIN, END = "<!-- what is kept: written by `python -m app.database.kept_documents` -->", "<!-- until here -->"

_COLUMNS = """## Column by column
Every column of the database has to be in this list (`app/database/kept.py`); a test fails where it differs.
"""


def document() -> str:
    """The page as it should be: what people wrote, with the tables between the two marks."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    return "\n".join([f"{before}{BEGIN}", "", *_tables(), "", _COLUMNS, *_columns(), "", f"{END}{after}"])


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
    """Write it, or say with `--check` whether it is stale (exit status 1)."""
    is_stale = PAGE.read_text() != document()
    if "--check" in sys.argv[1:]:
        sys.exit("stale: docs/what-is-kept.md. Run python -m app.database.kept_documents" if is_stale else 0)
    PAGE.write_text(document())


if __name__ == "__main__":
    main()
