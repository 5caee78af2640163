"""Keeping a consent alive at Google, and ending it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.suites.errors import (
    AdminApprovalNeeded,
    ApplicationBlocked,
    OperatorMustAct,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    SuiteThrottled,
    SuiteUnavailable,
    WrongAccount,
)
from app.suites.google_workspace.authorisation import Authorisation
from app.suites.google_workspace.scopes import CALENDAR_EVENTS, FREE_BUSY
from app.suites.protocol import Credentials
from tests.suites.google_workspace.accounts import (
    CALENDAR_SCOPES,
    CLIENT,
    DOMAIN,
    NOW,
    REVOKE,
    SECRET,
    TOKEN,
    Google,
    form,
    held,
)
from tests.suites.signing import signed


async def test_a_refresh_keeps_the_refresh_token_where_none_came_back(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.answer_token(
        access_token="ya29.new", refresh_token=None, scope=f"openid {CALENDAR_EVENTS} {FREE_BUSY}", expires_in=1800
    )

    renewed = await authorisation.refresh(held(), DOMAIN)

    assert renewed == Credentials(
        access_token="ya29.new",
        expires_at=NOW + timedelta(minutes=30),
        refresh_token="1//refresh",
        scopes=frozenset({"openid", CALENDAR_EVENTS, FREE_BUSY}),
    )
    assert form(accounts) == {
        "grant_type": "refresh_token",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "refresh_token": "1//refresh",
    }


async def test_a_new_refresh_token_replaces_the_old_one(accounts: Google, authorisation: Authorisation) -> None:
    accounts.answer_token(refresh_token="1//newer")

    renewed = await authorisation.refresh(held(), DOMAIN)

    assert renewed.refresh_token == "1//newer"


async def test_a_refresh_that_names_no_scopes_leaves_them_as_they_were(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.answer_token(scope=None)

    renewed = await authorisation.refresh(held(), DOMAIN)

    assert renewed.scopes == held().scopes


async def test_a_calendar_scope_that_was_taken_back_has_to_be_given_anew(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.answer_token(scope=f"openid {FREE_BUSY}")

    with pytest.raises(ReconnectRequired) as refused:
        await authorisation.refresh(held(), DOMAIN)

    assert refused.value.reason is ReconnectReason.CONSENT_WITHDRAWN


async def test_another_scope_that_was_taken_back_is_only_missed(accounts: Google, authorisation: Authorisation) -> None:
    accounts.answer_token(scope=f"openid {CALENDAR_EVENTS}")

    renewed = await authorisation.refresh(replace(held(), scopes=CALENDAR_SCOPES), DOMAIN)

    assert renewed.scopes == {"openid", CALENDAR_EVENTS}


async def test_a_refresh_is_tried_again_since_google_gives_the_same_grant_twice(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.provider.answer(TOKEN, "<html>", method="POST", status=503)
    accounts.answer_token()

    renewed = await authorisation.refresh(held(), DOMAIN)

    assert renewed.access_token == "ya29.access"
    assert accounts.time.pauses == [1.5]


async def test_a_refresh_needs_no_id_token_and_no_nonce_in_it(accounts: Google, authorisation: Authorisation) -> None:
    accounts.answer_token(id_token=None)
    accounts.answer_token(id_token=signed(accounts.claims(nonce=None)))

    for _ in range(2):
        renewed = await authorisation.refresh(held(), DOMAIN)
        assert renewed.access_token == "ya29.access"


@pytest.mark.parametrize("domain", [None, "elsewhere.test"])
async def test_somebody_who_left_the_domain_is_the_wrong_account(
    accounts: Google, authorisation: Authorisation, domain: str | None
) -> None:
    accounts.answer_token(id_token=signed(accounts.claims(hd=domain)))

    with pytest.raises(WrongAccount):
        await authorisation.refresh(held(), DOMAIN)


async def test_a_forged_id_token_at_a_refresh_does_not_end_the_grant(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.answer_token(id_token="forged")

    with pytest.raises(SuiteUnavailable):
        await authorisation.refresh(held(), DOMAIN)


async def test_without_a_refresh_token_nothing_is_asked(accounts: Google, authorisation: Authorisation) -> None:
    with pytest.raises(ReconnectRequired):
        await authorisation.refresh(held(refresh_token=None), DOMAIN)

    assert accounts.provider.seen == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": "invalid_grant"}, ReconnectReason.EXPIRED),
        ({"error": "invalid_grant", "error_subtype": "invalid_rapt"}, ReconnectReason.MFA),
        ({"error": "consent_required"}, ReconnectReason.CONSENT_WITHDRAWN),
    ],
)
async def test_a_dead_grant_has_to_be_given_anew(
    accounts: Google, authorisation: Authorisation, answer: dict[str, str], reason: ReconnectReason
) -> None:
    accounts.provider.answer(TOKEN, {**answer, "error_description": "canary"}, method="POST", status=400)

    with pytest.raises(ReconnectRequired) as refused:
        await authorisation.refresh(held(), DOMAIN)

    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        ("admin_policy_enforced", 400, AdminApprovalNeeded),
        ("org_internal", 403, ApplicationBlocked),
        ("invalid_client", 401, OperatorMustAct),
        ("unauthorized_client", 401, OperatorMustAct),
        ("deleted_client", 401, OperatorMustAct),
        ("rate_limit_exceeded", 429, SuiteThrottled),
        ("internal_failure", 500, SuiteUnavailable),
    ],
)
async def test_a_refused_refresh_says_who_acts_in_no_words_of_googles(
    accounts: Google, authorisation: Authorisation, error: str, status: int, kind: type[SuiteError]
) -> None:
    accounts.refuse(TOKEN, error, status)

    with pytest.raises(kind) as refused:
        await authorisation.refresh(held(), DOMAIN)

    assert type(refused.value) is kind
    assert refused.value.provider_code == error
    assert "canary" not in repr(refused.value)
    assert refused.value.__cause__ is None


async def test_a_grant_is_ended_by_its_refresh_token(accounts: Google, authorisation: Authorisation) -> None:
    accounts.provider.answer(REVOKE, method="POST")

    assert await authorisation.revoke(held())
    assert form(accounts, REVOKE) == {"token": "1//refresh"}


async def test_a_grant_without_a_refresh_token_is_ended_by_its_access_token(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.provider.answer(REVOKE, {}, method="POST")

    assert await authorisation.revoke(held(refresh_token=None))
    assert form(accounts, REVOKE) == {"token": "ya29.old"}


async def test_a_grant_that_google_no_longer_knows_is_over_already(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.refuse(REVOKE, "invalid_token")

    assert await authorisation.revoke(held())


@pytest.mark.parametrize(
    ("error", "status", "kind"), [("invalid_request", 400, OperatorMustAct), ("backendError", 503, SuiteUnavailable)]
)
async def test_a_grant_that_could_not_be_ended_is_not_called_ended(
    accounts: Google, authorisation: Authorisation, error: str, status: int, kind: type[SuiteError]
) -> None:
    accounts.refuse(REVOKE, error, status)

    with pytest.raises(kind):
        await authorisation.revoke(held())
