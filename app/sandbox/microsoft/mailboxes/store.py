"""All of Exchange Online in one object: what Graph's handlers, the control interface and the seed work on."""

from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.directory import Directory
from app.sandbox.microsoft.mailboxes.answers import Answers
from app.sandbox.microsoft.mailboxes.attendant import BookingAttendant
from app.sandbox.microsoft.mailboxes.changes import ChangeFeed
from app.sandbox.microsoft.mailboxes.delivery import Delivery
from app.sandbox.microsoft.mailboxes.limits import ConcurrencyLimit
from app.sandbox.microsoft.mailboxes.no_shows import NoShows
from app.sandbox.microsoft.mailboxes.post import PostOffice
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry
from app.sandbox.microsoft.mailboxes.scheduling import Scheduling
from app.sandbox.microsoft.mailboxes.subscriptions import Subscriptions


class MailboxStore:
    """Mailboxes, the meetings between them, the rooms that answer, and the notifications that go out."""

    def __init__(self, clock: SandboxClock, directory: Directory) -> None:
        self.clock = clock
        self.registry = MailboxRegistry(directory)
        self.feed = ChangeFeed(clock)
        self.limit = ConcurrencyLimit()
        self.delivery = Delivery(clock)
        self.subscriptions = Subscriptions(clock, self.delivery)
        self.feed.listen(self.subscriptions.on_change)
        post = PostOffice(clock, self.registry, self.feed, lambda request: self.attendant.ask(request))
        self.scheduling = Scheduling(clock, self.registry, self.feed, post)
        self.answers = Answers(clock, self.registry, self.feed, post)
        self.attendant = BookingAttendant(clock, self.registry, self.feed, post, self.answers)
        self.no_shows = NoShows(clock, self.registry, self.attendant)

    def clear(self) -> None:
        """Back to nothing: no mailboxes, rooms, subscriptions or waiting requests."""
        self.attendant.clear()
        self.no_shows.clear()
        self.delivery.clear()
        self.subscriptions.clear()
        self.registry.clear()
        self.scheduling.clear()
        self.limit = ConcurrencyLimit()
