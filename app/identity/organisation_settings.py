"""Settling what holds for every member of an organisation: one administrator at a time, and audited."""

from collections.abc import Callable, Mapping

from tortoise.transactions import in_transaction

from app.audit import service as audit
from app.audit.models import AuditAction
from app.identity.models import Organisation
from app.identity.principal import Principal
from app.identity.roles import one_at_a_time, require_still_administrator


async def settle(
    principal: Principal,
    action: AuditAction,
    wanted: Mapping[str, str | int | None],
    check: Callable[[Organisation], None] | None = None,
) -> Organisation:
    """The organisation with these columns as wanted, None for those that stay.

    `check` sees the whole before it is written, and raises what is wrong with it. Raises Forbidden for no administrator
    any more.
    """
    async with in_transaction():
        await one_at_a_time(principal.organisation_id)
        await require_still_administrator(principal)
        organisation = await Organisation.get(id=principal.organisation_id)
        given = {name: value for name, value in wanted.items() if value is not None}
        changes = {name: value for name, value in given.items() if value != getattr(organisation, name)}
        if changes:
            organisation.update_from_dict(changes)
            if check is not None:
                check(organisation)
            await organisation.save(update_fields=list(changes))
            await audit.record(
                organisation.id,
                action,
                actor_id=principal.member_id,
                settings=[_told(*change) for change in changes.items()],
            )
    return organisation


def _told(name: str, value: str | int) -> str:
    return f"{name}={int(value) if isinstance(value, bool) else value}"
