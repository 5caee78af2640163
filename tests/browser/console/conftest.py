"""One demo for each file of tests: what a test changes, the next one of its file finds."""

from collections.abc import Iterator

import pytest

from tests.support.demo import RunningDemo, running_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running
