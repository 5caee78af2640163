"""Control of Google's customers, people and OAuth client."""

import pytest

from app.sandbox.pages import Page
from app.sandbox.process import SandboxClient, SandboxControlError
from app.sandbox.visitor import Visitor
from tests.sandbox.google.accounts.client import (
    IRIS,
    SIGN_IN,
    connect,
    land,
    refresh,
    user_information,
    visit,
)

NEW = "ines.duarte@fernhill.example"


async def test_customers_are_listed_with_what_their_administrators_decided(sandbox: SandboxClient) -> None:
    customers = {one["domain"]: one for one in await sandbox.control("GET", "google/customers")}

    assert set(customers) == {"fernhill.example", "brookside.example", "farfield.example"}
    assert customers["brookside.example"]["app_access"] == "BLOCKED"
    assert customers["fernhill.example"]["calendar_service"] is True


async def test_a_customer_is_changed_by_domain_or_by_id(sandbox: SandboxClient) -> None:
    by_domain = await sandbox.control("PATCH", "google/customers/fernhill.example", {"calendar_service": False})
    by_id = await sandbox.control("PATCH", f"google/customers/{by_domain['id']}", {"app_access": "BLOCKED"})

    assert (by_id["calendar_service"], by_id["app_access"]) == (False, "BLOCKED")


async def test_a_person_can_be_created_and_signs_in(sandbox: SandboxClient) -> None:
    person = {"address": NEW, "display_name": "Inês Duarte", "customer": "fernhill.example"}

    created = await sandbox.control("POST", "google/users", person)
    answer = await visit(sandbox, NEW)

    assert (len(created["sub"]), created["hd"], created["consent"]) == (21, "fernhill.example", [])
    assert answer["hd"] == "fernhill.example"


async def test_an_address_that_comes_back_is_another_person(sandbox: SandboxClient) -> None:
    person = {"address": NEW, "display_name": "Inês Duarte", "customer": "fernhill.example"}
    first = await sandbox.control("POST", "google/users", person)
    await sandbox.control("DELETE", f"google/users/{NEW}")

    second = await sandbox.control("POST", "google/users", person)

    assert first["sub"] != second["sub"]


async def test_an_address_belongs_to_one_account_only(sandbox: SandboxClient) -> None:
    for method, path, body in (
        ("POST", "google/users", {"address": IRIS.upper(), "display_name": "Another Iris"}),
        ("PATCH", "google/users/hugo.brandt@fernhill.example", {"address": IRIS}),
    ):
        with pytest.raises(SandboxControlError, match="409"):
            await sandbox.control(method, path, body)


async def test_a_renamed_person_keeps_number_and_grant(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)
    before = (await user_information(sandbox, granted["access_token"])).body

    await sandbox.control("PATCH", f"google/users/{IRIS}", {"address": NEW, "display_name": "Iris Duarte"})

    after = (await user_information(sandbox, granted["access_token"])).body
    assert (after["sub"], after["email"], after["name"]) == (before["sub"], NEW, "Iris Duarte")
    assert (await refresh(sandbox, granted["refresh_token"])).status == 200


async def test_reply_addresses_and_who_may_use_the_client_are_changed_and_shown(sandbox: SandboxClient) -> None:
    change = {"redirect_uris": ["http://127.0.0.1:1/back"], "internal_to": "farfield.example"}

    [shown] = await sandbox.control("PATCH", "google/application", change)

    assert shown["redirect_uris"] == ["http://127.0.0.1:1/back"]
    assert shown["internal_to"].startswith("C0")
    assert "secret" not in shown
    assert "redirect_uri_mismatch" in (await land(sandbox, IRIS)).text


async def test_a_reset_brings_a_deleted_client_and_the_seeds_policies_back(sandbox: SandboxClient) -> None:
    await sandbox.control("DELETE", "google/application")
    await sandbox.control("PATCH", "google/customers/brookside.example", {"app_access": "TRUSTED"})

    await sandbox.control("POST", "reset")

    assert "code" in await visit(sandbox, IRIS, scope=SIGN_IN)
    assert (await land(sandbox, "mara.keane@brookside.example")).page is Page.GOOGLE_BLOCKED


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "google/customers/nowhere.example", {}, 404),
        ("PATCH", "google/customers/fernhill.example", {"app_access": "PERHAPS"}, 422),
        ("PATCH", "google/users/nobody@fernhill.example", {}, 404),
        ("POST", "google/users", {"address": NEW, "display_name": "I", "customer": "nowhere.example"}, 404),
        ("PUT", f"google/users/{IRIS}/consent", {"scopes": ["wishes"]}, 422),
        ("POST", "google/answered-scopes", {"scopes": ["wishes"]}, 422),
        ("POST", "google/token-error", {"error": "invalid_grant", "user": "nobody@fernhill.example"}, 404),
        ("POST", "google/token-error", {}, 422),
        ("PATCH", "google/application", {"internal_to": "nowhere.example"}, 404),
        ("POST", "faults", {"user": "nobody@fernhill.example"}, 404),
        ("POST", "faults", {"tenant": "nowhere.example"}, 404),
    ],
)
async def test_what_cannot_be_carried_out_is_refused_in_clear_words(
    sandbox: SandboxClient, method: str, path: str, body: dict[str, object], status: int
) -> None:
    with pytest.raises(SandboxControlError) as refused:
        await sandbox.control(method, path, body)

    assert refused.value.status == status
    assert '"error"' in str(refused.value)


async def test_the_index_shows_googles_people_and_what_can_be_ordered(sandbox: SandboxClient) -> None:
    async with Visitor(IRIS) as visitor:
        index = await visitor.open(sandbox.description.http + "/")

    assert index.page is Page.INDEX
    for shown in (IRIS, "sam.rivers@mail.example", "suspended", sandbox.description.google_client_id):
        assert shown in index.text
    assert "/control/google/users/{user}/consent" in index.text
