"""Making the two files of a release, and reading what is in them."""

import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True, slots=True)
class Built:
    sdist: Path
    wheel: Path


def built(source: Path, folder: Path) -> Built:
    """Both, made of this folder by the build's own command."""
    _hatchling(source, folder)
    [sdist], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


def wheel_of(source: Path, folder: Path) -> Path:
    """The wheel alone."""
    _hatchling(source, folder, "-t", "wheel")
    [wheel] = folder.glob("*.whl")
    return wheel


def in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def in_sdist(sdist: Path) -> set[str]:
    """Paths below the one folder that it unpacks to."""
    with tarfile.open(sdist) as opened:
        return {str(PurePosixPath(*PurePosixPath(name).parts[1:])) for name in opened.getnames()}


def unpacked(sdist: Path, folder: Path) -> Path:
    with tarfile.open(sdist) as opened:
        opened.extractall(folder, filter="data")
    [inside] = folder.iterdir()
    return inside


def _hatchling(source: Path, folder: Path, *options: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder), *options]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
