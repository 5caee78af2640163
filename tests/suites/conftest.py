"""What the tests of the suites share."""

from pathlib import Path
from ssl import SSLContext

import pytest

from tests.suites.doubles import loopback_tls


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[SSLContext, Path]:
    """A server context for loopback and the CA file that trusts it."""
    return loopback_tls(tmp_path_factory.mktemp("tls"))
