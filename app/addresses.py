"""Mail addresses as people type them: which ones we are willing to write to.

Deliberately narrower than RFC 5321 §4.1.2 (https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2): no quoted local
parts, no address literals, ASCII only, and a domain with at least two labels. What passes here passes at every suite.
"""

import re

MAX_ADDRESS = 254
MAX_LOCAL_PART = 64

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})+)")


def normalised(text: str) -> str | None:
    """The address in lower case, without surrounding spaces; None where it is no address that we accept."""
    trimmed = text.strip()
    if len(trimmed) > MAX_ADDRESS:
        return None
    match = _ADDRESS.fullmatch(trimmed)
    if match is None or len(match["local"]) > MAX_LOCAL_PART:
        return None
    return trimmed.lower()


def domain_of(address: str) -> str:
    """What stands behind the last @, in lower case; empty where there is none."""
    return address.rpartition("@")[2].lower() if "@" in address else ""
