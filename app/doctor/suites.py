"""The calendar suites: which are set up, and how each stands as its own package judges it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from app.database.engine import is_migrated
from app.doctor.examination import Look
from app.findings import Finding, doubtful
from app.integrations.models import Integration
from app.settings import Settings, SuiteSettings
from app.suites.description import SuiteDescription
from app.suites.protocol import SuiteName
from app.suites.registry import DESCRIPTIONS

PATIENCE = timedelta(seconds=8)
DATABASE_PATIENCE_SECONDS = 3.0


def suite_looks(settings: Settings) -> Mapping[str, Look]:
    """A look at each suite that is set up, by its name."""
    groups = {type(group): group for group in settings.suites}
    return {
        name.display_name: partial(_examined, description, groups[description.settings], settings)
        for name, description in DESCRIPTIONS.items()
        if description.settings in groups
    }


def without_any(settings: Settings) -> Sequence[Finding]:
    """Where no suite is set up there is nobody to sign in with."""
    if settings.suites:
        return []
    names = " or ".join(f"HYBRID_MEETINGS_{name}_CLIENT_ID and _CLIENT_SECRET" for name in DESCRIPTIONS)
    return [
        doubtful(
            "calendar suites", "none is set up, so nobody can sign in.", f"Register the application, and set {names}."
        )
    ]


async def _examined(
    description: "SuiteDescription[SuiteSettings]", group: SuiteSettings, settings: Settings
) -> Sequence[Finding]:
    timeout = min(settings.suite_timeout, PATIENCE)
    return await description.examine(group, timeout, await _approved_tenant(description.name))


async def _approved_tenant(suite: SuiteName) -> str | None:
    """Any tenant that let us in, whosesoever; None where there is none, or the database does not tell."""
    try:
        async with asyncio.timeout(DATABASE_PATIENCE_SECONDS):
            if not await is_migrated():
                return None
            known = Integration.filter(suite=suite, claimed_tenant__isnull=False)
            latest = await known.order_by("-status_since").first()
            return None if latest is None else latest.claimed_tenant
    except Exception:
        # What is wrong with the database another look says.
        return None
