"""The ``{tenant}`` of a path: a GUID, a domain, or one of the words for "any organisation"."""

from dataclasses import dataclass

from app.sandbox.microsoft.directory import Directory, Tenant
from app.sandbox.microsoft.entra.errors import EntraError

ANY_TENANT = frozenset({"organizations", "common"})
"""``common`` also admits personal accounts at Microsoft; the sandbox has none."""


@dataclass(frozen=True, slots=True)
class TenantPath:
    """What a path segment stands for; ``tenant`` is None where any organisation's account may answer."""

    segment: str
    tenant: Tenant | None

    def admits(self, tenant_id: str) -> bool:
        """Whether accounts of this tenant may answer under this path."""
        return self.tenant is None or self.tenant.id == tenant_id


def resolve_tenant(directory: Directory, segment: str) -> TenantPath:
    """Read a path's tenant; raises EntraError 90002 when there is no such tenant."""
    if segment.lower() in ANY_TENANT:
        return TenantPath(segment.lower(), None)
    tenant = directory.tenant(segment)
    if tenant is None:
        raise EntraError(90002, detail=f"'{segment}' was not found.")
    return TenantPath(tenant.id, tenant)
