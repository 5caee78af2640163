"""Every administrative act has its one entry, and every entry its act."""

from collections import Counter
from collections.abc import Sequence

from tests.faults.randomised.facts import Facts, HomeFacts
from tests.faults.randomised.houses import Fate

BY_ROW = {
    "BUILDING_CREATED": "SELECT id FROM building WHERE organisation_id = $1",
    "MEMBER_INVITED": "SELECT id FROM invitation WHERE organisation_id = $1 AND invited_by_id IS NOT NULL",
    "ACCESS_TOKEN_CREATED": "SELECT id FROM access_token WHERE organisation_id = $1",
    "ROOM_SYNC_REQUESTED": "SELECT id FROM room_sync WHERE organisation_id = $1 AND requested_by_id IS NOT NULL",
}
"""Acts that make a row each, by the entry's action."""


async def complete(facts: Facts) -> Sequence[str]:
    lines = []
    for home in facts.homes:
        lines += [f"{home.name}: {line}" for line in await _of(facts, home)]
    return lines


async def _of(facts: Facts, home: HomeFacts) -> Sequence[str]:
    lines = []
    entries = await facts.run.stage.postgresql.query(
        "SELECT action, target_id FROM audit_entry WHERE organisation_id = $1 AND outcome = 'SUCCEEDED'",
        home.organisation_id,
    )
    for action, statement in BY_ROW.items():
        targets = Counter(entry["target_id"] for entry in entries if entry["action"] == action)
        made = {row[0] for row in await facts.run.stage.postgresql.query(statement, home.organisation_id)}
        lines += [f"{action} of {target}: {count} entries" for target, count in targets.items() if count > 1]
        lines += [f"{action}: no entry of {row}" for row in made - targets.keys()]
        lines += [f"{action}: an entry of {row}, which is not there" for row in targets.keys() - made]
    counted = Counter(entry["action"] for entry in entries)
    done = home.home.administrator.done
    expected = {
        "ROOM_UPDATED": done.updates,
        "NOTIFICATION_SETTINGS_CHANGED": done.settlings,
        "BUILDING_CREATED": len(done.buildings),
        "MEMBER_INVITED": done.invitations,
        "INTEGRATION_ENABLED": done.enablings,
        "INTEGRATION_DISABLED": done.disablings,
        "INTEGRATION_PURGED": 1 if home.home.house.fate is Fate.ENDS else 0,
    }
    for action, count in expected.items():
        if counted[action] != count:
            lines.append(f"{action}: {counted[action]} entries of {count} acts")
    return lines
