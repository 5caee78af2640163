from pathlib import Path

import pytest

from tests.clients.installed import npm_clients, python_client


@pytest.fixture(scope="session")
def npm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return npm_clients(tmp_path_factory.mktemp("npm"))


@pytest.fixture(scope="session")
def python_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return python_client(tmp_path_factory.mktemp("python"))
