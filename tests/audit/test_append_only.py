"""The audit log is only ever added to. The source is read, not run: another way to its rows fails the build.

One module changes entries: it takes a member who is erased out of them, and nothing else of an entry is touched.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOME = "app/audit/"
FORGETTING = "app/audit/persons.py"
READING = frozenset({"of", "filter", "order_by", "limit", "get_or_none", "count"})
ADDING = frozenset({"create"})


def _sources() -> Iterator[tuple[str, str]]:
    for path in sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("schema/**/*.py")]):
        if "migrations" not in path.parts and "app/sandbox" not in str(path):
            yield str(path.relative_to(ROOT)), path.read_text()


def _called_on_entries(source: str) -> Iterator[str]:
    """Every method of a chain that begins with the model's class, and of names that such a chain was given to."""
    tree = ast.parse(source)
    names = {"AuditEntry"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _root(node.value) in names:
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _root(node.func) in names:
            yield node.func.attr


def _root(node: ast.expr) -> str | None:
    """The name with which a chain of calls and attributes begins."""
    while not isinstance(node, ast.Name):
        match node:
            case ast.Attribute(value=inner) | ast.Await(value=inner) | ast.Subscript(value=inner):
                node = inner
            case ast.Call(func=inner):
                node = inner
            case ast.IfExp(body=inner):
                node = inner
            case _:
                return None
    return node.id


@pytest.mark.parametrize(
    "change",
    [
        "AuditEntry.of(organisation_id).delete()",
        "await AuditEntry.filter(id=1).update(at=now)",
        "rows = AuditEntry.of(organisation_id)\nrows.delete()",
        "entry = await AuditEntry.of(organisation_id).get(id=1)\nentry.save()",
        "AuditEntry.bulk_update([], ['at'])",
    ],
)
def test_a_change_of_an_entry_would_be_seen(change: str) -> None:
    assert set(_called_on_entries(change)) - READING - ADDING - {"get"}


def test_nothing_changes_or_removes_an_entry() -> None:
    called = {file: set(_called_on_entries(source)) for file, source in _sources() if file != FORGETTING}

    assert {file: found - READING - ADDING for file, found in called.items() if found - READING - ADDING} == {}


def test_what_is_taken_out_of_an_entry_is_who_it_was_and_never_what_was_done() -> None:
    source = (ROOT / FORGETTING).read_text()
    updates = [
        {keyword.arg for keyword in node.keywords}
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
    ]

    assert set(_called_on_entries(source)) - READING == {"update"}
    assert updates == [{"actor_id", "network_address"}, {"target_id", "details"}]


def test_entries_are_written_by_the_audit_log_alone() -> None:
    writers = {file for file, source in _sources() if set(_called_on_entries(source)) & ADDING}

    assert writers
    assert {file for file in writers if not file.startswith(HOME)} == set()


def test_nobody_reads_the_table_but_the_audit_log_and_its_face() -> None:
    strangers = {
        file for file, source in _sources() if "AuditEntry" in source and not file.startswith((HOME, "schema/"))
    }

    assert strangers == set()
