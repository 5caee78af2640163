"""Fetches GraphiQL's files, so that its page needs no other origin: `python -m app.graphql.fetch_graphiql DIRECTORY`.

Uses npm as it is configured on this machine, and takes only what has the pinned hashes.
"""

import argparse
import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.graphql.graphiql_files import PACKAGES, Package

Packer = Callable[[Package, Path], Path]
"""Puts a package's tarball into a directory and says where."""


class FetchError(Exception):
    """The files could not be had, or are not the pinned ones."""


def fetch(directory: Path, pack: Packer) -> list[Path]:
    """Writes the files into the directory and returns their paths; nothing is written unless all are right.

    Raises `FetchError` for a tarball or a file whose hash is not the pinned one.
    """
    contents: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            contents.update(_files_of(package, pack(package, Path(scratch))))
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return [directory / name for name in contents]


def integrity(content: bytes, algorithm: str) -> str:
    """The hash in the form of Subresource Integrity. https://www.w3.org/TR/SRI/"""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def _files_of(package: Package, tarball: Path) -> dict[str, bytes]:
    if integrity(tarball.read_bytes(), "sha512") != package.integrity:
        raise FetchError(f"The tarball of {package.name} {package.version} does not have the pinned hash.")
    contents = {}
    with tarfile.open(tarball) as archive:
        for file in package.files:
            member = archive.extractfile(f"package/{file.path}")
            content = member.read() if member else b""
            if integrity(content, "sha384") != file.integrity:
                raise FetchError(f"{file.path} of {package.name} does not have the pinned hash.")
            contents[file.name] = content
    return contents


def npm_pack(package: Package, directory: Path) -> Path:
    """Has npm download one package. Raises `FetchError` without npm, or with what npm said."""
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError("npm is needed to fetch GraphiQL, and is not installed.")
    command = [npm, "pack", "--silent", f"{package.name}@{package.version}", "--pack-destination", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - pinned arguments
    if done.returncode:
        raise FetchError(f"npm could not fetch {package.name} {package.version}: {done.stderr.strip()}")
    return directory / done.stdout.strip().splitlines()[-1]


def main() -> int:
    """The command; says what it wrote, or what is wrong."""
    parser = argparse.ArgumentParser(description="Fetch the files of GraphiQL.")
    parser.add_argument("directory", type=Path, help="where the server looks for them")
    directory: Path = parser.parse_args().directory
    try:
        paths = fetch(directory, npm_pack)
    except FetchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"{path}\n" for path in paths))
    return 0


if __name__ == "__main__":
    sys.exit(main())
