"""Who may import whom: imports point inward, and each library is known only where it belongs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ONLY_IN = {
    "strawberry": ("schema/", "app/graphql/"),
    "msal": ("app/suites/microsoft365/",),
    "aiogoogle": ("app/suites/google_workspace/",),
    "itsdangerous": ("app/identity/", "app/connections/", "app/integrations/", "app/confirmations.py"),
    "redis": (
        "app/doctor/redis.py",
        "app/events_bus/redis.py",
        "app/rates/redis.py",
        "app/places/redis.py",
        "app/jobs/queue.py",
    ),
    "taskiq": ("app/jobs/queue.py",),
    "taskiq_redis": ("app/jobs/queue.py",),
    "uvicorn": ("app/serving/", "app/sandbox/"),
    "typer": ("app/cli.py", "app/commands/"),
    "prometheus_client": ("app/telemetry/",),
    "opentelemetry": ("app/telemetry/",),
    "asyncpg": ("app/database/clearing.py", "app/database/postgresql.py"),
    "aiosmtplib": ("app/notifications/smtp.py",),
}
"""Libraries with one home."""

WITHOUT_DATABASE = ("app/suites/", "app/graphql/", "app/sandbox/", "app/web/", "schema/")
"""Rooms that never speak to the database themselves."""

NOTHING_OF_THE_PRODUCT = {"app/graphql/": "app.graphql", "app/sandbox/": "app.sandbox"}
"""Rooms that could be libraries of their own."""

SUITES_MAY_IMPORT = ("app.suites", "app.clock", "app.findings", "app.settings")
PURE = {
    "app/clock.py": (),
    "app/errors.py": ("app.problem_codes",),
    "app/findings.py": (),
    "app/problem_codes.py": (),
    "app/keys.py": (),
    "app/integrations/status.py": (),
    "app/bookings/status.py": (),
    "app/suites/errors.py": (),
    "app/suites/events.py": (),
    "app/suites/protocol.py": (
        "app.suites.errors",
        "app.suites.events",
        "app.suites.windows",
        "app.suites.working_days",
    ),
    "app/suites/windows.py": ("app.suites.errors", "app.suites.events"),
    "app/suites/working_days.py": (),
}
"""Modules that import nothing of ours but what is named."""

SUITE_PACKAGES = ("app.suites.microsoft365", "app.suites.google_workspace")

WIRE_WORDS = {
    "app/suites/microsoft365/": r"graph\.microsoft\.com|@odata|login\.microsoftonline|getSchedule|clientState",
    "app/suites/google_workspace/": r"googleapis|x-goog|needsAction|calendarList|admin\.directory",
}
"""Words that only somebody who speaks with the suite has a use for."""

WATCHING = ("app.main", "app.composing", "app.telemetry")
"""Who knows what watches a process: the rooms within have ports, and nothing of this in them."""

OUTERMOST = ("app.main", "app.composing", "app.cli", "app.commands", "app.demo")
"""Only the command line and the demo import these."""


def _sources() -> list[Path]:
    return sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("schema/**/*.py")])


def _is_written_by_hand(path: Path) -> bool:
    return "migrations" not in path.parts and bool(path.read_text().strip())


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" if node.module == "app" else node.module for alias in node.names)


IMPORTS = [(str(path.relative_to(ROOT)), name) for path in _sources() for name in _imports(path)]


def _without_references(source: str) -> str:
    """The source without the links to the providers' pages, which any module may name as its reason."""
    return re.sub(r"https?://(learn\.microsoft|developers\.google|support\.google)\S+", "", source)


def _ours(name: str) -> bool:
    return name.split(".")[0] in {"app", "schema", "tests"}


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_known_only_where_it_belongs(library: str) -> None:
    strangers = [
        path for path, name in IMPORTS if name.split(".")[0] == library and not path.startswith(ONLY_IN[library])
    ]

    assert strangers == []


def test_suites_resolvers_and_pages_never_speak_to_the_database_themselves() -> None:
    strangers = [
        path for path, name in IMPORTS if name.split(".")[0] == "tortoise" and path.startswith(WITHOUT_DATABASE)
    ]

    assert strangers == []


@pytest.mark.parametrize("room", NOTHING_OF_THE_PRODUCT)
def test_a_room_that_could_be_a_library_imports_nothing_else_of_the_product(room: str) -> None:
    strangers = [
        (path, name)
        for path, name in IMPORTS
        if path.startswith(room) and _ours(name) and not name.startswith(NOTHING_OF_THE_PRODUCT[room])
    ]

    assert strangers == []


def test_a_suite_knows_no_organisation_no_member_and_no_database() -> None:
    strangers = [
        (path, name)
        for path, name in IMPORTS
        if path.startswith("app/suites/")
        and path != "app/suites/registry.py"
        and _ours(name)
        and not name.startswith(SUITES_MAY_IMPORT)
    ]

    assert strangers == []


def test_one_suite_is_not_known_to_the_rest_of_the_product() -> None:
    strangers = [
        (path, name)
        for path, name in IMPORTS
        if name.startswith(SUITE_PACKAGES) and not path.startswith(("app/suites/", "app/demo/run.py"))
    ]

    assert strangers == []


def test_a_suite_is_known_to_the_registry_alone_and_never_to_another_suite() -> None:
    strangers = [
        (path, name)
        for path, name in IMPORTS
        for package in SUITE_PACKAGES
        if name.startswith(package)
        and path.startswith("app/suites/")
        and not path.startswith((package.replace(".", "/"), "app/suites/registry.py"))
    ]

    assert strangers == []


@pytest.mark.parametrize("suite", WIRE_WORDS)
def test_a_suites_api_is_mentioned_in_its_own_package_alone(suite: str) -> None:
    words = re.compile(WIRE_WORDS[suite], re.IGNORECASE)

    strangers = [
        (str(path.relative_to(ROOT)), found.group())
        for path in _sources()
        if not str(path.relative_to(ROOT)).startswith((suite, "app/sandbox/"))
        and (found := words.search(_without_references(path.read_text())))
    ]

    assert strangers == []


def test_nothing_but_the_registry_the_names_and_the_words_for_them_tells_one_suite_from_another() -> None:
    """What a further suite would touch: its package, `SuiteName`, the registry, the sandbox, and the schema's words."""
    may = ("app/suites/", "app/sandbox/", "app/demo/", "schema/enums.py", "schema/examples.py")
    names = re.compile(r"SuiteName\.[A-Z]|MICROSOFT_365|GOOGLE_WORKSPACE")

    strangers = [
        str(path.relative_to(ROOT))
        for path in _sources()
        if "migrations" not in path.parts
        and not str(path.relative_to(ROOT)).startswith(may)
        and names.search(path.read_text())
    ]

    assert strangers == []


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_imports_nothing_of_ours_but_what_is_named(module: str) -> None:
    strangers = [name for path, name in IMPORTS if path == module and _ours(name) and name not in PURE[module]]

    assert strangers == []


def test_services_do_not_know_how_they_are_served() -> None:
    outer = ("app.graphql", "app.web", "schema", *OUTERMOST)
    inner = tuple(
        f"app/{room}/"
        for room in ("identity", "integrations", "connections", "references", "agenda", "rooms", "bookings", "audit")
    )

    strangers = [(path, name) for path, name in IMPORTS if path.startswith(inner) and name.startswith(outer)]

    assert strangers == []


def test_no_room_knows_who_watches_it() -> None:
    may = tuple(f"{name.replace('.', '/')}" for name in WATCHING)
    strangers = [
        (path, name) for path, name in IMPORTS if name.startswith("app.telemetry") and not path.startswith(may)
    ]

    assert strangers == []


def test_only_the_command_line_and_the_demo_import_the_composition_root() -> None:
    may = ("app/cli.py", "app/commands/", "app/main.py", "app/composing/", "app/demo/")
    strangers = [(path, name) for path, name in IMPORTS if name.startswith(OUTERMOST) and not path.startswith(may)]

    assert strangers == []


def test_the_composition_root_and_all_that_it_composes_know_nothing_of_the_demo() -> None:
    strangers = [
        (path, name)
        for path, name in IMPORTS
        if name.startswith("app.demo") and not path.startswith(("app/commands/", "app/demo/"))
    ]

    assert strangers == []


def test_only_the_demo_moves_the_clock() -> None:
    movers = re.compile(r"MovedClock|use_everywhere")

    strangers = [
        str(path.relative_to(ROOT))
        for path in _sources()
        if movers.search(path.read_text()) and not str(path.relative_to(ROOT)).startswith(("app/clock.py", "app/demo/"))
    ]

    assert strangers == []


def test_the_sandbox_is_for_the_demo_and_tests_alone() -> None:
    strangers = [
        (path, name)
        for path, name in IMPORTS
        if name.startswith("app.sandbox") and not path.startswith(("app/sandbox/", "app/demo/", "app/commands/"))
    ]

    assert strangers == []


def test_no_module_grows_past_five_hundred_lines() -> None:
    long = [
        str(path.relative_to(ROOT))
        for path in _sources()
        if _is_written_by_hand(path) and len(path.read_text().splitlines()) > 500
    ]

    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in _sources()
        if "migrations" not in path.parts
        and path.read_text().strip()
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_only_the_clock_asks_what_time_it_is() -> None:
    own_clocks = ("app/clock.py", "app/sandbox/", "app/graphql/options.py")
    askers = [
        (str(path.relative_to(ROOT)), node.lineno)
        for path in _sources()
        if not str(path.relative_to(ROOT)).startswith(own_clocks)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date", "Date"}
    ]

    assert askers == []
