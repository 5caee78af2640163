"""A plan answers as graphql-core does, whatever the schema, the document, the variables and the values are.

`python -m tests.graphql.execution.differential` compares for longer.
"""

import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.graphql.execution.cases import compare, compare_streams

pytestmark = [
    pytest.mark.usefixtures("leftovers"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
drawing = settings(
    deadline=None, suppress_health_check=[*HealthCheck], derandomize=True, phases=[Phase.explicit, Phase.generate]
)


@settings(drawing, max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from([2, 4, 8, 20, 60]))
def test_whatever_resolvers_answer_with_the_response_is_graphql_cores(seed: int, strange: int) -> None:
    asyncio.run(compare(seed, Counter(), strange=strange, documents=2))


@settings(drawing, max_examples=15)
@given(st.integers(0, 2**32))
def test_where_everything_is_plain_and_right_no_plan_gives_up(seed: int) -> None:
    counts: Counter[str] = Counter()

    asyncio.run(compare(seed, counts, strange=0, documents=2, plain=True))

    assert counts["documents of which a plan gave up on something"] == 0
    assert counts["executions with errors"] == 0
    assert counts["documents answered by plan"] == counts["documents"]


@settings(drawing, max_examples=10)
@given(st.integers(0, 2**32), st.sampled_from([0, 5, 20]))
def test_every_event_of_a_subscription_is_answered_as_graphql_core_does(seed: int, strange: int) -> None:
    asyncio.run(compare_streams(seed, strange=strange))
