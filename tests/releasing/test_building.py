"""What is in the two files of a release, and that either leads to the same installation."""

import subprocess
from pathlib import Path

from app import __version__
from tests.docker.files import instructions
from tests.releasing.building import Built, in_sdist, in_wheel, unpacked, wheel_of
from tests.support.server import ROOT

NOT_INSTALLED = {"schema/release.py", "schema/released.graphql"}
"""For whoever makes a release; nothing that runs reads them."""

DIST_INFO = f"hybrid_meetings-{__version__}.dist-info"
ADDED = {f"{DIST_INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}

TOP_OF_SDIST = {
    ".dockerignore",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "PKG-INFO",
    "README.md",
    "app",
    "docker",
    "docs",
    "pyproject.toml",
    "requirements.txt",
    "schema",
}


def _kept(*folders: str) -> set[str]:
    """Every file that is kept in the repository, or is about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return {path for path in listed if path and (ROOT / path).is_file()}


def test_the_wheel_holds_what_runs_and_nothing_else(release: Built) -> None:
    held = in_wheel(release.wheel)

    assert held == (_kept("app", "schema") - NOT_INSTALLED) | ADDED


def test_the_sdist_holds_what_both_wheel_and_image_are_made_of_and_what_an_operator_reads(release: Built) -> None:
    held = in_sdist(release.sdist)
    copied = {
        path for found in instructions() if found.word == "COPY" and found.stage for path in found.rest.split()[:-1]
    }

    assert {path.partition("/")[0] for path in held} == TOP_OF_SDIST
    assert _kept("app", "schema", "docker", "docs", *copied) <= held


def test_a_wheel_made_of_the_sdist_is_the_same_whatever_else_lies_around(release: Built, tmp_path: Path) -> None:
    source = unpacked(release.sdist, tmp_path / "source")
    (source / ".gitignore").unlink()
    for path in ("app/web/static/graphiql/graphiql.min.js", "app/__pycache__/cli.cpython-311.pyc", "tests/test_all.py"):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text("junk")

    wheel = wheel_of(source, tmp_path / "dist")

    assert wheel.name == release.wheel.name
    assert in_wheel(wheel) == in_wheel(release.wheel)
    assert wheel.read_bytes() == release.wheel.read_bytes()


def test_both_are_named_after_the_version(release: Built) -> None:
    assert release.sdist.name == f"hybrid_meetings-{__version__}.tar.gz"
    assert release.wheel.name == f"hybrid_meetings-{__version__}-py3-none-any.whl"
