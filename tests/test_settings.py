"""The server starts with complete settings, or says by name which are missing."""

import base64
from datetime import timedelta

import pytest

from app import settings
from app.settings import SettingsError
from app.suites import registry
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.protocol import SuiteName
from app.suites.registry import SuiteRegistry

KEY = base64.b64encode(b"\x01" * 32).decode()
COMPLETE = {
    "PUBLIC_URL": "https://meetings.tidewater.example",
    "SECRET_KEY": KEY,
    "ENCRYPTION_KEYS": f"k1:{KEY}",
}


def _set(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> None:
    for name, value in {**COMPLETE, **changes}.items():
        if value is not None:
            monkeypatch.setenv(f"HYBRID_MEETINGS_{name}", value)


def test_a_complete_environment_starts_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch)

    loaded = settings.load()

    assert loaded.secure_cookies
    assert loaded.is_sqlite
    assert loaded.suites == ()


@pytest.mark.parametrize(("value", "expected"), [("20", timedelta(seconds=20)), ("0.2", timedelta(milliseconds=200))])
@pytest.mark.parametrize("name", ["PENDING_POLL_INTERVAL", "SUITE_TIMEOUT", "EXECUTION_DEADLINE"])
def test_a_duration_is_a_number_of_seconds(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: timedelta
) -> None:
    _set(monkeypatch, **{name: value})

    loaded = settings.load()

    assert getattr(loaded, name.lower()) == expected


def test_how_much_there_is_in_a_minute_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, MEMBER_REQUESTS_PER_MINUTE="90", ADDRESS_REQUESTS_PER_MINUTE="1000000")

    loaded = settings.load()

    assert (loaded.member_requests_per_minute, loaded.address_requests_per_minute) == (90, 1_000_000)
    assert loaded.member_mutations_per_minute == 120


@pytest.mark.parametrize("name", COMPLETE)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _set(monkeypatch, **{name: None})

    with pytest.raises(SettingsError, match=f"HYBRID_MEETINGS_{name}"):
        settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://meetings.tidewater.example"),
        ("PUBLIC_URL", "ftp://127.0.0.1"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "null"),
        ("ALLOWED_ORIGINS", "https://*.tidewater.example/path"),
        ("ALLOWED_ORIGINS", "https://desk.tidewater.example/path"),
        ("ALLOWED_ORIGINS", "https://ada@desk.tidewater.example"),
        ("ALLOWED_ORIGINS", "https://DESK.tidewater.example"),
        ("ALLOWED_ORIGINS", "http://desk.tidewater.example"),
        ("ALLOWED_ORIGINS", "desk.tidewater.example"),
        ("ALLOWED_ORIGINS", "https://desk.tidewater.example,javascript:alert(1)"),
        ("PUBLIC_URL", "https://meetings.tidewater.example/?x=1"),
        ("MEMBER_REQUESTS_PER_MINUTE", "0"),
        ("ORGANISATION_SUITE_CALLS_PER_MINUTE", "-1"),
        ("ADDRESS_REQUESTS_PER_MINUTE", "1000001"),
        ("MEMBER_MUTATIONS_PER_MINUTE", "many"),
        ("METRICS_TOKEN", "short"),
        ("MONITORING_PORT", "0"),
        ("MONITORING_PORT", "65536"),
        ("TRUST_TRACEPARENT", "perhaps"),
        ("SMTP_URL", "mail.tidewater.example"),
        ("SMTP_URL", "http://mail.tidewater.example"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail.tidewater.example:mail"),
        ("SMTP_URL", "smtp://mail.tidewater.example/inbox"),
        ("SMTP_URL", "smtps://user@mail.tidewater.example"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "Rooms <rooms@tidewater.example>\r\nBcc: spy@elsewhere.example"),
        ("SECRET_KEY", "c2hvcnQ="),
        ("SECRET_KEY", "no base64 at all"),
        ("ENCRYPTION_KEYS", f"k1:{KEY},k1:{KEY}"),
        ("ENCRYPTION_KEYS", "k1:c2hvcnQ="),
        ("ENCRYPTION_KEYS", f":{KEY}"),
        ("ENCRYPTION_KEYS", f"key one:{KEY}"),
        ("ENCRYPTION_KEYS", f"{'k' * 33}:{KEY}"),
        ("SUITE_TIMEOUT", "0"),
        ("SUITE_TIMEOUT", "-1"),
        ("EXECUTION_DEADLINE", "soon"),
        ("PENDING_POLL_INTERVAL", "nan"),
        ("PENDING_POLL_INTERVAL", "1e300"),
    ],
)
def test_a_setting_that_would_be_unsafe_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    _set(monkeypatch, **{name: value})

    with pytest.raises(SettingsError):
        settings.load()


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_plain_http_is_allowed_on_loopback_only(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    _set(monkeypatch, PUBLIC_URL=address)

    assert not settings.load().secure_cookies


def test_a_secret_never_shows_in_the_settings_text(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, MICROSOFT_365_CLIENT_ID="id", MICROSOFT_365_CLIENT_SECRET="hush")

    text = repr(settings.load(registry.SETTINGS))

    assert "hush" not in text
    assert KEY not in text


def test_an_error_never_repeats_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, SECRET_KEY="hush-hush-hush")

    with pytest.raises(SettingsError) as raised:
        settings.load()

    assert "hush" not in str(raised.value)


def test_half_a_suite_is_a_mistake_and_not_an_absent_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, MICROSOFT_365_CLIENT_ID="id")

    with pytest.raises(SettingsError, match="MICROSOFT_365_CLIENT_SECRET"):
        settings.load(registry.SETTINGS)


def test_each_suite_whose_group_is_complete_is_set_up_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, GOOGLE_WORKSPACE_CLIENT_ID="id", GOOGLE_WORKSPACE_CLIENT_SECRET="hush")

    loaded = settings.load(registry.SETTINGS)

    configured = SuiteRegistry.configured_by(loaded.suites, loaded.suite_timeout)
    assert [suite.name for suite in configured.configured()] == [SuiteName.GOOGLE_WORKSPACE]


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("MICROSOFT_365", "AUTHORITY", "http://127.0.0.1:9443"),
        ("MICROSOFT_365", "GRAPH_URL", "https://"),
        ("GOOGLE_WORKSPACE", "OAUTH_URL", "http://127.0.0.1:9443"),
        ("GOOGLE_WORKSPACE", "CALENDAR_URL", "ftp://www.example"),
        ("GOOGLE_WORKSPACE", "ACCOUNTS_URL", "http://accounts.example"),
    ],
)
def test_a_suite_is_called_over_https_only(monkeypatch: pytest.MonkeyPatch, group: str, name: str, value: str) -> None:
    _set(
        monkeypatch,
        **{f"{group}_CLIENT_ID": "id", f"{group}_CLIENT_SECRET": "hush", f"{group}_{name}": value},
    )

    with pytest.raises(SettingsError, match=f"{group}_{name}"):
        settings.load(registry.SETTINGS)


def test_the_page_that_people_open_may_be_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(
        monkeypatch,
        GOOGLE_WORKSPACE_CLIENT_ID="id",
        GOOGLE_WORKSPACE_CLIENT_SECRET="hush",
        GOOGLE_WORKSPACE_ACCOUNTS_URL="http://127.0.0.1:9080/",
    )

    [group] = settings.load(registry.SETTINGS).suites

    assert isinstance(group, GoogleWorkspaceSettings)
    assert group.accounts_url == "http://127.0.0.1:9080"


def test_our_own_origin_is_always_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, ALLOWED_ORIGINS="https://app.tidewater.example, https://kiosk.tidewater.example/")

    assert settings.load().origins == {
        "https://meetings.tidewater.example",
        "https://app.tidewater.example",
        "https://kiosk.tidewater.example",
    }


class TestMail:
    def test_without_a_server_nothing_is_mailed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _set(monkeypatch)

        assert settings.load().mail_server is None

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("smtp://mail.tidewater.example", ("mail.tidewater.example", 587, False, True)),
            ("smtp://mail.tidewater.example:25", ("mail.tidewater.example", 25, False, True)),
            ("smtps://mail.tidewater.example", ("mail.tidewater.example", 465, True, False)),
            ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, False, False)),
        ],
    )
    def test_the_server_is_spoken_to_over_tls_unless_it_is_this_machine(
        self, monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[str, int, bool, bool]
    ) -> None:
        _set(monkeypatch, SMTP_URL=url, MAIL_FROM="Rooms <rooms@tidewater.example>")

        server = settings.load().mail_server

        assert server is not None
        assert (server.host, server.port, server.is_tls_from_start, server.upgrades_to_tls) == expected

    def test_the_password_may_hold_anything_and_is_never_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _set(
            monkeypatch,
            SMTP_URL="smtps://rooms%40tidewater.example:h%3Au%2Fsh@mail.tidewater.example",
            MAIL_FROM="rooms@tidewater.example",
        )

        loaded = settings.load()

        assert loaded.mail_server is not None
        assert (loaded.mail_server.username, loaded.mail_server.password) == ("rooms@tidewater.example", "h:u/sh")
        assert "h:u/sh" not in repr(loaded) + repr(loaded.mail_server)
        assert "h%3Au" not in repr(loaded)

    def test_a_server_needs_to_know_whom_mail_is_from(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _set(monkeypatch, SMTP_URL="smtps://mail.tidewater.example")

        with pytest.raises(SettingsError, match="HYBRID_MEETINGS_MAIL_FROM"):
            settings.load()

    @pytest.mark.parametrize("name", ["SMTP_URL", "MAIL_FROM"])
    def test_what_is_wrong_is_named_and_not_repeated(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        _set(monkeypatch, **{name: "ftp://user:hush@mail.tidewater.example"})

        with pytest.raises(SettingsError, match=f"HYBRID_MEETINGS_{name}") as refusal:
            settings.load()

        assert "hush" not in str(refusal.value)


@pytest.mark.parametrize("value", ["warning", "WARNING"])
def test_a_severity_is_known_in_either_case(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    _set(monkeypatch, LOG_LEVEL=value)

    assert settings.load().log_level == "WARNING"


def test_a_severity_that_nobody_knows_stops_the_start_and_says_which_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, LOG_LEVEL="loud")

    with pytest.raises(SettingsError) as raised:
        settings.load()

    assert raised.value.problems == (
        "HYBRID_MEETINGS_LOG_LEVEL: Input should be 'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'",
    )


def test_unless_set_otherwise_a_suite_that_hangs_is_told_before_its_operation_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _set(monkeypatch)

    loaded = settings.load()

    assert loaded.suite_timeout < loaded.execution_deadline
