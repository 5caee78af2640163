"""Signing in at Google, keeping a consent alive, and ending it."""

import base64
import copy
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from aiogoogle.auth.data import WELLKNOWN_OPENID_CONFIGS

from app.suites.errors import (
    ConsentNeeded,
    FlowExpired,
    SuiteUnavailable,
    WrongAccount,
)
from app.suites.google_workspace.authorisation import Authorisation
from app.suites.google_workspace.scopes import CALENDAR_EVENTS, FREE_BUSY, RESOURCES, SIGN_IN_SCOPES
from app.suites.protocol import ConsentPrompt, Credentials
from tests.suites.google_workspace.accounts import (
    ACCOUNTS,
    CALENDAR_SCOPES,
    CALLBACK,
    CLIENT,
    DOMAIN,
    NOW,
    SECRET,
    TOKEN,
    Google,
    form,
    visit,
)
from tests.suites.signing import signed


def test_the_authorise_page_is_asked_in_well_formed_terms(authorisation: Authorisation) -> None:
    address = authorisation.url(visit(tenant=DOMAIN, login_hint="ada+work@fernhill.test"))

    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == ACCOUNTS + "/o/oauth2/v2/auth"
    assert "&&" not in address
    challenge = base64.urlsafe_b64encode(sha256(b"v" * 43).digest()).decode().rstrip("=")
    assert parse_qs(parts.query, strict_parsing=True) == {
        "client_id": [CLIENT],
        "response_type": ["code"],
        "redirect_uri": [CALLBACK],
        "scope": [" ".join(sorted(CALENDAR_SCOPES))],
        "state": ["s t&a"],
        "nonce": ["n"],
        "code_challenge": [challenge],
        "code_challenge_method": ["S256"],
        "access_type": ["offline"],
        "include_granted_scopes": ["true"],
        "prompt": ["consent"],
        "hd": [DOMAIN],
        "login_hint": ["ada+work@fernhill.test"],
    }


def test_the_address_tells_no_secret(authorisation: Authorisation) -> None:
    address = authorisation.url(visit())

    assert SECRET not in address
    assert "v" * 43 not in address


@pytest.mark.parametrize(
    ("prompt", "sent"), [(None, "consent"), (ConsentPrompt.SELECT_ACCOUNT, "select_account consent")]
)
def test_a_calendar_is_always_consented_to_anew_or_no_refresh_token_would_come(
    authorisation: Authorisation, prompt: ConsentPrompt | None, sent: str
) -> None:
    query = dict(parse_qsl(urlsplit(authorisation.url(visit(prompt=prompt))).query))

    assert (query["prompt"], query["access_type"]) == (sent, "offline")


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [(None, None), (ConsentPrompt.SELECT_ACCOUNT, "select_account"), (ConsentPrompt.CONSENT, "consent")],
)
def test_a_mere_sign_in_asks_for_nothing_that_lasts(
    authorisation: Authorisation, prompt: ConsentPrompt | None, sent: str | None
) -> None:
    query = dict(parse_qsl(urlsplit(authorisation.url(visit(SIGN_IN_SCOPES, prompt=prompt))).query))

    assert (query.get("prompt"), query["access_type"]) == (sent, "online")
    assert "include_granted_scopes" not in query


async def test_a_code_is_redeemed_with_its_verifier_and_our_secret(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.answer_token()

    await authorisation.redeem("4/code", visit())

    assert form(accounts) == {
        "code": "4/code",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uri": CALLBACK,
        "grant_type": "authorization_code",
        "code_verifier": "v" * 43,
    }


async def test_a_grant_says_who_gave_what_and_until_when(accounts: Google, authorisation: Authorisation) -> None:
    accounts.answer_token()

    grant = await authorisation.redeem("4/code", visit(tenant=DOMAIN))

    assert (grant.identity.tenant, grant.identity.subject) == (DOMAIN, "1076")
    assert grant.credentials == Credentials(
        access_token="ya29.access",
        expires_at=NOW + timedelta(seconds=3599),
        refresh_token="1//refresh",
        scopes=SIGN_IN_SCOPES | {CALENDAR_EVENTS},
    )


async def test_a_mere_sign_in_needs_no_refresh_token(accounts: Google, authorisation: Authorisation) -> None:
    accounts.answer_token(scope="openid email profile", refresh_token=None)

    grant = await authorisation.redeem("4/code", visit(SIGN_IN_SCOPES))

    assert (grant.credentials.refresh_token, grant.credentials.scopes) == (None, SIGN_IN_SCOPES)


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": "ya29.access\r\nX-Other: header"},
        {"access_token": "ya29\x00access"},
        {"refresh_token": "1//re fresh"},
        {"scope": ["openid", "https://www.googleapis.com/auth/calendar.events"]},
        {"scope": 7},
    ],
)
async def test_an_answer_that_cannot_be_kept_or_sent_is_googles_trouble(
    accounts: Google, authorisation: Authorisation, changes: dict[str, object]
) -> None:
    accounts.answer_token(**changes)

    with pytest.raises(SuiteUnavailable, match="MalformedBody"):
        await authorisation.redeem("4/code", visit())


async def test_an_answer_that_names_no_scope_at_all_granted_nothing(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.answer_token(scope="")

    with pytest.raises(ConsentNeeded, match="ScopesMissing"):
        await authorisation.redeem("4/code", visit())


async def test_members_of_an_answer_that_nobody_knows_do_no_harm(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.answer_token(refresh_token_expires_in=604799, granted_by=["somebody"])

    grant = await authorisation.redeem("4/code", visit())

    assert grant.credentials.access_token == "ya29.access"


async def test_an_answer_that_names_no_scopes_means_those_that_were_asked(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.answer_token(scope=None)

    grant = await authorisation.redeem("4/code", visit())

    assert grant.credentials.scopes == CALENDAR_SCOPES


@pytest.mark.parametrize(
    ("expires_in", "life"),
    [
        (None, timedelta(minutes=1)),
        ("soon", timedelta(minutes=1)),
        (-5, timedelta(minutes=1)),
        ("120", timedelta(minutes=2)),
        (10**9, timedelta(hours=28)),
        ("NaN", timedelta(minutes=1)),
        ([60], timedelta(minutes=1)),
    ],
)
async def test_a_senseless_lifetime_is_held_within_bounds(
    accounts: Google, authorisation: Authorisation, expires_in: object, life: timedelta
) -> None:
    accounts.answer_token(expires_in=expires_in)

    grant = await authorisation.redeem("4/code", visit())

    assert grant.credentials.expires_at == NOW + life


async def test_without_the_calendar_box_ticked_consent_is_needed(
    accounts: Google, authorisation: Authorisation
) -> None:
    accounts.answer_token(scope=f"openid email profile {FREE_BUSY}")

    with pytest.raises(ConsentNeeded) as refused:
        await authorisation.redeem("4/code", visit())

    assert refused.value.missing_scopes == {CALENDAR_EVENTS}


async def test_other_boxes_may_stay_unticked(accounts: Google, authorisation: Authorisation) -> None:
    accounts.answer_token(scope=f"{CALENDAR_EVENTS} openid")

    grant = await authorisation.redeem("4/code", visit(CALENDAR_SCOPES | {RESOURCES}))

    assert grant.credentials.scopes == {CALENDAR_EVENTS, "openid"}


async def test_a_calendar_consent_that_does_not_last_is_none(accounts: Google, authorisation: Authorisation) -> None:
    accounts.answer_token(refresh_token=None)

    with pytest.raises(ConsentNeeded, match="NoRefreshToken"):
        await authorisation.redeem("4/code", visit())


@pytest.mark.parametrize("claims", [{"hd": None}, {"hd": "elsewhere.test"}, {"email_verified": False}])
async def test_an_account_from_elsewhere_is_the_wrong_one(
    accounts: Google, authorisation: Authorisation, claims: dict[str, object]
) -> None:
    accounts.answer_token(id_token=signed(accounts.claims(**claims)))

    with pytest.raises(WrongAccount):
        await authorisation.redeem("4/code", visit(tenant=DOMAIN))


@pytest.mark.parametrize("id_token", [None, "forged", 7])
async def test_a_code_that_brings_no_good_id_token_signs_nobody_in(
    accounts: Google, authorisation: Authorisation, id_token: object
) -> None:
    accounts.answer_token(id_token=id_token)

    with pytest.raises(FlowExpired):
        await authorisation.redeem("4/code", visit())


async def test_another_sign_ins_token_is_refused(accounts: Google, authorisation: Authorisation) -> None:
    accounts.answer_token(id_token=signed(accounts.claims(nonce="another")))

    with pytest.raises(FlowExpired, match="IdTokenNonce"):
        await authorisation.redeem("4/code", visit())


async def test_a_dead_code_means_starting_again(accounts: Google, authorisation: Authorisation) -> None:
    accounts.refuse(TOKEN, "invalid_grant")

    with pytest.raises(FlowExpired, match="invalid_grant"):
        await authorisation.redeem("4/code", visit())


async def test_a_code_is_never_sent_twice(accounts: Google, authorisation: Authorisation) -> None:
    accounts.provider.answer(TOKEN, "<html>", method="POST", status=503)

    with pytest.raises(SuiteUnavailable):
        await authorisation.redeem("4/code", visit())

    assert len(accounts.asked(TOKEN)) == 1


@pytest.mark.parametrize("body", ["<html>", "[]", {}, {"access_token": ""}, {"access_token": 7}])
async def test_an_answer_without_a_token_is_googles_trouble(
    accounts: Google, authorisation: Authorisation, body: object
) -> None:
    accounts.provider.answer(TOKEN, body, method="POST")

    with pytest.raises(SuiteUnavailable):
        await authorisation.redeem("4/code", visit())


async def test_aiogoogles_own_endpoints_are_left_as_they_are(accounts: Google, authorisation: Authorisation) -> None:
    before = copy.deepcopy(WELLKNOWN_OPENID_CONFIGS)
    accounts.answer_token()

    authorisation.url(visit())
    await authorisation.redeem("4/code", visit())

    assert before == WELLKNOWN_OPENID_CONFIGS
