"""Which mailboxes exist: one for every person with a mailbox, one for every room."""

from collections.abc import Collection, Iterator
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
        self._rooms_of_tenant: dict[str, dict[str, Room]] = {}
        self._former_addresses: dict[str, str] = {}
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
        room = self.room(address)
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
        self._keep(room)
        self._policies[room.address.lower()] = policy or RoomPolicy()
        owner = Person(room.name, room.address)
        self._by_oid[room.id] = Mailbox(room.id, room.tenant_id, owner, room.time_zone)
        return self._by_oid[room.id]

    def change_room(self, address: str, /, **changes: object) -> Room:
        """Write other details of a room down; under a former address it is still reached. KeyError when absent."""
        before = self._rooms[address.lower()]
        after: Room = replace(before, **changes)  # type: ignore[arg-type]  # field names come from the caller
        if after.address.lower() != before.address.lower():
            self._former_addresses[before.address.lower()] = after.address.lower()
            self._policies[after.address.lower()] = self._policies.pop(before.address.lower())
            del self._rooms[before.address.lower()]
        self._keep(after)
        self._by_oid[after.id].owner = Person(after.name, after.address)
        return after

    def add_room_list(self, room_list: RoomList) -> None:
        """Add a list of rooms, or put this in the place of the one with its address."""
        self._room_lists = [one for one in self._room_lists if one.address.lower() != room_list.address.lower()]
        self._room_lists.append(room_list)

    def remove_room_list(self, address: str) -> bool:
        """Delete a list of rooms; the rooms stay. False when there is none."""
        kept = [one for one in self._room_lists if one.address.lower() != address.lower()]
        was_there = len(kept) < len(self._room_lists)
        self._room_lists = kept
        return was_there

    def remove_room(self, address: str) -> None:
        """Delete a room with its mailbox; KeyError when there is none."""
        room = self._rooms.pop(address.lower())
        del self._by_oid[room.id], self._policies[address.lower()], self._rooms_of_tenant[room.tenant_id][room.id]

    def room(self, address: str) -> Room | None:
        """The room with this address, or that had it once."""
        wanted = address.lower()
        return self._rooms.get(wanted) or self._rooms.get(self._former_addresses.get(wanted, ""))

    def room_of(self, tenant_id: str, room_id: str) -> Room | None:
        """The tenant's room with this id."""
        return self._rooms_of_tenant.get(tenant_id, {}).get(room_id)

    def rooms(self, tenant_id: str | None = None) -> Collection[Room]:
        """All rooms, or those of one tenant, in the order in which they came."""
        return self._rooms.values() if tenant_id is None else self._rooms_of_tenant.get(tenant_id, {}).values()

    def room_lists(self, tenant_id: str) -> tuple[RoomList, ...]:
        """The room lists of a tenant."""
        return tuple(r for r in self._room_lists if r.tenant_id == tenant_id)

    def policy(self, address: str) -> RoomPolicy:
        """The booking rules of a room; KeyError when there is no such room."""
        room = self._rooms.get(address.lower()) or self.room(address)
        return self._policies[room.address.lower() if room else address.lower()]

    def change_policy(self, address: str, **changes: object) -> RoomPolicy:
        """Replace some of a room's booking rules; KeyError when there is no such room."""
        policy: RoomPolicy = replace(self.policy(address), **changes)  # type: ignore[arg-type]  # field names come from the caller
        self._policies[address.lower()] = policy
        return policy

    def clear(self) -> None:
        """Forget every mailbox, room and meeting."""
        for index in (self._by_oid, self._rooms, self._policies, self.organisers):
            index.clear()
        self._rooms_of_tenant.clear()
        self._former_addresses.clear()
        self._room_lists.clear()

    def _keep(self, room: Room) -> None:
        self._rooms[room.address.lower()] = room
        self._rooms_of_tenant.setdefault(room.tenant_id, {})[room.id] = room
