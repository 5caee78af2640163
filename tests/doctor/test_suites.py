"""A suite that would let nobody in is found before anybody tries: each trouble is made at the sandbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.sandbox.process import SandboxProcess
from tests.doctor.asking import ask, at_both_suites, on_sqlite
from tests.support import zygote
from tests.support.database import migrate, sqlite_file, sqlite_url
from tests.support.server import free_port

MICROSOFT, GOOGLE = "Microsoft 365", "Google Workspace"
SUITES = {MICROSOFT: "MICROSOFT_365", GOOGLE: "GOOGLE_WORKSPACE"}
CONTROL = {MICROSOFT: "entra/application", GOOGLE: "google/application"}
TOKENS = {MICROSOFT: "/*/oauth2/v2.0/token", GOOGLE: "/token"}


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[SandboxProcess]:
    """Both suites, without meetings."""
    async with SandboxProcess.spawn(tmp_path / "sandbox", seeded=False, start=zygote.start) as sandbox:
        yield sandbox


@pytest.fixture
async def environment(sandbox: SandboxProcess, tmp_path: Path) -> dict[str, str]:
    """Settings with which all is well at both suites."""
    await migrate(sqlite_url(tmp_path))
    return on_sqlite(sqlite_file(tmp_path), **at_both_suites(sandbox.description), SUITE_TIMEOUT="2")


async def test_at_a_suite_that_takes_our_registration_all_is_well(environment: dict[str, str]) -> None:
    answer = await ask(environment)

    assert answer.not_well(MICROSOFT, GOOGLE) == []
    assert answer.text.count("the application's id and secret are accepted.") == 2
    assert "https://meetings.tidewater.example/auth/callback/microsoft-365/admin" in answer.text
    assert "https://meetings.tidewater.example/auth/callback/google-workspace" in answer.text


async def test_nothing_is_signed_in_or_made_at_the_suite(environment: dict[str, str], sandbox: SandboxProcess) -> None:
    await ask(environment)

    calls = await sandbox.control("GET", "calls")
    assert {call["method"] for call in calls["recent"] if not call["path"].endswith("/token")} == {"GET"}
    assert [call["status"] for call in calls["recent"] if call["path"].endswith("/token")] == [400, 400]


@pytest.mark.parametrize("suite", SUITES)
async def test_a_secret_that_the_suite_does_not_take_is_a_failure(
    environment: dict[str, str], sandbox: SandboxProcess, suite: str
) -> None:
    await sandbox.control("PATCH", CONTROL[suite], {"secret": "another-secret"})

    answer = await ask(environment)

    [(level, says)] = answer.not_well(suite)
    assert level == "FAILURE"
    assert "secret is refused" in says
    assert "CLIENT_SECRET" in answer.text
    assert "another-secret" not in answer.text
    assert environment[f"HYBRID_MEETINGS_{SUITES[suite]}_CLIENT_SECRET"] not in answer.text


@pytest.mark.parametrize("suite", SUITES)
async def test_an_application_that_the_suite_does_not_know_is_a_failure(
    environment: dict[str, str], suite: str
) -> None:
    name = f"HYBRID_MEETINGS_{SUITES[suite]}_CLIENT_ID"

    answer = await ask({**environment, name: "00000000-0000-4000-8000-000000000000"})

    [(level, _)] = answer.not_well(suite)
    assert level == "FAILURE"
    assert "CLIENT_ID" in answer.text


@pytest.mark.parametrize("suite", SUITES)
async def test_a_suite_that_cannot_be_reached_is_a_failure_and_the_other_is_looked_at_all_the_same(
    environment: dict[str, str], suite: str
) -> None:
    nobody = f"https://127.0.0.1:{free_port()}"
    moved = {
        name: nobody
        for name in environment
        if name.startswith(f"HYBRID_MEETINGS_{SUITES[suite]}_")
        and name.endswith(("_AUTHORITY", "_URL"))
        and "ACCOUNTS" not in name
    }

    answer = await ask({**environment, **moved})

    assert {level for level, says in answer.not_well(suite) if "cannot be reached" in says} == {"FAILURE"}
    assert answer.not_well(*(SUITES.keys() - {suite})) == []


@pytest.mark.parametrize("suite", SUITES)
async def test_a_suite_that_hangs_is_a_failure_in_bounded_time(
    environment: dict[str, str], sandbox: SandboxProcess, suite: str
) -> None:
    await sandbox.control("POST", "faults", {"path": TOKENS[suite], "effect": "hold", "times": None})

    answer = await ask(environment)

    assert answer.not_well(suite) == [("FAILURE", "the token endpoint cannot be reached from here (Timeout).")]


async def test_an_interface_that_is_not_where_the_settings_say_is_a_failure(environment: dict[str, str]) -> None:
    name = "HYBRID_MEETINGS_MICROSOFT_365_AUTHORITY"

    answer = await ask({**environment, name: f"{environment[name]}/elsewhere"})

    assert [level for level, says in answer.not_well(MICROSOFT) if "not where it was looked for" in says] == ["FAILURE"]


async def test_what_says_nothing_of_the_secret_is_a_warning(
    environment: dict[str, str], sandbox: SandboxProcess
) -> None:
    malformed = {"error": "invalid_grant", "error_codes": [9002313]}
    await sandbox.control("POST", "faults", {"path": TOKENS[MICROSOFT], "status": 400, "body": malformed})

    answer = await ask(environment)

    [(level, says)] = answer.not_well(MICROSOFT)
    assert level == "WARNING"
    assert "AADSTS9002313" in says


@pytest.mark.parametrize(("minutes", "level"), [(3, "WARNING"), (10, "FAILURE")])
async def test_a_clock_that_is_not_the_suites_is_told(
    environment: dict[str, str], sandbox: SandboxProcess, minutes: int, level: str
) -> None:
    await sandbox.control("POST", "clock/advance", {"minutes": minutes})

    answer = await ask(environment)

    assert [found for found, says in answer.not_well(MICROSOFT) if "clock" in says] == [level]
    assert [found for found, says in answer.not_well(GOOGLE) if "clock" in says] == [level]


async def test_without_any_suite_nobody_can_sign_in_and_that_is_said(tmp_path: Path) -> None:
    await migrate(sqlite_url(tmp_path))

    answer = await ask(on_sqlite(sqlite_file(tmp_path)))

    assert answer.not_well("calendar suites") == [("WARNING", "none is set up, so nobody can sign in.")]
