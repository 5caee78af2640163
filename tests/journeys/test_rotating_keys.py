"""An operator changes the encryption key: no member notices, and no server starts with too few."""

import base64
from pathlib import Path

import pytest

from tests.journeys.companies import NEWBRIDGE
from tests.journeys.story import BOOK, Slot, Story, story_on
from tests.support.server import KEYS, ServerNotReadyError

RING = "HYBRID_MEETINGS_ENCRYPTION_KEYS"
OLD = KEYS[RING]
NEW = f"t2:{base64.b64encode(bytes([7]) * 32).decode()}"
SUBJECTS = "{ viewer { connection { status } } bookings { nodes { event { subject } } } }"


async def _restarted(story: Story, ring: str) -> None:
    await story.server.stop()
    story.server.environment = {**story.server.environment, RING: ring}
    await story.server.start()


async def test_a_key_is_replaced_while_the_server_runs_and_members_go_on_as_before(
    database_url: str, tmp_path: Path
) -> None:
    async with story_on(database_url, tmp_path, NEWBRIDGE, PENDING_POLLING="false") as story:
        await story.enabled()
        token = await story.connected_member()
        slot = Slot.in_days(6)
        async with story.speaking_for(token) as member:
            room = await story.free_room(member, slot)
            wanted = {"roomIds": [room["id"]], "event": slot.as_event("Handover"), "idempotencyKey": "once"}
            await member.field(BOOK, input=wanted)
            before = await member.ask(SUBJECTS)

        with pytest.raises(ServerNotReadyError, match=r"lacks keys that values in this database are sealed under: t1"):
            await _restarted(story, NEW)
        await _restarted(story, f"{NEW},{OLD}")
        said = await story.server.command("keys", "rotate")
        await _restarted(story, NEW)

        assert "t1 may be removed" in said
        async with story.speaking_for(token) as member:
            after = await member.ask(SUBJECTS)
        assert after == before
        assert after["viewer"]["connection"]["status"] == "CONNECTED"
        assert after["bookings"]["nodes"] == [{"event": {"subject": "Handover"}}]
