"""Room syncs in the stories: up to one, held under way, and heard to its end."""

from typing import Any

from tests.journeys.story import ENABLE, STATUS, Story
from tests.support.client import Client, Items

PROGRESS = "subscription { roomSyncProgress { done total sync { state } } }"
DIRECTORY_CALLS = {
    "MICROSOFT_365": {"host": "graph", "path": "/v1.0/places/*"},
    "GOOGLE_WORKSPACE": {"host": "google-directory", "path": "/admin/directory/v1/customer/*/resources/calendars"},
}
"""The call that lists the rooms, as a fault names it."""


async def as_far_as_tested(story: Story, administrator: Client) -> None:
    """As far as a passed test."""
    started = await story.started(administrator)
    await story.company.approve(story.sandbox, started["integration"]["approvalWays"])
    await story.visit(story.company.administrator, started["consentUrl"])
    assert (await administrator.field(STATUS))["status"] == "TESTED"


async def enabled_with_a_sync_under_way(story: Story, administrator: Client) -> None:
    """The suite lets the sync wait for its rooms until the sandbox's faults are cleared."""
    listing = DIRECTORY_CALLS[story.company.suite]
    fault = await story.sandbox.control("POST", "faults", {**listing, "effect": "hold"})
    await administrator.field(ENABLE)
    await story.sandbox.control("GET", f"faults/{fault['id']}/held")


async def to_the_end(progress: Items) -> list[dict[str, Any]]:
    """Everything that is told until the run has ended."""
    told = []
    while (item := await progress.next()) is not None:
        told.append(item)
    return told
