"""Whoever follows the guide for front ends has typed clients that work, on a demo as `make demo` starts it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.sandbox.visitor import Visitor
from tests.clients.guide import COMMANDS, FRONT_END, SCRIPT, Terminal, answers, block_with, environment
from tests.clients.installed import HERE
from tests.documents.pages import ROOT
from tests.support.demo import running_demo
from tests.support.installing import install, require

pytestmark = pytest.mark.clients

FRONT_END_S_ORIGIN = "http://127.0.0.1:5173"
WRONG = "colour"
"""What nothing has."""
CSRF = {"X-Requested-With": "front-end", "Origin": FRONT_END_S_ORIGIN}
VIEWER = {"query": "{ viewer { member { email } } }"}
COMPLETED = {
    "{ viewer { connection { | } } }": {"status", "reason"},
    "{ rooms(filter: { pairing: | }) { totalCount } }": {"PAIRED", "UNPAIRED"},
    "mutation { bookRoom(|) { __typename } }": {"input"},
    '{ agenda(from: "", to: "") { ... on | } }': {"Agenda", "InvalidInput", "SuiteUnavailable"},
}
"""What an editor offers, among other things, where the cursor is."""
INSTALLING = ("npm ci", "pip install")
"""These have been typed before anything else can be."""
Said = dict[str, list[Any]]
"""What an example printed: by step, every value."""
PAGE_SIZE = 20


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """The demo, in a folder where the guide finds what it copies."""
    folder = tmp_path_factory.mktemp("guide")
    for name in ("tests", "schema"):
        (folder / name).symlink_to(ROOT / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYBRID_MEETINGS_ALLOWED_ORIGINS", FRONT_END_S_ORIGIN)
        with running_demo(folder) as demo:
            yield Terminal(demo)


@pytest.fixture(scope="module")
def in_typescript(terminal: Terminal) -> "subprocess.CompletedProcess[str]":
    """The TypeScript project installed, then generated, checked, compiled and run, as the guide says."""
    require("node", "npm")
    install(*terminal.command(block_with("npm ci")), cwd=terminal.folder)
    return terminal.typed(block_with("npm run generate"))


@pytest.fixture(scope="module")
def in_python(terminal: Terminal) -> "subprocess.CompletedProcess[str]":
    """The Python project installed, then generated, checked and run, as the guide says."""
    install(*terminal.command(block_with("pip install")), cwd=terminal.folder, env=environment())
    return terminal.typed(block_with("ariadne-codegen"))


@pytest.fixture(scope="module")
def front_end(terminal: Terminal, in_typescript: "subprocess.CompletedProcess[str]") -> Path:
    assert in_typescript.returncode == 0, in_typescript.stdout + in_typescript.stderr
    return terminal.folder / FRONT_END


@pytest.fixture(scope="module")
def script(terminal: Terminal, in_python: "subprocess.CompletedProcess[str]") -> Path:
    assert in_python.returncode == 0, in_python.stdout + in_python.stderr
    return terminal.folder / SCRIPT


@pytest.fixture
def said(request: pytest.FixtureRequest) -> Said:
    """What the example of the fixture that is asked for said."""
    done = request.getfixturevalue(request.param)
    assert done.returncode == 0, done.stdout + done.stderr
    return _said(done.stdout)


def _altered(project: Path, folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the project in which one file says something else; what is installed stays where it is."""
    installed = ("node_modules", ".venv")
    altered = folder / project.name
    shutil.copytree(project, altered, ignore=shutil.ignore_patterns(*installed, "dist", ".mypy_cache"))
    for name in installed:
        if (project / name).exists():
            (altered / name).symlink_to(project / name)
    text = (altered / file).read_text()
    assert old in text
    (altered / file).write_text(text.replace(old, new))
    return altered


def _said(printed: str) -> Said:
    said: Said = {}
    for line in printed.splitlines():
        if line.startswith("{"):
            one = json.loads(line)
            said.setdefault(one["step"], []).append(one["value"])
    return said


def _run(terminal: Terminal, program: str, name: str) -> Said:
    done = terminal.typed(f'{program} http://127.0.0.1:8000 "$(token "{name}")"')
    assert done.returncode == 0, done.stdout + done.stderr
    return _said(done.stdout)


BOTH = pytest.mark.parametrize("said", ["in_typescript", "in_python"], indirect=True)
IN_TYPESCRIPT = pytest.mark.parametrize("said", ["in_typescript"], indirect=True)


@BOTH
def test_a_typed_client_reads_an_agenda_to_its_last_page(said: Said) -> None:
    (subjects,) = said["agenda"]

    assert len(subjects) > PAGE_SIZE
    assert said.get("every event was read", [True]) == [True]


@BOTH
def test_a_typed_client_books_once_and_hears_that_the_room_says_no(said: Said) -> None:
    assert "Lighthouse Closed" in said["booked"][0]
    assert said["a repeat under the same key is the same booking"] == [True]
    assert said["heard"][0] == "REJECTED"


@IN_TYPESCRIPT
def test_a_typed_client_asks_another_room_and_hears_that_it_accepts(said: Said) -> None:
    assert len(said["another"]) == 1
    assert said["heard"] == ["REJECTED", "ACCEPTED"]


@BOTH
def test_a_typed_client_shows_a_problem_in_its_own_words(said: Said) -> None:
    assert "The window ends before it begins. Give a `to` that is later than `from`." in str(said["a problem"])


@BOTH
def test_a_typed_client_tells_an_error_from_a_problem(said: Said) -> None:
    assert said["an error"] in (["UNAUTHENTICATED"], [401])


def test_an_update_is_heard_again_from_where_the_connection_was_lost(terminal: Terminal, front_end: Path) -> None:
    shutil.copy(HERE / "resuming.mjs", front_end)

    said = _run(terminal, f"node {front_end}/resuming.mjs", "Ben Kok")

    assert said["since"] == ["1970-01-01T00:00:00.000Z", said["at"][0]]


def test_a_problem_that_is_newer_than_the_client_is_shown_in_its_own_words(front_end: Path, terminal: Terminal) -> None:
    newer = {"__typename": "RoomOnFire", "message": "The room is on fire.", "remedy": "Leave it."}
    told = f'import {{ told }} from "./dist/problems.js"; console.log(told({json.dumps(newer)}))'

    done = terminal.typed(f"node --input-type=module -e '{told}'", in_folder=front_end.name)

    assert done.stdout == "The room is on fire. Leave it.\n"


def test_a_problem_that_is_newer_than_a_python_client_is_shown_in_its_own_words(
    terminal: Terminal, script: Path, tmp_path: Path
) -> None:
    older = _altered(
        script,
        tmp_path,
        "schema.graphql",
        "BookRoomResult = RoomsBooked | InvalidInput | NotFound |",
        "BookRoomResult = RoomsBooked | InvalidInput |",
    )
    booking = """import asyncio, sys, example
async def main(address, token):
    async with example.client_for(address, token) as client:
        await example.book(client, "no such room")
asyncio.run(main(*sys.argv[1:]))"""
    (older / "booking.py").write_text(booking)

    generated = terminal.typed(".venv/bin/ariadne-codegen", in_folder=str(older))
    said = _run(terminal, f"{older}/.venv/bin/python {older}/booking.py", "Ben Kok")

    assert generated.returncode == 0, generated.stderr
    assert "NotFound" not in (older / "meetings" / "book_room.py").read_text().partition("class BookRoomBook")[0]
    assert said["not booked"] == ["There is no such room. Read the list again: it may have been removed meanwhile."]


def test_a_field_that_does_not_exist_generates_no_types(terminal: Terminal, front_end: Path, tmp_path: Path) -> None:
    wrong = _altered(front_end, tmp_path, "src/queries.ts", "id name capacity", f"id name {WRONG}")

    done = terminal.typed("npm run generate", in_folder=str(wrong))

    assert done.returncode != 0
    assert f'Cannot query field "{WRONG}" on type "Room"' in done.stdout + done.stderr


def test_a_field_that_was_not_asked_for_does_not_compile(terminal: Terminal, front_end: Path, tmp_path: Path) -> None:
    wrong = _altered(front_end, tmp_path, "src/example.ts", "room.id", f"room.{WRONG}")

    done = terminal.typed("npm run check", in_folder=str(wrong))

    assert done.returncode != 0
    assert f"Property '{WRONG}' does not exist" in done.stdout


def test_a_result_whose_success_is_left_out_does_not_compile(
    terminal: Terminal, front_end: Path, tmp_path: Path
) -> None:
    wrong = _altered(front_end, tmp_path, "src/problems.ts", 'case "RoomsBooked"', 'case "RoomNotPaired"')

    done = terminal.typed("npm run check", in_folder=str(wrong))

    assert done.returncode != 0


def test_a_field_that_does_not_exist_generates_no_python(terminal: Terminal, script: Path, tmp_path: Path) -> None:
    wrong = _altered(script, tmp_path, "queries.graphql", "id name capacity", f"id name {WRONG}")

    done = terminal.typed(".venv/bin/ariadne-codegen", in_folder=str(wrong))

    assert done.returncode != 0
    assert WRONG in done.stdout + done.stderr


def test_a_field_that_was_not_asked_for_is_found_by_mypy(terminal: Terminal, script: Path, tmp_path: Path) -> None:
    wrong = _altered(script, tmp_path, "example.py", "booking.room.name", f"booking.room.{WRONG}")

    done = terminal.typed(".venv/bin/mypy example.py", in_folder=str(wrong))

    assert done.returncode != 0
    assert f'has no attribute "{WRONG}"' in done.stdout


def test_an_editor_completes_from_the_schema_that_the_project_names(front_end: Path, terminal: Terminal) -> None:
    shutil.copy(HERE / "completion.mjs", front_end)
    documents = "\n".join(COMPLETED)

    done = terminal.typed(f"node completion.mjs <<'HERE'\n{documents}\nHERE", in_folder=front_end.name)
    offered = [set(json.loads(line)) for line in done.stdout.splitlines()]

    assert len(offered) == len(COMPLETED), done.stderr
    for expected, found in zip(COMPLETED.values(), offered, strict=True):
        assert expected <= found


async def test_a_page_of_an_allowed_origin_signs_in_and_asks_with_the_session(terminal: Terminal) -> None:
    address = terminal.demo.address
    async with Visitor("ben.kok@tidewater.example") as browser:
        signing_in = f"{address}/auth/sign-in?suite=MICROSOFT_365&returnTo={FRONT_END_S_ORIGIN}/"
        landing = await browser.open(signing_in, until=FRONT_END_S_ORIGIN)
        asking = f"{address}/graphql"
        async with browser.session.post(asking, json=VIEWER, headers=CSRF) as answered:
            answer = await answered.json()
        async with browser.session.post(asking, json=VIEWER, headers={"Origin": FRONT_END_S_ORIGIN}) as refused:
            await refused.read()

    assert landing.url == f"{FRONT_END_S_ORIGIN}/"
    assert answer["data"]["viewer"]["member"]["email"] == "ben.kok@tidewater.example"
    assert answered.headers["Access-Control-Allow-Origin"] == FRONT_END_S_ORIGIN
    assert refused.status == 403


@pytest.mark.parametrize(
    ("query", "token", "code", "status", "status_of_the_newer_type"),
    [
        (VIEWER["query"], "wrong", "UNAUTHENTICATED", 401, 401),
        (VIEWER["query"], None, "UNAUTHENTICATED", 200, 200),
        ("{ auditLog { totalCount } }", "Ben Kok", "FORBIDDEN", 200, 200),
        ("{ nope }", "Ben Kok", "BAD_USER_INPUT", 200, 400),
        ("{ rooms(first: 101) { totalCount } }", "Ben Kok", "QUERY_TOO_COSTLY", 200, 400),
    ],
)
def test_errors_come_with_the_codes_and_the_status_that_the_guide_tells(
    terminal: Terminal, query: str, token: str | None, code: str, status: int, status_of_the_newer_type: int
) -> None:
    tokens = {person["name"]: person["token"] for person in terminal.demo.people.values()}
    sent = {} if token is None else {"Authorization": f"Bearer {tokens.get(token, token)}"}

    answers_of_types = [
        requests.post(
            f"{terminal.demo.address}/graphql", json={"query": query}, headers={**sent, "Accept": accepted}, timeout=10
        )
        for accepted in ("application/json", "application/graphql-response+json")
    ]

    assert [answer.status_code for answer in answers_of_types] == [status, status_of_the_newer_type]
    assert {answer.json()["errors"][0]["extensions"]["code"] for answer in answers_of_types} == {code}
    assert all(answer.headers["X-Correlation-Id"] for answer in answers_of_types)


@pytest.mark.parametrize("block", [block for block in COMMANDS if not any(how in block for how in INSTALLING)])
def test_what_is_typed_answers_what_the_guide_says(
    terminal: Terminal,
    in_typescript: "subprocess.CompletedProcess[str]",
    in_python: "subprocess.CompletedProcess[str]",
    block: str,
) -> None:
    """The last test: the guide's faults and its clock stay as it leaves them."""
    already = {block_with("npm run generate"): in_typescript, block_with("ariadne-codegen"): in_python}
    done = already.get(block) or terminal.typed(block)

    assert done.returncode == 0, done.stdout + done.stderr
    assert [text for text in answers(block) if text not in done.stdout] == []
