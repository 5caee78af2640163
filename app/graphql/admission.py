"""Whether a caller may ask for anything more just now: each operation is counted before anything is done for it.

It counts as a request before its document is even read, so that nobody who asks for too much costs us the reading;
what else it counts as follows from the document's price.
"""

from graphql import OperationType

from app.graphql.callers import Caller
from app.graphql.documents import Operation
from app.graphql.failures import RateLimited

OBJECTS_PER_REQUEST = 1_000
"""An operation counts as one request more for each thousand objects that its answer may hold."""


async def admit_request(caller: Caller) -> None:
    """Count one more request of this caller's, whatever it will be. Raises RateLimited."""
    await _take(caller, requests=1)


async def admit_operation(caller: Caller, operation: Operation) -> None:
    """Count what the operation is beyond a request. Raises RateLimited: it is not to be run."""
    requests = operation.price.points // OBJECTS_PER_REQUEST
    mutations = int(operation.type is OperationType.MUTATION)
    if requests or mutations or operation.price.calls:
        await _take(caller, requests, mutations, operation.price.calls)


async def _take(caller: Caller, requests: int, mutations: int = 0, calls: int = 0) -> None:
    if caller.allowance is not None:
        wait = await caller.allowance.take(requests=requests, mutations=mutations, calls=calls)
        if wait is not None:
            raise RateLimited(wait)
