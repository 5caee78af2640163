"""Processes that start at once: forked from one that has loaded everything and done nothing yet.

A journey's server and sandbox are processes of their own, and most of their start is loading modules. The zygote loads
them once for a whole run of tests and forks whenever a process is asked for: the child gets its own environment, files
and arguments and runs its module as `python -m` would. That the product starts from nothing too is what the tests of
the demo, of the command line and of the sandbox's process are for.

Run as `python -m tests.support.zygote SOCKET` by `start`; it ends with whoever holds the other end of its input.
"""

import asyncio
import atexit
import contextlib
import functools
import gc
import json
import os
import random
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

PRELOADED = (
    "app.cli",
    "app.commands.doing.keys",
    "app.commands.doing.members",
    "app.commands.doing.organisations",
    "app.commands.doing.recovery",
    "app.main",
    "app.demo.server",
    "app.sandbox.__main__",
    "app.events_bus.redis",
    "app.suites.google_workspace.suite",
    "app.suites.microsoft365.suite",
    "asyncpg",
    "tortoise.backends.asyncpg",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "uvicorn.protocols.http.httptools_impl",
)
ROOT = Path(__file__).parents[2]
MOST_BYTES = 1 << 20
_LENGTH = 8
_MOST_FILES = 1024


class Started:
    """A process that the zygote forked, with what callers use of `asyncio.subprocess.Process`."""

    def __init__(
        self,
        pid: int,
        exit_codes: asyncio.StreamReader,
        connection: asyncio.StreamWriter,
        output: asyncio.StreamReader | None,
    ) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._connection = connection
        self._output = output
        self._ended = asyncio.ensure_future(self._until_ended(exit_codes))

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Everything that it wrote, as both: only one of the two is ever asked for here."""
        written = await self._output.read() if self._output else b""
        await self.wait()
        return written, written

    async def _until_ended(self, exit_codes: asyncio.StreamReader) -> int:
        self.returncode = int((await exit_codes.readline()) or b"-9")
        self._connection.close()
        return self.returncode


async def start(
    *command: str, cwd: Path = ROOT, env: Mapping[str, str], stdout: Any = None, stderr: Any = None, stdin: Any = None
) -> Started:
    """As `asyncio.create_subprocess_exec(sys.executable, "-m", module, …)`, with at most one pipe."""
    executable, dash_m, module, *arguments = command
    assert (executable, dash_m) == (sys.executable, "-m"), command
    nowhere = os.open(os.devnull, os.O_RDWR)
    opened = [nowhere]
    output: int | None = None
    files = [nowhere]
    for wanted, inherited in ((stdout, 1), (stderr, 2)):
        if wanted == subprocess.PIPE:
            assert output is None
            output, write_end = os.pipe()
            opened.append(write_end)
            files.append(write_end)
        else:
            files.append(inherited if wanted is None else wanted.fileno())
    request = json.dumps({"module": module, "arguments": arguments, "cwd": str(cwd), "env": dict(env)}).encode()
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_zygote())
    socket.send_fds(connection, [len(request).to_bytes(_LENGTH, "big")], files)
    connection.sendall(request)
    for number in opened:
        os.close(number)
    exit_codes, writer = await asyncio.open_unix_connection(sock=connection)
    pid = int(await exit_codes.readline())
    return Started(pid, exit_codes, writer, await _reader_of(output) if output is not None else None)


async def _reader_of(number: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(number, "rb")
    )
    return reader


@functools.cache
def _zygote() -> str:
    """The address of this test process's own zygote, ready."""
    folder = tempfile.TemporaryDirectory(prefix="zygote-")
    address = f"{folder.name}/socket"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.zygote", address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()

    def end() -> None:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
        folder.cleanup()

    atexit.register(end)
    return address


class _Zygote:
    """Forks, and tells who asked how each child ended."""

    def __init__(self, address: str) -> None:
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen(64)

    def run(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._take()
                elif key.data is None:
                    return  # nobody holds our standard input any more
                else:
                    self._reap(key.fd, *key.data)

    def _take(self) -> None:
        connection, _ = self._listener.accept()
        size, files, _, _ = socket.recv_fds(connection, _LENGTH, 3)
        request = _received(connection, int.from_bytes(size, "big"))
        pid = os.fork()
        if pid == 0:
            self._selector.close()
            self._listener.close()
            connection.close()
            _become(files, **json.loads(request))
        for number in files:
            os.close(number)
        self._selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, connection))
        connection.sendall(f"{pid}\n".encode())

    def _reap(self, watched: int, pid: int, connection: socket.socket) -> None:
        self._selector.unregister(watched)
        os.close(watched)
        _, status = os.waitpid(pid, 0)
        with connection, contextlib.suppress(OSError):
            connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _received(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        received += connection.recv(min(MOST_BYTES, size - len(received)))
    return received


def _become(files: list[int], module: str, arguments: list[str], cwd: str, env: dict[str, str]) -> None:
    """Be the process that was asked for; never returns."""
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, _MOST_FILES)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    random.seed()
    sys.argv = [module, *arguments]
    sys.modules.pop(module, None)  # it runs as `__main__`
    code = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(address: str) -> None:
    """Load everything, then serve."""
    for name in PRELOADED:
        import_module(name)
    gc.freeze()
    zygote = _Zygote(address)
    print("ready", flush=True)
    os.dup2(2, 1)
    zygote.run()


if __name__ == "__main__":
    main(sys.argv[1])
