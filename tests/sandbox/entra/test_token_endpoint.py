"""The token endpoint refuses as Entra does: number, OAuth error, body."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import aiohttp
import pytest

from app.sandbox.microsoft.entra.errors import CATALOGUE
from app.sandbox.process import SandboxClient, SandboxControlError
from tests.sandbox.conftest import CALLBACK, NEWBRIDGE, TIDEWATER
from tests.sandbox.entra.client import (
    GRAPH_DEFAULT,
    SCOPES,
    SIGN_IN_SCOPES,
    authorise_url,
    connect,
    redeem,
    refresh,
    token,
    visit,
)

ADA = "ada.vos@tidewater.example"
BEN = "ben.kok@tidewater.example"
CODES_TO_HANDLE = [65001, 65004, 90093, 90094, 90095, 900941, 50105, 700082, 70008, 50173, 70000, 50089, 50132]
CODES_TO_HANDLE += [50133, 70043, 50076, 50079, 50074, 50078, 53003, 53000, 53001, 53002, 530032, 50057, 50020]
CODES_TO_HANDLE += [50034, 16000, 90072, 500213, 500011, 700016, 650052, 650056, 7000112, 70001, 7000215, 7000222]
CODES_TO_HANDLE += [50011, 500113, 900971, 54005, 501481, 700005, 90033, 90006, 90055, 50033, 90024]


async def test_an_error_body_has_all_that_entra_puts_into_it(sandbox: SandboxClient) -> None:
    answer = await token(sandbox, {"grant_type": "refresh_token", "refresh_token": "made-up", "scope": SCOPES})

    assert answer.status == 400
    assert answer.code == 70000
    assert answer.body["error"] == "invalid_grant"
    assert answer.body["error_description"].startswith("AADSTS70000: ")
    for part in ("Trace ID: ", "Correlation ID: ", "Timestamp: "):
        assert part in answer.body["error_description"]
    assert {"timestamp", "trace_id", "correlation_id", "error_uri", "suberror"} <= answer.body.keys()


async def test_a_code_is_good_for_one_use(sandbox: SandboxClient) -> None:
    code = (await visit(sandbox, ADA))["code"]

    first, second = await redeem(sandbox, code), await redeem(sandbox, code)

    assert first.status == 200
    assert (second.body["error"], second.code) == ("invalid_grant", 54005)


async def test_a_code_is_good_for_ten_minutes(sandbox: SandboxClient) -> None:
    code = (await visit(sandbox, ADA))["code"]

    await sandbox.control("POST", "clock/advance", {"minutes": 10})

    assert (await redeem(sandbox, code)).code == 70008


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"code_verifier": "another-verifier-that-is-long-enough-to-be-one-012"}, 501481),
        ({"code_verifier": None}, 50148),
        ({"redirect_uri": CALLBACK + "/other"}, 500112),
        ({"client_secret": "wrong"}, 7000215),
        ({"client_secret": None}, 7000218),
        ({"client_id": "6f0f7a4e-0000-0000-0000-000000000000"}, 700016),
        ({"scope": "https://other.example/.default"}, 500011),
        ({"grant_type": "password"}, 70003),
    ],
)
async def test_a_code_is_not_redeemed_on_wrong_terms_and_stays_good(
    sandbox: SandboxClient, form: dict[str, str | None], code: int
) -> None:
    value = (await visit(sandbox, ADA))["code"]

    refused = await redeem(sandbox, value, **form)
    healed = await redeem(sandbox, value)

    assert refused.code == code
    assert healed.status == 200


async def test_a_made_up_code_is_no_grant(sandbox: SandboxClient) -> None:
    answer = await redeem(sandbox, "made-up")

    assert (answer.code, answer.body["error"]) == (9002313, "invalid_grant")


async def test_a_wrong_secret_is_answered_with_401(sandbox: SandboxClient) -> None:
    answer = await token(sandbox, {"grant_type": "refresh_token", "client_secret": "wrong", "refresh_token": "x"})

    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


async def test_without_offline_access_there_is_no_refresh_token(sandbox: SandboxClient) -> None:
    scope = "openid User.Read"
    code = (await visit(sandbox, ADA, authorise_url(sandbox, scope=scope)))["code"]

    answer = await redeem(sandbox, code, scope=scope)

    assert "refresh_token" not in answer.body
    assert "id_token" in answer.body


async def test_asking_more_than_was_consented_to_is_refused_with_consent_required(sandbox: SandboxClient) -> None:
    code = (await visit(sandbox, ADA, authorise_url(sandbox, scope=SIGN_IN_SCOPES)))["code"]
    signed_in = await redeem(sandbox, code, scope=SIGN_IN_SCOPES)

    answer = await refresh(sandbox, signed_in.body["refresh_token"])

    assert (answer.code, answer.body["suberror"]) == (65001, "consent_required")


async def test_a_withdrawn_consent_ends_refreshing(sandbox: SandboxClient) -> None:
    connected = await connect(sandbox, ADA)

    await sandbox.control("DELETE", f"users/{ADA}/consent")

    assert (await refresh(sandbox, connected["refresh_token"])).code == 65001


@pytest.mark.parametrize(("change", "code"), [({"enabled": False}, 50057), ({"assigned": False}, 50105)])
async def test_an_account_that_changed_is_refused_at_the_next_refresh(
    sandbox: SandboxClient, change: dict[str, Any], code: int
) -> None:
    connected = await connect(sandbox, ADA)

    await sandbox.control("PATCH", f"users/{ADA}", change)

    assert (await refresh(sandbox, connected["refresh_token"])).code == code


async def test_revoked_refresh_tokens_say_so_and_other_people_keep_theirs(sandbox: SandboxClient) -> None:
    ada, ben = await connect(sandbox, ADA), await connect(sandbox, BEN)

    await sandbox.control("POST", f"users/{ADA}/revoke-refresh-tokens")

    assert (await refresh(sandbox, ada["refresh_token"])).code == 50173
    assert (await refresh(sandbox, ben["refresh_token"])).status == 200


async def test_a_refresh_token_dies_after_ninety_unused_days(sandbox: SandboxClient) -> None:
    connected = await connect(sandbox, ADA)

    await sandbox.control("POST", "clock/advance", {"days": 90})

    assert (await refresh(sandbox, connected["refresh_token"])).code == 700082


async def test_an_application_deleted_in_the_tenant_is_unknown_there(sandbox: SandboxClient) -> None:
    connected = await connect(sandbox, ADA)

    await sandbox.control("DELETE", f"tenants/{TIDEWATER}/application")

    assert (await refresh(sandbox, connected["refresh_token"])).code == 700016


async def test_a_refresh_under_another_tenant_is_refused(sandbox: SandboxClient) -> None:
    connected = await connect(sandbox, ADA)

    answer = await token(
        sandbox,
        {"grant_type": "refresh_token", "refresh_token": connected["refresh_token"], "scope": SCOPES},
        tenant=NEWBRIDGE,
    )

    assert answer.code == 50020


async def test_every_error_the_product_must_understand_can_be_ordered(sandbox: SandboxClient) -> None:
    await sandbox.control("POST", f"tenants/{TIDEWATER}/consent")
    form = {"grant_type": "client_credentials", "scope": GRAPH_DEFAULT}
    seen = {}

    for code in CODES_TO_HANDLE:
        await sandbox.control("POST", "entra/token-error", {"code": code})
        answer = await token(sandbox, form, tenant=TIDEWATER)
        seen[answer.code] = (answer.status, answer.body["error"])
    healed = await token(sandbox, form, tenant=TIDEWATER)

    assert seen == {code: (CATALOGUE[code].status, CATALOGUE[code].error) for code in CODES_TO_HANDLE}
    assert healed.status == 200


async def test_an_ordered_error_strikes_one_person_as_often_as_ordered(sandbox: SandboxClient) -> None:
    ada, ben = await connect(sandbox, ADA), await connect(sandbox, BEN)

    await sandbox.control("POST", "entra/token-error", {"code": 700082, "user": ADA, "times": 2})

    assert (await refresh(sandbox, ben["refresh_token"])).status == 200
    assert [(await refresh(sandbox, ada["refresh_token"])).status for _ in range(3)] == [400, 400, 200]


async def test_an_unknown_number_cannot_be_ordered(sandbox: SandboxClient) -> None:
    with pytest.raises(SandboxControlError, match="AADSTS1 is not known"):
        await sandbox.control("POST", "entra/token-error", {"code": 1})


async def test_fewer_scopes_than_were_granted_can_be_answered(sandbox: SandboxClient) -> None:
    code = (await visit(sandbox, ADA))["code"]
    await sandbox.control("POST", "entra/answered-scopes", {"user": ADA, "scopes": ["openid", "profile", "User.Read"]})

    answer = await redeem(sandbox, code)

    assert answer.body["scope"] == "User.Read openid profile"


@pytest.mark.parametrize(
    ("tenant", "scope", "code"),
    [
        ("organizations", GRAPH_DEFAULT, 50059),
        (TIDEWATER, "https://graph.microsoft.com/Place.Read.All", 1002012),
        (TIDEWATER, "https://other.example/.default", 500011),
        ("nowhere.example", GRAPH_DEFAULT, 90002),
        (NEWBRIDGE, GRAPH_DEFAULT, 700016),
    ],
)
async def test_the_applications_own_token_is_refused_on_wrong_terms(
    sandbox: SandboxClient, tenant: str, scope: str, code: int
) -> None:
    await sandbox.control("POST", f"tenants/{TIDEWATER}/consent")

    answer = await token(sandbox, {"grant_type": "client_credentials", "scope": scope}, tenant=tenant)

    assert answer.code == code


async def test_the_key_that_signs_can_change_while_older_tokens_stay_checkable(sandbox: SandboxClient) -> None:
    before = await connect(sandbox, ADA)

    rotated = await sandbox.control("POST", "entra/rotate-keys")
    after = await connect(sandbox, ADA)

    kids = await _published_kids(sandbox)
    assert rotated["kid"] == _kid(after["id_token"])
    assert {_kid(before["id_token"]), _kid(after["id_token"])} <= kids


def _kid(id_token: str) -> str:
    head = id_token.partition(".")[0]
    return str(json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


async def _published_kids(sandbox: SandboxClient) -> set[str]:
    address = f"{sandbox.description.tls}/common/discovery/v2.0/keys"
    async with aiohttp.ClientSession() as session, session.get(address, ssl=sandbox.trust()) as response:
        return {key["kid"] for key in (await response.json())["keys"]}
