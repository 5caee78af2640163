"""The suites' published API descriptions, and the check that comes with them; both lie beside the project."""

import importlib.util
import json
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

DESCRIPTIONS = Path(__file__).parents[3] / "shared" / "api-descriptions"


def validator(*apis: str) -> ModuleType:
    """The check, with the descriptions of these APIs (``graph``, ``google``) read; skips the test without them."""
    if not (DESCRIPTIONS / "validate.py").exists():
        pytest.skip("the published API descriptions are not beside the project")
    spec = importlib.util.spec_from_file_location("published_descriptions", DESCRIPTIONS / "validate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["_doc"].update({api: _READERS[api]() for api in apis})
    return module


def findings(validate: ModuleType, api: str, exchanges: Iterable[dict[str, Any]]) -> list[str]:
    """What is wrong with recorded exchanges, each with the request it is about."""
    found = []
    for exchange in exchanges:
        where = f"{exchange['request']['method']} {exchange['request']['url']}"
        result = validate.check(exchange, api)
        found += [f"{where}: not described"] if result is None else [f"{where}: {one}" for one in result]
    return found


def _graph() -> object:
    text = (DESCRIPTIONS / "graph-subset.yaml").read_text()
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are safe loaders


def _google() -> object:
    return json.loads((DESCRIPTIONS / "google-subset.json").read_text())


_READERS = {"graph": _graph, "google": _google}
