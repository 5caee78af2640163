"""One sandbox process for the contract, one world for each test, and a record of every exchange and every method."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from sys import executable
from time import monotonic, sleep

import pytest

from app.sandbox.process import SandboxDescription
from app.suites.http import Recorder, SuiteRequest, SuiteResponse
from app.suites.protocol import SuiteName
from tests.contract import google_workspace, microsoft_365
from tests.contract.google_workspace import GoogleWorld
from tests.contract.microsoft_365 import Microsoft365World
from tests.contract.watched import watched
from tests.contract.worlds import World, begun

START_SECONDS = 20.0
JUDGES = ("test_descriptions.py", "test_protocol_is_covered.py")
"""Modules that look back on everything that was recorded."""


@dataclass(frozen=True)
class Exchange:
    """What went over the wire, to which suite, and in which test."""

    test: str
    suite: SuiteName
    request: SuiteRequest
    response: SuiteResponse


@dataclass
class Record:
    """Every exchange with a suite's APIs in this run, and the methods of the protocol that were used at each suite."""

    exchanges: list[Exchange] = field(default_factory=list)
    methods: defaultdict[SuiteName, set[str]] = field(default_factory=lambda: defaultdict(set))

    def keeper(self, test: str, suite: SuiteName) -> Recorder:
        """What keeps the exchanges of one test with one suite."""

        def keep(sent: SuiteRequest, answered: SuiteResponse) -> None:
            self.exchanges.append(Exchange(test, suite, sent, answered))

        return keep


@pytest.fixture(scope="session")
def record() -> Record:
    return Record()


@pytest.fixture(scope="session")
def sandbox_description(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxDescription]:
    directory = tmp_path_factory.mktemp("sandbox")
    arguments = ["--directory", str(directory), "--http-port", "0", "--tls-port", "0"]
    arguments += [
        part for url in (microsoft_365.CALLBACK, google_workspace.CALLBACK) for part in ("--redirect-uri", url)
    ]
    process = Popen([executable, "-m", "app.sandbox", *arguments, "--log-file", str(directory / "sandbox.log")])
    try:
        yield _listening(process, directory)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
async def microsoft(
    sandbox_description: SandboxDescription, record: Record, request: pytest.FixtureRequest
) -> AsyncIterator[Microsoft365World]:
    """Microsoft 365, for what the contract cannot ask of every suite."""
    keep = record.keeper(request.node.name, SuiteName.MICROSOFT_365)
    async with begun(Microsoft365World, sandbox_description, keep) as world:
        yield world


@pytest.fixture
async def google(
    sandbox_description: SandboxDescription, record: Record, request: pytest.FixtureRequest
) -> AsyncIterator[GoogleWorld]:
    """Google Workspace, for what the contract cannot ask of every suite."""
    keep = record.keeper(request.node.name, SuiteName.GOOGLE_WORKSPACE)
    async with begun(GoogleWorld, sandbox_description, keep) as world:
        yield world


WORLDS = ["microsoft", "google"]
"""The fixtures of all suites; each of them passes the same contract."""


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest, record: Record) -> World:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, World)
    found.suite = watched(found.suite, record.methods[found.suite.name])
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What judges the whole run comes last."""
    items.sort(key=lambda item: item.path.name in JUDGES)


def _listening(process: "Popen[bytes]", directory: Path) -> SandboxDescription:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline and process.poll() is None:
        try:
            return SandboxDescription.read(directory)
        except FileNotFoundError:
            sleep(0.02)
    raise AssertionError("the sandbox did not start")
