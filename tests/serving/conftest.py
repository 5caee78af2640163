from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.serving.product import product_in
from tests.serving.running import Running

Product = Callable[..., AbstractAsyncContextManager[tuple[Running, Starlette]]]


@pytest.fixture
def product(migrated_template: Path, tmp_path: Path) -> Product:
    """Serves the whole product."""
    return partial(product_in, tmp_path, migrated_template)
