"""What the hot paths cost, in counts that are the same on every machine: a budget for each, and it follows what is."""

import asyncio
from pathlib import Path

import pytest

from tests.costs import budgets
from tests.costs.measuring import measured
from tests.journeys.companies import COMPANIES, Company

Found = tuple[budgets.Paths, budgets.Paths]
"""The budgets of one suite, and what was counted there."""


@pytest.fixture(scope="module", params=COMPANIES, ids=[company.suite for company in COMPANIES])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    company: Company = request.param
    folder: Path = tmp_path_factory.mktemp("costs")
    return budgets.read()[company.suite], asyncio.run(measured(company, folder))


def test_no_hot_path_costs_more_than_its_budget(found: Found) -> None:
    granted, counted = found

    assert not [*budgets.too_dear(granted, counted)]


def test_no_budget_is_much_more_than_its_path_costs(found: Found) -> None:
    granted, counted = found

    assert not [*budgets.too_generous(granted, counted)]
