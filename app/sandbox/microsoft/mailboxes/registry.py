"""Which mailboxes exist: one for every person with a mailbox, one for every room."""

from collections.abc import Iterator
from dataclasses import replace

from app.sandbox.microsoft.directory import Directory, User
from app.sandbox.microsoft.mailboxes.items import Person
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.rooms import Room, RoomList, RoomPolicy


class MailboxRegistry:
    """Mailboxes by owner; people's come into being when they are first asked for."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._by_oid: dict[str, Mailbox] = {}
        self._rooms: dict[str, Room] = {}
        self._room_lists: list[RoomList] = []
        self._policies: dict[str, RoomPolicy] = {}
        self.organisers: dict[str, Mailbox] = {}
        """Who organises a meeting, by the meeting's own key."""

    # Mailboxes

    def of_user(self, user: User) -> Mailbox | None:
        """A person's mailbox; None when they have none."""
        if not user.has_mailbox:
            return None
        owner = Person(user.display_name, user.address)
        box = self._by_oid.get(user.oid)
        if box is None:
            box = self._by_oid[user.oid] = Mailbox(user.oid, user.tenant_id, owner, user.time_zone)
        box.owner = owner  # someone may have been renamed
        return box

    def at(self, tenant_id: str, address: str) -> Mailbox | None:
        """The mailbox with this address in a tenant, a room's or a person's; None when there is none."""
        room = self._rooms.get(address.lower())
        if room is not None:
            return self._by_oid[room.id] if room.tenant_id == tenant_id else None
        user = self._directory.user_by_address(address)
        return self.of_user(user) if user is not None and user.tenant_id == tenant_id else None

    def by_oid(self, oid: str) -> Mailbox | None:
        """The mailbox of this person or room; None when there is none."""
        if (user := self._directory.user(oid)) is not None:
            return self.of_user(user)
        return self._by_oid.get(oid)

    def anywhere(self, address: str) -> Mailbox | None:
        """The mailbox with this address in whatever tenant; None when there is none."""
        found = (self.at(tenant.id, address) for tenant in self._directory.tenants())
        return next((box for box in found if box is not None), None)

    def mailboxes(self) -> Iterator[Mailbox]:
        """Every mailbox that has been asked for so far."""
        return iter(tuple(self._by_oid.values()))

    # Rooms

    def add_room(self, room: Room, policy: RoomPolicy | None = None) -> Mailbox:
        """Add a room with its mailbox."""
        self._rooms[room.address.lower()] = room
        self._policies[room.address.lower()] = policy or RoomPolicy()
        owner = Person(room.name, room.address)
        self._by_oid[room.id] = Mailbox(room.id, room.tenant_id, owner, room.time_zone)
        return self._by_oid[room.id]

    def add_room_list(self, room_list: RoomList) -> None:
        """Add a list of rooms."""
        self._room_lists.append(room_list)

    def remove_room(self, address: str) -> None:
        """Delete a room with its mailbox; KeyError when there is none."""
        room = self._rooms.pop(address.lower())
        del self._by_oid[room.id], self._policies[address.lower()]

    def room(self, address: str) -> Room | None:
        """The room with this address."""
        return self._rooms.get(address.lower())

    def rooms(self, tenant_id: str | None = None) -> tuple[Room, ...]:
        """All rooms, or those of one tenant."""
        return tuple(r for r in self._rooms.values() if tenant_id in (None, r.tenant_id))

    def room_lists(self, tenant_id: str) -> tuple[RoomList, ...]:
        """The room lists of a tenant."""
        return tuple(r for r in self._room_lists if r.tenant_id == tenant_id)

    def policy(self, address: str) -> RoomPolicy:
        """The booking rules of a room; KeyError when there is no such room."""
        return self._policies[address.lower()]

    def change_policy(self, address: str, **changes: object) -> RoomPolicy:
        """Replace some of a room's booking rules; KeyError when there is no such room."""
        policy: RoomPolicy = replace(self.policy(address), **changes)  # type: ignore[arg-type]  # field names come from the caller
        self._policies[address.lower()] = policy
        return policy

    def clear(self) -> None:
        """Forget every mailbox, room and meeting."""
        for index in (self._by_oid, self._rooms, self._policies, self.organisers):
            index.clear()
        self._room_lists.clear()
