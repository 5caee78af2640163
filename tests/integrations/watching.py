"""What administrators are told of an integration's health, and a bus that shows who was woken."""

from app.events_bus.bus import Message, MessageKind
from app.events_bus.memory import MemoryBus
from app.integrations.issues import IssueCode
from app.integrations.models import Integration, IntegrationHealth
from app.notifications.models import Notification, NotificationKind
from tests.integrations.doubles import World


class RecordingBus(MemoryBus):
    """Remembers what was published, and where."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[tuple[str, MessageKind]] = []

    async def publish(self, topic: str, message: Message) -> None:
        self.published.append((topic, message.kind))
        await super().publish(topic, message)

    def count(self, kind: MessageKind) -> int:
        return [published for _, published in self.published].count(kind)


async def told(world: World) -> dict[str, int]:
    """How often each member was notified that the integration got worse, by name; those who never were are absent."""
    rows = Notification.of(world.organisation_id).filter(kind=NotificationKind.INTEGRATION_UNHEALTHY)
    names = [row.member.name for row in await rows.select_related("member")]
    return {name: names.count(name) for name in sorted(set(names))}


async def health_of(world: World) -> tuple[IntegrationHealth, IssueCode | None]:
    """What the row says."""
    integration = await Integration.of(world.organisation_id).get()
    return integration.health, integration.trouble
