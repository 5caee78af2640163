"""The keys: whether they are the database's, and whether each value's key is at hand."""

from collections.abc import Sequence

from app.database.engine import is_migrated
from app.findings import Finding, failing, well
from app.keyring.columns import SEALED_COLUMNS
from app.keyring.proofs import KeyCheck, KeysRefused
from app.settings import Settings

ABOUT = "keys"


async def keys(settings: Settings) -> Sequence[Finding]:
    """Nothing to say of a database that has not this version's schema."""
    if not await is_migrated():
        return []
    try:
        await KeyCheck(settings.secret_key_bytes, settings.encryption_keyring).examine()
    except KeysRefused as error:
        problem, _, remedy = str(error).partition(". ")
        return [failing(ABOUT, f"{problem}.", remedy)]
    (primary, _), *others = settings.encryption_keyring
    used = [key_id for key_id, _ in others if await _is_used(key_id)]
    findings = [well(ABOUT, f"they are the database's; {primary} seals.")]
    if used:
        findings.append(well(ABOUT, f"{', '.join(used)} must stay until `hybrid-meetings keys rotate` has run."))
    return findings


async def _is_used(key_id: str) -> bool:
    for column in SEALED_COLUMNS:
        if await column.under(key_id).exists():
            return True
    return False
