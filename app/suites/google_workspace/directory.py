"""The domain's meeting rooms, by the Directory's calendar resources."""

from collections.abc import AsyncIterator, Sequence

from app.suites.events import SuiteRoom
from app.suites.google_workspace.api import GoogleApi


class GoogleRoomDirectory:
    """Implements `RoomDirectory` over the Directory API."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api

    async def pages(self) -> AsyncIterator[Sequence[SuiteRoom]]:
        raise NotImplementedError
        yield []
