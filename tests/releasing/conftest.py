"""What every test of a release starts from: sdist and wheel, built once."""

import pytest

from tests.releasing.building import Built, built
from tests.support.server import ROOT


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both files of a release, made of the working tree as `docs/releasing.md` says."""
    return built(ROOT, tmp_path_factory.mktemp("dist"))
