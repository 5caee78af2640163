"""What people have granted to which client, and whether offline access was part of it.

Grants add up: a later one leaves the earlier ones standing, and only a revocation ends them, all at once.
https://developers.google.com/identity/protocols/oauth2/web-server#incrementalAuth
"""


class Consents:
    """Scopes, in the long spelling, by client and person."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[str, str], frozenset[str]] = {}
        self._offline: set[tuple[str, str]] = set()

    def scopes(self, client_id: str, sub: str) -> frozenset[str]:
        """What the person has granted to the client."""
        return self._scopes.get((client_id, sub), frozenset())

    def add(self, client_id: str, sub: str, scopes: frozenset[str]) -> None:
        """Grant these scopes beside the earlier ones."""
        self._scopes[client_id, sub] = self.scopes(client_id, sub) | scopes

    def replace(self, client_id: str, sub: str, scopes: frozenset[str]) -> None:
        """Grant these scopes and no others."""
        self._scopes[client_id, sub] = scopes

    def first_offline(self, client_id: str, sub: str) -> bool:
        """Note offline access; true the first time since the person's grant began."""
        is_first = (client_id, sub) not in self._offline
        self._offline.add((client_id, sub))
        return is_first

    def withdraw(self, client_id: str, sub: str) -> None:
        """End the person's grant."""
        self._scopes.pop((client_id, sub), None)
        self._offline.discard((client_id, sub))

    def clear(self) -> None:
        """Forget every grant."""
        self._scopes.clear()
        self._offline.clear()
