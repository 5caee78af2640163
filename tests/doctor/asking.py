"""Asking the doctor as an operator does: by the command, in a process of its own."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.sandbox.process import SandboxDescription
from tests.support import zygote
from tests.support.server import KEYS, ROOT

BOUND_SECONDS = 25
"""An examination that takes longer hangs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command printed, and how it ended."""

    exit_code: int
    text: str
    findings: Sequence[Mapping[str, Any]]

    def about(self, *names: str) -> list[str]:
        """The levels of what was found about these."""
        return [finding["level"] for finding in self.findings if finding["about"] in names]

    def not_well(self, *names: str) -> list[tuple[str, str]]:
        """Level and words of what is not well about these, or about anything."""
        return [
            (finding["level"], finding["says"])
            for finding in self.findings
            if finding["level"] != "OK" and (not names or finding["about"] in names)
        ]


async def ask(environment: Mapping[str, str], *, module: str = "app.cli") -> Answer:
    """What the doctor finds with these settings; every finding that is not well has to say what to do."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HYBRID_MEETINGS_")}
    process = await zygote.start(
        *(sys.executable, "-m", module, "doctor", "--json"),
        cwd=ROOT,
        env={**inherited, **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(BOUND_SECONDS):
        output, _ = await process.communicate()
    text = output.decode()
    told = json.loads(text)
    assert process.returncode is not None
    assert (process.returncode == 1) == (told["worst"] == "FAILURE")
    assert all(finding["remedy"] for finding in told["findings"] if finding["level"] != "OK")
    return Answer(process.returncode, text, told["findings"])


def on_sqlite(path: Path, **settings: str) -> dict[str, str]:
    """Complete settings without any suite; others lack their prefix."""
    return {
        **KEYS,
        "HYBRID_MEETINGS_PUBLIC_URL": "https://meetings.tidewater.example",
        "HYBRID_MEETINGS_DATABASE_URL": f"sqlite://{path}",
        **{f"HYBRID_MEETINGS_{name}": value for name, value in settings.items()},
    }


def at_both_suites(sandbox: SandboxDescription) -> dict[str, str]:
    """The sandbox as both suites, without the settings' prefix."""
    return {
        "MICROSOFT_365_CLIENT_ID": sandbox.client_id,
        "MICROSOFT_365_CLIENT_SECRET": sandbox.client_secret,
        "MICROSOFT_365_AUTHORITY": sandbox.authority,
        "MICROSOFT_365_GRAPH_URL": sandbox.graph_url,
        "MICROSOFT_365_CA_BUNDLE": str(sandbox.ca_bundle),
        "GOOGLE_WORKSPACE_CLIENT_ID": sandbox.google_client_id,
        "GOOGLE_WORKSPACE_CLIENT_SECRET": sandbox.google_client_secret,
        "GOOGLE_WORKSPACE_ACCOUNTS_URL": sandbox.google_accounts,
        "GOOGLE_WORKSPACE_OAUTH_URL": sandbox.google_apis,
        "GOOGLE_WORKSPACE_OPENID_URL": sandbox.google_apis,
        "GOOGLE_WORKSPACE_CALENDAR_URL": sandbox.google_apis,
        "GOOGLE_WORKSPACE_DIRECTORY_URL": sandbox.google_apis,
        "GOOGLE_WORKSPACE_CA_BUNDLE": str(sandbox.ca_bundle),
    }
