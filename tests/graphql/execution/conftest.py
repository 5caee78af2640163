import gc
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def leftovers() -> Iterator[None]:
    """Lets go, without a word, of the coroutines that errors have left behind."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
