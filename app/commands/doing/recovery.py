"""Making good what an older state of the database undid."""

from app.commands.doing.opening import open_bus, open_database
from app.recovery.restored import MadeGood, make_good
from app.settings import Settings


async def restored(chosen: Settings, *, reconnect: bool) -> MadeGood:
    """What was changed, in numbers."""
    async with open_database(chosen), open_bus(chosen) as bus:
        return await make_good(bus, reconnect=reconnect)
