"""Push channels: who wants to hear of changes in which calendar, and until when. They cannot be renewed.

https://developers.google.com/workspace/calendar/api/guides/push
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

from app.sandbox.clock import SandboxClock
from app.sandbox.delivery import is_acceptable
from app.sandbox.google.calendars.delivery import PushDelivery, PushMessage, ResourceState

DEFAULT_LIFETIME = timedelta(days=7)
LONGEST_LIFETIME = timedelta(days=30)
_SYNC_NUMBER = 1


class InsecureAddressError(Exception):
    """A channel's address must be https; plain http is taken on loopback only."""


class ChannelIdTakenError(Exception):
    """There is, or was, a channel with this id."""


class ChannelNotFoundError(Exception):
    """No live channel of this person and client has this id and resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel; ``id`` and ``token`` are the receiver's own."""

    id: str
    calendar_id: str
    resource_uri: str
    address: str
    token: str | None
    sub: str
    client_id: str
    expires_at: datetime

    @property
    def resource_id(self) -> str:
        """What Google calls the watched calendar: one name for all channels of one person on it."""
        digest = hashlib.sha256(f"{self.calendar_id} {self.sub}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:20]).decode().rstrip("=")

    @property
    def expiration(self) -> int:
        """The end, in milliseconds."""
        return int(self.expires_at.timestamp() * 1000)


class Channels:
    """The live channels, and what is sent because of them."""

    def __init__(self, clock: SandboxClock, delivery: PushDelivery) -> None:
        self.sync_comes_first = False
        """Whether the ``sync`` message is delivered before the call that opened the channel is answered."""
        self._clock = clock
        self._delivery = delivery
        self._live: dict[str, Channel] = {}
        self._numbers: dict[str, int] = {}

    async def open(self, channel: Channel) -> None:
        """Add a channel and send it the ``sync`` message. Raises InsecureAddressError, ChannelIdTakenError."""
        if not is_acceptable(channel.address):
            raise InsecureAddressError
        if channel.id in self._numbers:
            raise ChannelIdTakenError
        self._live[channel.id] = channel
        self._numbers[channel.id] = _SYNC_NUMBER
        sync = message_of(channel, ResourceState.SYNC, _SYNC_NUMBER)
        if self.sync_comes_first:
            await self._delivery.send_now(sync)
        else:
            self._delivery.send(sync)

    def stop(self, channel_id: str, resource_id: str, *, sub: str, client_id: str) -> None:
        """End one of the caller's own channels. Raises ChannelNotFoundError."""
        found = next((one for one in self.all() if one.id == channel_id), None)
        if found is None or (found.resource_id, found.sub, found.client_id) != (resource_id, sub, client_id):
            raise ChannelNotFoundError
        self.drop(found.id)

    def all(self) -> list[Channel]:
        """The live channels."""
        now = self._clock.now()
        self._live = {key: one for key, one in self._live.items() if one.expires_at > now}
        return list(self._live.values())

    def drop(self, channel_id: str) -> None:
        """End a channel without a word; KeyError when there is none."""
        del self._live[channel_id]

    def end_of_grant(self, sub: str | None, client_id: str | None) -> None:
        """End without a word what was opened under a grant (None: whosever) that is no more."""
        for one in self.all():
            if sub in (None, one.sub) and client_id in (None, one.client_id):
                self.drop(one.id)

    def on_change(self, calendar_id: str) -> None:
        """Tell whoever watches this calendar that something is different."""
        for one in self.all():
            if one.calendar_id == calendar_id:
                self.announce(one)

    def announce(self, channel: Channel) -> None:
        """Send what a change is worth; numbers rise, and not by ones."""
        number = self._numbers[channel.id]
        self._numbers[channel.id] = number + 2 + number * 7 % 11
        self._delivery.send(message_of(channel, ResourceState.EXISTS, self._numbers[channel.id]))

    def clear(self) -> None:
        """Forget every channel, and what had been ordered of them."""
        self._live.clear()
        self._numbers.clear()
        self.sync_comes_first = False


def resource_uri(base: str, calendar_id: str) -> str:
    """The address by which Google names the watched collection."""
    return f"{base}/calendar/v3/calendars/{quote(calendar_id, safe='@')}/events?alt=json"


def message_of(channel: Channel, state: ResourceState, number: int) -> PushMessage:
    """A message of this channel."""
    headers = {
        "X-Goog-Channel-ID": channel.id,
        "X-Goog-Channel-Expiration": format_datetime(channel.expires_at, usegmt=True),
        "X-Goog-Resource-ID": channel.resource_id,
        "X-Goog-Resource-URI": channel.resource_uri,
        "X-Goog-Resource-State": state.value,
        "X-Goog-Message-Number": str(number),
    }
    if channel.token is not None:
        headers["X-Goog-Channel-Token"] = channel.token
    return PushMessage(channel_id=channel.id, url=channel.address, state=state, number=number, headers=headers)
