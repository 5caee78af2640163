"""Making keys, sealing everything anew under the first of them, and going on without one that is lost."""

import base64
import secrets
from collections.abc import Callable

from app.commands.doing.opening import open_database
from app.events_bus.memory import MemoryBus
from app.keyring.giving_up import GivenUp
from app.keyring.giving_up import give_up as give_key_up
from app.keyring.rotation import Fault, Progress, Rotated, Rotation
from app.keys import Vault
from app.settings import KEY_BYTES, Settings

FAULTS = {
    Fault.KEY_MISSING: "does not open, its key is not among HYBRID_MEETINGS_ENCRYPTION_KEYS",
    Fault.BROKEN: "does not open, it was changed or belongs to another row",
}


def fresh_key() -> str:
    """Random, as settings write it."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


async def rotate(chosen: Settings, tell: Callable[[Progress], None]) -> Rotated:
    """Raises KeysRefused where the settings' keys are not the database's."""
    async with open_database(chosen):
        return await Rotation(Vault(chosen.encryption_keyring), tell).run()


async def give_up(chosen: Settings, key_id: str) -> GivenUp:
    """Raises InvalidInput where the key is at hand, or nothing is sealed under it."""
    async with open_database(chosen):
        return await give_key_up(key_id, Vault(chosen.encryption_keyring), MemoryBus())
