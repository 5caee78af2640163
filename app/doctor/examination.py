"""Every look at once, side by side, each within its own time: an examination ends, whatever hangs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from app.findings import Finding, Level, failing

PATIENCE = timedelta(seconds=15)
"""No look takes longer; what has not answered by then is a finding too."""

Look = Callable[[], Awaitable[Sequence[Finding]]]


async def examine(looks: Mapping[str, Look], patience: timedelta = PATIENCE) -> Sequence[Finding]:
    """What all looks found, in their order; each is named by what it is about."""
    found = await asyncio.gather(*(_within(patience, about, look) for about, look in looks.items()))
    return [finding for findings in found for finding in findings]


def worst_of(findings: Sequence[Finding]) -> Level:
    """How the whole stands."""
    levels = {finding.level for finding in findings}
    return next((level for level in (Level.FAILURE, Level.WARNING) if level in levels), Level.OK)


async def _within(patience: timedelta, about: str, look: Look) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return await look()
    except TimeoutError:
        seconds = round(patience.total_seconds())
        remedy = "What is asked there hangs: see whether it is overloaded, or a firewall drops what is sent to it."
        return [failing(about, f"no answer within {seconds} seconds.", remedy)]
    except Exception as error:
        # A look that breaks must not hide what the others found. The error's text may repeat a secret.
        remedy = "The examination itself broke here: the server's log may say why."
        return [failing(about, f"could not be looked at ({type(error).__name__}).", remedy)]
