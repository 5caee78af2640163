"""Every setting that is wrong is named at once."""

import base64
from pathlib import Path

from tests.doctor.asking import ask, on_sqlite

SHORT = base64.b64encode(b"too short").decode()


async def test_every_missing_setting_is_named(tmp_path: Path) -> None:
    answer = await ask({})

    wrong = [finding["says"] for finding in answer.findings if finding["about"] == "settings"]
    assert [says.partition(":")[0] for says in wrong] == [
        "HYBRID_MEETINGS_PUBLIC_URL",
        "HYBRID_MEETINGS_SECRET_KEY",
        "HYBRID_MEETINGS_ENCRYPTION_KEYS",
    ]
    assert answer.exit_code == 1


async def test_all_wrong_settings_are_named_together_and_no_value_of_a_key_is_repeated(tmp_path: Path) -> None:
    wrong = on_sqlite(
        tmp_path / "none.sqlite3",
        PUBLIC_URL="http://meetings.tidewater.example",
        SECRET_KEY=SHORT,
        ENCRYPTION_KEYS="hush-hush-hush",
        MICROSOFT_365_CLIENT_ID="id",
        GOOGLE_WORKSPACE_CLIENT_SECRET="quiet-quiet-quiet",
        PENDING_POLL_INTERVAL="soon",
    )

    answer = await ask(wrong)

    for name in (
        "PUBLIC_URL",
        "SECRET_KEY",
        "ENCRYPTION_KEYS",
        "PENDING_POLL_INTERVAL",
        "MICROSOFT_365_CLIENT_SECRET",
        "GOOGLE_WORKSPACE_CLIENT_ID",
    ):
        assert f"HYBRID_MEETINGS_{name}: " in answer.text
    assert answer.about("settings") == ["FAILURE"] * 6
    assert not any(secret in answer.text for secret in (SHORT, "hush-hush", "quiet-quiet"))


async def test_what_looks_like_a_setting_and_is_none_is_a_warning_with_what_may_be_meant(tmp_path: Path) -> None:
    answer = await ask(on_sqlite(tmp_path / "none.sqlite3", PUBIC_URL="https://x.example", SOMETHING_ELSE="1"))

    assert answer.about("settings") == ["OK", "WARNING", "WARNING"]
    assert "HYBRID_MEETINGS_PUBIC_URL is none of ours and is ignored." in answer.text
    assert "Is HYBRID_MEETINGS_PUBLIC_URL meant?" in answer.text
