"""Google's token endpoint: what it answers, and what it refuses how."""

import base64
import json

import pytest

from app.sandbox.process import SandboxClient
from app.sandbox.visitor import Visitor
from tests.sandbox.conftest import CALLBACK
from tests.sandbox.google.accounts.client import (
    EMAIL,
    EVENTS,
    FREE_BUSY,
    HUGO,
    IRIS,
    MARA,
    PROFILE,
    SIGN_IN,
    VERIFIER,
    authorise_url,
    connect,
    redeem,
    refresh,
    reply,
    token,
    visit,
)

OTHER_VERIFIER = "another-verifier-that-is-long-enough-to-be-one-012"


async def test_an_answer_has_what_googles_has_with_scopes_in_the_long_spelling(sandbox: SandboxClient) -> None:
    answer = await redeem(sandbox, (await visit(sandbox, IRIS))["code"])

    assert answer.status == 200
    assert set(answer.body) == {"access_token", "expires_in", "refresh_token", "scope", "token_type", "id_token"}
    assert (answer.body["expires_in"], answer.body["token_type"]) == (3599, "Bearer")
    assert answer.scopes == {"openid", EMAIL, PROFILE, EVENTS, FREE_BUSY}
    assert answer.body["scope"].split()[0] != "openid"
    assert answer.headers["Cache-Control"].startswith("no-cache, no-store")


@pytest.mark.parametrize("spelling", [f"openid {EMAIL} {PROFILE}", "openid email profile"])
async def test_both_spellings_of_the_sign_in_scopes_mean_the_same(sandbox: SandboxClient, spelling: str) -> None:
    answer = await redeem(sandbox, (await visit(sandbox, IRIS, scope=spelling))["code"])

    assert answer.scopes == {"openid", EMAIL, PROFILE}


async def test_without_openid_there_is_no_id_token(sandbox: SandboxClient) -> None:
    assert "id_token" not in await connect(sandbox, IRIS, scope=EVENTS)


async def test_a_code_is_good_for_one_use(sandbox: SandboxClient) -> None:
    code = (await visit(sandbox, IRIS))["code"]

    first, second = await redeem(sandbox, code), await redeem(sandbox, code)

    assert first.status == 200
    assert (second.status, second.body["error"]) == (400, "invalid_grant")
    assert second.body["error_description"]


async def test_a_code_is_good_for_ten_minutes(sandbox: SandboxClient) -> None:
    code = (await visit(sandbox, IRIS))["code"]

    await sandbox.control("POST", "clock/advance", {"minutes": 10})

    assert (await redeem(sandbox, code)).body["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"code_verifier": OTHER_VERIFIER}, 400, "invalid_grant"),
        ({"code_verifier": None}, 400, "invalid_grant"),
        ({"redirect_uri": CALLBACK + "/other"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": None}, 400, "invalid_request"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 400, "invalid_request"),
        ({"client_id": "1-unknown.apps.googleusercontent.com"}, 401, "invalid_client"),
        ({"client_id": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
    ],
)
async def test_a_code_is_not_redeemed_on_wrong_terms_and_stays_good(
    sandbox: SandboxClient, form: dict[str, str | None], status: int, error: str
) -> None:
    code = (await visit(sandbox, IRIS))["code"]

    refused = await redeem(sandbox, code, **form)

    assert (refused.status, refused.body["error"]) == (status, error)
    assert (await redeem(sandbox, code)).status == 200


@pytest.mark.parametrize("method", ["plain", None])
async def test_a_challenge_in_plain_text_is_compared_as_it_is(sandbox: SandboxClient, method: str | None) -> None:
    code = (await visit(sandbox, IRIS, code_challenge=VERIFIER, code_challenge_method=method))["code"]

    refused, redeemed = await redeem(sandbox, code, code_verifier=OTHER_VERIFIER), await redeem(sandbox, code)

    assert refused.body["error"] == "invalid_grant"
    assert redeemed.status == 200


async def test_an_application_may_name_itself_by_basic_authentication(sandbox: SandboxClient) -> None:
    code = (await visit(sandbox, IRIS))["code"]
    credentials = f"{sandbox.description.google_client_id}:{sandbox.description.google_client_secret}"
    headers = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}

    answer = await token(sandbox, {**form, "client_id": None, "client_secret": None}, headers)

    assert answer.status == 200


async def test_a_changed_secret_holds_at_once(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    await sandbox.control("PATCH", "google/application", {"secret": "another"})

    assert (await refresh(sandbox, granted["refresh_token"])).body["error"] == "invalid_client"
    assert (await refresh(sandbox, granted["refresh_token"], client_secret="another")).status == 200


async def test_a_deleted_client_gets_no_token(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    await sandbox.control("DELETE", "google/application")

    answer = await refresh(sandbox, granted["refresh_token"])
    assert (answer.status, answer.body["error"]) == (401, "deleted_client")


async def test_only_the_first_offline_consent_gives_a_refresh_token_unless_consent_is_asked_again(
    sandbox: SandboxClient,
) -> None:
    first = await connect(sandbox, IRIS)
    second = await connect(sandbox, IRIS)
    online = await connect(sandbox, IRIS, prompt="consent", access_type="online")
    again = await connect(sandbox, IRIS, prompt="consent")

    assert first["refresh_token"] != again["refresh_token"]
    assert "refresh_token" not in second
    assert "refresh_token" not in online


async def test_online_access_gives_no_refresh_token_and_leaves_it_to_the_first_offline_visit(
    sandbox: SandboxClient,
) -> None:
    unsaid = await connect(sandbox, IRIS, access_type=None)
    offline = await connect(sandbox, IRIS)

    assert "refresh_token" not in unsaid
    assert offline["refresh_token"]


async def test_refreshing_gives_all_but_another_refresh_token_and_the_old_one_stays_good(
    sandbox: SandboxClient,
) -> None:
    granted = await connect(sandbox, IRIS)

    answers = [await refresh(sandbox, granted["refresh_token"]) for _ in range(2)]

    for answer in answers:
        assert set(answer.body) == {"access_token", "expires_in", "scope", "token_type", "id_token"}
        assert answer.scopes == set(granted["scope"].split())
    assert len({granted["access_token"], *(answer.body["access_token"] for answer in answers)}) == 3


async def test_a_refresh_may_ask_for_less_but_not_for_more(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS, unticked=frozenset({"calendar.freebusy"}))

    less = await refresh(sandbox, granted["refresh_token"], scope=EVENTS)
    more = await refresh(sandbox, granted["refresh_token"], scope=FREE_BUSY)

    assert less.scopes == {EVENTS}
    assert (more.status, more.body["error"]) == (400, "invalid_scope")


async def test_a_made_up_refresh_token_is_dead(sandbox: SandboxClient) -> None:
    answer = await refresh(sandbox, "1//made-up")

    assert answer.status == 400
    assert answer.body == {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}


async def test_a_refresh_token_dies_after_half_a_year_without_use_and_lives_by_use(sandbox: SandboxClient) -> None:
    idle, used = await connect(sandbox, IRIS), await connect(sandbox, HUGO)

    await sandbox.control("POST", "clock/advance", {"days": 100})
    await refresh(sandbox, used["refresh_token"])
    await sandbox.control("POST", "clock/advance", {"days": 100})

    assert (await refresh(sandbox, idle["refresh_token"])).body["error"] == "invalid_grant"
    assert (await refresh(sandbox, used["refresh_token"])).status == 200


async def test_the_refresh_token_beyond_a_hundred_kills_the_oldest(sandbox: SandboxClient) -> None:
    values = []
    async with Visitor(IRIS) as visitor:
        for _ in range(101):
            landing = await visitor.open(authorise_url(sandbox, prompt="consent", scope="openid"), until=CALLBACK)
            values.append((await redeem(sandbox, reply(landing)["code"])).body["refresh_token"])

    oldest, second, newest = [(await refresh(sandbox, values[place])).status for place in (0, 1, -1)]

    assert (oldest, second, newest) == (400, 200, 200)


async def test_a_suspended_or_deleted_account_cannot_refresh(sandbox: SandboxClient) -> None:
    iris, hugo = await connect(sandbox, IRIS), await connect(sandbox, HUGO)

    await sandbox.control("PATCH", f"google/users/{IRIS}", {"suspended": True})
    await sandbox.control("DELETE", f"google/users/{HUGO}")

    for granted in (iris, hugo):
        assert (await refresh(sandbox, granted["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_restored_account_can_refresh_again(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)
    await sandbox.control("PATCH", f"google/users/{IRIS}", {"suspended": True})

    await sandbox.control("PATCH", f"google/users/{IRIS}", {"suspended": False})

    assert (await refresh(sandbox, granted["refresh_token"])).status == 200


async def test_a_customer_that_blocks_the_application_ends_refreshing_but_not_that_of_signing_in(
    sandbox: SandboxClient,
) -> None:
    iris, hugo = await connect(sandbox, IRIS), await connect(sandbox, HUGO, scope=SIGN_IN)

    await sandbox.control("PATCH", "google/customers/fernhill.example", {"app_access": "BLOCKED"})

    refused = await refresh(sandbox, iris["refresh_token"])
    assert (refused.status, refused.body["error"]) == (400, "admin_policy_enforced")
    assert (await refresh(sandbox, hugo["refresh_token"])).status == 200


async def test_a_block_that_comes_between_consent_and_code_holds(sandbox: SandboxClient) -> None:
    await sandbox.control("PATCH", "google/customers/brookside.example", {"app_access": "TRUSTED"})
    code = (await visit(sandbox, MARA))["code"]

    await sandbox.control("PATCH", "google/customers/brookside.example", {"app_access": "BLOCKED"})

    assert (await redeem(sandbox, code)).body["error"] == "admin_policy_enforced"


async def test_an_application_kept_to_one_organisation_no_longer_refreshes_for_others(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    await sandbox.control("PATCH", "google/application", {"internal_to": "farfield.example"})
    refused = await refresh(sandbox, granted["refresh_token"])
    await sandbox.control("PATCH", "google/application", {"internal_to": None})

    assert refused.body["error"] == "org_internal"
    assert (await refresh(sandbox, granted["refresh_token"])).status == 200


async def test_an_error_on_order_strikes_the_person_it_is_meant_for_as_often_as_ordered(
    sandbox: SandboxClient,
) -> None:
    iris, hugo = await connect(sandbox, IRIS), await connect(sandbox, HUGO)
    order = {"error": "invalid_grant", "error_subtype": "invalid_rapt", "user": IRIS, "times": 1}
    [on_order] = await sandbox.control("POST", "google/token-error", order)

    other = await refresh(sandbox, hugo["refresh_token"])
    struck = await refresh(sandbox, iris["refresh_token"])
    after = await refresh(sandbox, iris["refresh_token"])

    assert on_order["remaining"] == 1
    assert (struck.status, struck.body["error"], struck.body["error_subtype"]) == (400, "invalid_grant", "invalid_rapt")
    assert (other.status, after.status) == (200, 200)
    assert await sandbox.control("GET", "google/token-error") == []


async def test_an_error_of_the_clients_credentials_on_order_is_answered_with_401(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)
    await sandbox.control("POST", "google/token-error", {"error": "invalid_client", "times": None})

    struck = await refresh(sandbox, granted["refresh_token"])
    await sandbox.control("DELETE", "google/token-error")

    assert struck.status == 401
    assert (await refresh(sandbox, granted["refresh_token"])).status == 200


async def test_an_error_may_be_meant_for_codes_only(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)
    code = (await visit(sandbox, IRIS))["code"]
    await sandbox.control(
        "POST", "google/token-error", {"error": "invalid_grant", "grant_type": "authorization_code", "times": 1}
    )

    assert (await refresh(sandbox, granted["refresh_token"])).status == 200
    assert (await redeem(sandbox, code)).body["error"] == "invalid_grant"


async def test_fewer_scopes_are_answered_on_order(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)
    order = {"scopes": ["openid", "calendar.events"], "user": IRIS, "times": 1}
    await sandbox.control("POST", "google/answered-scopes", order)

    narrowed = await refresh(sandbox, granted["refresh_token"])
    after = await refresh(sandbox, granted["refresh_token"])

    assert narrowed.scopes == {"openid", EVENTS}
    assert FREE_BUSY in after.scopes


async def test_what_a_person_granted_can_be_set_and_holds_at_the_next_refresh(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    answered = await sandbox.control("PUT", f"google/users/{IRIS}/consent", {"scopes": ["openid", "calendar.events"]})

    assert set(answered["scopes"]) == {"openid", EVENTS}
    assert (await refresh(sandbox, granted["refresh_token"])).scopes == {"openid", EVENTS}


async def test_whoever_granted_beforehand_goes_through_without_a_consent_page(sandbox: SandboxClient) -> None:
    scopes = ["openid", "email", "profile", "calendar.events", "calendar.freebusy"]
    await sandbox.control("PUT", f"google/users/{IRIS}/consent", {"scopes": scopes})

    answer = await visit(sandbox, IRIS)

    assert answer["prompt"] == "none"
    assert (await redeem(sandbox, answer["code"])).body["refresh_token"]


async def test_every_refusal_is_json_that_a_client_can_read(sandbox: SandboxClient) -> None:
    answer = await token(sandbox, {"grant_type": "authorization_code"})

    assert json.dumps(answer.body)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.body["error"] == "invalid_request"
