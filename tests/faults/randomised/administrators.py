"""One organisation's administrator: small acts all the time, and the great ones when the run says so."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tests.faults.randomised import documents
from tests.faults.randomised.asking import Answered, Asker
from tests.faults.randomised.houses import House
from tests.faults.randomised.plan import AdministratorKind, PlannedOfficeAct


@dataclass
class Done:
    """What the administrator was answered as done, for the audit log to be compared with."""

    updates: int = 0
    settlings: int = 0
    buildings: list[str] = field(default_factory=list)
    """Their names."""
    invitations: int = 0
    tokens: int = 0
    syncs: int = 0
    enablings: int = 1
    """The first was done before the run."""
    disablings: int = 0


class Administrator:
    """Of one organisation."""

    def __init__(self, asker: Asker, house: House) -> None:
        self.done = Done()
        self.asker = asker
        self._house = house

    async def act(self, act: PlannedOfficeAct) -> None:
        """Returns once it is answered."""
        match act.kind:
            case AdministratorKind.UPDATE_ROOM:
                rooms = list(self._house.rooms.values())
                wanted = {"roomId": rooms[int(act.which * len(rooms))], "floor": f"Floor {act.number}"}
                answered = await self._ask("updateRoom", documents.UPDATE_ROOM, input=wanted)
                self.done.updates += answered.kind == "RoomUpdated"
            case AdministratorKind.CREATE_BUILDING:
                name = f"Building {act.number}"
                wanted = {"name": name, "timeZone": "Europe/Amsterdam", "idempotencyKey": f"building-{act.number}"}
                answered = await self._ask("createBuilding", documents.CREATE_BUILDING, input=wanted)
                self.done.buildings += [name] if answered.kind == "BuildingCreated" else []
            case AdministratorKind.INVITE:
                wanted = {"role": "MEMBER", "idempotencyKey": f"invite-{act.number}"}
                answered = await self._ask("inviteMember", documents.INVITE, input=wanted)
                self.done.invitations += answered.kind == "MemberInvited"
            case AdministratorKind.SETTLE:
                settings = {"noAnswerAfterMinutes": 100 + act.number}
                answered = await self._ask("setNotificationSettings", documents.SETTLE, input=settings)
                self.done.settlings += answered.kind == "NotificationSettingsSet"
            case AdministratorKind.CREATE_TOKEN:
                wanted = {"name": f"Token {act.number}", "idempotencyKey": f"token-{act.number}"}
                answered = await self._ask("createAccessToken", documents.CREATE_TOKEN, input=wanted)
                self.done.tokens += answered.kind == "AccessTokenCreated"
            case AdministratorKind.SYNC_ROOMS:
                answered = await self._ask("syncRooms", documents.SYNC_ROOMS)
                self.done.syncs += answered.code is None

    async def disable(self) -> None:
        """Read what it means, and confirm just that."""
        while True:
            shown = await self._ask("disableIntegrationPreview", documents.PREVIEW)
            if shown.kind != "DisableIntegrationPreview":
                break  # an earlier try was carried out, and its answer lost
            wanted = {"confirmation": shown.answer["confirmation"]}
            answered = await self._ask("disableIntegration", documents.DISABLE, input=wanted)
            if answered.kind == "IntegrationDisabled":
                break
        self.done.disablings += 1

    async def enable(self) -> None:
        """Test until it passes, and enable."""
        while True:
            tested = await self._ask("runTestFlow", documents.TEST)
            if tested.kind == "TestFlowRun" and tested.answer["report"]["passed"]:
                answered = await self._ask("enableForAllUsers", documents.ENABLE)
                if answered.kind == "IntegrationEnabled" or answered.is_open:
                    break
            await asyncio.sleep(self.asker.front.pause())
        self.done.enablings += 1

    async def status(self) -> str:
        status: str = (await self._ask("integration", documents.STATUS)).answer["status"]
        return status

    async def _ask(self, operation: str, document: str, **variables: Any) -> Answered:
        return await self.asker.until_answered(operation, document, **variables)
