"""Everything that image and composition would have the engine do, done by hand: there is no engine here.

The build's commands run in a folder that stands for the image's root, in their order and as they are written, but for
Debian's packages and the user, which would change this machine. Then what was installed is started with the
composition's own commands and settings against PostgreSQL and Redis, asked by the health checks' own commands, and
stopped as the engine would.

Downloading every requirement takes minutes, so in their place stands what is installed already, unless
HYBRID_MEETINGS_TEST_WHOLE_IMAGE is set. What remains untried: the base images, the user, networks, volumes and limits.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app import __version__
from tests.docker.files import environment_of_image, example, health_check_of_image, instructions, services
from tests.support.server import KEYS, ROOT, free_port

pytestmark = [pytest.mark.postgresql, pytest.mark.redis, pytest.mark.clients, pytest.mark.long]

WHOLE = "HYBRID_MEETINGS_TEST_WHOLE_IMAGE"
BUILD_SECONDS = 900
WAIT_SECONDS = 40
ASK_AGAIN_SECONDS = 0.5
FOLDERS = ("/opt", "/build", "/var/lib/hybrid-meetings")
NOT_HERE = ("apt-get update", "useradd ")
"""What begins so is left out: it would change this machine."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that stands for the image's root, with what the build leaves in it."""
    root = tmp_path_factory.mktemp("image")
    folder = root
    for found in instructions():
        match found.word:
            case "WORKDIR":
                folder = Path(_below(root, found.rest))
                folder.mkdir(parents=True, exist_ok=True)
            case "COPY" if found.stage:
                *sources, target = found.rest.split()
                for source in sources:
                    _copy(ROOT / source, folder / target)
            case "RUN" if not found.rest.startswith(NOT_HERE):
                _done(root, found.rest, folder)
    return root


def _below(root: Path, text: str) -> str:
    for folder in FOLDERS:
        text = text.replace(folder, f"{root}{folder}")
    return text


def _copy(source: Path, target: Path) -> None:
    """What `.dockerignore` keeps out stays out."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "graphiql"))
    else:
        shutil.copy(source, target / source.name if target.is_dir() else target)


def _done(root: Path, command: str, folder: Path) -> None:
    """Run it below our root; where requirements would be downloaded, those that are here take their place."""
    command = _below(root, command).replace("python -m venv", f"{sys.executable} -m venv", 1)
    made, _, install = command.partition(" && ")
    if os.environ.get(WHOLE) or "--require-hashes" not in install:
        _run(command, folder)
        return
    _run(made, folder)
    [packages] = Path(made.split()[-1]).glob("lib/python*/site-packages")
    (packages / "here.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")


def _run(command: str, folder: Path) -> None:
    done = subprocess.run(
        ["sh", "-euc", command], cwd=folder, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def _environment(root: Path, service: Mapping[str, Any], urls: Mapping[str, str], port: int) -> dict[str, str]:
    """What a process of this service is started with: the image's, `.env`, then its own, at our addresses."""
    filled_in = {**example(), **KEYS, "HYBRID_MEETINGS_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    own = {name: urls.get(name, value) for name, value in service["environment"].items()}
    return {
        **environment_of_image(),
        **filled_in,
        **own,
        "PATH": f"{root}/opt/hybrid-meetings/bin:{os.environ['PATH']}",
        "HYBRID_MEETINGS_PORT": str(port),
        "HYBRID_MEETINGS_HOST": "127.0.0.1",
    }


@asynccontextmanager
async def _running(
    root: Path, command: list[str], environment: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the image, in the folder where it would be; stopped by the image's own signal."""
    [stop] = [found.rest for found in instructions() if found.word == "STOPSIGNAL"]
    process = await asyncio.create_subprocess_exec(
        f"{root}/opt/hybrid-meetings/bin/{command[0]}",
        *command[1:],
        cwd=f"{root}/var/lib/hybrid-meetings",
        env=environment,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.Signals[stop])
        assert await asyncio.wait_for(process.wait(), WAIT_SECONDS) == 0


async def _until_healthy(root: Path, check: list[str], environment: Mapping[str, str]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while await _checked(root, check, environment):  # noqa: ASYNC110  # another process starts
            await asyncio.sleep(ASK_AGAIN_SECONDS)


async def _checked(root: Path, check: list[str], environment: Mapping[str, str]) -> int:
    program, *arguments = check
    process = await asyncio.create_subprocess_exec(
        f"{root}/opt/hybrid-meetings/bin/{program}", *arguments, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


async def test_what_the_build_leaves_behind_migrates_serves_works_and_is_healthy(
    root: Path, empty_postgresql_url: str, redis_url: str
) -> None:
    urls = {"HYBRID_MEETINGS_DATABASE_URL": empty_postgresql_url, "HYBRID_MEETINGS_REDIS_URL": redis_url}
    composed, port = services({"POSTGRES_PASSWORD": "0123456789abcdef", "HYBRID_MEETINGS_GRAPHIQL": "own"}), free_port()
    migrate, server, worker = (composed[name] for name in ("migrate", "server", "worker"))
    monitoring = free_port()
    here = _environment(root, server, urls, port)
    there = _environment(root, worker, urls, port) | {"HYBRID_MEETINGS_MONITORING_PORT": str(monitoring)}
    [serve] = [found.words() for found in instructions() if found.word == "CMD"]
    work_check = [word.replace(":9100", f":{monitoring}") for word in worker["healthcheck"]["test"][1:]]
    assert await _checked(root, health_check_of_image(), here) != 0

    assert await _checked(root, migrate["command"], _environment(root, migrate, urls, port)) == 0
    async with _running(root, serve, here), _running(root, worker["command"], there):
        await _until_healthy(root, health_check_of_image(), here)
        await _until_healthy(root, work_check, there)

        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/graphql", headers={"Accept": "text/html"}) as page:
                text = await page.text()
            assert "graphiql.min.js" in text
            async with session.get(f"http://127.0.0.1:{port}/health/ready") as ready:
                assert ready.status == 200

    assert await _checked(root, health_check_of_image(), here) != 0
    assert await _checked(root, work_check, there) != 0


def test_what_is_installed_is_the_wheel_and_not_this_folder(root: Path) -> None:
    python = f"{root}/opt/hybrid-meetings/bin/python"
    where = "import app; print(app.__file__)"

    done = subprocess.run([python, "-c", where], cwd=root, capture_output=True, text=True, check=True)

    assert done.stdout.startswith(f"{root}/opt/hybrid-meetings/")


@pytest.mark.parametrize(("version", "status"), [("", 0), (__version__, 0), (f"{__version__}.1", 1)])
def test_an_image_is_built_with_no_version_but_its_own_on_its_label(root: Path, version: str, status: int) -> None:
    [compare] = [found.rest for found in instructions() if found.word == "RUN" and "VERSION" in found.rest]

    done = subprocess.run(
        ["sh", "-euc", _below(root, compare)],
        cwd=root / "opt",
        env={**os.environ, "VERSION": version},
        capture_output=True,
        check=False,
    )

    assert done.returncode == status
